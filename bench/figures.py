"""What was measured: figures, and the table of them."""

from collections.abc import Sequence
from itertools import groupby
from statistics import quantiles
from typing import NamedTuple

from bench.timing import Series


class Figure(NamedTuple):
    """One figure. `share` is the speed as a share of the floor's, by CPU time; None where there is no floor."""

    section: str
    name: str
    value: float
    unit: str
    share: float | None = None
    note: str = ""


def rate(section: str, name: str, records: int, took: Series, floor: Series) -> Figure:
    """Records a second of CPU, against the floor's; what the wall clock says is in the note."""
    share = took.of(floor)
    note = f"by the clock {records / took.wall:,.0f}/s, {share.wall:.2f}"
    return Figure(section, name, records / took.cpu, "records/s", share.cpu, note)


def rate_by_clock(section: str, name: str, records: int, took: Series, floor: Series) -> Figure:
    """The same by the wall clock, for what uses several cores; the CPU time is in the note."""
    share = took.of(floor)
    note = f"by the clock; of CPU {records / took.cpu:,.0f}/s, {share.cpu:.2f}"
    return Figure(section, name, records / took.wall, "records/s", share.wall, note)


def percentile(values: Sequence[float], place: int) -> float:
    """The value that `place` of 100 are not above."""
    return quantiles(values, n=100, method="inclusive")[place - 1]


def table(figures: Sequence[Figure]) -> str:
    """All figures as plain text, a section each."""
    lines: list[str] = []
    for section, group in groupby(figures, key=lambda figure: figure.section):
        lines += ["", section]
        lines += [_row(figure) for figure in group]
    return "\n".join(lines[1:])


def _row(figure: Figure) -> str:
    share = "" if figure.share is None else f"{figure.share:.2f}"
    return f"  {figure.name:<46} {amount(figure.value):>12} {figure.unit:<10} {share:>6}  {figure.note}".rstrip()


def amount(value: float) -> str:
    """A figure as people read it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
