"""Bytes out of gzip, as far as they can be had, and never more than there is room for."""

import zlib
from typing import NamedTuple

from model.cloudtrail import Unparsed, unparsed

MAGIC = b"\x1f\x8b"
_STEP = 256


class Plain(NamedTuple):
    """What was in it, and what was wrong with it."""

    data: bytes
    fault: Unparsed | None


def gunzip(data: bytes, room: int) -> Plain:
    """The plain bytes of all gzip members, at most `room` of them; what precedes a fault is not thrown away."""
    parts: list[bytes] = []
    rest = data
    while rest[:2] == MAGIC:
        stream = zlib.decompressobj(wbits=31)
        try:
            parts.append(stream.decompress(rest, room + 1))
        except zlib.error:
            parts.append(_before_fault(rest, room))
            return Plain(b"".join(parts), unparsed("gzip that is broken", data))
        room -= len(parts[-1])
        if room < 0:
            parts[-1] = parts[-1][:room]
            return Plain(b"".join(parts), unparsed("more than there is room for, decompressed", data))
        if not stream.eof:
            return Plain(b"".join(parts), unparsed("gzip that is cut off", data))
        rest = stream.unused_data.lstrip(b"\x00")
    return Plain(b"".join(parts), None)


def _before_fault(data: bytes, room: int) -> bytes:
    """What can be had of a member that is broken, up to 256 bytes before the fault."""
    stream = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    for at in range(0, len(data), _STEP):
        try:
            parts.append(stream.decompress(data[at : at + _STEP], max(room, 1)))
        except zlib.error:
            break
        room -= len(parts[-1])
        if room <= 0 or stream.unconsumed_tail:
            break
    return b"".join(parts)
