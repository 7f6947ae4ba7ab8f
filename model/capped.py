"""A finding that fits into one signal, however long an attack goes on: Temporal takes 2 MB, and a case holds several.

Of one that is too large stay: the deepest chain, whole; every role once, then every session once, as far as there is
room; the loudest anomalies, the first of each detector before others; the first records. Its message says how much is
left out.
"""

from collections.abc import Callable, Hashable, Sequence

from model.anomaly import Anomaly
from model.finding import Finding
from model.frozen import Frozen
from model.lineage import Hop, Lineage
from model.text import plural

LIMIT = 200_000
"""Bytes of a finding's JSON."""
_MEASURED = 60
"""Hops and anomalies from which on a finding is measured: fewer are never as much."""
_FOR_ANOMALIES = LIMIT * 2 // 5
_FOR_WORDS = 500
_MOST_RECORDS = 200
_PROOFS = 3


def capped(found: Finding) -> Finding:
    """The finding, itself where it fits."""
    count = sum(line.depth for line in found.lineages) + sum(1 + len(a.records) // 10 for a in found.anomalies)
    if count <= _MEASURED or _size(found) <= LIMIT:
        return found
    anomalies, records = _loudest(found.anomalies), found.records[:_MOST_RECORDS]
    update: dict[str, object] = {"lineages": (), "roles": (), "anomalies": anomalies, "records": records}
    least = found.model_copy(update=update | {"target_accounts": ()})
    lineages = _chains(found.lineages, LIMIT - _size(least) - _FOR_WORDS)
    update["lineages"] = lineages
    update["roles"] = _left(found.roles, found.lineages, lineages, lambda hop: hop.role_arn)
    update["target_accounts"] = _left(found.target_accounts, found.lineages, lineages, lambda hop: hop.account)
    missing = len(found.anomalies) - len(anomalies)
    update["message"] = f"{found.message}; {_left_out(found.lineages, lineages, missing)}"
    return found.model_copy(update=update)


def _size(value: Frozen) -> int:
    return len(value.model_dump_json().encode())


def _loudest(anomalies: tuple[Anomaly, ...]) -> tuple[Anomaly, ...]:
    """In their order; each with its first records."""
    if sum(map(_size, anomalies)) <= _FOR_ANOMALIES:
        return anomalies
    first = {each.detector: n for n, each in reversed([*enumerate(anomalies)])}
    brief = [each.model_copy(update={"records": each.records[:_PROOFS]}) for each in anomalies]
    room, kept = _FOR_ANOMALIES, set[int]()
    for n in sorted(range(len(brief)), key=lambda n: (first[brief[n].detector] != n, -brief[n].confidence.rank, n)):
        room -= _size(brief[n])
        if room >= 0:
            kept.add(n)
    return tuple(each for n, each in enumerate(brief) if n in kept)


def _chains(lineages: Sequence[Lineage], room: int) -> tuple[Lineage, ...]:
    """The deepest whole; of the others the hops that say more, and fit."""
    deepest = max(range(len(lineages)), key=lambda n: lineages[n].depth, default=-1)
    kept = {deepest: {*range(lineages[deepest].depth)}} if lineages else {}
    seen = {name for n in kept for hop in lineages[n].hops for name in (_role(hop), _session(hop))}
    room -= sum(_cost(hop) for n in kept for hop in lineages[n].hops)
    for name in (_role, _session):
        for n, line in enumerate(lineages):
            for place, hop in enumerate(line.hops):
                if name(hop) in seen:
                    continue
                cost = _cost(hop) + (0 if n in kept else _size(line.origin) + 30)
                if cost <= room:
                    room -= cost
                    kept.setdefault(n, set()).add(place)
                    seen |= {_role(hop), _session(hop)}
    return tuple(_only(line, kept[n]) for n, line in enumerate(lineages) if n in kept)


def _only(line: Lineage, places: set[int]) -> Lineage:
    if len(places) == line.depth:
        return line
    return line.model_copy(update={"hops": tuple(hop for place, hop in enumerate(line.hops) if place in places)})


def _role(hop: Hop) -> Hashable:
    return hop.role_arn


def _session(hop: Hop) -> Hashable:
    return hop.role_arn, hop.session


def _cost(hop: Hop) -> int:
    """With its role and its account where they are listed once more."""
    return _size(hop) + len(hop.role_arn.encode()) + len(hop.account) + 8


def _left(
    names: Sequence[str], before: Sequence[Lineage], after: Sequence[Lineage], name: Callable[[Hop], str]
) -> tuple[str, ...]:
    """The names without those of hops that are gone."""
    gone = {name(hop) for line in before for hop in line.hops} - {name(hop) for line in after for hop in line.hops}
    return tuple(each for each in names if each not in gone)


def _left_out(before: Sequence[Lineage], after: Sequence[Lineage], anomalies: int) -> str:
    hops = sum(line.depth for line in before) - sum(line.depth for line in after)
    names = [{_session(hop) for line in lines for hop in line.hops} for lines in (before, after)]
    sessions = len(names[0] - names[1])
    said = [plural(hops, "hop"), f"{plural(sessions, 'session')} among them", plural(anomalies, "sign")]
    return f"left out here since it is so much: {', '.join(said)}"
