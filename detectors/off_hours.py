"""Something at an hour that this identity never keeps.

Fires when a mature identity acts outside the hours of the day that hold more than 90 % of its activity and the hours
next to them (people stay on, and clocks change), at an hour and weekday it has never kept. For an identity without a
pattern yet: [22:00, 06:00) across accounts; else, where at least three others of its permission set or role name have
habits, an hour of the day that at most one of them keeps. Hours are told by the identity's clock (`time_zones`), else
the organisation's. A role session that nobody is seen to have assumed (a service started it) counts by its first call
in an hour: `off_hours_call`. Low: the night alone is no attack.

Quiet: an hour that the mature origin of this chain keeps, though the role between does not. When the person is on call,
it makes no finding by itself and still counts together with others. The person is the one whom AWS vouches for: an IAM
user, somebody of Identity Center, of a role's session the origin of its chain; never a name that a session was given.

False positives: travel, a deadline, an incident without an on-call entry, a job that moved.

ATT&CK: T1078.004.

Runbook: nothing by itself. With other signs, ask the person by another way than the one that may be compromised.

Needs data events: no, because every assumption is a management event; for a session that a service started, its
management calls are enough, and data events show more of them.
"""

from datetime import tzinfo
from typing import NamedTuple

from model.anomaly import Anomaly
from model.assumption import ApiCall, RoleAssumption
from model.baseline import HOUR, Baseline, remembered
from model.behind import person_behind
from model.confidence import Confidence
from model.daily import active_between
from model.histogram import cell, histogram, spans, week_hour
from model.identity import Identity
from model.label import label, moment
from model.organization import Organization
from model.peer_use import PeerUse
from model.thresholds import Thresholds

NAME = "off_hours"
WEEK = 168
MONTH = 720


class _Act(NamedTuple):
    """Who acted, when (seconds since 1970 UTC), by which records, and the origin of its chain."""

    caller: Identity
    time: float
    records: tuple[str, ...]
    origin: Identity | None = None


class _Kept(NamedTuple):
    """The hours that an identity keeps, as said to people, and whether one of them is this one."""

    usual: str
    now: bool


def off_hours(
    made: RoleAssumption,
    baseline: Baseline,
    thresholds: Thresholds,
    organization: Organization,
    peers: PeerUse | None = None,
    origin: Identity | None = None,
) -> Anomaly | None:
    """Whether the caller keeps such hours, else its peers; the running hour itself is no history."""
    act = _Act(made.caller, made.time, made.records, origin)
    if _mature(made.time, baseline, thresholds):
        return _against_habits(act, baseline, thresholds, organization)
    usual = _night(act, made.account, thresholds, organization)
    if usual is not None:
        return _anomaly(act, usual, "it has no habits yet, and this is night and another account", organization)
    if peers is not None and _strange_to_peers(made, peers, thresholds):
        return _anomaly(act, "its peers' hours", "it has no habits yet, and its peers keep no such hours", organization)
    return None


def off_hours_call(
    call: ApiCall, baseline: Baseline, thresholds: Thresholds, organization: Organization
) -> Anomaly | None:
    """The same for a call of a role session that nobody is seen to have assumed; only against a mature baseline."""
    if not _mature(call.time, baseline, thresholds):
        return None
    return _against_habits(_Act(call.caller, call.time, (call.record,)), baseline, thresholds, organization)


def keeps(who: Identity, time: float, baseline: Baseline, thresholds: Thresholds, organization: Organization) -> bool:
    """Whether somebody with habits keeps that hour."""
    if not _mature(time, baseline, thresholds):
        return False
    return _against_habits(_Act(who, time, ()), baseline, thresholds, organization) is None


def _mature(time: float, baseline: Baseline, thresholds: Thresholds) -> bool:
    return baseline.mature(time, thresholds.maturity.days, thresholds.maturity.active_hours)


def _against_habits(
    act: _Act, baseline: Baseline, thresholds: Thresholds, organization: Organization
) -> Anomaly | None:
    running, was_active = int(act.time // HOUR), baseline.was_active
    if (
        was_active(running - WEEK)
        or was_active(running - 2 * WEEK)
        or was_active(running - 3 * WEEK)
        or was_active(running - 4 * WEEK)
    ):
        return None
    zone, share = organization.zone_of(act.caller, act.origin), thresholds.off_hours.share
    told = (running, zone, share)
    kept = remembered(baseline, "hours kept", told, running * HOUR, lambda: _kept(baseline, running, zone, share))
    return None if kept.now else _anomaly(act, kept.usual, f"its hours are {kept.usual}", organization)


def _kept(baseline: Baseline, running: int, zone: tzinfo, share: float) -> _Kept:
    past = active_between(baseline.past, baseline.active, running - MONTH, running)
    week, now = histogram(past, zone), cell(running, zone)
    usual = _without_gaps(week.usual_hours(share))
    near = {(hour + step) % 24 for hour in usual for step in (-1, 0, 1)}
    return _Kept(spans(usual), not usual or bool(week.cells[now]) or now % 24 in near)


def _strange_to_peers(made: RoleAssumption, peers: PeerUse, thresholds: Thresholds) -> bool:
    member, days = made.caller.key, thresholds.maturity.days
    if not peers.mature(member, made.time, days, thresholds.maturity.peers):
        return False
    return not peers.knows_hour(member, made.time, days)


def _without_gaps(hours: frozenset[int]) -> frozenset[int]:
    """A single hour between two usual ones (lunch, or chance) is usual too."""
    return hours | {hour for hour in range(24) if {(hour - 1) % 24, (hour + 1) % 24} <= hours}


def _night(act: _Act, account: str, thresholds: Thresholds, organization: Organization) -> str | None:
    if not act.caller.account or act.caller.account == account:
        return None
    hour = week_hour(act.time, organization.zone_of(act.caller, act.origin)) % 24
    begin, end = thresholds.off_hours.night_from, thresholds.off_hours.night_until
    night = begin <= hour < end if begin <= end else hour >= begin or hour < end
    return f"{end:02}:00–{begin:02}:00" if night else None


def _anomaly(act: _Act, usual: str, why: str, organization: Organization) -> Anomaly:
    zone = organization.zone_of(act.caller, act.origin)
    local = moment(act.time).astimezone(zone)
    on_call = organization.is_on_call(person_behind(act.caller, act.origin), local)
    said = f"{label(act.caller)} acted at {local:%H:%M} on a {local:%A} ({zone}); {why}"
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
