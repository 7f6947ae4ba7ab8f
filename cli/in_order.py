"""Records of any number of files in the order of their time, in bounded memory."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import IO

import msgspec

from model.cloudtrail import CloudTrailRecord, Unparsed

Item = CloudTrailRecord | Unparsed
Read = tuple[str, Item]
MOST = 200_000
"""Records held in memory at once; more are sorted through temporary files."""


class _Placed(msgspec.Struct, array_like=True, gc=False, order=True):
    """A record's place: its time (of an unreadable one: of its neighbour in the file), its id; and the record."""

    time: float
    name: str
    body: bytes


def by_time(read: Iterable[Read], most: int = MOST) -> Iterator[Item]:
    """Every record, the earliest first, whatever order the files had; within a second by id, so that it is always the
    same order. What has no time stands beside its neighbour in the file."""
    with ExitStack() as stack:
        spilled: list[IO[bytes]] = []
        held: list[_Placed] = []
        for placed in _placed(read):
            held.append(placed)
            if len(held) >= most:
                spilled.append(_spill(held, stack))
                held = []
        held.sort()
        for placed in heapq.merge(held, *(_back(file) for file in spilled)):
            yield _item(placed.body)


def _placed(read: Iterable[Read]) -> Iterator[_Placed]:
    file, time, waiting = "", 0.0, list[Unparsed]()
    for name, item in read:
        if name != file:
            yield from (_unread(each, time) for each in waiting)
            file, time, waiting = name, 0.0, []
        if isinstance(item, Unparsed) and not time:
            waiting.append(item)
            continue
        if isinstance(item, Unparsed):
            yield _unread(item, time)
            continue
        time = item.time or time
        yield from (_unread(each, time) for each in waiting)
        waiting = []
        yield _Placed(time, item.event_id or item.id, b"R" + msgspec.msgpack.encode(item))
    yield from (_unread(each, time) for each in waiting)


def _unread(item: Unparsed, time: float) -> _Placed:
    return _Placed(time, item.digest, b"U" + msgspec.msgpack.encode(item))


def _item(body: bytes) -> Item:
    if body[:1] == b"R":
        return msgspec.msgpack.decode(body[1:], type=CloudTrailRecord)
    return msgspec.msgpack.decode(body[1:], type=Unparsed)


def _spill(held: list[_Placed], stack: ExitStack) -> IO[bytes]:
    held.sort()
    file = stack.enter_context(tempfile.TemporaryFile(prefix="hopstop-"))  # noqa: SIM115 - the stack closes it
    for placed in held:
        body = msgspec.msgpack.encode(placed)
        file.write(len(body).to_bytes(4) + body)
    file.seek(0)
    return file


def _back(file: IO[bytes]) -> Iterator[_Placed]:
    while size := file.read(4):
        yield msgspec.msgpack.decode(file.read(int.from_bytes(size)), type=_Placed)
