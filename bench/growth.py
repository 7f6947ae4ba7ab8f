"""Cost of a record, memory and disk as records and identities grow; each size in a process of its own."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import product
from bench.figures import Figure
from bench.timing import resident
from bench.traffic import messages
from bench.world import apart


class Grown(NamedTuple):
    """CPU microseconds of a record in the last fifth, bytes of memory that were added, bytes of the store's file."""

    cost_us: float
    memory: float
    disk: float


def growth(folder: Path, sizes: Sequence[tuple[int, int]]) -> list[Figure]:
    """The live path from an empty store, at each size of (records, identities)."""
    figures = []
    for records, identities in sizes:
        grown = apart(grow, folder / f"grown-{records}-{identities}.db", records, identities)
        name = f"{records:,} records of {identities:,} identities"
        note = f"{grown.memory / 1e6:.0f} MB of memory, {grown.disk / 1e6:.0f} MB on disk"
        figures.append(Figure("Growth, live path", name, grown.cost_us, "µs/record", None, note))
    return figures


def grow(path: Path, records: int, identities: int) -> Grown:
    """Watch so much traffic; what the last fifth of it cost. Making the traffic is not counted."""
    live = product.opened(path)
    before, spent, counted = resident(), 0.0, 0
    for number, poll in enumerate(product.polls(messages(records, identities)), 1):
        began = time.process_time()
        live.poll(poll)
        if number * product.POLL > records * 4 // 5:
            spent += time.process_time() - began
            counted += len(poll)
    memory = resident() - before
    live.close()
    return Grown(spent / counted * 1e6, memory, path.stat().st_size)
