"""Log files in S3's layout: reading and learning them, against isal and a bare typed parse of the same files."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import product
from bench.figures import Figure, rate, rate_by_clock
from bench.scale import Scale
from bench.timing import Run, interleaved
from bench.traffic import archive

FLOOR = "isal and a bare typed parse (the floor)"
READ, ONE, TWO = "read every record", "baseline learn, one process", "baseline learn, two processes"
MONTH = 60_000_000
"""Records in 30 days of two million."""


def archives(folder: Path, scale: Scale) -> list[Figure]:
    """Of all kinds of records."""
    made = archive(folder / "logs", scale.archive, scale.identities)
    return _measured(folder / "logs", "Archive, all kinds of records", made.records, min(3, scale.rounds))


def assumption_archives(folder: Path, scale: Scale) -> list[Figure]:
    """Of assumptions only."""
    made = archive(folder / "logs", scale.archive // 3, scale.identities, only_assumptions=True)
    return _measured(folder / "logs", "Archive, assumptions only", made.records, min(3, scale.rounds))


def _measured(place: Path, section: str, records: int, rounds: int) -> list[Figure]:
    files = sorted(place.rglob("*.json.gz"))
    took = interleaved(
        {
            FLOOR: lambda: lambda: product.parse_archive(files),
            READ: lambda: lambda: product.read_archive(place),
            ONE: _learning(place, 1),
            TWO: _learning(place, 2),
        },
        rounds,
    )
    floor, one, two = took[FLOOR], took[ONE], took[TWO]
    gain = median(a.wall / b.wall for a, b in zip(one.times, two.times, strict=True))
    return [
        rate(section, FLOOR, records, floor, floor),
        rate(section, READ, records, took[READ], floor),
        rate_by_clock(section, ONE, records, one, floor),
        rate_by_clock(section, TWO, records, two, floor),
        Figure(section, "two processes against one", gain, "times"),
        Figure(section, "a month of 2 million a day, two processes", two.wall / records * MONTH / 60, "min"),
    ]


def _learning(place: Path, workers: int) -> Callable[[], Run]:
    store = place.parent / "learned.db"
    return lambda: lambda: product.learn_archive(place, store, workers)
