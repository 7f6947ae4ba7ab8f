"""A finding or an identity explained: as people read it, and as one JSON object."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.baseline_find import Known
from cli.baseline_words import as_json as baseline_fields
from cli.baseline_words import in_words
from cli.explain_quiet import Way
from cli.finding_hours import Hours, hours_text
from cli.finding_lines import finding_line, stamp
from cli.finding_panels import CONFIDENCES, panel, worded
from detectors.catalogue import Described, described
from model.anomaly import DETECTORS, Anomaly
from model.baseline import Baseline
from model.behind import vouched
from model.exemption import Exemption, fits
from model.finding import Finding
from model.label import moment
from model.lineage import Hop
from model.organization import Organization
from model.text import clean, plural


class Explained(NamedTuple):
    """Why a finding fired: itself, what is normal for its origin, what else is known, what would make it quiet."""

    finding: Finding
    baseline: Baseline | None
    hours: Hours | None
    notes: Sequence[str]
    ways: Sequence[Way]


def finding_fields(told: Explained) -> dict[str, Any]:
    """One JSON object."""
    finding = told.finding
    return {
        "type": "explanation",
        "finding": finding_line(finding),
        "chains": [[_hop_fields(hop) for hop in line.hops] for line in finding.lineages],
        "hours": None if told.hours is None else told.hours._asdict(),
        "baseline": None if told.baseline is None else baseline_fields(_known(finding), told.baseline),
        "detectors": [entry._asdict() | {"techniques": entry.techniques} for entry in _entries(finding)],
        "notes": list(told.notes),
        "quiet": [way._asdict() for way in told.ways],
    }


def print_finding(told: Explained, place: Console) -> None:
    """A panel, the numbers, what is normal, what would make it quiet, what to do."""
    place.print(panel(told.finding, told.hours))
    place.print(_part("Numbers", [_numbers(told.finding.anomalies)]))
    normal = (
        ["nothing is known of it here"] if told.baseline is None else in_words(_known(told.finding), told.baseline)[1:]
    )
    place.print(
        _part("What is normal for where it began", [worded(line) for line in normal if not line.startswith("hours")])
    )
    if told.notes:
        place.print(_part("Also", [worded(line) for line in told.notes]))
    place.print(_part("What would make it quiet", [*_ways(told.ways)]))
    place.print(_part("What to do", [*_runbooks(told.finding)]))


def identity_notes(known: Known, baseline: Baseline, mature: bool, exemptions: Iterable[Exemption]) -> Iterator[str]:
    """What is known of an identity beyond its habits."""
    yield (
        "mature: what is unusual for it is judged" if mature else "not mature yet: its peers and fixed floors stand in"
    )
    vouched = [until for until in baseline.taught.values() if until > baseline.last]
    if vouched:
        last = f"{moment(max(vouched)):%Y-%m-%d}"
        yield f"people vouched for {plural(len(vouched), 'thing')} that it does, the last until {last}"
    arns = {name.split(" (", 1)[0] for name in known.names}
    for each in exemptions:
        if any(fits(each.identity, name) for name in (known.key, *arns)):
            yield f"excepted from {each.detector} until {each.until:%Y-%m-%d}: {clean(each.reason, 120)}"


def print_identity(known: Known, baseline: Baseline, hours: Hours | None, notes: Iterable[str], place: Console) -> None:
    """What is normal for it, and what is going on with it."""
    first, *lines = in_words(known, baseline)
    place.print(Text(first, style="bold"))
    if hours is not None:
        place.print(Padding(hours_text(hours), (1, 0, 1, 2)))
    place.print(Padding(Group(*(worded(line) for line in lines if not line.startswith("hours"))), (0, 0, 0, 2)))
    place.print(_part("Also", [worded(note) for note in notes]))


def duties(organization: Organization, finding: Finding) -> Iterator[str]:
    """Who was on call when it happened."""
    at = finding.time
    people = [duty.person for duty in organization.on_call if duty.since <= at < duty.until]
    if people:
        own = " (the one who acted)" if organization.is_on_call(vouched(finding.origin), at) else ""
        yield f"on call then: {', '.join(clean(person, 60) for person in people)}{own}"
    elif organization.on_call:
        yield "nobody was on call then, as far as organization.on_call says"


def _known(finding: Finding) -> Known:
    return Known(finding.origin.key, ())


def _hop_fields(hop: Hop) -> dict[str, Any]:
    return {
        "role": hop.role_arn,
        "account": hop.account,
        "session": hop.session_name,
        "time": stamp(hop.time),
        "source_ip": hop.source_ip,
        "records": hop.records,
    }


def _entries(finding: Finding) -> list[Described]:
    """What weighs the others first."""
    named = [name for name in finding.detectors if name in DETECTORS]
    return [described(name) for name in sorted(named, key=lambda name: name != "composite")]


def _part(title: str, parts: Iterable[RenderableType]) -> RenderableType:
    return Padding(Group(Text(title, style="bold"), Padding(Group(*parts), (0, 0, 0, 2))), (1, 0, 0, 0))


def _numbers(anomalies: Sequence[Anomaly]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for name in ("detector", "", "at", "observed", "expected", "threshold", "window"):
        table.add_column(name, overflow="fold", header_style="dim")
    for each in anomalies[:40]:
        level = Text(
            "quiet" if each.quiet else each.confidence, style="dim" if each.quiet else CONFIDENCES[each.confidence]
        )
        cells = (_cell(value) for value in (each.observed, each.expected, each.threshold))
        table.add_row(each.detector, level, _clock(each.time), *cells, _window(each.window))
    return table


def _cell(value: float | str | None) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, int | float) else clean(value, 60)


def _clock(time: datetime) -> str:
    return f"{time:%m-%d %H:%M:%S}"


def _window(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds // 60} min"


def _ways(ways: Sequence[Way]) -> Iterator[RenderableType]:
    for way in ways:
        yield worded(f"• {way.how}")
        if way.toml:
            yield Padding(Text(way.toml, style="green", overflow="fold"), (0, 0, 0, 4))


def _runbooks(finding: Finding) -> Iterator[RenderableType]:
    for entry in _entries(finding):
        yield Text(entry.name, style="bold").append(f"  {', '.join(entry.techniques)}", style="not bold dim")
        yield worded(entry.runbook[:1].upper() + entry.runbook[1:])
        yield worded(f"Innocent causes: {entry.false_positives}")
        yield Text()
