"""Too many assumptions too fast.

Fires when, in 15 minutes, an identity assumes at least 10 roles and more than 10 times its 30-day average for an active
15 minutes and beyond 3 standard deviations; or in an hour at least 10 and more than 3 times its 7-day average for an
active hour and beyond 3; or, with or without a baseline, 200 in 10 minutes. `role_surge` does the same for a target
role: 8 times its daily count within 2 hours.

Of a role that many share, the surge is low for a chain whose origin made fewer than 10 of the window's assumptions.

Denied attempts count. When half of at least 10 distinct targets are denied, somebody is trying doors and it is high.
Quiet: a workload (not a person) that fetches one known role again and again, a mature identity whose own history holds
200 in 10 minutes, and what is within `habit` (1.5) times a peak that it reached on three days of the last 30: an
average over nights and days says little about a busy hour.

False positives: a pipeline's first run after it was given many more accounts, a restarted fleet that assumes several
roles at once, a load test.

ATT&CK: T1078.004, T1580 where many roles are tried.

Runbook: see which roles were assumed and whether one tool from one address did it. Ask the identity's owner about a
deploy or a loop. If nobody knows of one, suspend the credentials: speed is what a person's hands do not have.

Needs data events: no, because every assumption is a management event.
"""

from operator import attrgetter
from typing import NamedTuple

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import Baseline, Recent, count, digest, window
from model.confidence import Confidence
from model.identity import Kind
from model.label import label, moment
from model.role_use import RoleUse
from model.sliding import at_or_after, later_than
from model.spread import Spread, hour_peak, hour_spread, quarter_peak, quarter_spread
from model.text import plural, role_label
from model.thresholds import Thresholds

NAME = "velocity"
QUARTER, TEN, HOUR = 900, 600, 3600
HABIT_DAYS = 3
_WORKLOADS = frozenset((Kind.ROLE, Kind.WEB_IDENTITY, Kind.SERVICE, Kind.ACCOUNT))


class _Surge(NamedTuple):
    observed: int
    expected: float | None
    threshold: float
    window: int
    until: float


def velocity(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> Anomaly | None:
    """Whether this assumption (not yet in the baseline) makes a window too full; the fullest window that holds it."""
    if not _could(made.time, baseline.recent, thresholds.velocity.least - 1):
        return None
    mature = baseline.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours)
    surge = _absolute(made, baseline, mature, thresholds)
    if surge is None and mature:
        surge = _quarter(made, baseline, thresholds) or _hour(made, baseline, thresholds)
    if surge is None or _refreshes(made, baseline, thresholds):
        return None
    return _anomaly(made, baseline, surge, thresholds)


def role_surge(made: RoleAssumption, role: RoleUse, thresholds: Thresholds) -> Anomaly | None:
    """Whether a role is assumed 8 times as often within 2 hours as in a day before; `role` is without this one."""
    observed = role.in_two_hours(made.time) + 1
    if made.denied or observed < thresholds.velocity.least:
        return None
    daily = role.daily(made.time)
    if made.time - role.first < thresholds.maturity.days * 86_400 or not daily:
        return None
    threshold = thresholds.velocity.role_factor * daily
    if observed <= threshold:
        return None
    said = f"{role_label(made.role_arn)} was assumed {observed} times within 2 hours, usually {daily:.1f} times a day"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.MEDIUM,
        observed=observed,
        expected=round(daily, 2),
        threshold=round(threshold, 2),
        window=7200,
        message=said,
        records=made.records,
        techniques=("T1078.004",),
    )


def _could(time: float, recent: list[Recent], others: int) -> bool:
    """The cheap test: at least so many others within an hour around this one."""
    if len(recent) < others:
        return False
    if recent[-1].time <= time:
        return recent[-others].time > time - HOUR
    return later_than(recent, time + HOUR) - later_than(recent, time - HOUR) >= others


def _refreshes(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> bool:
    if made.denied or made.caller.person or made.caller.kind not in _WORKLOADS:
        return False
    if not baseline.knows_target(made.role_arn, made.time, thresholds.learning):
        return False
    here = digest(made.role_arn)
    return all(r.target == here and not r.denied for r in window(baseline, made.time - HOUR, made.time + HOUR))


def _fullest(made: RoleAssumption, baseline: Baseline, length: int) -> tuple[int, float]:
    """The most in a window of that length that ends at this assumption or a later one and holds it, and its end."""
    recent, time = baseline.recent, made.time
    if recent[-1].time <= time:
        return count(baseline, time - length, time) + 1, time
    later = recent[at_or_after(recent, time) : at_or_after(recent, time + length)]
    ends = dict.fromkeys((time, *map(attrgetter("time"), later)))
    most, end = max((count(baseline, end - length, end) + 1, -end) for end in ends)
    return most, -end


def _absolute(made: RoleAssumption, baseline: Baseline, mature: bool, thresholds: Thresholds) -> _Surge | None:
    most = thresholds.velocity.absolute
    if len(baseline.recent) < most - 1:
        return None
    observed, end = _fullest(made, baseline, TEN)
    if observed < most:
        return None
    peak = thresholds.learning.peak_factor
    usual = quarter_spread(baseline, made.time, peak) if mature else Spread(0, 0.0, 0.0)
    if usual.slots > 1 and observed <= usual.mean + thresholds.velocity.sigmas * usual.sigma:
        return None
    if mature and observed <= thresholds.velocity.habit * quarter_peak(baseline, made.time, HABIT_DAYS):
        return None
    return _Surge(observed, round(usual.mean, 2) if mature else None, most, TEN, end)


def _quarter(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> _Surge | None:
    observed, end = _fullest(made, baseline, QUARTER)
    if observed < thresholds.velocity.least:
        return None
    usual = quarter_spread(baseline, made.time, thresholds.learning.peak_factor)
    surge = _beyond(observed, usual, thresholds.velocity.quarter_factor, QUARTER, end, thresholds)
    return _unless_habit(surge, quarter_peak(baseline, made.time, HABIT_DAYS), thresholds) if surge else None


def _hour(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> _Surge | None:
    observed, end = _fullest(made, baseline, HOUR)
    if observed < thresholds.velocity.least:
        return None
    peak = thresholds.learning.peak_factor
    usual = hour_spread(baseline, made.time, 7, peak)
    usual = usual if usual.slots else hour_spread(baseline, made.time, 30, peak)
    surge = _beyond(observed, usual, thresholds.velocity.hour_factor, HOUR, end, thresholds)
    return _unless_habit(surge, hour_peak(baseline, made.time, HABIT_DAYS), thresholds) if surge else None


def _unless_habit(surge: _Surge, peak: int, thresholds: Thresholds) -> _Surge | None:
    """Nothing, where about as much came on three days of the month: a weekly job, or a pipeline by day."""
    return None if surge.observed <= thresholds.velocity.habit * peak else surge


def _beyond(
    observed: int, usual: Spread, factor: float, length: int, end: float, thresholds: Thresholds
) -> _Surge | None:
    threshold = max(factor * usual.mean, usual.mean + thresholds.velocity.sigmas * usual.sigma)
    if observed <= threshold:
        return None
    return _Surge(observed, round(usual.mean, 2), round(threshold, 2), length, end)


def _anomaly(made: RoleAssumption, baseline: Baseline, surge: _Surge, thresholds: Thresholds) -> Anomaly:
    inside = [*window(baseline, surge.until - surge.window, surge.until), _entry(made)]
    targets = len({entry.target for entry in inside})
    denied = sum(entry.denied for entry in inside)
    doors = targets >= thresholds.velocity.least and denied >= thresholds.velocity.denied_share * len(inside)
    usual = "no history yet" if surge.expected is None else f"usually {surge.expected:g}"
    said = (
        f"{label(made.caller)} assumed roles {surge.observed} times in {surge.window // 60} minutes, {usual}"
        f" ({plural(targets, 'role')}, {denied} denied)"
    )
    records = [entry.record for entry in inside if entry.record]
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.HIGH if doors else Confidence.MEDIUM,
        observed=surge.observed,
        expected=surge.expected,
        threshold=surge.threshold,
        window=surge.window,
        message=said,
        records=tuple(dict.fromkeys([*records[-50:], *made.records])),
        techniques=("T1078.004", "T1580") if targets > 1 else ("T1078.004",),
    )


def _entry(made: RoleAssumption) -> Recent:
    return Recent(made.time, digest(made.role_arn), made.denied, made.records[0])
