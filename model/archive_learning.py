"""What files of records teach, read apart from each other and put together afterwards.

A plain call teaches its caller's baseline and needs nothing else, so whoever reads a file counts it on the spot: calls
that a baseline cannot tell apart are one line with their number. What needs its neighbours is set aside for whoever has
all of them: assumptions, whose copies and chains lie in other files, and calls that the watch judges by their chain.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from model.assumed import batch, unbatched
from model.assumption import ApiCall
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.deeds import FINDING, TOLD
from model.facts import network, tool
from model.identities import identity_of
from model.record_time import seconds
from model.spans import digest
from model.sts import SAME_PERSON, Sighting, assumes, sighting
from model.wanted import wanted

HOUR = 3600
_PRIME = (1 << 61) - 1
_ALWAYS, _IN_SESSIONS = 2, 1
_NO_SESSIONS = frozenset(("IAMUser", "Root"))
_Alike = tuple[str, int, str | None, str | None, str | None]


class Window(NamedTuple):
    """Record times from `since` on and earlier than `until`, in seconds since 1970 UTC."""

    since: float
    until: float


class Calls(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Calls of one identity within one hour that a baseline cannot tell apart: how many, and the time of the last."""

    key: str
    count: int
    last: int
    network: str | None
    tool: str | None
    region: str | None


class Alone(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=2):
    """A call that needs its neighbours."""

    call: ApiCall


class Reading(msgspec.Struct):
    """What some files gave.

    `aside` is a batch of what needs its neighbours (`set_aside` opens it), `ids` are short forms of the learned
    records' ids by record hour.
    Of the others `again` were read before, `services` are calls of AWS's own services, which teach nothing.
    """

    calls: Sequence[Calls] = ()
    aside: bytes = b""
    ids: dict[int, list[int]] = {}
    records: int = 0
    again: int = 0
    unparsed: int = 0
    services: int = 0
    service_assumptions: int = 0


class Reader:
    """Reads file after file. `skip` are short ids of records that were read before; calls within one of the `watched`
    windows are set aside too, since what they teach depends on the chain that they belong to."""

    def __init__(self, skip: Collection[int] = (), watched: Sequence[Window] = ()) -> None:
        self._seen = set(skip)
        self._watched = watched
        self._calls: dict[_Alike, list[int]] = {}
        self._aside: list[Sighting | Alone] = []
        self.reading = Reading()

    def read(self, items: Iterable[CloudTrailRecord | Unparsed], window: Window) -> bool:
        """Take the records of a file in; False where some of them lie beyond the window's end."""
        reading, seen, (since, until) = self.reading, self._seen, window
        count = beyond = 0
        for record in items:
            count += 1
            if isinstance(record, Unparsed):
                reading.unparsed += 1
                continue
            time = int(seconds(record.event_time) or 0)
            if not since <= time < until:
                beyond += time >= until
                continue
            who = record.user_identity
            if who is not None and who.type == "AWSService":
                reading.services += 1
                reading.service_assumptions += assumes(record)
                continue
            known = short_id(record.event_id or record.id)
            if known in seen:
                reading.again += 1
                continue
            seen.add(known)
            self._take(record, known, time)
        reading.records += count
        return not beyond

    def finish(self) -> Reading:
        """Everything that was read."""
        alike: dict[_Alike, list[int]] = {}
        for (key, hour, address, agent, region), told in self._calls.items():
            _add(alike, (key, hour, network(address), tool(agent), region or None), *told)
        self.reading.calls = [
            Calls(key, count, last, where, what, region)
            for (key, _, where, what, region), (count, last) in alike.items()
        ]
        self.reading.aside = batch(self._aside) if self._aside else b""
        return self.reading

    def _take(self, record: CloudTrailRecord, known: int, time: int) -> None:
        hour = time // HOUR
        ids = self.reading.ids.get(hour)
        if ids is None:
            ids = self.reading.ids[hour] = []
        ids.append(known)
        needs = _needs(record.event_source, record.event_name)
        if (needs and (needs == _ALWAYS or _in_session(record))) or (self._watched and self._is_watched(time)):
            found = sighting(record)
            self._aside.append(found if isinstance(found, Sighting) else Alone(found))
            return
        key = identity_of(record).key
        _add(self._calls, (key, hour, record.source_ip_address, record.user_agent, record.aws_region), 1, time)

    def _is_watched(self, time: int) -> bool:
        return any(window.since <= time <= window.until for window in self._watched)


def set_aside(reading: Reading) -> Iterator[Sighting | ApiCall]:
    """What of a reading needs its neighbours, in the order in which it was read."""
    for item in unbatched(reading.aside, list[Sighting | Alone]) if reading.aside else ():
        yield item.call if isinstance(item, Alone) else item


def _add(calls: dict[_Alike, list[int]], alike: _Alike, count: int, last: int) -> None:
    told = calls.get(alike)
    if told is None:
        calls[alike] = [count, last]
        return
    told[0] += count
    told[1] = max(told[1], last)


@lru_cache(maxsize=16_384)
def _needs(source: str, name: str) -> int:
    """Whether a call of that name needs its neighbours: what makes a session and what is dangerous always do, and what
    the watch judges where a session makes it."""
    call = CloudTrailRecord(event_source=source, event_name=name)
    if name in SAME_PERSON or name == FINDING or assumes(call) or name in TOLD.get(source, ()):
        return _ALWAYS
    return _IN_SESSIONS if wanted(call) else 0


def _in_session(record: CloudTrailRecord) -> bool:
    who = record.user_identity
    return who is None or who.type not in _NO_SESSIONS


def short_id(event_id: str) -> int:
    """61 bits that stand for an eventID; quicker than a digest for the ids that AWS writes."""
    try:
        return int(event_id.replace("-", ""), 16) % _PRIME
    except ValueError:
        return digest(event_id)
