"""Somebody tries doors: roles that an identity may not assume.

Fires when one identity is denied 5 times in 10 minutes, or at 3 distinct roles within an hour, or (a mature one) at 6
within a day. Only doors count: roles that it did not assume in 30 days, and was not denied before the last hour or two.
An identity that meets closed doors as a habit is held against 3 times what a day of its history brings. One that is too
young to have habits must be denied at least half of what it asks for.

Quiet: a job that is denied the same roles again and again, from its second hour on; a role that it used to assume and
that is closed now; errors that are no refusal (throttling, an expired token); a scanner that 120 roles or more refuse.
One role that refuses a workload, however often, is low: a wrong name in its settings.

False positives: a person who guesses a role's name in the console, a pipeline whose trust is not rolled out yet, the
first day of a scanner.

ATT&CK: T1078.004, T1580.

Runbook: look at what was asked for. Names of one project are somebody's setup; admin, prod, backup and audit across
accounts are somebody's list. Ask who runs it; look whether any door opened, and what that session did.

Needs data events: no, because STS records denied assumptions as management events.
"""

from operator import attrgetter
from typing import NamedTuple

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import DAY, HOUR, TRIED, Baseline, Recent, digest
from model.confidence import Confidence
from model.identity import Kind
from model.label import label, moment
from model.role_use import RoleUse
from model.sliding import at_or_after, later_than
from model.spans import habits
from model.text import plural, role_label
from model.thresholds import Thresholds
from model.windows import windows

NAME = "enumeration"
TEN = 600
_REFUSALS = ("accessdenied", "unauthorized", "not authorized", "denied", "failure")
_WORKLOADS = frozenset((Kind.ROLE, Kind.WEB_IDENTITY, Kind.SERVICE, Kind.ACCOUNT))


class _Doors(NamedTuple):
    """How many refusals or doors, of how many that are too many, in how many seconds, and their last records."""

    observed: int
    expected: float
    threshold: float
    window: int
    entries: list[Recent]


def enumeration(made: RoleAssumption, baseline: Baseline, role: RoleUse, thresholds: Thresholds) -> Anomaly | None:
    """Whether this refusal (in neither the caller's baseline nor the role's use yet) is one of too many."""
    if not made.denied or not _is_door(made, baseline, role):
        return None
    mature = baseline.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours)
    found = _at_once(made, baseline, thresholds) or (_over_a_day(made, baseline, thresholds) if mature else None)
    if found is None or not (mature or _mostly_denied(made, baseline, thresholds)):
        return None
    return _anomaly(made, found)


def _is_door(made: RoleAssumption, baseline: Baseline, role: RoleUse) -> bool:
    if not any(word in (made.error or "accessdenied").lower() for word in _REFUSALS):
        return False
    if len(baseline.tried) >= TRIED and habits(baseline.tried) >= TRIED // 2:
        return False
    caller, before = digest(made.caller.key), made.time - HOUR
    seen = (role.sources.get(caller), role.tried.get(caller))
    return not any(source and source[0] <= before for source in seen) and _is_fresh(
        digest(made.role_arn), made.time, baseline
    )


def _is_fresh(target: int, time: float, baseline: Baseline) -> bool:
    """Never assumed, and not denied before the hour before this one."""
    span = baseline.tried.get(target)
    return target not in baseline.targets and (span is None or span[0] > time - 2 * HOUR)


def _doors(made: RoleAssumption, baseline: Baseline) -> list[Recent]:
    recent, time = baseline.recent, made.time
    near = recent[at_or_after(recent, time - HOUR) : later_than(recent, time + HOUR)]
    fresh = [entry for entry in near if entry.denied and _is_fresh(entry.target, time, baseline)]
    return [*fresh, Recent(time, digest(made.role_arn), True, made.records[0])]


def _at_once(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> _Doors | None:
    limits, doors, when = thresholds.enumeration, _doors(made, baseline), attrgetter("time")
    usual = _usual(baseline, made.time)
    least = max(limits.roles, limits.factor * usual)
    hour = max(windows(doors, when, made.time, HOUR), key=_distinct)
    if _distinct(hour) >= least:
        return _Doors(_distinct(hour), usual, round(least, 2), HOUR, hour)
    ten = max(windows(doors, when, made.time, TEN), key=len)
    if len(ten) >= limits.attempts and _distinct(ten) > limits.factor * usual:
        return _Doors(len(ten), 0, limits.attempts, TEN, ten)
    return None


def _over_a_day(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> _Doors | None:
    here, limits = digest(made.role_arn), thresholds.enumeration
    usual = _usual(baseline, made.time)
    least = max(limits.a_day, limits.factor * usual)
    of_today = {door for door, (first, _) in baseline.tried.items() if made.time - DAY < first <= made.time}
    new = {door for door in of_today if door not in baseline.targets} | {
        entry.target for entry in _doors(made, baseline)
    }
    if len(new | {here}) < least:
        return None
    return _Doors(len(new | {here}), usual, round(least, 2), DAY, _doors(made, baseline))


def _usual(baseline: Baseline, time: float) -> float:
    """New closed doors on a day of its history, the last one not counted."""
    before = [first for first, _ in baseline.tried.values() if first <= time - DAY]
    return round(len(before) / 30, 2)


def _mostly_denied(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> bool:
    recent, time = baseline.recent, made.time
    near = recent[at_or_after(recent, time - HOUR) : later_than(recent, time + HOUR)]
    return 1 + sum(entry.denied for entry in near) >= thresholds.enumeration.denied_share * (1 + len(near))


def _distinct(entries: list[Recent]) -> int:
    return len({entry.target for entry in entries})


def _anomaly(made: RoleAssumption, found: _Doors) -> Anomaly:
    doors = _distinct(found.entries)
    stuck = found.window == TEN and doors == 1 and made.caller.kind in _WORKLOADS and not made.caller.person
    what = plural(found.observed, "time") if found.window == TEN else f"by {plural(found.observed, 'role')}"
    span = {TEN: "10 minutes", HOUR: "an hour", DAY: "a day"}[found.window]
    records = [entry.record for entry in found.entries if entry.record]
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.LOW if stuck else Confidence.MEDIUM,
        observed=found.observed,
        expected=found.expected,
        threshold=found.threshold,
        window=found.window,
        message=f"{label(made.caller)} was refused {what} within {span}, last by {role_label(made.role_arn)}",
        records=tuple(dict.fromkeys([*records[-50:], *made.records])),
        techniques=("T1078.004", "T1580"),
    )
