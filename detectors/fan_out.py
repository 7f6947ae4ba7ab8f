"""One origin comes to many accounts at once.

Fires when an origin (or a subject of SAML or OpenID Connect, who begins a chain in every account), by whatever roles,
has assumed roles of at least 10 accounts within an hour, beyond its own history: at least half of the accounts are new
to it, however young it is (it first came to them within the last day). High; medium for a person of Identity Center
with a permission set for reading (`SecurityAudit`, `ReadOnlyAccess`, `ViewOnlyAccess`), which is what an audit looks
like, and where two others of the caller's permission set or role name go to most of those accounts, or use a role of
the same name: a campaign. Where accounts name business units, at least 3 units but the origin's own, in accounts that
are new to it, are medium already: what they have in common is that somebody looks around.

Quiet: an origin that has come to most of those accounts before (a scanner that does so daily, a pipeline that
releases everywhere), and a mature one that has come to 120 accounts or more in 30 days.

False positives: the first run of a new scanner or pipeline, an inventory by hand, an organisation that was bought.

ATT&CK: T1580, T1078.004.

Runbook: look at how fast it goes and with which tool. Somebody of the platform team knows of an inventory or a
release; if nobody does, cut the origin first, since each further account is one more to clean.

Needs data events: no, because STS records assumptions as management events.
"""

from collections.abc import Sequence
from operator import attrgetter

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import ACCOUNTS, DAY, HOUR, Baseline
from model.confidence import Confidence
from model.identity import Identity
from model.label import label, moment
from model.peer_use import PeerUse, role_name
from model.reach import Came
from model.text import code, joined, plural
from model.thresholds import Thresholds
from model.trust_map import TrustMap
from model.windows import windows

NAME = "fan_out"
_READING = frozenset(("SecurityAudit", "ReadOnlyAccess", "ViewOnlyAccess", "AWSReadOnlyAccess", "Billing"))
_when = attrgetter("time")


def fan_out(
    made: RoleAssumption,
    who: Identity,
    came: Sequence[Came],
    origin: Baseline,
    trust: TrustMap,
    thresholds: Thresholds,
    peers: PeerUse | None = None,
) -> Anomaly | None:
    """Whether this assumption makes them too many for `who` comes (`who_comes`): `came` is where it came to around it,
    `origin` what it is used to, both without it; `peers` is what others like the caller do."""
    limits = thresholds.fan_out
    if made.denied or len(came) + 1 < min(limits.accounts, limits.business_units):
        return None
    mature = origin.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours)
    if mature and len(origin.accounts) >= ACCOUNTS:
        return None
    if not any(_is_new(account, made, origin) for account in (made.account, *(each.account for each in came))):
        return None
    here = Came(made.time, made.account, made.records[0])
    hours = windows([*came, here], _when, made.time, HOUR)
    accounts = max(({each.account: each.record for each in hour} for hour in hours), key=len)
    new = [account for account in accounts if _is_new(account, made, origin)]
    if len(accounts) >= limits.accounts and 2 * len(new) >= len(accounts):
        usual = _only_looks(made) or _peers_go_there(new, made, peers, thresholds)
        confidence = Confidence.MEDIUM if usual else Confidence.HIGH
        return _anomaly(made, who, accounts, confidence, limits.accounts)
    units = {trust.business_unit(account) for account in new} - {"", trust.business_unit(who.account or "")}
    if mature and len(units) >= limits.business_units and made.account in new:
        found = {account: accounts[account] for account in new}
        return _anomaly(made, who, found, Confidence.MEDIUM, limits.business_units, units)
    return None


def _only_looks(made: RoleAssumption) -> bool:
    """Whether a person enters by a permission set that is one of AWS's own for reading."""
    return made.how == "AssumeRoleWithSAML" and role_name(made.role_arn).removeprefix("AWSReservedSSO_") in _READING


def _peers_go_there(new: Sequence[str], made: RoleAssumption, peers: PeerUse | None, thresholds: Thresholds) -> bool:
    """Whether others of its role's name or permission set use a role of that name, or come to most of the accounts
    that are new to it."""
    if peers is None:
        return False
    member, days = made.caller.key, thresholds.maturity.days
    if peers.knows_role(made.role_arn, member, made.time, days):
        return True
    return 2 * sum(peers.knows_account(account, member, made.time, days) for account in new) > len(new)


def _is_new(account: str, made: RoleAssumption, origin: Baseline) -> bool:
    span = origin.accounts.get(account)
    return span is None or span[0] > made.time - DAY


def _anomaly(
    made: RoleAssumption,
    who: Identity,
    accounts: dict[str, str],
    confidence: Confidence,
    threshold: int,
    units: set[str] | frozenset[str] = frozenset(),
) -> Anomaly:
    said = f"{label(who)} came to {plural(len(accounts), 'account')} within an hour, beyond its own history"
    said += f", of {plural(len(units), 'business unit')} ({joined([code(unit, 30) for unit in sorted(units)])})" * bool(
        units
    )
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=confidence,
        observed=len(units) or len(accounts),
        expected=None,
        threshold=threshold,
        window=HOUR,
        message=f"{said}: {joined([code(account) for account in sorted(accounts)])}",
        records=tuple(dict.fromkeys([*[*accounts.values()][-50:], *made.records])),
        techniques=("T1580", "T1078.004"),
    )
