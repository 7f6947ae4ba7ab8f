"""Something at an hour that this identity never keeps.

Fires when a mature identity acts outside the hours of the day that hold more than 90 % of its activity, at an hour and
weekday it has never kept. For an identity without a pattern yet: [22:00, 06:00) across accounts. Hours are told by the
organisation's clock, else by UTC. A role session that nobody is seen to have assumed (a service started it) counts by
its first call in an hour: `off_hours_call`. Low: the night alone is no attack. When the person is on call, it makes no
finding by itself and still counts together with others.

False positives: travel, a deadline, an incident without an on-call entry, a job that moved, daylight saving.
ATT&CK: T1078.004.

Runbook: nothing by itself. With other signs, ask the person by another way than the one that may be compromised.
"""

from datetime import UTC, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from model.anomaly import Anomaly
from model.assumption import ApiCall, RoleAssumption
from model.baseline import HOUR, Baseline
from model.confidence import Confidence
from model.histogram import histogram, spans, week_hour
from model.identity import Identity
from model.label import label, moment
from model.organization import Organization
from model.thresholds import Thresholds

NAME = "off_hours"


class _Act(NamedTuple):
    """Who acted, when (seconds since 1970 UTC), by which records."""

    caller: Identity
    time: float
    records: tuple[str, ...]


def off_hours(
    made: RoleAssumption, baseline: Baseline, thresholds: Thresholds, organization: Organization
) -> Anomaly | None:
    """Whether the caller keeps such hours; the running hour itself is no history."""
    zone = zone_of(organization)
    if _mature(made.time, baseline, thresholds):
        usual = _broken_habit(made.time, baseline, thresholds, zone)
        why = f"its hours are {usual}"
    else:
        usual = _night(made, thresholds, zone)
        why = "it has no habits yet, and this is night and another account"
    if usual is None:
        return None
    return _anomaly(_Act(made.caller, made.time, made.records), usual, why, organization)


def off_hours_call(
    call: ApiCall, baseline: Baseline, thresholds: Thresholds, organization: Organization
) -> Anomaly | None:
    """The same for a call of a role session that nobody is seen to have assumed; only against a mature baseline."""
    if not _mature(call.time, baseline, thresholds):
        return None
    usual = _broken_habit(call.time, baseline, thresholds, zone_of(organization))
    if usual is None:
        return None
    act = _Act(call.caller, call.time, (call.record,))
    return _anomaly(act, usual, f"its hours are {usual}", organization)


def zone_of(organization: Organization) -> tzinfo:
    """The clock that hours are told by."""
    return UTC if organization.time_zone == "UTC" else ZoneInfo(organization.time_zone)


def _mature(time: float, baseline: Baseline, thresholds: Thresholds) -> bool:
    return baseline.mature(time, thresholds.maturity.days, thresholds.maturity.active_hours)


def _broken_habit(time: float, baseline: Baseline, thresholds: Thresholds, zone: tzinfo) -> str | None:
    """The hours it keeps, where this is not one of them."""
    running = int(time // HOUR)
    if any(running - 168 * week in baseline.active for week in (1, 2, 3, 4)):
        return None
    past = {hour: n for hour, n in baseline.active.items() if running - 720 <= hour < running}
    kept = histogram(past, zone)
    cell = week_hour(time, zone)
    usual = _without_gaps(kept.usual_hours(thresholds.off_hours.share))
    return spans(usual) if not kept.cells[cell] and usual and cell % 24 not in usual else None


def _without_gaps(hours: frozenset[int]) -> frozenset[int]:
    """A single hour between two usual ones (lunch, or chance) is usual too."""
    return hours | {hour for hour in range(24) if {(hour - 1) % 24, (hour + 1) % 24} <= hours}


def _night(made: RoleAssumption, thresholds: Thresholds, zone: tzinfo) -> str | None:
    hour = week_hour(made.time, zone) % 24
    begin, end = thresholds.off_hours.night_from, thresholds.off_hours.night_until
    night = begin <= hour < end if begin <= end else hour >= begin or hour < end
    across = bool(made.caller.account) and made.caller.account != made.account
    return f"{end:02}:00–{begin:02}:00" if night and across else None


def _anomaly(act: _Act, usual: str, why: str, organization: Organization) -> Anomaly:
    local = moment(act.time).astimezone(zone_of(organization))
    on_call = organization.is_on_call(act.caller.person, local)
    said = f"{label(act.caller)} acted at {local:%H:%M} on a {local:%A} ({organization.time_zone}); {why}"
    return Anomaly(
        detector=NAME,
        time=moment(act.time),
        confidence=Confidence.LOW,
        observed=f"{local:%a %H:%M}",
        expected=usual,
        threshold=None,
        window=HOUR,
        message=f"{said}; on call then" if on_call else said,
        records=act.records,
        techniques=("T1078.004",),
        quiet=on_call,
    )
