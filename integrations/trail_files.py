"""CloudTrail records out of files on disk, one file after another."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO

from integrations.log_stream import Item, beginning, records
from model.cloudtrail import unparsed
from model.errors import Misused
from model.log_file import LogFile, written

Read = tuple[str, Item]

_DIGESTS = "CloudTrail-Digest"
_TIME = re.compile(rb'"event_?time"\s*:\s*"(\d{4})-(\d\d)-(\d\d)', re.IGNORECASE)


def read_paths(paths: Sequence[str]) -> Iterator[Read]:
    """Every record under `paths` with the name of its file: files, directories (recursive, sorted), globs, `-`.

    Digest files are skipped, and so are files that are not JSON and name no field of a record, unless
    one is named by itself. What cannot be opened,
    decompressed or parsed comes as Unparsed. Raises model.errors.Misused where a path names nothing at all.
    """
    for path in paths:
        for name in files(path):
            empty = True
            for item in read_file(name):
                empty = False
                yield name, item
            if empty and name == str(Path(path)):
                yield from ((name, item) for item in _no_log(name))


def _no_log(name: str) -> Iterator[Item]:
    """A file that somebody names as a log and that is none, such as an encrypted one, is a record not read."""
    try:
        with Path(name).open("rb") as stream:
            head = beginning(stream)
    except OSError:
        return
    if head.strip() and head.lstrip()[:1] not in (b"{", b"["):
        yield unparsed("is no log: neither JSON nor gzip of it", head)


def read_file(name: str) -> Iterable[Item]:
    """Every record of one file, `-` being standard input."""
    if name == "-":
        return records(name, sys.stdin.buffer)
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed where it has been read
    except OSError as error:
        return (unparsed(f"cannot be opened: {error.strerror}", name.encode("utf-8", "replace")),)
    return _closing(name, stream)


def _closing(name: str, stream: BinaryIO) -> Iterator[Item]:
    with stream:
        yield from records(name, stream)


def files(path: str) -> Iterator[str]:
    """The files that one path stands for, in order."""
    if path == "-":
        yield path
        return
    literal = Path(path).exists() or not has_magic(path)
    names = [path] if literal else sorted(glob(path, recursive=True))  # noqa: PTH207 - takes absolute patterns too
    found = [Path(name) for name in names if Path(name).exists()]
    if not found:
        raise Misused(f"no such file or directory: {path}")
    for entry in found:
        yield from _files_in(entry) if entry.is_dir() else (str(entry),)


def log_files(path: str) -> Iterator[LogFile]:
    """The same as files with size, version and time; by its first record's day where the name says no time. Named
    absolutely, so that a file has one name wherever the command runs."""
    for name in files(path):
        full = os.path.abspath(name)  # noqa: PTH100 - a hundred thousand Paths take seconds
        try:
            told = os.stat(full)  # noqa: PTH116
        except OSError:
            yield LogFile(full, 0, "", "")
            continue
        yield LogFile(full, told.st_size, str(told.st_mtime_ns), written(full) or _first_day(full))


def _first_day(name: str) -> str:
    """The day of the first record, where the first 64 KiB show one."""
    try:
        with Path(name).open("rb") as stream:
            head = beginning(stream)
    except OSError:
        return ""
    found = _TIME.search(head)
    return b"".join(found.groups()).decode() if found else ""


def _files_in(folder: Path) -> Iterator[str]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name == _DIGESTS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_in(entry)
        elif not entry.is_dir() and not _never_ends(entry):
            yield str(entry)


def _never_ends(entry: Path) -> bool:
    """Whether it is a pipe, a socket or a device: to read one may wait for ever."""
    return entry.is_fifo() or entry.is_socket() or entry.is_char_device() or entry.is_block_device()
