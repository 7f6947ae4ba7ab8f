from model.assumption import RoleAssumption
from model.chain import DEEPEST, Chain
from model.identity import Identity, Kind
from model.lineage import Lineage

ORIGIN = Identity(key="user:1", kind=Kind.USER)


def hop(role: str, number: int = 0) -> RoleAssumption:
    return RoleAssumption(
        records=(f"r{number}",),
        time=1_790_000_000.0 + number,
        how="AssumeRole",
        caller=ORIGIN,
        caller_key=None,
        caller_session=None,
        role_arn=f"arn:aws:iam::222222222222:role/{role}",
        account="222222222222",
        role_id=None,
        session_name=f"s{number}",
        new_key=None,
        source_identity=None,
        denied=False,
        error=None,
        source_ip=None,
        user_agent=None,
        region=None,
        duration=None,
    )


def chain(*roles: str) -> Chain:
    found = Chain(ORIGIN)
    for number, role in enumerate(roles):
        found = found.then(hop(role, number))
    return found


def names(found: Chain) -> list[str]:
    return [arn.rsplit("/", 1)[1] for arn in found.roles]


def test_a_chain_counts_its_hops_and_keeps_its_origin():
    found = chain("a", "b")
    assert (found.depth, names(found), found.origin) == (2, ["a", "b"], ORIGIN)
    assert (Chain(ORIGIN).depth, Chain(ORIGIN).path, Chain(ORIGIN).roles) == (0, 0, ())


def test_the_path_stands_for_the_roles_in_their_order():
    assert chain("a", "b").path == chain("a", "b").path != chain("b", "a").path
    assert chain("a").path != chain("a", "a").path
    assert 0 < chain("a", "b").path < 2**63


def test_the_lineage_is_made_once_and_says_the_same():
    found = chain("a", "b")
    lineage = found.lineage()
    assert isinstance(lineage, Lineage)
    assert found.lineage() is lineage
    assert [(h.role_arn, h.records, h.session_name) for h in lineage.hops] == [
        (h.role_arn, h.records, h.session_name) for h in found.hops
    ]


def test_a_long_chain_counts_on_and_never_loses_sight_of_a_role():
    found = chain("first", *("ab"[n % 2] for n in range(100)), "last")
    assert found.depth == 102
    assert len(found.hops) == DEEPEST == len(found.lineage().hops)
    assert names(found)[0] == "first"
    assert {*names(found)} == {"first", "a", "b", "last"}
    assert [h.time for h in found.hops] == sorted(h.time for h in found.hops)


def test_of_more_roles_than_are_kept_the_latest_are():
    found = chain(*(f"r{n}" for n in range(40)))
    assert (found.depth, names(found)[-1], len(found.hops)) == (40, "r39", DEEPEST)


def test_back_to_a_session_is_the_chain_before_it():
    found = chain("a", "b", "c")
    assert names(found.back_to(hop("b", 1))) == ["a"]
    assert found.back_to(hop("b", 1)).path == chain("a").path
    assert found.back_to(hop("b", 7)) is found
