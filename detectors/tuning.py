"""Which thresholds bring how many alerts: a search over a small set of them, each try judged by the judge itself.

What keeps the watch safe is in no knob: the absolute floors, what is high, maturity, what a day may teach, quarantine,
the composite. No knob leaves its list of values, so nothing is ever tuned away; where that does not reach the budget,
what remains is for exceptions and the trust map, and it is said whose it is.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from model.thresholds import Thresholds


class Knob(NamedTuple):
    """One threshold that may be tuned: its table, which is its detector's name, its key, and its values, the keenest
    first: more of it is always quieter."""

    table: str
    key: str
    values: tuple[float, ...]

    @property
    def name(self) -> str:
        """As hopstop.toml spells it below `thresholds`."""
        return f"{self.table}.{self.key}"


KNOBS = (
    Knob("velocity", "least", (6, 8, 10, 15, 20)),
    Knob("velocity", "quarter_factor", (6.0, 8.0, 10.0, 15.0, 20.0)),
    Knob("velocity", "hour_factor", (2.0, 3.0, 4.0, 6.0)),
    Knob("velocity", "sigmas", (2.0, 3.0, 4.0, 6.0)),
    Knob("velocity", "role_factor", (5.0, 8.0, 12.0, 16.0)),
    Knob("new_pair", "many", (3, 5, 8, 12)),
    Knob("chain", "quiet_hops", (2, 3)),
    Knob("enumeration", "attempts", (4, 5, 8, 12)),
    Knob("enumeration", "roles", (2, 3, 4, 6)),
    Knob("enumeration", "a_day", (4, 6, 9, 12)),
    Knob("convergence", "identities", (2, 3, 4, 6)),
    Knob("short_sessions", "in_an_hour", (2, 3, 4, 6)),
    Knob("unreadable", "many", (50, 100, 300, 1000)),
)
"""What may be tuned, and how far."""


class Outcome(NamedTuple):
    """What some thresholds bring: medium and high findings a week, how many findings (of any confidence) each
    detector takes part in, and the names of the labelled attacks that a medium or high finding holds."""

    a_week: float
    findings: dict[str, int]
    alerts: dict[str, int]
    caught: frozenset[str] = frozenset()


class Step(NamedTuple):
    """One try that was kept: what it changed since the step before (by knob, old and new), and what came of it."""

    thresholds: Thresholds
    changes: dict[str, tuple[float, float]]
    outcome: Outcome


Judged = Callable[[Thresholds], Outcome]


def search(judged: Judged, start: Thresholds, budget: float, most: int = 60) -> list[Step]:
    """From `start` on, the steps to the keenest thresholds whose alerts a week stay within the budget; at most so many
    tries are judged. The last step is above the budget only where no knob brings it further down."""
    tries = _Tries(judged, most)
    first = Step(start, {}, tries.of(start))
    if first.outcome.a_week > budget:
        return _quieter(tries, first, budget)
    return _keener(tries, first, budget)


def knobs_of(table: str) -> Iterator[Knob]:
    """A detector's knobs."""
    return (knob for knob in KNOBS if knob.table == table)


def changed(start: Thresholds, end: Thresholds) -> dict[str, tuple[float, float]]:
    """What differs, by knob: the old and the new value."""
    both = {knob.name: (_value(start, knob), _value(end, knob)) for knob in KNOBS}
    return {name: values for name, values in both.items() if values[0] != values[1]}


class _Tries:
    """Outcomes by thresholds, each judged once; None where the tries are used up."""

    def __init__(self, judged: Judged, most: int) -> None:
        self._judged = judged
        self._most = most
        self._known: dict[str, Outcome] = {}

    @property
    def left(self) -> bool:
        return len(self._known) < self._most

    def of(self, thresholds: Thresholds) -> Outcome:
        key = thresholds.model_dump_json()
        if key not in self._known:
            self._known[key] = self._judged(thresholds)
        return self._known[key]


def _quieter(tries: _Tries, first: Step, budget: float) -> list[Step]:
    path = [first]
    useful = [knob for knob in KNOBS if tries.left and _helps(tries, first, knob)]
    while path[-1].outcome.a_week > budget and tries.left:
        step = _best(tries, path[-1], useful)
        if step is None:
            break
        path.append(step)
    return _back(tries, path, budget)


def _back(tries: _Tries, path: list[Step], budget: float) -> list[Step]:
    """And back with every knob that a later one made needless."""
    if path[-1].outcome.a_week > budget:
        return path
    for name, (old, _) in changed(path[0].thresholds, path[-1].thresholds).items():
        knob = next(knob for knob in KNOBS if knob.name == name)
        if not tries.left:
            break
        step = _step(tries, path[-1], {knob: old})
        if step.outcome.a_week <= budget and step.outcome.caught >= path[-1].outcome.caught:
            path.append(step)
    return path


def _helps(tries: _Tries, now: Step, knob: Knob) -> bool:
    """Whether its detector fires at all, and its quietest value alone brings fewer alerts."""
    end = max(knob.values)
    if not now.outcome.alerts.get(knob.table) or _value(now.thresholds, knob) >= end:
        return False
    return tries.of(_with(now.thresholds, {knob: end})).a_week < now.outcome.a_week


def _best(tries: _Tries, now: Step, useful: Sequence[Knob]) -> Step | None:
    """The next step of the knob that loses no attack, or the fewest, and brings alerts down the most; where no knob
    does by one step, all of them one step further."""
    ahead = [({knob: value}) for knob in useful for value in _next(now.thresholds, knob)]
    steps = [_step(tries, now, change) for change in ahead if tries.left]
    better = [step for step in steps if step.outcome.a_week < now.outcome.a_week]
    if better:
        return min(better, key=lambda step: (len(now.outcome.caught - step.outcome.caught), step.outcome.a_week))
    together = {knob: value for change in ahead for knob, value in change.items()}
    return _step(tries, now, together) if together and tries.left else None


def _keener(tries: _Tries, first: Step, budget: float) -> list[Step]:
    """What is keener and stays within the budget, knob by knob; what changes nothing in this history is left alone."""
    path = [first]
    for knob in KNOBS:
        for value in sorted((v for v in knob.values if v < _value(first.thresholds, knob)), reverse=True):
            if not tries.left:
                return path
            step = _step(tries, path[-1], {knob: value})
            if step.outcome.a_week > budget or step.outcome.a_week <= path[-1].outcome.a_week:
                break
            path.append(step)
    return path


def _step(tries: _Tries, before: Step, change: dict[Knob, float]) -> Step:
    thresholds = _with(before.thresholds, change)
    told = {knob.name: (_value(before.thresholds, knob), value) for knob, value in change.items()}
    return Step(thresholds, told, tries.of(thresholds))


def _next(thresholds: Thresholds, knob: Knob) -> list[float]:
    """The next quieter value, where there is one."""
    return sorted(value for value in knob.values if value > _value(thresholds, knob))[:1]


def _value(thresholds: Thresholds, knob: Knob) -> float:
    return float(getattr(getattr(thresholds, knob.table), knob.key))


def _with(thresholds: Thresholds, change: dict[Knob, float]) -> Thresholds:
    data = thresholds.model_dump()
    for knob, value in change.items():
        data[knob.table][knob.key] = value
    return Thresholds.model_validate(data)
