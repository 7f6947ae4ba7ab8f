"""Log files as CloudTrail delivers them: late, out of order, now and then twice, and now and then broken."""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from simulator.chance import Chance
from simulator.days import stamp
from simulator.principals import Json

LATEST_S = 15 * 60
STEP_S = 60
"""`due` is to be asked this often, in simulated seconds."""
_TWICE = 1 / 20_000
_BROKEN = 1 / 60_000
_MUCH_LATER = 1 / 30_000


class LogFile(NamedTuple):
    """One delivered file: where it lies, how many records, the JSON before gzip."""

    path: str
    records: int
    body: bytes


class _Batch(NamedTuple):
    """What one account and region waits with; `closes` in seconds since 1970."""

    closes: int
    texts: list[bytes]


class Delivery:
    """Takes records as they happen and gives files when they are due."""

    def __init__(self, org_id: str, chance: Chance) -> None:
        self._org = org_id
        self._chance = chance
        self._batches: dict[tuple[str, str], _Batch] = {}
        self._due: list[tuple[int, tuple[str, str]]] = []
        self._held: list[tuple[int, str, str, bytes]] = []
        self.records = 0

    def tell(self, at: int, seen: Json) -> None:
        """One record more."""
        account, region = seen["recipientAccountId"], seen["awsRegion"]
        text = msgspec.json.encode(seen)
        luck = self._chance.random()
        if luck < _MUCH_LATER:
            heapq.heappush(self._held, (at + 3600 + int(self._chance.random() * 4 * 3600), account, region, text))
            return
        self._keep(at, account, region, text)
        if luck > 1 - _TWICE:
            self._keep(at, account, region, text)
        elif luck > 1 - _TWICE - _BROKEN:
            self._keep(at, account, region, _broken(seen))

    def due(self, now: int) -> Iterator[LogFile]:
        """The files that lie there by now."""
        while self._held and self._held[0][0] <= now:
            self._keep(*heapq.heappop(self._held))
        while self._due and self._due[0][0] <= now:
            _, place = heapq.heappop(self._due)
            yield self._file(now, place, self._batches.pop(place).texts)

    def rest(self) -> Iterator[LogFile]:
        """All that is still waiting."""
        while self._held or self._due:
            yield from self.due(max([each[0] for each in self._held] + [each[0] for each in self._due]))

    def _keep(self, at: int, account: str, region: str, text: bytes) -> None:
        place = account, region
        batch = self._batches.get(place)
        if batch is None:
            batch = self._batches[place] = _Batch(at + 300 + int(self._chance.random() * (LATEST_S - 300 - STEP_S)), [])
            heapq.heappush(self._due, (batch.closes, place))
        batch.texts.append(text)

    def _file(self, now: int, place: tuple[str, str], texts: list[bytes]) -> LogFile:
        account, region = place
        self._chance.shuffle(texts)
        self.records += len(texts)
        at = stamp(now)
        minute = at[:16].replace("-", "").replace(":", "") + "Z"
        folder = f"AWSLogs/{self._org}/{account}/CloudTrail/{region}/{at[:10].replace('-', '/')}"
        name = f"{account}_CloudTrail_{region}_{minute}_{self._chance.letters(16)}.json.gz"
        return LogFile(f"{folder}/{name}", len(texts), b'{"Records":[' + b",".join(texts) + b"]}")


def _broken(seen: Json) -> bytes:
    """A record whose time nobody can read."""
    return msgspec.json.encode(seen | {"eventTime": None, "eventID": None, "userIdentity": "HIDDEN"})
