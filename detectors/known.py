"""Which records were judged already, by their ids."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from model.spans import digest_once

HOURS = 64
"""Record hours whose ids are in memory at once."""
IDS = 4_000_000
"""Ids in memory at once; the running hour's are always."""


class Known:
    """Digests of ids by the hour of their record: the same record always has the same hour. Loaded by the hour."""

    def __init__(self, load: Callable[[int], Iterable[int]]) -> None:
        self._load = load
        self._hours: OrderedDict[int, set[int]] = OrderedDict()
        self._new: dict[int, list[int]] = {}
        self._total = 0

    def again(self, record: str, time: float) -> bool:
        """Whether the record was seen before; it is from now on."""
        hour = int(time // 3600)
        ids = self._hours.get(hour)
        if ids is None:
            ids = self._open(hour)
        short = digest_once(record)
        if short in ids:
            return True
        ids.add(short)
        self._new.setdefault(hour, []).append(short)
        return False

    def new(self) -> dict[int, list[int]]:
        """The ids that came since the last call, by hour."""
        found, self._new = self._new, {}
        for hour in found:
            self._total += len(found[hour])
            self._hours.move_to_end(hour)
        while len(self._hours) > 1 and (len(self._hours) > HOURS or self._total > IDS):
            self._total -= len(self._hours.popitem(last=False)[1])
        return found

    def _open(self, hour: int) -> set[int]:
        ids = self._hours[hour] = set(self._load(hour))
        self._total += len(ids)
        return ids
