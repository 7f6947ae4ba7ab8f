"""Log files in S3's layout: reading them, against isal and a bare typed parse of the same files."""

from pathlib import Path

from bench import product
from bench.figures import Figure, rate
from bench.scale import Scale
from bench.timing import interleaved
from bench.traffic import archive

FLOOR = "isal and a bare typed parse (the floor)"


def archives(folder: Path, scale: Scale) -> list[Figure]:
    """Of all kinds of records, and of assumptions only."""
    figures = []
    for section, only in (("Archive, all kinds of records", False), ("Archive, assumptions only", True)):
        place = folder / ("assumptions" if only else "mixed")
        records = scale.archive // 3 if only else scale.archive
        made = archive(place, records, scale.identities, only_assumptions=only)
        figures += _read(place, section, made.records, scale.rounds)
    return figures


def _read(place: Path, section: str, records: int, rounds: int) -> list[Figure]:
    files = sorted(place.rglob("*.json.gz"))
    took = interleaved(
        {
            FLOOR: lambda: lambda: product.parse_archive(files),
            "read every record": lambda: lambda: product.read_archive(place),
        },
        rounds,
    )
    return [rate(section, name, records, each, took[FLOOR]) for name, each in took.items()]
