"""A role that this identity has not assumed in 30 days.

Fires on a mature identity when the pair (identity, target role) is new, or when the origin of the chain, itself mature,
has not come to that role by any chain. Low within one account, medium across accounts (from the caller's or, where both
are new to the role, from the origin's), one step more when it is at least the fifth new role within an hour (but not
where they are one role that was rolled out: the same name in accounts that it goes to anyway), and one for an
administrator's role that every account has (`OrganizationAccountAccessRole` and its like) by who uses none of that
name. Refusals are low, and count until the same refused role is an old story. An identity that is too young to have
habits is held against its peers (same permission set, or same role name in other accounts), where at least three of
them have some: low when at most one of them assumes a role of that name. Such an administrator's role of another
account is medium by who has no habits and no such peers.

Quiet: an identity that is too young and has no such peers, and one that assumes 750 roles or more (one more is no
news).

False positives: a new project, account or pipeline; an engineer's first incident in another team's account; a role that
was re-created under another name.

ATT&CK: T1078.004, T1550.001 across accounts.

Runbook: ask the identity's owner whether the role is part of new work, and look for a change or deploy that introduced
it. Look at what the session did first: people who were sent somewhere start with their task, intruders look around.

Needs data events: no, because every assumption is a management event.
"""

from collections.abc import Sequence

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import DAY, Baseline, digest, window
from model.chain import Chain
from model.confidence import Confidence
from model.identities import account_of
from model.label import label, moment
from model.peer_use import PeerUse, role_name
from model.text import code, role_label
from model.thresholds import Learning, Thresholds

NAME = "new_pair"
HOUR = 3600
MASTER_KEYS = frozenset(
    ("OrganizationAccountAccessRole", "AWSControlTowerExecution", "AWSCloudFormationStackSetExecutionRole")
)
"""Roles with all permissions that AWS Organizations, Control Tower and CloudFormation make in each member account."""
_DOWN = {Confidence.HIGH: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.LOW, Confidence.LOW: Confidence.LOW}
_UP = {Confidence.LOW: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.HIGH, Confidence.HIGH: Confidence.HIGH}


def new_pair(
    made: RoleAssumption,
    way: Chain,
    baseline: Baseline,
    origin: Baseline,
    thresholds: Thresholds,
    peers: PeerUse | None = None,
) -> Anomaly | None:
    """Whether the caller (its `baseline`, or its `peers`) or the chain's origin (its baseline `origin`) is new to the
    role."""
    further = way.depth > 1 and not made.denied
    if _is_new(made, baseline, thresholds):
        found = _anomaly(made, baseline, thresholds)
        across = further and found.confidence is Confidence.LOW and _is_across(made, way)
        return _reached(made, way) if across and _new_to_origin(made, origin, thresholds) else found
    if further and _new_to_origin(made, origin, thresholds):
        return _reached(made, way)
    if _takes_master_key(made, baseline, peers, thresholds):
        return _by_nobody(made)
    if peers is None or not _strange_to_peers(made, baseline, peers, thresholds):
        return None
    return _unlike_peers(made)


def in_known_accounts(
    anomaly: Anomaly, roles: Sequence[str], made: RoleAssumption, baseline: Baseline, thresholds: Thresholds
) -> Anomaly:
    """The anomaly of many new `roles` (their ARNs) within an hour, one step less where they are one role that was
    rolled out: of one name, in accounts that the caller goes to anyway."""
    names = {role_name(arn) for arn in roles}
    if len(roles) < thresholds.new_pair.many or len(names) > 1 or names & MASTER_KEYS:
        return anomaly
    if not all(_goes_there(account_of(arn) or "", made.time, baseline) for arn in roles):
        return anomaly
    said = f"{anomaly.message}, of one name and in accounts that it goes to"
    return anomaly.model_copy(update={"confidence": _DOWN[anomaly.confidence], "message": said})


def fresh_records(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> list[str]:
    """The records of the assumptions of new roles in the hour up to this one, without it; one of each role."""
    here, learning = digest(made.role_arn), thresholds.learning
    found = {entry.target: entry.record for entry in window(baseline, made.time - HOUR, made.time)}
    return [
        record
        for target, record in found.items()
        if target != here and not baseline.knows(baseline.targets, target, made.time, learning)
    ]


def _goes_there(account: str, time: float, baseline: Baseline) -> bool:
    span = baseline.accounts.get(account)
    return span is not None and span[0] <= time - DAY


def _is_new(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> bool:
    if baseline.wanders or baseline.knows_target(made.role_arn, made.time, thresholds.learning):
        return False
    if not _mature(made, baseline, thresholds):
        return False
    return not (made.denied and baseline.has_tried(made.role_arn, made.time))


def _new_to_origin(made: RoleAssumption, origin: Baseline, thresholds: Thresholds) -> bool:
    if origin.wanders or origin.knows_target(made.role_arn, made.time, thresholds.learning):
        return False
    if origin.has_reached(digest(made.role_arn), made.time, thresholds.learning):
        return False
    return _mature(made, origin, thresholds)


def _strange_to_peers(made: RoleAssumption, baseline: Baseline, peers: PeerUse, thresholds: Thresholds) -> bool:
    if _mature(made, baseline, thresholds) or baseline.knows_target(made.role_arn, made.time, thresholds.learning):
        return False
    member, days = made.caller.key, thresholds.maturity.days
    if not peers.mature(member, made.time, days, thresholds.maturity.peers):
        return False
    return not peers.knows_role(made.role_arn, member, made.time, days)


def _takes_master_key(made: RoleAssumption, baseline: Baseline, peers: PeerUse | None, thresholds: Thresholds) -> bool:
    """Whether somebody without habits comes to an administrator's role of another account, as none of its peers do."""
    if made.denied or not made.caller.account or made.caller.account == made.account:
        return False
    if _mature(made, baseline, thresholds) or not _is_master_key(made, baseline):
        return False
    days = thresholds.maturity.days
    return peers is None or not peers.knows_role(made.role_arn, made.caller.key, made.time, days)


def _mature(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> bool:
    return baseline.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours)


def _anomaly(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> Anomaly:
    across = bool(made.caller.account) and made.caller.account != made.account
    confidence = Confidence.MEDIUM if across else Confidence.LOW
    if made.denied:
        confidence = Confidence.LOW
    elif _is_master_key(made, baseline):
        confidence = _UP[confidence]
    fresh = _fresh(made, baseline, thresholds.learning)
    many = fresh >= thresholds.new_pair.many
    said = f"{label(made.caller)} {'was denied' if made.denied else 'assumed'} {role_label(made.role_arn)}"
    said += ", a role it did not use in 30 days"
    said += f", in another account than its own ({code(made.caller.account or '')})" if across else ""
    said += f"; {fresh} new roles within an hour" if many else ""
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=_UP[confidence] if many else confidence,
        observed=fresh,
        expected=0,
        threshold=thresholds.new_pair.many if many else 1,
        window=HOUR,
        message=said,
        records=made.records,
        techniques=("T1078.004", "T1550.001") if across else ("T1078.004",),
    )


def _is_master_key(made: RoleAssumption, baseline: Baseline) -> bool:
    """Whether it is an administrator's role that every account has, and the caller uses none of that name."""
    name = made.role_arn.rpartition("/")[2]
    return name in MASTER_KEYS and not any(used.endswith(f"/{name}") for used in baseline.names)


def _by_nobody(made: RoleAssumption) -> Anomaly:
    said = f"{label(made.caller)}, which has no habits yet, assumed {role_label(made.role_arn)}"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.MEDIUM,
        observed=1,
        expected=0,
        threshold=1,
        window=HOUR,
        message=f"{said}, which has all permissions, in another account",
        records=made.records,
        techniques=("T1078.004", "T1550.001"),
    )


def _unlike_peers(made: RoleAssumption) -> Anomaly:
    verb = "was denied" if made.denied else "assumed"
    said = f"{label(made.caller)}, which has no habits yet, {verb} {role_label(made.role_arn)}"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.LOW,
        observed=1,
        expected=0,
        threshold=1,
        window=HOUR,
        message=f"{said}; its peers did not use a role of that name in 30 days",
        records=made.records,
        techniques=("T1078.004",),
    )


def _reached(made: RoleAssumption, way: Chain) -> Anomaly:
    across = _is_across(made, way)
    said = f"{label(way.origin)} came to {role_label(made.role_arn)} by way of other roles"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.MEDIUM if across else Confidence.LOW,
        observed=1,
        expected=0,
        threshold=1,
        window=HOUR,
        message=f"{said}, which it did not do in 30 days",
        records=made.records,
        techniques=("T1078.004", "T1550.001") if across else ("T1078.004",),
    )


def _is_across(made: RoleAssumption, way: Chain) -> bool:
    """Whether the chain's origin is of another account than the role."""
    return bool(way.origin.account) and way.origin.account != made.account


def _fresh(made: RoleAssumption, baseline: Baseline, learning: Learning) -> int:
    """How many new roles in the hour up to this one, this one included."""
    tried = {entry.target for entry in window(baseline, made.time - HOUR, made.time)} | {digest(made.role_arn)}
    return sum(not baseline.knows(baseline.targets, target, made.time, learning) for target in tried)
