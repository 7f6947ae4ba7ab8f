"""All anomalies of one chain in the last hour, weighed into a finding.

What is odd has sides, and what says the same thing is on one side: the time (`off_hours`), the place (`new_origin`),
the frequency (`velocity`, `fan_out`, `short_sessions`), the target (`new_pair`, `cross_boundary`, `convergence`, and
`enumeration`: closed doors are new roles as well), the way there (`chain`) and the deed (`after_assumption`,
`defence_evasion`). A side weighs what its strongest anomaly does: low 1, medium 2, high 3; a place of which two things
are new (a network and a tool) weighs 2. A region is where the target is, and no place that somebody comes from.

Fires when one of these holds; then it is high and critical, the only finding that suspends credentials.

- Three sides that weigh 5 together, and not only lows. A new network at a strange time is one side, not two: that is a
  person on a trip, and a trip with a new role is no attack yet. With another tool as well they are two.
- Time, `velocity` or `fan_out`, and target, from 4: the classic of a stolen key that is tried everywhere at night.
- A high, and something of another kind that weighs 2. There are three kinds: the reach (frequency, target, way), the
  circumstances (time and place, which weigh their sum), the deed. A new tool or pipeline goes to many, to new ones and
  by a long way all at once, so one part of the reach does not confirm another; and a lone odd hour near a high that may
  be false says nothing. Who goes somewhere new to make something there has a new project, most of the time: reach and
  `after_assumption` confirm each other only where both are high. They are high together all the same.
- A high and a GuardDuty finding about the same principal.

So time + target + way is the laptop, three quiet hops at 02:47 into an account nobody goes to. Time + target, or a
trip with a new role, stay what their strongest part is, and a human is asked. A strange hour and a new place together
are medium where the network is new: a visit by night from elsewhere, or somebody on a trip; high where many roles are
new as well, since nobody on a trip begins to visit accounts. A dangerous deed and a target or way, medium both, are
high: who goes somewhere new and makes users there is asked about at once; so is who does so from a new place at a
strange hour. Lows alone are never enough for a composite. `guardduty` is a second witness of whatever else there is: it
raises it by one step, low to medium, medium to high.

Otherwise the confidence is the highest of the anomalies. The hour slides: the finding has the highest confidence that
any hour of it had, and never less later; more evidence never makes it weaker.

Quiet anomalies (somebody on call, an exception, a role or path that people were told of before and that is not learned
yet) count, at most as medium, and make no finding alone.

False positives: an engineer who rebuilds an account at night, without an on-call entry, by way of a pipeline's roles.

ATT&CK: those of the anomalies that it weighs, T1078.004 most of the time.

Runbook: take it for an attack. Approve the suspension, then ask.

Needs data events: no, because what it weighs comes from management events; data events add to it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from model.anomaly import Anomaly
from model.capped import capped
from model.confidence import Confidence, Severity, highest
from model.evidence import Evidence
from model.finding import Finding
from model.label import label
from model.lineage import Lineage
from model.routing import select
from model.settings import DEFAULT_ROUTES
from model.text import plural, role_label

NAME = "composite"
_SIDES = {
    "off_hours": "time",
    "new_origin": "place",
    "velocity": "frequency",
    "fan_out": "frequency",
    "enumeration": "target",
    "short_sessions": "frequency",
    "new_pair": "target",
    "cross_boundary": "target",
    "convergence": "target",
    "chain": "way",
    "after_assumption": "deed",
    "defence_evasion": "deed",
}
_REACH = ("frequency", "target", "way")
_WEIGHTS = {Confidence.LOW: 1, Confidence.MEDIUM: 2, Confidence.HIGH: 3}
_WITNESS = "guardduty"
_STEP_UP = {Confidence.LOW: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.HIGH, Confidence.HIGH: Confidence.HIGH}
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
    """Whether these, all of one hour, are too much to be chance: the rules stand at the top of this file."""
    anomalies = [e.anomaly for e in evidence]
    weights = _weights(evidence)
    return _has_three_sides(weights, evidence) or _is_sure_twice(weights, anomalies)


def verdict(evidence: Sequence[Evidence], at: datetime, window_s: int) -> tuple[Confidence, bool]:
    """The confidence that the evidence of the window up to `at` gives, and whether it is a composite."""
    since = at - timedelta(seconds=window_s)
    inside = [e for e in evidence if e.anomaly.time <= at and e.last > since]
    if is_composite(inside):
        return Confidence.HIGH, True
    loudest = highest([e.anomaly.confidence for e in inside])
    if _is_deed_in_new_place(inside) or (_is_elsewhere_at_night(inside) and _takes_many_roles(inside)):
        loudest = Confidence.HIGH
    elif _is_elsewhere_at_night(inside):
        loudest = highest([loudest, Confidence.MEDIUM])
    others = [e.anomaly.confidence for e in inside if e.anomaly.detector != _WITNESS and not e.anomaly.quiet]
    if others and any(e.anomaly.detector == _WITNESS for e in inside):
        return highest([loudest, _STEP_UP[highest(others)]]), False
    return loudest, False


def _is_deed_in_new_place(evidence: Sequence[Evidence]) -> bool:
    """Whether somebody did something dangerous where it never was, by a way it never went, or from a place and at an
    hour that are both strange."""
    weights = _weights([e for e in evidence if not e.anomaly.quiet])
    circumstances = weights.get("time", 0) + weights.get("place", 0)
    return weights.get("deed", 0) >= 2 and max(weights.get("target", 0), weights.get("way", 0), circumstances) >= 2


def _is_elsewhere_at_night(evidence: Sequence[Evidence]) -> bool:
    """Whether somebody is in a new place at a strange hour, and not on call."""
    loud = [e.anomaly for e in evidence if not e.anomaly.quiet]
    elsewhere = any(a.detector == "new_origin" and "network" in str(a.observed) for a in loud)
    return elsewhere and any(a.detector == "off_hours" for a in loud)


def _takes_many_roles(evidence: Sequence[Evidence]) -> bool:
    """Whether it took as many new roles within an hour as `new_pair` finds too many."""
    pairs = [e.anomaly for e in evidence if e.anomaly.detector == "new_pair" and not e.anomaly.quiet]
    numbers = [(a.observed, a.threshold) for a in pairs]
    return any(isinstance(n, float) and isinstance(least, float) and 1 < least <= n for n, least in numbers)


def _weights(evidence: Sequence[Evidence]) -> dict[str, int]:
    """What each side weighs; a side without an anomaly is not there."""
    weights: dict[str, int] = {}
    for each in evidence:
        side = _side(each.anomaly)
        if side is not None:
            weights[side] = max(weights.get(side, 0), _weight(each))
    return weights


def _side(anomaly: Anomaly) -> str | None:
    return "target" if anomaly.observed == "region" else _SIDES.get(anomaly.detector)


def _weight(evidence: Evidence) -> int:
    """What is excepted weighs no more than medium."""
    anomaly = evidence.anomaly
    several = anomaly.detector == "new_origin" and "," in str(anomaly.observed)
    spared = evidence.loud is not None and evidence.loud.confidence is not Confidence.LOW
    return max(_WEIGHTS[anomaly.confidence], 2 if several or spared else 1)


def _has_three_sides(weights: dict[str, int], evidence: Sequence[Evidence]) -> bool:
    total = sum(weights.values())
    sides = len(weights) - ("time" in weights and weights.get("place") == 1)
    told = any(e.repeated or e.anomaly.confidence is not Confidence.LOW for e in evidence)
    if not told:
        return False
    if sides >= 3 and total >= 5:
        return True
    fast = any(e.anomaly.detector in ("velocity", "fan_out") for e in evidence)
    return fast and "time" in weights and "target" in weights and total >= 4


def _is_sure_twice(weights: dict[str, int], anomalies: Sequence[Anomaly]) -> bool:
    kinds = {
        "reach": max(weights.get(side, 0) for side in _REACH),
        "circumstances": weights.get("time", 0) + weights.get("place", 0),
        "deed": weights.get("deed", 0),
    }
    sure = {_kind(anomaly) for anomaly in anomalies if anomaly.confidence is Confidence.HIGH} - {_WITNESS}
    if sure and any(anomaly.detector == _WITNESS for anomaly in anomalies):
        return True
    if sure and kinds["circumstances"] >= 2:
        return True
    blind = any(a.detector == "defence_evasion" and a.confidence is Confidence.HIGH for a in anomalies)
    return (blind and kinds["reach"] >= 2) or {"reach", "deed"} <= sure


def _kind(anomaly: Anomaly) -> str:
    side = _SIDES.get(anomaly.detector, anomaly.detector)
    if side in ("time", "place"):
        return "circumstances"
    return "reach" if side in _REACH else side


def _finding(
    ordered: Sequence[Evidence], detected: datetime, confidence: Confidence, composite: bool, uid: str
) -> Finding:
    # A person of Identity Center begins in the portal, which has no ARN, and goes on in a session that has one.
    origin = next((e.origin for e in ordered if e.origin.arn), ordered[0].origin)
    first, _ = _first(ordered)
    deciding = next(e for e in ordered if e.anomaly.time == detected)
    lineages = longest([line for e in ordered for line in e.lineages])
    detectors = (*dict.fromkeys(e.anomaly.detector for e in ordered), *((NAME,) if composite else ()))
    roles = tuple(dict.fromkeys(hop.role_arn for line in lineages for hop in line.hops))
    tried = tuple(dict.fromkeys(e.target for e in ordered if e.target))
    found = Finding(
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
        playbook="record_only",
        anomalies=tuple(e.anomaly for e in ordered),
        lineages=lineages,
    )
    # What an installation without routes of its own would run; a case follows its settings' routes.
    return capped(found.model_copy(update={"playbook": select(found, DEFAULT_ROUTES, {}).playbook}))


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
    "fan_out": "many accounts at once",
    "enumeration": "many doors tried",
    "short_sessions": "the shortest sessions, again and again",
    "cross_boundary": "across a boundary",
    "convergence": "a role that many came to at once",
    "new_origin": "from a place it never was",
    "after_assumption": "dangerous calls right after",
    "defence_evasion": "the watch itself attacked",
    "guardduty": "GuardDuty says so too",
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
