"""What a running finding takes in."""

from detectors.track import Track
from model.anomaly import Anomaly
from model.confidence import Confidence
from model.evidence import Evidence
from model.lineage import Lineage
from tests.workflows.attack import ORIGIN, ROLES, finding, hop
from tests.workflows.fakes import T0


def tracked(*numbers: int) -> Track:
    line = Lineage(origin=ORIGIN, hops=tuple(hop(number) for number in numbers))
    anomaly: Anomaly = finding().anomalies[0]
    evidence = Evidence(
        subject="ana",
        anomaly=anomaly,
        last=T0,
        caller=ORIGIN,
        target=ROLES[0],
        account="111111111111",
        lineages=(line,),
    )
    track = Track()
    track.evidence.append(evidence)
    track.confidence = Confidence.HIGH
    return track


def test_a_second_child_of_a_known_session_joins_though_its_sibling_came_first() -> None:
    track = tracked(1, 2)
    sibling = Lineage(origin=ORIGIN, hops=(hop(1), hop(3)))
    assert track.extend(sibling)
    assert sibling in track.evidence[0].lineages


def test_a_hop_from_a_session_that_is_not_in_the_chain_does_not_join() -> None:
    assert not tracked(1, 2).extend(Lineage(origin=ORIGIN, hops=(hop(3), hop(2))))
