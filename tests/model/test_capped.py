"""A finding stays small enough for one signal."""

import pytest

from detectors.composite import weigh
from model.capped import LIMIT
from model.chain import Chain
from model.confidence import Confidence
from model.finding import Finding
from tests.detectors.made import ANA, NOW, assumption
from tests.detectors.test_composite import WAY, evidence

DEEP = 32
"""Hops that a chain keeps one by one."""


def flood(chains: int, hops: int, roles: int, name: str = "x" * 40, records: int = 1) -> Finding:
    """What is made of so many chains; each goes on from the origin by sessions of its own, through these roles."""
    found = []
    for n in range(chains):
        way = Chain(ANA)
        for step in range(hops - (n != chains // 2)):
            role = f"{name}-{(n * hops + step) % roles}"
            fields = {"session_name": f"{name}-{n}-{step}", "role_id": f"AROA{n}X{step}", "new_key": f"ASIA{n}X{step}"}
            way = way.then(assumption(role, f"{(n + step) % 300:012}", NOW + step, **fields))
        each = evidence("new_pair" if n % 2 else "chain", "medium", n, way.lineage())
        proofs = tuple(f"{n}-{record:036}" for record in range(records))
        anomaly = each.anomaly.model_copy(update={"records": proofs})
        found.append(each.model_copy(update={"subject": str(n), "anomaly": anomaly}))
    finding = weigh(found, 3600)
    assert finding is not None
    return finding


def size(found: Finding) -> int:
    return len(found.model_dump_json().encode())


@pytest.mark.parametrize(
    ("chains", "hops", "name", "records"),
    [
        (200, 60, "x" * 40, 1),
        (200, 60, "é" * 40, 1),
        (100, 3, "x" * 40, 60),
        (200, 4, "y" * 60, 2),
        (200, 1, "z", 60),
    ],
)
def test_a_flood_stays_below_what_a_signal_holds_with_its_deepest_chain_whole(chains, hops, name, records):
    found = flood(chains, hops, chains * hops, name, records)
    assert size(found) <= LIMIT
    assert found.hops == min(hops, DEEP) == max(line.depth for line in found.lineages)
    deepest = next(line for line in found.lineages if line.depth == found.hops)
    steps = [int(hop.session_name.rsplit("-", 1)[-1]) for hop in deepest.hops]
    assert steps == [steps[0] + n for n in range(found.hops)]
    assert {line.origin for line in found.lineages} == {found.origin} == {ANA}
    assert "left out here" in found.message
    assert {*found.roles} == {hop.role_arn for line in found.lineages for hop in line.hops}


def test_every_role_of_a_flood_is_still_in_it_where_that_fits():
    found = flood(chains=200, hops=30, roles=70)
    assert size(found) <= LIMIT
    kept = {hop.role_arn.rsplit("/", 1)[-1] for line in found.lineages for hop in line.hops}
    assert kept == {f"{'x' * 40}-{n}" for n in range(70)}


def test_what_is_left_out_is_counted():
    found = flood(chains=200, hops=30, roles=70)
    kept = sum(line.depth for line in found.lineages)
    assert f"left out here since it is so much: {200 * 29 + 1 - kept} hops" in found.message


def test_the_loudest_anomalies_stay_and_one_of_each_detector():
    one = evidence(*WAY, 9_000).model_copy(update={"subject": "late"})
    loud = one.anomaly.model_copy(update={"detector": "fan_out", "confidence": Confidence.HIGH})
    small = [
        each.model_copy(update={"subject": str(n), "anomaly": each.anomaly.model_copy(update={"message": "m" * 900})})
        for n in range(300)
        for each in [evidence("new_pair", "low", n)]
    ]
    found = weigh([*small, one.model_copy(update={"anomaly": loud})], 3600)
    assert found is not None
    assert size(found) <= LIMIT
    assert {a.detector for a in found.anomalies} == {"new_pair", "fan_out"}
    assert len(found.anomalies) < 301


def test_an_ordinary_finding_is_as_it_was():
    found = flood(chains=10, hops=3, roles=30)
    assert "left out" not in found.message
    assert [line.depth for line in found.lineages] == [2, 2, 2, 2, 2, 3, 2, 2, 2, 2]
