"""`python -m bench`: measure everything and print it as a table."""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.archives import archives, assumption_archives
from bench.figures import Figure, table
from bench.growth import growth
from bench.latency import latency
from bench.picture import picture
from bench.scale import FULL, QUICK, Scale
from bench.speed import speed
from bench.state import recovery, state
from bench.trust import trust
from bench.world import world

MIXED = "Live, all kinds of records"
ONLY = "Live, assumptions only"
TITLE = "How fast hopstop reads, against a bare typed parse of the same bytes (one core)"

BELOW = "Share by CPU time; the grey bars are the floor."
PAGE, PICTURE = Path("docs/performance.md"), Path("docs/images/performance.svg")
MARK = "<!-- figures of `make bench` -->"

Measure = Callable[[Path, Scale], list[Figure]]


def _live(folder: Path, scale: Scale) -> list[Figure]:
    """Everything that begins with a store that has seen twenty days."""
    place = world(folder, scale)
    return [
        *speed(place, scale.rounds, MIXED),
        *latency(place, scale.rates, scale.paced_s),
        *state(place),
        *recovery(place),
    ]


def _assumptions(folder: Path, scale: Scale) -> list[Figure]:
    less = scale._replace(history=scale.history // 6, records=scale.records // 2)
    return speed(world(folder, less, only_assumptions=True), scale.rounds, ONLY)


def _growth(folder: Path, scale: Scale) -> list[Figure]:
    return growth(folder, scale.growth)


MEASURES: dict[str, Measure] = {
    "live": _live,
    "assumptions": _assumptions,
    "archives": archives,
    "assumption-archives": assumption_archives,
    "growth": _growth,
    "trust": trust,
}


def measure(names: list[str], scale: Scale) -> list[Figure]:
    """Every measurement that is named, in a folder on disk that is gone afterwards."""
    figures: list[Figure] = []
    for name in names:
        print(f"measuring {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            figures += MEASURES[name](Path(folder), scale)
    return figures


def main() -> None:
    """Measure, print the table, write what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure hopstop on made-up traffic.")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), help="measure only these")
    parser.add_argument("--quick", action="store_true", help="about a minute, and less to be trusted")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the speeds as SVG")
    parser.add_argument("--docs", action="store_true", help="put table and picture into docs/performance.md")
    asked = parser.parse_args()
    began = time.monotonic()
    figures = measure(asked.only or list(MEASURES), QUICK if asked.quick else FULL)
    about = f"{_machine()}, Python {platform.python_version()}; measured in {time.monotonic() - began:.0f} s"
    print(table(figures), about, sep="\n\n")
    if asked.json:
        asked.json.write_text(json.dumps({"about": about, "figures": [f._asdict() for f in figures]}, indent=1) + "\n")
    if asked.picture or asked.docs:
        (asked.picture or PICTURE).write_text(picture(figures, TITLE, BELOW))
    if asked.docs:
        PAGE.write_text(renewed(PAGE.read_text("utf-8"), f"{table(figures)}\n\n{about}"), "utf-8")


def renewed(page: str, said: str) -> str:
    """The page with these figures in place of those it has."""
    before, _, after = page.split(MARK)
    return f"{before}{MARK}\n```\n{said}\n```\n{MARK}{after}"


def _machine() -> str:
    told = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    model = next((line.partition(": ")[2] for line in told if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
