"""A chain of more than two hops reaching a role, and AssumeRoot.

Fires when a successful assumption is the third hop or a later one from its origin: medium, high from the fourth.
AssumeRoot, which gives root of a member account, is high; denied, it is medium.

Quiet when a mature origin has gone exactly that path in the last 30 days; for AssumeRoot, where the organisation's
`trust` documents it or the mature caller does it regularly.

False positives: a new pipeline that goes account by account, a vendor whose own chain is long.

ATT&CK: T1550.001, T1078.004; AssumeRoot T1548.

Runbook: read the path from its origin. Every role of it must be cut, or the chain grows again from the one that was
left. Ask who needs to get there this way; a chain that is meant to be belongs into the trust map.

Needs data events: no, because every hop is a management event.
"""

from fnmatch import fnmatchcase

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import Baseline
from model.chain import Chain
from model.confidence import Confidence
from model.label import label, moment
from model.organization import Organization
from model.text import joined, role_label
from model.thresholds import Thresholds

NAME = "chain"


def chain(
    made: RoleAssumption,
    way: Chain,
    baseline: Baseline,
    origin: Baseline,
    thresholds: Thresholds,
    organization: Organization,
) -> Anomaly | None:
    """Whether the `way`, this hop included, is too deep for its origin (whose baseline is `origin`)."""
    if made.how == "AssumeRoot":
        return _root(made, baseline, thresholds, organization)
    if made.denied or way.depth <= thresholds.chain.quiet_hops:
        return None
    mature = origin.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours)
    if mature and origin.has_reached(way.path, made.time, thresholds.learning):
        return None
    return _deep(made, way, origin, thresholds)


def _deep(made: RoleAssumption, way: Chain, origin: Baseline, thresholds: Thresholds) -> Anomaly:
    high = way.depth >= thresholds.chain.high_hops
    path = " → ".join(role_label(hop.role_arn) for hop in way.hops[:6])
    path += " → …" if way.depth > 6 else ""
    usual = origin.deepest(made.time)
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.HIGH if high else Confidence.MEDIUM,
        observed=way.depth,
        expected=usual,
        threshold=thresholds.chain.quiet_hops,
        window=None,
        message=f"{label(way.origin)} went {way.depth} hops, at most {usual} before: {path}",
        records=tuple(dict.fromkeys(record for hop in way.hops for record in hop.records)),
        techniques=("T1550.001", "T1078.004"),
    )


def _root(
    made: RoleAssumption, baseline: Baseline, thresholds: Thresholds, organization: Organization
) -> Anomaly | None:
    mature = baseline.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours)
    if mature and baseline.knows_target(made.role_arn, made.time, thresholds.learning):
        return None
    if _documented(made, organization):
        return None
    verb = "was denied root" if made.denied else "became root"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.MEDIUM if made.denied else Confidence.HIGH,
        observed="AssumeRoot",
        expected=None,
        threshold=None,
        window=None,
        message=f"{label(made.caller)} {verb} of a member account: {joined([role_label(made.role_arn)])}",
        records=made.records,
        techniques=("T1548", "T1078.004"),
    )


def _documented(made: RoleAssumption, organization: Organization) -> bool:
    now = moment(made.time)
    sources = {made.caller.account or "", made.caller.arn or ""}
    return any(
        (trust.until is None or now < trust.until)
        and any(source and fnmatchcase(source, trust.source) for source in sources)
        and (fnmatchcase(made.role_arn, trust.target) or made.account == trust.target)
        for trust in organization.trust
    )
