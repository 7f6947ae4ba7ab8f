"""What a run of learning counts, and which records it has read already."""

from collections import OrderedDict
from dataclasses import dataclass, field

from cli.baseline_pool import Part, Read
from model.archive_learning import Reading

IDS = 750_000
"""Ids of records in memory, of the hours that were read last: a record that two files hold is learned once."""


@dataclass
class Learned:
    """What a run did. `unique` counts the records that it took in (services' as they come), `done` files that were
    learned before, `old` those that are older than a baseline remembers."""

    files: int = 0
    done: int = 0
    old: int = 0
    failed: list[str] = field(default_factory=list)
    records: int = 0
    unique: int = 0
    unparsed: int = 0
    identities: int = 0
    assumptions: int = 0
    denied: int = 0
    service_assumptions: int = 0
    seconds: float = 0.0

    def add(self, part: Part, read: Read, reading: Reading) -> None:
        """Count a part."""
        self.files += len(part.files) - len(read.failed)
        self.failed += [reason for _, reason in read.failed]
        self.records += reading.records
        self.unique += sum(map(len, reading.ids.values())) + reading.services
        self.unparsed += reading.unparsed
        self.service_assumptions += reading.service_assumptions

    @property
    def line(self) -> dict[str, object]:
        """The summary as a line of JSON."""
        return {
            "type": "learned",
            "files": self.files,
            "done": self.done,
            "old": self.old,
            "failed": len(self.failed),
            "records": self.records,
            "unique": self.unique,
            "unparsed": self.unparsed,
            "identities": self.identities,
            "assumptions": self.assumptions,
            "denied": self.denied,
            "service_assumptions": self.service_assumptions,
            "seconds": round(self.seconds, 3),
        }


class Seen:
    """Short ids of records by record hour; the hours that were not touched for longest go first."""

    def __init__(self) -> None:
        self._hours: OrderedDict[int, set[int]] = OrderedDict()
        self._total = 0

    def known(self, ids: dict[int, list[int]]) -> set[int]:
        """Those that were there before."""
        return {one for hour, some in ids.items() for one in self._hours.get(hour, set()).intersection(some)}

    def add(self, ids: dict[int, list[int]]) -> None:
        """Remember them."""
        for hour, some in ids.items():
            self._hours.setdefault(hour, set()).update(some)
            self._hours.move_to_end(hour)
            self._total += len(some)
        while self._total > IDS and len(self._hours) > 1:
            self._total -= len(self._hours.popitem(last=False)[1])
