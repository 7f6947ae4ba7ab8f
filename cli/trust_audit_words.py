"""An audit for people: the worst first, a row each, then what is wrong with which."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.table import Table
from rich.text import Text

from cli.finding_panels import console
from model.text import clean, plural
from trust.audit import Audited
from trust.level import Level
from trust.point import Status
from trust.tier import Tier

_TIERS = tuple(Tier)
_EXPOSED = {True: ("exposed", "bold red"), None: ("perhaps", "yellow"), False: ("no", "green")}
_MOST_ROWS = 60
_MOST_TOLD = 25


def show(audited: Sequence[Audited], summary: Mapping[str, Any], out: TextIO) -> None:
    """Print it."""
    place = console(out)
    worst = sorted(audited, key=_badness)
    rows = [each for each in worst if each.fails or not each.valid or each.problems]
    if rows:
        place.print(_table(rows[:_MOST_ROWS]))
    for each in rows[:_MOST_TOLD]:
        place.print(_told(each), soft_wrap=True)
    if len(rows) > _MOST_TOLD:
        place.print(Text(f"{len(rows) - _MOST_TOLD} more have something to tell: --json has all"), soft_wrap=True)
    place.print(Text("\n" + _summary(summary) if rows else _summary(summary)), soft_wrap=True)


def _badness(each: Audited) -> tuple[int, int, int, int, str]:
    """Exposed first, then what fails; by whom it is open to, then by how much depends on it."""
    exposed = {True: 0, None: 1, False: 2}[each.exposed]
    return exposed, 0 if each.fails else 1, _strangeness(each), _TIERS.index(each.ranked.tier), each.role or each.file


def _strangeness(each: Audited) -> int:
    """Anybody before those of whom nothing is known, and these before a vendor that has a name."""
    entry = each.judgement.exposure.entry if each.judgement is not None else None
    if each.level is Level.PUBLIC or entry is None or each.judgement is None:
        return 0
    return 2 if entry.visitor.caller.account in each.judgement.ours.vendors else 1


def _table(rows: Sequence[Audited]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("role", overflow="fold", ratio=1)
    for head in ("tier", "outside", "trust", "fails", "problems"):
        table.add_column(head, no_wrap=True, justify="right" if head in ("fails", "problems") else "left")
    for each in rows:
        word, colour = _EXPOSED[each.exposed] if each.valid else ("invalid", "magenta")
        fails = sum(one.status is Status.FAIL for one in each.checks)
        counts = (str(fails or ""), str(len(each.problems) or ""))
        table.add_row(Text(_name(each)), each.ranked.tier.value, Text(word, style=colour), each.level.value, *counts)
    return table


def _name(each: Audited) -> str:
    if each.role is None:
        return clean(Path(each.file).name or each.file, 60)
    _, _, _, _, account, resource = each.role.split(":", 5)
    return f"{clean(resource.removeprefix('role/'), 60)} in {account}"


def _told(each: Audited) -> Text:
    said = Text("\n")
    said.append(f"{_name(each)}: ", style="bold")
    said.append(each.why)
    for line in _lines(each):
        said.append(f"\n  {line}")
    return said


def _lines(each: Audited) -> Iterator[str]:
    for error in each.errors[:8]:
        yield f"invalid: {error}"
    for check in each.checks:
        if check.status is Status.FAIL:
            yield f"{check.point.value}: {check.why}"
    for problem in each.problems:
        yield f"{problem.kind.value}: {problem.why}"


def _summary(summary: Mapping[str, Any]) -> str:
    parts = [
        plural(summary["roles"], "role"),
        f"{summary['exposed']} exposed",
        f"{summary['undecided']} undecided",
        f"{summary['failing']} with something to do",
        f"{summary['invalid']} invalid",
        f"{summary['seconds']:.1f} s",
    ]
    return ", ".join(parts)
