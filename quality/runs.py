"""One simulated organisation, judged by the judge that watches: what was caught, and what was nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import NamedTuple

from cli.backtest import run
from cli.in_order import Item, Read
from detectors.judge import Judge, JudgedPoll
from model.confidence import Confidence
from model.documents import Shelf
from model.envelopes import unwrap
from model.finding import Finding
from model.organization import read_organization
from model.thresholds import Thresholds
from simulator.attack import Label
from simulator.attacks import ATTACKS
from simulator.days import DAY
from simulator.description import organization
from simulator.simulation import Simulation
from simulator.world import world

FIRST = date(2026, 3, 2)
_SLICE = 100
_RANK = {Confidence.LOW: 1, Confidence.MEDIUM: 2, Confidence.HIGH: 3}


class Plan(NamedTuple):
    """What to simulate: the first `learned` of the `days` only teach."""

    seed: int
    days: int
    learned: int
    accounts: int
    attacks: tuple[str, ...] = ()
    data_events: bool = False


class Caught(NamedTuple):
    """What came of one attack: the highest confidence ("" for none), seconds from its deciding record to the one that
    decided the first finding of its due confidence (None: never), and the checks that spoke."""

    name: str
    due: str
    confidence: str
    after: int | None
    detectors: tuple[str, ...]
    messages: tuple[str, ...]


class Mistake(NamedTuple):
    """A finding of medium or high about ordinary life; whose habit it was, and the checks that made it so."""

    habit: str
    confidence: str
    detectors: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass
class Outcome:
    """What one run measured; `alerts` and `true` count findings of medium or high by check, all and of attacks."""

    plan: Plan
    records: int = 0
    seconds: float = 0.0
    identities: int = 0
    caught: list[Caught] = field(default_factory=list)
    false: list[Mistake] = field(default_factory=list)
    alerts: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)

    @property
    def weeks(self) -> float:
        """How long was judged."""
        return (self.plan.days - self.plan.learned) / 7


class _Watched(Judge):
    """The judge, in slices so small that a finding's way to its confidence is seen."""

    versions: list[Finding]

    def judge(
        self,
        records: Iterable[Item],
        learn_only_before: float | None = None,
        now: float | None = None,
    ) -> JudgedPoll:
        """The same as one poll."""
        rest, polls = iter(records), list[JudgedPoll]()
        while few := list(islice(rest, _SLICE)):
            polls.append(super().judge(few, learn_only_before, now))
        findings = tuple(finding for poll in polls for finding in poll.findings)
        self.versions += findings
        return JudgedPoll(findings, tuple(anomaly for poll in polls for anomaly in poll.anomalies))

    def finish(self, learn_only_before: float | None = None) -> JudgedPoll:
        """The same."""
        poll = super().finish(learn_only_before)
        self.versions += poll.findings
        return poll


def judged(plan: Plan) -> Outcome:
    """Simulate and judge. Nothing is written anywhere."""
    made = world(plan.seed, FIRST, plan.days, plan.accounts)
    habits: dict[str, str] = {}
    simulation = Simulation(made, data_events=plan.data_events, learn_days=plan.learned, heard=habits.__setitem__)
    simulation.attack([ATTACKS[name] for name in plan.attacks])
    past = Shelf()
    judge = _Watched(Thresholds(), read_organization(organization(made)), past)
    judge.versions = []
    result = run(_read(simulation), judge, past, float(made.begin + plan.learned * DAY), keep_anomalies=False)
    labels = simulation.labels()
    attacked = {record for label in labels for record in label.records}
    outcome = Outcome(plan, simulation.records, result.seconds, judge.identities)
    outcome.caught = [_caught(label, judge.versions) for label in labels]
    for finding in result.in_order:
        if finding.confidence is not Confidence.LOW:
            _count(outcome, finding, attacked, habits)
    return outcome


def _read(simulation: Simulation) -> Iterator[Read]:
    for file in simulation.files():
        for item in unwrap(file.body):
            yield file.path, item


def _caught(label: Label, versions: list[Finding]) -> Caught:
    records = set(label.records)
    mine = [finding for finding in versions if not records.isdisjoint(finding.records)]
    due = _RANK[Confidence(label.confidence)]
    best = max(mine, key=lambda finding: _RANK[finding.confidence], default=None)
    enough = [finding.detected.timestamp() for finding in mine if _RANK[finding.confidence] >= due]
    return Caught(
        label.name,
        label.confidence,
        best.confidence.value if best else "",
        int(min(enough)) - label.deciding if enough else None,
        tuple(dict.fromkeys(name for finding in mine for name in finding.detectors)),
        tuple(dict.fromkeys(f"{a.confidence.value} {a.detector}: {a.message}" for f in mine for a in f.anomalies)),
    )


def _count(outcome: Outcome, finding: Finding, attacked: set[str], habits: dict[str, str]) -> None:
    blamed = _blamed(finding)
    outcome.alerts.update(blamed)
    if not attacked.isdisjoint(finding.records):
        outcome.true.update(blamed)
        return
    whose = Counter(habits.get(record, "?") for record in finding.records)
    messages = tuple(f"{a.confidence.value} {a.detector}: {a.message}" for a in finding.anomalies)
    outcome.false.append(
        Mistake(whose.most_common(1)[0][0] if whose else "?", finding.confidence.value, blamed, messages)
    )


def _blamed(finding: Finding) -> tuple[str, ...]:
    """The checks that lifted it above low: those with a medium or high anomaly, and the composite."""
    loud = [a.detector for a in finding.anomalies if a.confidence is not Confidence.LOW and not a.quiet]
    both = [*loud, *(name for name in finding.detectors if name == "composite")]
    return tuple(dict.fromkeys(both)) or finding.detectors
