"""Several identities come to one role that none of them used before.

Fires when at least 3 identities assume or try a role within an hour for the first time in 30 days, or a tenth of those
that use it where that is more; at the one that makes it so many, and again whenever their number has doubled, since
each of them is a finding of its own. One person with several permission sets counts once.

Quiet: a role that is younger than maturity asks (a new permission set or pipeline, the first days of learning), unless
most of them are denied, or nobody used it before that hour and the one who completes the number has habits; who comes
through an identity provider (SAML, OpenID Connect: each branch or pod is a subject of its own); an identity that was
first seen within a day and is let in (but for persons of Identity Center, who are new in every account); one whose
peers (same permission set, same role name) use the role; a role with 200 users or more. Instances of one group share
one role, and are one identity.

False positives: a team's first day on another team's role, an incident that brings people to a break-glass role, a
migration of pipelines to a shared role.

ATT&CK: T1078.004, T1580.

Runbook: ask the role's owner whether so many were invited. Compare addresses and tools: stolen keys are tried by one
hand. Look at the first of them too; this finding begins with the one that completed the number.

Needs data events: no, because STS records assumptions and refusals as management events.
"""

from math import ceil
from operator import itemgetter
from typing import NamedTuple

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import DAY, HOUR, Baseline, digest
from model.behind import in_portal
from model.confidence import Confidence
from model.identity import Kind
from model.label import caller_name, moment
from model.peer_use import PeerUse
from model.role_use import SOURCES, RoleUse, source_name
from model.text import code, joined, role_label
from model.thresholds import Thresholds
from model.windows import windows

NAME = "convergence"
_OUTSIDE = frozenset((Kind.WEB_IDENTITY, Kind.SAML, Kind.SERVICE))
_FOREIGN = ("web_identity:", "saml:")
_when = itemgetter(0)


class _Comer(NamedTuple):
    """When somebody first came to the role (seconds since 1970 UTC), who, and whether it was let in."""

    first: float
    who: str
    denied: bool


def convergence(
    made: RoleAssumption,
    baseline: Baseline,
    role: RoleUse,
    thresholds: Thresholds,
    peers: PeerUse | None = None,
) -> Anomaly | None:
    """Whether the caller's first coming to the role is one of too many; `role` is without it."""
    if made.caller.kind in _OUTSIDE or not _comes(made, role) or _is_ordinary(made, baseline, peers, thresholds):
        return None
    since = made.time - HOUR
    comers = [
        _Comer(first, _group(name), key not in role.sources)
        for key, (first, name) in role.arrivals().items()
        if since < first < made.time + HOUR and not name.startswith(_FOREIGN)
    ]
    mine = _Comer(made.time, _group(source_name(caller_name(made.caller))), made.denied)
    hours = windows([*comers, mine], _when, made.time, HOUR)
    most = max(hours, key=lambda hour: len({comer.who for comer in hour}))
    if not _is_crossed(most, mine, role, thresholds):
        return None
    if not _is_told(most, made, role, thresholds) and not _is_unused(made, role, baseline, thresholds):
        return None
    return _anomaly(made, most, _least(role, since, thresholds))


def _comes(made: RoleAssumption, role: RoleUse) -> bool:
    """Whether the caller was never seen at the role before."""
    key = digest(made.caller.key)
    seen = role.sources.get(key) or role.tried.get(key)
    return (seen is None or seen[0] > made.time) and len(role.sources) < SOURCES


def _is_ordinary(made: RoleAssumption, baseline: Baseline, peers: PeerUse | None, thresholds: Thresholds) -> bool:
    """Whether it is let in, and is new itself or does what its peers do."""
    if made.denied:
        return False
    if made.time - (baseline.first or made.time) < DAY and not in_portal(made.caller):
        return True
    return peers is not None and peers.knows_role(made.role_arn, made.caller.key, made.time, thresholds.maturity.days)


def _least(role: RoleUse, before: float, thresholds: Thresholds) -> int:
    old = sum(first <= before for first, _, _ in role.sources.values())
    return max(thresholds.convergence.identities, ceil(thresholds.convergence.share * old))


def _is_crossed(hour: list[_Comer], mine: _Comer, role: RoleUse, thresholds: Thresholds) -> bool:
    """Whether this one makes them so many, or twice, four times as many."""
    if any(comer.who == mine.who for comer in hour if comer is not mine):
        return False
    times, rest = divmod(len({comer.who for comer in hour}), _least(role, mine.first - HOUR, thresholds))
    return rest == 0 and times > 0 and times & (times - 1) == 0


def _is_told(hour: list[_Comer], made: RoleAssumption, role: RoleUse, thresholds: Thresholds) -> bool:
    """Whether the role is old enough to have its users, or most are sent away."""
    if role.first and made.time - role.first >= thresholds.maturity.days * DAY:
        return True
    denied = sum(comer.denied for comer in hour)
    return denied >= thresholds.convergence.identities and 2 * denied > len(hour)


def _is_unused(made: RoleAssumption, role: RoleUse, baseline: Baseline, thresholds: Thresholds) -> bool:
    """Whether nobody used the role in 30 days, and somebody comes who was there all the time: no first day of
    learning, and a person of Identity Center begins anew in every account."""
    if role.first and made.time - role.first >= HOUR:
        return False
    maturity = thresholds.maturity
    return in_portal(made.caller) or baseline.mature(made.time, maturity.days, maturity.active_hours)


def _group(name: str) -> str:
    return name.partition(" (")[0]


def _anomaly(made: RoleAssumption, hour: list[_Comer], least: int) -> Anomaly:
    who = [*dict.fromkeys(comer.who for comer in sorted(hour))]
    denied = sum(comer.denied for comer in hour)
    said = f"{len(who)} identities came to {role_label(made.role_arn)} for the first time within an hour"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.MEDIUM,
        observed=len(who),
        expected=0,
        threshold=least,
        window=HOUR,
        message=f"{said} ({denied} denied): {joined([code(each, 60) for each in who])}",
        records=made.records,
        techniques=("T1078.004", "T1580"),
    )
