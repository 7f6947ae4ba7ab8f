"""CloudTrail records out of files on disk, one file after another."""

import json
import sys
from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from io import BufferedReader
from pathlib import Path
from typing import Protocol, cast

from isal import isal_zlib

from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.envelopes import marked, unwrap
from model.errors import Malformed

Read = tuple[str, CloudTrailRecord | Unparsed]

_GZIP = b"\x1f\x8b"
BLOCK = 1 << 22
"""How much of a file is in memory at a time, where its lines stand for themselves: 4 MiB."""
_LARGEST = 1 << 31
_JSON_NAMES = (".json", ".jsonl", ".ndjson", ".gz", ".cloudtrail")
_PROSE = (".md", ".rst", ".html", ".py", ".toml", ".yaml", ".yml")
_DIGESTS = "CloudTrail-Digest"
_FAULTS = (EOFError, OSError, cast("type[Exception]", isal_zlib.error))


def read_paths(paths: Sequence[str]) -> Iterator[Read]:
    """Every record under `paths` with the name of its file: files, directories (recursive, sorted), globs, `-`.

    Digest files are skipped, and so are files that are not JSON and name no field of a record. What cannot be opened,
    decompressed or parsed comes as Unparsed. Raises model.errors.Malformed where a path names nothing at all.
    """
    for path in paths:
        for file in files(path):
            yield from _read(file)


def files(path: str) -> Iterator[str]:
    """The files that one path stands for, in order."""
    if path == "-":
        yield path
        return
    literal = Path(path).exists() or not has_magic(path)
    names = [path] if literal else sorted(glob(path, recursive=True))  # noqa: PTH207 - takes absolute patterns too
    found = [Path(name) for name in names if Path(name).exists()]
    if not found:
        raise Malformed(f"no such file or directory: {path}")
    for entry in found:
        yield from _files_in(entry) if entry.is_dir() else (str(entry),)


def _files_in(folder: Path) -> Iterator[str]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name == _DIGESTS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_in(entry)
        elif not entry.is_dir():
            yield str(entry)


def _read(name: str) -> Iterator[Read]:
    if name == "-":
        yield from ((name, item) for item in _items(name, cast("BufferedReader", sys.stdin.buffer)))
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below, outside this try
    except OSError as error:
        yield name, unparsed(f"cannot be opened: {error.strerror}", name.encode("utf-8", "replace"))
        return
    with stream:
        yield from ((name, item) for item in _items(name, stream))


def _items(name: str, stream: BufferedReader) -> Iterator[CloudTrailRecord | Unparsed]:
    """Line by line where every line is a value of its own, so that a file of any length streams; else whole."""
    plain = _Plain(stream)
    head = plain.read(BLOCK)
    if plain.fault is None and not _concerns(name, head):
        return
    told = False
    for item in _by_line(head, plain) if _is_lines(head) else unwrap(head + plain.read(_LARGEST)):
        told = told or isinstance(item, Unparsed)
        yield item
    if plain.fault is not None and not told:
        yield plain.fault


def _by_line(head: bytes, plain: "_Plain") -> Iterator[CloudTrailRecord | Unparsed]:
    while more := plain.read(BLOCK):
        whole, newline, rest = head.rpartition(b"\n")
        yield from unwrap(whole)
        head = (rest if newline else head) + more
    yield from unwrap(head)


def _is_lines(head: bytes) -> bool:
    """True where the first line is a JSON value and more lines follow."""
    line, newline, rest = head.lstrip().partition(b"\n")
    if not newline or not rest.strip():
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _concerns(name: str, head: bytes) -> bool:
    """True for JSON, and for any text that names a record's field; licences and notes are neither."""
    if not head.strip():
        return False
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"[") or name == "-" or name.lower().endswith(_JSON_NAMES):
        return True
    return Path(name).suffix.lower() not in _PROSE and marked(head.decode("utf-8", "replace"))


class Readable(Protocol):
    """Bytes as they come."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class _Unzipped:
    """The bytes of all gzip members of a stream. igzip's own file object drops what precedes a fault; this does not."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._member = isal_zlib.decompressobj(wbits=31)

    def read1(self, size: int, /) -> bytes:
        """Some bytes, none at the end; EOFError where the last member is cut off."""
        while True:
            fed = self._next_member() if self._member.eof else self._member.unconsumed_tail
            if self._member.eof:
                return b""
            fed = fed or self._stream.read1(BLOCK)
            plain: bytes = self._member.decompress(fed, size)
            if plain:
                return plain
            if not fed and not self._member.eof:
                raise EOFError("gzip cut off")

    def _next_member(self) -> bytes:
        """What follows an ended member, ready to be decompressed; nothing where only padding does."""
        rest: bytes = (self._member.unused_data or self._stream.read1(BLOCK)).lstrip(b"\x00")
        if rest:
            self._member = isal_zlib.decompressobj(wbits=31)
        return rest


class _Plain:
    """A file's bytes, decompressed where they are gzip. `fault` says what was wrong once reading has hit it."""

    def __init__(self, stream: BufferedReader) -> None:
        self.fault: Unparsed | None = None
        self._start = stream.peek(4096)[:4096]
        zipped = self._start[:2] == _GZIP
        self._stream: Readable = _Unzipped(stream) if zipped else stream

    def read(self, size: int) -> bytes:
        """At most `size` bytes; fewer only at the end or at a fault, which costs nothing of what precedes it."""
        parts: list[bytes] = []
        while size > 0 and self.fault is None:
            part = self._block(min(size, BLOCK))
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _block(self, size: int) -> bytes:
        try:
            return self._stream.read1(size)
        except _FAULTS as error:
            self.fault = unparsed(f"cannot be read: {error}", self._start)
            return b""
