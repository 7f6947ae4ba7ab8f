"""Documents and facts as the first version wrote them."""

import msgspec

from model.baseline import DAY, HOUR, Baseline, Fact, digest
from model.role_use import RoleUse
from model.spread import quarter_spread
from tests.model.made_facts import NOW

ROLE = "arn:aws:iam::111111111111:role/ci"
BASELINE = bytes.fromhex(
    "dc0010ce6aad43e0ce6ab13b8084ce000795fe9401000000ce000796169401000000ce0007962e9401000000ce00079646940100000084ce0007"
    "95fe01ce0007961601ce0007962e01ce000796460381cf0e65189223a0bc1992ce6aad4700ce6ab13b8081cf1cec59d04d92a1a292ce6ab13b80"
    "ce6ab13b8081ac31313131313131313131313192ce6aad4700ce6ab13b80810792ce6aad4700ce6ab13b808102ce6ab13b8081d92161726e3a61"
    "77733a69616d3a3a3131313131313131313131313a726f6c652f6369ce6ab13b8081a73139322e302e3292ce6aad4700ce6ab13b8081a7617773"
    "2d636c6992ce6aad4700ce6ab13b8081a965752d776573742d3192ce6aad4700ce6ab13b8081cd038492ce6aad4700ce6ab13b809494cb41daab"
    "51c0000000cf0e65189223a0bc19c2a2723394cb41daaba620000000cf0e65189223a0bc19c2a2723294cb41daabfa80000000cf0e65189223a0"
    "bc19c2a2723194cb41daac4ee0000000cf0e65189223a0bc19c2a2723084ce01c7279501ce01c72d3501ce01c732d501ce01c7387501"
)
ROLE_USE = bytes.fromhex("94ce6ab13b7bce6ab13b8082a3626f74ce6ab13b80a3616e61ce6ab13b7b81ce0007964602")
FACT = bytes.fromhex("9bcb41daac4ee0000000a561726e3a78c0c2c0c0c0c09000a172")


def test_a_baseline():
    baseline = msgspec.msgpack.decode(BASELINE, type=Baseline)
    assert baseline.knows_target(ROLE, NOW)
    assert baseline.has_tried("arn:x", NOW)
    assert baseline.has_reached(7, NOW)
    assert baseline.deepest(NOW) == 2
    assert baseline.was_active(NOW // HOUR)
    assert quarter_spread(baseline, NOW) == (3, 1.0, 0.0)
    assert [entry.record for entry in baseline.recent] == ["r3", "r2", "r1", "r0"]
    assert (baseline.after, baseline.taught, baseline.minutes) == ({}, {}, {})
    assert (baseline.deeds, baseline.read) == ({}, {})
    assert baseline.names == {"111111111111:role/ci": NOW}
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(baseline), type=Baseline)
    assert again == baseline
    assert sum(again.counts().quarters.values()) == 4
    assert again.first == (NOW - 3 * DAY) // HOUR * HOUR


def test_the_use_of_a_role():
    role = msgspec.msgpack.decode(ROLE_USE, type=RoleUse)
    assert role.callers == {"ana": NOW - 5, "bot": NOW}
    assert role.in_two_hours(NOW) == 2
    assert (role.sources, role.tried) == ({}, {})


def test_a_fact():
    fact = msgspec.msgpack.decode(FACT, type=Fact)
    assert (fact.target, fact.record, fact.after) == ("arn:x", "r", None)
    assert (fact.deed, fact.read) == (None, ())
    assert digest("arn:x")
