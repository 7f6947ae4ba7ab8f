"""The records of one file, wherever its bytes come from: plain or gzip, whole or line by line."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, cast

from isal import isal_zlib

from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.envelopes import marked, unwrap

Item = CloudTrailRecord | Unparsed

BLOCK = 1 << 22
"""How much of a file is in memory at a time, where its lines stand for themselves: 4 MiB."""
LARGEST = 1 << 31
"""Plain bytes of a file that must be read as one value: 2 GiB."""

_GZIP = b"\x1f\x8b"
_SMALL = 1 << 18
_AT_ONCE = 1 << 26
_JSON_NAMES = (".json", ".jsonl", ".ndjson", ".gz", ".cloudtrail")
_PROSE = (".md", ".rst", ".html", ".py", ".toml", ".yaml", ".yml")
_FAULTS = (EOFError, OSError, cast("type[Exception]", isal_zlib.error))


class Readable(Protocol):
    """Bytes as they come."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def records(name: str, stream: Readable, largest: int = LARGEST) -> Iterable[Item]:
    """Every record of a file. What cannot be decompressed, parsed or held (`largest` plain bytes) comes as Unparsed;
    a file that is not JSON and names no field of a record gives nothing."""
    plain = _Plain(stream)
    whole = plain.whole()
    if whole is None:
        return _streamed(name, plain, largest)
    return unwrap(whole) if _concerns(name, whole) else ()


def beginning(stream: Readable) -> bytes:
    """The first 64 KiB of a file, decompressed; fewer where it is shorter or damaged."""
    return _Plain(stream).read(1 << 16)


def _streamed(name: str, plain: "_Plain", largest: int) -> Iterator[Item]:
    """Line by line where every line is a value of its own, so that a file of any length streams; else at once."""
    head = plain.read(BLOCK)
    if plain.fault is None and not _concerns(name, head):
        return
    told = False
    for item in _by_line(head, plain) if _is_lines(head) else _as_one(head, plain, largest):
        told = told or isinstance(item, Unparsed)
        yield item
    if plain.fault is not None and not told:
        yield plain.fault


def _by_line(head: bytes, plain: "_Plain") -> Iterator[Item]:
    while more := plain.read(BLOCK):
        lines, newline, rest = head.rpartition(b"\n")
        yield from unwrap(lines)
        head = (rest if newline else head) + more
    yield from unwrap(head)


def _as_one(head: bytes, plain: "_Plain", largest: int) -> Iterator[Item]:
    body = head + plain.read(max(0, largest - len(head)))
    if len(body) >= largest and plain.read(1):
        yield unparsed(f"longer than {largest} bytes, and not a record a line", head)
        return
    yield from unwrap(body)


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
    if head[:1] in (b"{", b"["):
        return True
    if not head.strip():
        return False
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"[") or name == "-" or name.lower().endswith(_JSON_NAMES):
        return True
    return Path(name).suffix.lower() not in _PROSE and marked(head.decode("utf-8", "replace"))


class _Unzipped:
    """The bytes of all gzip members of a stream. igzip's own file object drops what precedes a fault; this does not."""

    def __init__(self, start: bytes, stream: Readable) -> None:
        self._start = start
        self._stream = stream
        self._member = isal_zlib.decompressobj(wbits=31)

    def read(self, size: int, /) -> bytes:
        """Some bytes, none at the end; EOFError where the last member is cut off."""
        while True:
            fed = self._next_member() if self._member.eof else self._member.unconsumed_tail
            if self._member.eof:
                return b""
            fed = fed or self._more()
            plain: bytes = self._member.decompress(fed, size)
            if plain:
                return plain
            if not fed and not self._member.eof:
                raise EOFError("gzip cut off")

    def _next_member(self) -> bytes:
        """What follows an ended member, ready to be decompressed; nothing where only padding does."""
        rest: bytes = (self._member.unused_data or self._more()).lstrip(b"\x00")
        if rest:
            self._member = isal_zlib.decompressobj(wbits=31)
        return rest

    def _more(self) -> bytes:
        start, self._start = self._start, b""
        return start or self._stream.read(BLOCK)


class _Started:
    """A stream of which some bytes were taken already."""

    def __init__(self, start: bytes, stream: Readable) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        start, self._start = self._start[:size], self._start[size:]
        return start or self._stream.read(size)


class _Plain:
    """A file's bytes, decompressed where they are gzip. `fault` says what was wrong once reading has hit it."""

    def __init__(self, stream: Readable) -> None:
        self.fault: Unparsed | None = None
        self._start = b""
        self._start = self._try(stream, _SMALL)
        if len(self._start) == _SMALL:
            self._start += self._try(stream, BLOCK - _SMALL)
        zipped = self._start[:2] == _GZIP
        self._stream: Readable = _Unzipped(self._start, stream) if zipped else _Started(self._start, stream)

    def whole(self) -> bytes | None:
        """All of a small file at once; None where it takes more than that, or has a fault."""
        if len(self._start) >= BLOCK or self.fault is not None:
            return None
        if self._start[:2] != _GZIP:
            return self._start
        member = isal_zlib.decompressobj(wbits=31)
        try:
            plain: bytes = member.decompress(self._start, _AT_ONCE)
        except _FAULTS:
            return None
        return plain if member.eof and not member.unused_data else None

    def read(self, size: int) -> bytes:
        """At most `size` bytes; fewer only at the end or at a fault, which costs nothing of what precedes it."""
        parts: list[bytes] = []
        while size > 0 and self.fault is None:
            part = self._try(self._stream, min(size, BLOCK))
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _try(self, stream: Readable, size: int) -> bytes:
        try:
            return stream.read(size)
        except _FAULTS as error:
            self.fault = unparsed(f"cannot be read: {error}", self._start)
            return b""
