"""Files of IAM's configuration on disk, whole and unpacked: JSON, gzipped or not."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from activities.ports import SnapshotFile
from integrations.trail_files import files
from model.errors import Unavailable
from model.gzipped import MAGIC, gunzip

MOST_BYTES = 2_000_000_000
_ENDINGS = (".json", ".gz", ".jsonl", ".ndjson", ".txt", "")


def read_snapshot_files(paths: Sequence[str]) -> Iterator[SnapshotFile]:
    """Every file under `paths`: files, directories (recursive, sorted; JSON, gzipped or not), globs, `-`.

    Raises model.errors.Malformed where a path names nothing at all.
    """
    for path in paths:
        whole = path != "-" and Path(path).is_dir()
        for name in files(path):
            if not whole or Path(name).suffix.lower() in _ENDINGS:
                yield _read(name)


def _read(name: str) -> SnapshotFile:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        return SnapshotFile(name, b"", f"cannot be opened: {error.strerror}")
    if data[:2] != MAGIC:
        return SnapshotFile(name, data)
    plain = gunzip(data, MOST_BYTES)
    return SnapshotFile(name, plain.data, plain.fault.reason if plain.fault else "")


class SnapshotFolder:
    """Implements activities.ports.Snapshots over a folder; an empty name is none."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def version(self) -> datetime | None:
        """When the youngest file was written."""
        if not self._folder or not Path(self._folder).exists():
            return None
        try:
            times = [Path(name).stat().st_mtime for name in files(self._folder)]
        except OSError as error:
            raise Unavailable(f"the snapshot of IAM cannot be looked at: {error.strerror}") from None
        return datetime.fromtimestamp(max(times), UTC) if times else None

    def files(self) -> Iterable[SnapshotFile]:
        """Every file."""
        return read_snapshot_files([self._folder])
