import msgspec
import pytest

from model.baseline import DAY, HOUR, KEPT_S, Fact
from model.identity import Identity, Kind
from model.peer_use import PeerUse, learn_peer, peer_key, prune_peer
from tests.model.made_facts import NOW

ROLE = "arn:aws:iam::{}:role/{}"


def role(arn: str | None, kind: Kind = Kind.ROLE) -> Identity:
    return Identity(key="k", kind=kind, arn=arn)


@pytest.mark.parametrize(
    ("identity", "key"),
    [
        (role(ROLE.format(1, "deploy")), "peers:deploy"),
        (role(ROLE.format(2, "some/path/deploy")), "peers:deploy"),
        (role(ROLE.format(1, "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef")),
         "peers:AWSReservedSSO_Admin"),
        (role(ROLE.format(1, "AWSReservedSSO_Admin_0123456789abcdef")), "peers:AWSReservedSSO_Admin"),
        (role(None), None),
        (role("arn:aws:iam::1:user/ana", Kind.USER), None),
        (role("arn:aws:iam::1:root", Kind.ROOT), None),
        (role("arn:aws:sts::1:assumed-role/x/y"), None),
    ],
)  # fmt: skip
def test_the_group_of_an_identity(identity, key):
    assert peer_key(identity) == key


def group(members=("m1", "m2", "m3"), since: int = 20, target: str = "data") -> PeerUse:
    """Members that assume one role each day at ten (UTC), for `since` days."""
    peer = PeerUse()
    ten = NOW // DAY * DAY + 10 * HOUR
    for day in range(since, 0, -1):
        for n, member in enumerate(members):
            fact = Fact(time=float(ten - day * DAY), target=ROLE.format(n, target), account=f"{n}", network="192.0.2")
            learn_peer(peer, member, fact)
    return peer


@pytest.mark.parametrize("stored", [False, True])
def test_a_thing_is_known_when_two_others_did_it(stored):
    peer = group()
    learn_peer(peer, "m1", Fact(time=float(NOW - DAY), target=ROLE.format(1, "own"), account="9"))
    peer = prune_peer(peer) if stored else peer
    assert peer.mature("new", NOW, 14, 3)
    assert peer.knows_role(ROLE.format(777, "data"), "new", NOW, 14)
    assert peer.knows_role(ROLE.format(777, "data"), "m1", NOW, 14)
    assert not peer.knows_role(ROLE.format(1, "own"), "new", NOW, 14)
    assert peer.knows_network("192.0.2", "new", NOW, 14)
    assert not peer.knows_account("1", "new", NOW, 14)
    assert not peer.knows_role(ROLE.format(777, "data"), "new", NOW + 40 * DAY, 14)


@pytest.mark.parametrize(("hour", "known"), [(8, False), (9, True), (10, True), (11, True), (12, False), (0, False)])
def test_the_hours_that_a_group_keeps(hour, known):
    assert group().knows_hour("new", NOW // DAY * DAY + hour * HOUR, 14) is known


@pytest.mark.parametrize(
    ("members", "since", "who", "mature"),
    [
        (("m1", "m2", "m3"), 20, "new", True),
        (("m1", "m2", "m3"), 20, "m1", False),
        (("m1", "m2"), 20, "new", False),
        (("m1", "m2", "m3"), 12, "new", False),
    ],
)
def test_a_group_is_mature_with_three_others_of_fourteen_days(members, since, who, mature):
    assert group(members, since).mature(who, NOW, 14, 3) is mature


def test_roles_that_an_attacker_makes_with_the_groups_name_teach_it_nothing():
    peer = group()
    for n in range(300):
        learn_peer(peer, f"evil{n}", Fact(time=float(NOW - 60), target=ROLE.format(1, "vault"), account="1"))
    learn_peer(peer, "m1", Fact(time=float(NOW - 60), target=ROLE.format(1, "vault"), account="1"))
    assert not peer.knows_role(ROLE.format(1, "vault"), "evil1", NOW, 14)


def test_a_denied_attempt_teaches_nothing():
    peer = group(since=20)
    for member in ("m1", "m2", "m3"):
        learn_peer(peer, member, Fact(time=float(NOW), target=ROLE.format(1, "vault"), denied=True))
    assert not peer.knows_role(ROLE.format(1, "vault"), "new", NOW, 14)


def test_a_group_stays_under_64_kib_however_hostile():
    peer = PeerUse()
    long = "𝔸" * 300
    for n in range(15_000):
        time = NOW + n * KEPT_S / 15_000.0
        one, way = f"{n % 150}{long}", f"{n % 60}{long}"
        learn_peer(peer, f"m{n // 150}", Fact(time=time, target=one, account=one, network=way))
    assert len(msgspec.msgpack.encode(prune_peer(peer))) < 64 * 1024
    assert max(len(doers) for doers in peer.roles.values()) == 5
