"""All anomalies of one chain in the last hour, weighed into a finding.

What is odd has four sides: the time (`off_hours`), the frequency (`velocity`), the target (`new_pair`) and the way
there (`chain`). One side alone has an innocent story most of the time, and so have two: a deadline at night with a new
role, a new pipeline with a long chain.

Fires when three sides are there at once, or one detector that is sure by itself (high) and any other beside it: that
is the composite: high, critical, the only finding that suspends credentials.

- time + frequency + target: the classic of a stolen key that is tried everywhere at night;
- time + target + way: the laptop, three quiet hops at 02:47 into an account nobody goes to;
- a single off-hours new pair, across accounts too, stays what its strongest part is: medium, and a human is asked.

Otherwise the confidence is the highest of the anomalies. The hour slides: the finding has the highest confidence that
any hour of it had, and never less later.

Quiet anomalies (somebody on call) count, and make no finding alone.

False positives: an engineer who rebuilds an account at night, without an on-call entry, by way of a pipeline's roles.

ATT&CK: those of the anomalies that it weighs, T1078.004 most of the time.

Runbook: take it for an attack. Approve the suspension, then ask.

Needs data events: no, because what it weighs comes from management events; data events add to it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from model.confidence import Confidence, Severity, highest
from model.evidence import Evidence
from model.finding import Finding
from model.label import label
from model.lineage import Lineage
from model.text import plural, role_label

NAME = "composite"
_SIDES = {"off_hours": "time", "velocity": "frequency", "new_pair": "target", "chain": "way"}
_SEVERITIES = {
    Confidence.LOW: Severity.LOW,
    Confidence.MEDIUM: Severity.MEDIUM,
    Confidence.HIGH: Severity.HIGH,
}
_MOST_RECORDS = 500


def weigh(evidence: Sequence[Evidence], window_s: int, uid: str = "") -> Finding | None:
    """The finding that one chain's evidence makes; None where all of it is quiet.

    `uid` is the finding's; without one it is that of the earliest evidence. The result depends on the evidence alone,
    not on the order it came in.
    """
    ordered = sorted(evidence, key=lambda e: (e.anomaly.time, e.anomaly.records, e.anomaly.detector, e.subject))
    if all(e.anomaly.quiet for e in ordered):
        return None
    verdicts = [(at, *verdict(ordered, at, window_s)) for at in sorted({e.anomaly.time for e in ordered})]
    detected, confidence, composite = max(verdicts, key=lambda v: (v[1].rank, v[2], -v[0].timestamp()))
    return _finding(ordered, detected, confidence, composite, uid)


def is_composite(evidence: Sequence[Evidence]) -> bool:
    """Three sides of four, or one high and another detector."""
    sides = {_SIDES[e.anomaly.detector] for e in evidence if e.anomaly.detector in _SIDES}
    sure = {e.anomaly.detector for e in evidence if e.anomaly.confidence is Confidence.HIGH}
    return len(sides) >= 3 or bool(sure and len({e.anomaly.detector for e in evidence}) > 1)


def verdict(evidence: Sequence[Evidence], at: datetime, window_s: int) -> tuple[Confidence, bool]:
    """The confidence that the evidence of the window up to `at` gives, and whether it is a composite."""
    since = at - timedelta(seconds=window_s)
    inside = [e for e in evidence if e.anomaly.time <= at and e.last > since]
    if is_composite(inside):
        return Confidence.HIGH, True
    return highest([e.anomaly.confidence for e in inside]), False


def _finding(
    ordered: Sequence[Evidence], detected: datetime, confidence: Confidence, composite: bool, uid: str
) -> Finding:
    origin = ordered[0].origin
    first, _ = _first(ordered)
    deciding = next(e for e in ordered if e.anomaly.time == detected)
    lineages = longest([line for e in ordered for line in e.lineages])
    detectors = (*dict.fromkeys(e.anomaly.detector for e in ordered), *((NAME,) if composite else ()))
    roles = tuple(dict.fromkeys(hop.role_arn for line in lineages for hop in line.hops))
    tried = tuple(dict.fromkeys(e.target for e in ordered if e.target))
    return Finding(
        uid=uid or uid_of(ordered[0]),
        time=first,
        last_time=max(e.last for e in ordered),
        detected=detected,
        origin=origin,
        principal=deciding.caller.arn,
        confidence=confidence,
        severity=Severity.CRITICAL if composite else _SEVERITIES[confidence],
        detectors=detectors,
        techniques=tuple(sorted({t for e in ordered for t in e.anomaly.techniques})),
        source_accounts=_distinct([origin.account, *(e.caller.account for e in ordered)]),
        target_accounts=_distinct([*(e.account for e in ordered), *(h.account for x in lineages for h in x.hops)]),
        roles=roles or tried,
        hops=max((line.depth for line in lineages), default=0),
        records=_records(ordered),
        message=_message(ordered, lineages, composite),
        playbook="record_only" if confidence is Confidence.LOW else "suspend_credentials",
        anomalies=tuple(e.anomaly for e in ordered),
        lineages=lineages,
    )


def _first(ordered: Sequence[Evidence]) -> tuple[datetime, str]:
    """When the first proving record was, and its id."""
    hops = [(hop.time, hop.records[0]) for e in ordered for line in e.lineages for hop in line.hops if hop.records]
    return min([*hops, *((e.anomaly.time, e.anomaly.records[0]) for e in ordered)])


def uid_of(evidence: Evidence) -> str:
    """The id of the finding that this evidence begins: 32 hex digits of the origin's key and the first proof."""
    origin, record = evidence.origin.key, _first([evidence])[1]
    return hashlib.sha256(f"{origin}\n{record}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def longest(lineages: Sequence[Lineage]) -> tuple[Lineage, ...]:
    """The chains that are not the beginning of another one, in the order they came."""
    by_path = {tuple((hop.session, hop.access_key_id, hop.time) for hop in line.hops): line for line in lineages}
    beginnings = {path[:length] for path in by_path for length in range(len(path))}
    return tuple(line for path, line in by_path.items() if path not in beginnings)


def _records(ordered: Sequence[Evidence]) -> tuple[str, ...]:
    hops = [record for e in ordered for line in e.lineages for hop in line.hops for record in hop.records]
    proofs = [record for e in ordered for record in e.anomaly.records]
    return tuple(dict.fromkeys([*proofs, *hops]))[:_MOST_RECORDS]


def _distinct(names: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


_IN_SHORT = {
    "new_pair": "roles new to it",
    "chain": "more hops than ever",
    "off_hours": "an hour it does not keep",
    "velocity": "far more often than usual",
}


def _message(ordered: Sequence[Evidence], lineages: Sequence[Lineage], composite: bool) -> str:
    """A composite in one short sentence, since each anomaly explains itself; else what the strongest say."""
    best: dict[str, str] = {}
    for each in sorted(ordered, key=lambda e: -e.anomaly.confidence.rank):
        best.setdefault(each.anomaly.detector, each.anomaly.message)
    said = "; ".join([*best.values()][:4])
    deepest = max(lineages, key=lambda line: line.depth, default=None)
    if not composite or deepest is None or not deepest.hops:
        return said
    end = f"{label(deepest.origin)} reached {role_label(deepest.hops[-1].role_arn)}"
    short = [_IN_SHORT.get(name, name.replace("_", " ")) for name in best]
    return f"{end} in {plural(deepest.depth, 'hop')}: {', '.join(short)}"
