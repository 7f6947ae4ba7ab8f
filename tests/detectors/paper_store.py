"""A store on paper: what was committed, in dictionaries."""

from collections import defaultdict
from collections.abc import Iterable

from detectors.judge import Written
from model.documents import Shelf


class PaperStore(Shelf):
    """Keeps every entry; a `forgetful` one keeps no documents, and so folds nothing."""

    def __init__(self, forgetful: bool = False) -> None:
        super().__init__()
        self.forgetful = forgetful
        self.last = 0
        self.entries: dict[int, bytes] = {}
        self.said: list[bytes] = []
        self.hours: dict[int, set[int]] = defaultdict(set)

    def ids(self, hour: int) -> Iterable[int]:
        return tuple(self.hours[hour])

    def journal(self) -> Iterable[tuple[int, bytes]]:
        return sorted(self.entries.items())

    def assumed(self, since_hour: int) -> Iterable[bytes]:
        del since_hour
        return tuple(self.said)

    def commit(self, written: Written) -> None:
        entry = written.entry
        assert entry.number == self.last + 1
        self.last = entry.number
        for hour, ids in entry.ids.items():
            self.hours[hour].update(ids)
        self.said.append(entry.assumed)
        self.entries[entry.number] = entry.changes
        if not self.forgetful:
            self.entries = {n: body for n, body in self.entries.items() if n > written.folded}
            self.keep(written.documents)
