"""An identity's hours of the day as one line, with those of a finding marked below."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import NamedTuple

from rich.text import Text

from cli.baseline_words import bars
from model.baseline import Baseline
from model.histogram import histogram, spans

_BEFORE = "hours 00 "


class Hours(NamedTuple):
    """How much was done in each hour of the day by the clock of `zone`, the `marked` hours, and the usual ones."""

    by_hour: tuple[int, ...]
    marked: tuple[int, ...]
    zone: str
    usual: str


def hours_of(baseline: Baseline, times: Iterable[datetime], zone: tzinfo, share: float) -> Hours | None:
    """The hours of a baseline, those of `times` marked; None where it holds none. `share` is of off_hours."""
    week = histogram(baseline.counts().active.items(), zone)
    if not any(week.cells):
        return None
    marked = tuple(sorted({time.astimezone(zone).hour for time in times}))
    return Hours(tuple(week.by_hour), marked, str(zone), spans(week.usual_hours(share)))


def hours_text(hours: Hours) -> Text:
    """The hours as blocks, with a mark below each of the finding's, and the usual ones in words."""
    line = Text(_BEFORE)
    for hour, block in enumerate(bars(hours.by_hour)):
        line.append(block, style="red" if hour in hours.marked else "cyan")
    line.append(f" 23  {hours.zone}")
    if hours.marked:
        marks = "".join("^" if hour in hours.marked else " " for hour in range(24))
        line.append(f"\n{' ' * len(_BEFORE)}").append(marks, style="red")
        line.append(f"     this: {', '.join(f'{hour:02}' for hour in hours.marked)}", style="red")
    return line.append(f"\nusually  {hours.usual}", style="dim")
