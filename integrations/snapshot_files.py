"""Files of IAM's configuration on disk, whole and unpacked: JSON, gzipped or not."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from integrations.trail_files import files
from model.gzipped import MAGIC, gunzip

MOST_BYTES = 2_000_000_000
_ENDINGS = (".json", ".gz", ".jsonl", ".ndjson", ".txt", "")


class Found(NamedTuple):
    """One file: what is in it, or why that cannot be had."""

    name: str
    data: bytes
    trouble: str = ""


def read_snapshot_files(paths: Sequence[str]) -> Iterator[Found]:
    """Every file under `paths`: files, directories (recursive, sorted; JSON, gzipped or not), globs, `-`.

    Raises model.errors.Malformed where a path names nothing at all.
    """
    for path in paths:
        whole = path != "-" and Path(path).is_dir()
        for name in files(path):
            if not whole or Path(name).suffix.lower() in _ENDINGS:
                yield _read(name)


def _read(name: str) -> Found:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        return Found(name, b"", f"cannot be opened: {error.strerror}")
    if data[:2] != MAGIC:
        return Found(name, data)
    plain = gunzip(data, MOST_BYTES)
    return Found(name, plain.data, plain.fault.reason if plain.fault else "")
