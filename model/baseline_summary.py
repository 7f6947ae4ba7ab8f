"""An identity's baseline as people look at it: counts, means, how many of everything, and when it is active."""

from datetime import datetime, tzinfo

from model.baseline import Baseline
from model.frozen import Frozen
from model.histogram import histogram, spans
from model.label import moment
from model.spans import habitual
from model.spread import Spread, hour_spread, quarter_spread
from model.thresholds import Thresholds


class Usual(Frozen):
    """In how many slots there were assumptions, how many on average in one of those, and the standard deviation."""

    slots: int
    mean: float
    sigma: float


class Named(Frozen):
    """One thing of a set with the hours in which it was first and last seen; `times` where they are counted."""

    name: str
    first: datetime
    last: datetime
    times: int | None = None


class BaselineSummary(Frozen):
    """What `hopstop baseline show` prints. Times are UTC, the histograms by the identity's clock (`zone`).

    `actions` are calls and assumptions. `targets` are roles assumed, `known_targets` those of them that count as
    habits; `names` shows the latest of them with their last time. `tried` are roles denied and `reached` roles and
    paths come to by way of others. `durations` are seconds asked for, `depth` hops. `by_hour` and `by_weekday` (Monday
    first) count actions; `usual_hours` is the span of the day that holds most of them.
    """

    first: datetime | None
    last: datetime | None
    mature: bool
    active_hours: int
    actions: int
    assumptions: int
    quarter: Usual
    hour: Usual
    week: Usual
    targets: int
    known_targets: int
    tried: int
    reached: int
    accounts: tuple[Named, ...]
    networks: tuple[Named, ...]
    tools: tuple[Named, ...]
    regions: tuple[Named, ...]
    calls_after_hops: tuple[Named, ...]
    names: dict[str, datetime]
    vouched: int
    durations: tuple[int, ...]
    depth: int
    zone: str
    by_hour: tuple[int, ...]
    by_weekday: tuple[int, ...]
    usual_hours: str


def summary(baseline: Baseline, now: float, thresholds: Thresholds, zone: tzinfo) -> BaselineSummary:
    """The baseline as of `now` (seconds since 1970 UTC), its hours by the clock of `zone`."""
    counts, limits = baseline.counts(), thresholds.maturity
    week = histogram(counts.active.items(), zone)
    peak, targets = thresholds.learning.peak_factor, baseline.targets
    return BaselineSummary(
        first=moment(baseline.first) if baseline.first else None,
        last=moment(baseline.last) if baseline.last else None,
        mature=baseline.mature(now, limits.days, limits.active_hours),
        active_hours=baseline.active_hours,
        actions=sum(counts.active.values()),
        assumptions=sum(counts.quarters.values()),
        quarter=_usual(quarter_spread(baseline, now, peak)),
        hour=_usual(hour_spread(baseline, now, 30, peak)),
        week=_usual(hour_spread(baseline, now, 7, peak)),
        targets=len(targets),
        known_targets=sum(habitual(targets, target, now, thresholds.learning) for target in targets),
        tried=len(baseline.tried),
        reached=len(baseline.reached),
        accounts=_named(baseline.accounts),
        networks=_named(baseline.networks),
        tools=_named(baseline.tools),
        regions=_named(baseline.regions),
        calls_after_hops=_counted(baseline.after),
        names={name: moment(last) for name, last in sorted(baseline.names.items(), key=lambda named: -named[1])},
        vouched=sum(until > now for until in baseline.taught.values()),
        durations=tuple(sorted(baseline.durations)),
        depth=baseline.deepest(now),
        zone=str(zone),
        by_hour=tuple(week.by_hour),
        by_weekday=tuple(week.by_weekday),
        usual_hours=spans(week.usual_hours(thresholds.off_hours.share)),
    )


def _usual(told: Spread) -> Usual:
    return Usual(slots=told.slots, mean=told.mean, sigma=told.sigma)


def _named(things: dict[str, tuple[int, int]]) -> tuple[Named, ...]:
    """The latest first."""
    latest = sorted(things.items(), key=lambda item: (-item[1][1], item[0]))
    return tuple(Named(name=name, first=moment(first), last=moment(last)) for name, (first, last) in latest)


def _counted(things: dict[str, tuple[int, int, int]]) -> tuple[Named, ...]:
    latest = sorted(things.items(), key=lambda item: (-item[1][1], item[0]))
    return tuple(Named(name=name, first=moment(a), last=moment(b), times=times) for name, (a, b, times) in latest)
