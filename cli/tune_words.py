"""What tuning found, as people read it and as one JSON object."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from detectors.tuning import Outcome, Step, changed
from model.confidence import Confidence
from model.finding import Finding
from model.text import clean, joined

_MOST = 8


class Tuned(NamedTuple):
    """The steps of a search, the budget in alerts a week, over how many weeks, how many attacks were labelled, and the
    findings that remain."""

    path: Sequence[Step]
    budget: float
    weeks: float
    attacks: frozenset[str]
    remaining: Sequence[Finding]

    @property
    def reached(self) -> bool:
        """Whether the last step stays within the budget."""
        return self.path[-1].outcome.a_week <= self.budget

    @property
    def changes(self) -> dict[str, tuple[float, float]]:
        """What it comes to: the old and new value by threshold."""
        return changed(self.path[0].thresholds, self.path[-1].thresholds)

    @property
    def silenced(self) -> dict[str, int]:
        """Detectors that brought alerts before and bring none now, with how many they brought."""
        before, after = self.path[0].outcome.alerts, self.path[-1].outcome.alerts
        return {name: count for name, count in before.items() if not after.get(name)}

    @property
    def lost(self) -> list[str]:
        """Labelled attacks that were caught before and are not now."""
        return sorted(self.path[0].outcome.caught - self.path[-1].outcome.caught)

    @property
    def missed(self) -> list[str]:
        """Labelled attacks that were not caught before, and are not now."""
        return sorted(self.attacks - self.path[-1].outcome.caught - self.path[0].outcome.caught)

    @property
    def sources(self) -> list[tuple[str, str, float]]:
        """Whose alerts remain, a week: by origin and detector, the most first."""
        alerts = [finding for finding in self.remaining if finding.confidence is not Confidence.LOW]
        count = Counter((finding.origin.arn or finding.origin.key, _loudest(finding)) for finding in alerts)
        return [(origin, detector, n / self.weeks) for (origin, detector), n in count.most_common(_MOST)]


def fields(tuned: Tuned, diff: str) -> dict[str, Any]:
    """One JSON object."""
    return {
        "type": "tuning",
        "weeks": round(tuned.weeks, 3),
        "budget": tuned.budget,
        "reached": tuned.reached,
        "steps": [_step_fields(step) for step in tuned.path],
        "changes": {name: {"from": old, "to": new} for name, (old, new) in tuned.changes.items()},
        "silenced": tuned.silenced,
        "lost": tuned.lost,
        "missed": tuned.missed,
        "remaining": [{"origin": who, "detector": name, "a_week": round(n, 2)} for who, name, n in tuned.sources],
        "diff": diff,
    }


def show(tuned: Tuned, place: Console) -> None:
    """The trade-off as a table, and what it costs."""
    place.print(_table(tuned))
    for line in lines(tuned):
        place.print(Text(f"  {line}"))
    if not tuned.reached:
        rest = Table(
            box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 1), title="What remains", title_justify="left"
        )
        for name in ("a week", "detector", "origin"):
            rest.add_column(name, overflow="fold", justify="right" if name == "a week" else "left")
        for who, detector, count in tuned.sources:
            rest.add_row(f"{count:.1f}", detector, Text(clean(who, 120)))
        place.print(rest)


def lines(tuned: Tuned) -> Iterator[str]:
    """The outcome in words."""
    now = tuned.path[-1].outcome.a_week
    yield f"{now:.1f} alerts a week, the budget is {tuned.budget:g}; over {tuned.weeks:.1f} weeks of judged history"
    if tuned.weeks < 1:
        yield "less than a week was judged: these numbers may mean little"
    if not tuned.reached:
        yield "no threshold may go further: documented trust and [[exceptions]] for what you expect may help"
    for name, count in tuned.silenced.items():
        yield f"{name} is silent now; it took part in {count} alerts of this history"
    if tuned.lost:
        yield f"lost, and caught before: {joined([clean(name, 60) for name in tuned.lost], 20)}"
    if tuned.missed:
        yield f"never caught, of {len(tuned.attacks)}: {joined([clean(name, 60) for name in tuned.missed], 20)}"


def _loudest(finding: Finding) -> str:
    return max(finding.anomalies, key=lambda anomaly: anomaly.confidence.rank).detector


def _table(tuned: Tuned) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 1))
    table.add_column("what changes", overflow="fold")
    table.add_column("alerts a week", justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("detectors in them", overflow="fold")
    if tuned.attacks:
        table.add_column("caught", justify="right")
    most = max(step.outcome.a_week for step in tuned.path) or 1.0
    for step in tuned.path:
        within = step.outcome.a_week <= tuned.budget
        bar = Text("█" * max(1, round(16 * step.outcome.a_week / most)), style="green" if within else "yellow")
        cells: list[RenderableType] = [_change(step.changes), f"{step.outcome.a_week:.1f}", bar, _counts(step.outcome)]
        table.add_row(*cells, *([f"{len(step.outcome.caught)}/{len(tuned.attacks)}"] if tuned.attacks else ()))
    return table


def _remaining(tuned: Tuned) -> Table:
    rest = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 1))
    rest.add_column("a week", justify="right")
    rest.add_column("what remains")
    rest.add_column("of", overflow="fold")
    for who, detector, count in tuned.sources:
        rest.add_row(f"{count:.1f}", detector, Text(clean(who, 120)))
    return rest


def _change(changes: Mapping[str, tuple[float, float]]) -> str:
    return ", ".join(f"{name} {old:g} → {new:g}" for name, (old, new) in changes.items()) or "as it is"


def _counts(outcome: Outcome) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(outcome.alerts.items(), key=lambda item: -item[1])) or "none"


def _step_fields(step: Step) -> dict[str, Any]:
    outcome = step.outcome
    return {
        "changes": {name: {"from": old, "to": new} for name, (old, new) in step.changes.items()},
        "a_week": round(outcome.a_week, 3),
        "findings": outcome.findings,
        "alerts": outcome.alerts,
        "caught": sorted(outcome.caught),
    }
