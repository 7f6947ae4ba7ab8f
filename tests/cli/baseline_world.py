"""Archives in CloudTrail's layout, and a store whose writing can be torn at any moment."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from cli.baseline_learning import Learning, Order
from cli.baseline_ledger import Ledger
from cli.baseline_pool import Pool
from cli.baseline_progress import Lines
from model.documents import Changes
from model.errors import Refused
from model.journal import Entry, Lead, unstamped
from tests.detectors.world import Json

LEARNED = ("identity", "role", "peer")


class Torn(Exception):
    """The process was killed."""


def layout(folder: Path, records: Iterable[Json], hours: int = 24) -> Path:
    """The records as files, one for each account and `hours` hours."""
    files: dict[tuple[str, str, int], list[Json]] = {}
    for record in records:
        day, hour = record["eventTime"][:10], int(record["eventTime"][11:13])
        files.setdefault((record["recipientAccountId"], day, hour // hours * hours), []).append(record)
    for (account, day, hour), some in files.items():
        compact = day.replace("-", "")
        home = folder / f"AWSLogs/{account}/CloudTrail/eu-central-1/{day.replace('-', '/')}"
        home.mkdir(parents=True, exist_ok=True)
        name = f"{account}_CloudTrail_eu-central-1_{compact}T{hour:02}55Z_x.json.gz"
        (home / name).write_bytes(gzip.compress(json.dumps({"Records": some}).encode(), mtime=0))
    return folder


@dataclass
class TornStore:
    """Keeps entries, and after each its documents two at a time; after `steps` such steps the process dies."""

    steps: float = inf
    version: int = 0
    last: int = 0
    kept: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def lead(self, holder: str = "", lease_s: float = 0.0) -> Lead:
        self.version += 1
        return Lead(self.version, self.last)

    def renew(self, version: int) -> None:
        if version != self.version:
            raise Refused("another judge leads")

    def resign(self, version: int) -> None:
        self.renew(version)

    def journal(self) -> Iterable[tuple[int, bytes]]:
        return ()

    def get(self, kind: str, key: str) -> bytes | None:
        return self.kept.get((kind, key))

    def every(self, kind: str) -> Iterator[tuple[str, bytes]]:
        yield from [(key, body) for (of, key), body in self.kept.items() if of == kind]

    def commit(self, version: int, entry: Entry, documents: Changes, folded: int) -> None:
        self.renew(version)
        assert entry.number == self.last + 1
        self._step()
        self.last = entry.number
        changes = [*documents.items()]
        for at in range(0, len(changes), 2):
            self._step()
            for place, body in changes[at : at + 2]:
                if body is None:
                    self.kept.pop(place, None)
                else:
                    self.kept[place] = body

    def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Torn

    def learned(self) -> dict[tuple[str, str], bytes]:
        """What was taught, without the stamps."""
        return {place: unstamped(body)[1] for place, body in self.kept.items() if place[0] in LEARNED}


def learn(store: Any, *paths: Path, until: float = 4e9, batch: int = 1, abandon: bool = False) -> dict[str, Any]:
    """One run in this process; its summary."""
    lead = store.lead("test", 0.0)
    ledger = Ledger(store, lead.version, lead.entry)
    order = Order([*map(str, paths)], until, abandon, batch)
    learned = Learning(store, ledger, Pool(1), Lines()).run(order)
    store.resign(lead.version)
    return learned.line


def learned_in(store: Any) -> dict[tuple[str, str], bytes]:
    """What any store was taught, without the stamps."""
    return {(kind, key): unstamped(document)[1] for kind in LEARNED for key, document in store.every(kind)}
