"""The assumptions in CloudTrail records, which trust policies are held against; and how far the records reach."""

import time
from collections.abc import Iterator, Sequence

from cli.output import talk
from integrations.trail_files import read_paths
from model.assumption import RoleAssumption
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.errors import Malformed
from model.normaliser import Normaliser
from model.text import clean, joined, plural

MONTH_DAYS = 30
_SILENT_S = 2.0
_DAY_S = 86_400
_SHOWN = 5


class Records:
    """What is under some paths, read once."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._read = 0
        self._lost: dict[str, int] = {}
        self._first, self._last = float("inf"), float("-inf")

    def assumptions(self) -> Iterator[RoleAssumption]:
        """Every assumption once: the copies of both accounts are one. What cannot be read is said at the end.

        Raises model.errors.Malformed, at the end, where no record could be read.
        """
        normaliser = Normaliser()
        for item in self._items():
            yield from (made for made in normaliser.read(item) if isinstance(made, RoleAssumption))
        yield from normaliser.flush(float("inf"))
        self._tell()

    def caution(self) -> str | None:
        """What to say of records that span less than a month; None where they do not."""
        days = int((self._last - self._first) // _DAY_S) + 1 if self._read else 0
        if days >= MONTH_DAYS:
            return None
        return f"the records span {plural(days, 'day')}: who comes once a month, or in an emergency, may not be in them"

    def _items(self) -> Iterator[CloudTrailRecord | Unparsed]:
        shown = time.monotonic()
        for file, item in read_paths(self._paths):
            when = None if isinstance(item, Unparsed) else item.time
            if when is None:
                self._lost[file] = self._lost.get(file, 0) + 1
            else:
                self._read += 1
                self._first, self._last = min(self._first, when), max(self._last, when)
            if time.monotonic() - shown > _SILENT_S:
                shown = time.monotonic()
                talk(f"read {plural(self._read, 'record')}")
            yield item

    def _tell(self) -> None:
        names = joined([clean(name, 120) for name in self._lost], _SHOWN)
        if not self._read:
            where = names or joined([clean(path, 120) for path in self._paths], _SHOWN)
            raise Malformed(f"no CloudTrail record could be read in {where}: name CloudTrail's log files")
        if self._lost:
            talk(f"{plural(sum(self._lost.values()), 'record')} could not be read, in {names}")
