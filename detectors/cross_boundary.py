"""An assumption goes where the organisation never said that anybody goes, or where it said nobody may.

Fires when a role of another account is assumed, or refused, and `[organization]` speaks against it: no relationship of
`trust` documents it (only where there are any), or it breaks a rule, which needs nothing but `accounts`. The rules:
from a development account to a production one; an outsider (vendor, contractor, partner) outside its business unit; a
region that is none of `regions`. Both the caller's account and that of the chain's origin are held against the target,
so development → shared → production is one crossing. Medium; high from development to production; one step less where
it was refused, since nobody got anywhere.

Quiet: what is documented and has not ended; the same account; an organisation that says nothing; a role that refuses
the same caller as it did before; what is a habit: the identity has assumed that role before (people were told then),
or is mature and goes to that account. From development to production a habit is low, and goes to the record only. One
step less than above is what others do: peers (same permission set, same role name) who use a role of that name, or
anybody of the same account who has assumed that role for longer than a day.

False positives: a new integration that nobody wrote down, an account whose environment is missing or wrong, an account
that was moved.

ATT&CK: T1078.004, T1550.001.

Runbook: ask the owner of the target whether it lets that account in, and why. Write what is meant into `trust`, with
an end where it has one; `hopstop trust map` drafts it from the policies. What nobody owns up to is cut, and the role's
trust policy closed.

Needs data events: no, because STS records assumptions and refusals as management events.
"""

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import DAY, Baseline
from model.chain import Chain
from model.confidence import Confidence
from model.identity import Identity
from model.label import label, moment
from model.peer_use import PeerUse
from model.role_use import RoleUse
from model.text import code, role_label
from model.thresholds import Thresholds
from model.trust_map import Rule, TrustMap

NAME = "cross_boundary"
_DOWN = {Confidence.HIGH: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.LOW}


def cross_boundary(
    made: RoleAssumption,
    way: Chain,
    baseline: Baseline,
    role: RoleUse,
    trust: TrustMap,
    thresholds: Thresholds,
    peers: PeerUse | None = None,
) -> Anomaly | None:
    """Whether the way there crosses a boundary that nobody documented; `baseline` is the caller's, `role` the target's,
    `peers` what others like the caller do, all without this assumption."""
    who, rule = _crossing(made, way, trust)
    if rule is None:
        return None
    if made.denied and baseline.has_tried(made.role_arn, made.time):
        return None
    due = Confidence.HIGH if rule is Rule.ENVIRONMENT else Confidence.MEDIUM
    if _is_habit(made, baseline, thresholds):
        return _anomaly(made, who, rule, Confidence.LOW) if rule is Rule.ENVIRONMENT else None
    if made.denied or _others_do(made, role, peers, who, thresholds):
        due = _DOWN[due]
    return _anomaly(made, who, rule, due)


def _crossing(made: RoleAssumption, way: Chain, trust: TrustMap) -> tuple[Identity, Rule | None]:
    """Who crosses, and what that breaks: the worse of the caller's crossing and the origin's. That nobody documented a
    way says nothing where the other of the two is documented, since hops are there to join what is."""
    rule = _rule(made.caller, made, trust)
    if way.depth < 2 or way.origin.account == made.caller.account:
        return made.caller, rule
    further = _rule(way.origin, made, trust)
    if Rule.UNDOCUMENTED in (rule, further) and None in (rule, further):
        return made.caller, None
    return (way.origin, further) if _rank(further) > _rank(rule) else (made.caller, rule)


def _rule(who: Identity, made: RoleAssumption, trust: TrustMap) -> Rule | None:
    if not who.account or who.account == made.account:
        return None
    strange = Rule.REGION if trust.is_strange_region(made.region) else None
    broken = trust.broken(who.account, made.account)
    if broken is not None and trust.is_documented(who, made.role_arn, made.account, made.time):
        broken = None
    return broken if _rank(broken) > _rank(strange) else strange


def _rank(rule: Rule | None) -> int:
    return -1 if rule is None else [*Rule].index(rule)


def _is_habit(made: RoleAssumption, baseline: Baseline, thresholds: Thresholds) -> bool:
    if baseline.knows_target(made.role_arn, made.time, thresholds.learning):
        return True
    maturity = thresholds.maturity
    return baseline.mature(made.time, maturity.days, maturity.active_hours) and _goes_there(made, baseline)


def _others_do(
    made: RoleAssumption, role: RoleUse, peers: PeerUse | None, who: Identity, thresholds: Thresholds
) -> bool:
    if peers is not None and peers.knows_role(made.role_arn, made.caller.key, made.time, thresholds.maturity.days):
        return True
    where = f":{who.account}:"
    return any(where in name and first < made.time - DAY for first, _, name in role.sources.values())


def _goes_there(made: RoleAssumption, baseline: Baseline) -> bool:
    """Whether it has been going to that account for more than a day."""
    span = baseline.accounts.get(made.account)
    return span is not None and span[0] < made.time - DAY and span[1] - span[0] >= DAY


def _anomaly(made: RoleAssumption, who: Identity, rule: Rule, confidence: Confidence) -> Anomaly:
    verb = "was refused" if made.denied else "came to"
    said = f"{label(who)} of account {code(who.account or '')} {verb} {role_label(made.role_arn)}: {rule.value}"
    said += f" ({code(made.region)})" if rule is Rule.REGION and made.region else ""
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=confidence,
        observed=f"{who.account} → {made.account}",
        expected=None,
        threshold=rule.name.lower(),
        window=None,
        message=said,
        records=made.records,
        techniques=("T1078.004", "T1550.001"),
    )
