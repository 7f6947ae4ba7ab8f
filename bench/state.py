"""What is kept: bytes of an identity, and how long a judge takes to begin from what was committed."""

import time
from pathlib import Path
from statistics import median

from bench import product
from bench.figures import Figure, percentile
from bench.timing import resident
from bench.world import World, apart

BOUND = 64 * 1024
"""No identity may be larger, however busy it is."""


def state(place: World) -> list[Figure]:
    """Sizes of the documents of identities and roles."""
    figures = []
    for kind, name in (("identity", "identity"), ("role", "assumed role")):
        sizes = product.sizes(place.taught, kind)
        section = f"State of one {name}, of {len(sizes):,}"
        figures += [
            Figure(section, "ordinary (median)", median(sizes), "bytes"),
            Figure(section, "p99", percentile(sizes, 99), "bytes"),
            Figure(section, "largest", max(sizes), "bytes"),
        ]
    return figures


def recovery(place: World) -> list[Figure]:
    """How long a judge takes to begin, with the journal and the log as the last one left them."""
    took, memory, entries, log = apart(begun, place.copy("begun"))
    section = "A judge begins"
    note = f"{entries:,} entries to apply, {log / 1e6:.1f} MB of assumptions"
    return [
        Figure(section, "from the committed store", took * 1e3, "ms", None, note),
        Figure(section, "memory", memory / 1e6, "MB"),
    ]


def begun(path: Path) -> tuple[float, float, int, int]:
    """Seconds, bytes of memory; entries of the journal and bytes of the log."""
    entries, log = product.left(path)
    before, began = resident(), time.perf_counter()
    live = product.opened(path)
    took = time.perf_counter() - began
    memory = resident() - before
    live.close()
    return took, memory, entries, log
