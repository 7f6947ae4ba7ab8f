"""Which action fits a principal, by what IAM says of it."""

import json

import pytest

from model.containment import Action, ActionKind, Cannot
from model.containment_documents import ROLE_QUOTA, denial_of, document_of, size_of
from model.containment_kinds import Knowledge, denial_for
from model.containment_planner import plan_containment
from model.identity import Identity, Kind
from model.lineage import Lineage
from model.principal_state import Door, PrincipalFacts, doors_of
from tests.model.test_containment import ORIGIN, T0, USER, chain, hop

ROLE = hop().role_arn
OURS = ("111111111111", "222222222222", "333333333333")
SAML = Door(kind="saml", who="arn:aws:iam::222222222222:saml-provider/okta")
OIDC = Door(kind="oidc", who="arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com")
ACCOUNT = Door(kind="aws", who="arn:aws:iam::111111111111:root")


def service(name: str) -> Door:
    return Door(kind="service", who=f"{name}.amazonaws.com")


def facts(arn: str = ROLE, unique_id: str = "AROA1", **changes: object) -> PrincipalFacts:
    known = PrincipalFacts(arn=arn, found=arn, unique_id=unique_id, room=ROLE_QUOTA, doors=(ACCOUNT,), others=())
    return known.model_copy(update=changes)


def planned(*lineages: Lineage, known: tuple[PrincipalFacts, ...] = (), **ways: object) -> dict[str, Action | Cannot]:
    plan = plan_containment(lineages or (chain(hop()),), (), OURS, Knowledge(facts=known, **ways))
    return {step.target: step for step in (*plan.actions, *plan.cannot)}


def session(door: Door, name: str, **changes: object) -> tuple[Lineage, PrincipalFacts]:
    """A chain that begins with a session of a role that somebody came into by that door."""
    origin = Identity(key="r", kind=Kind.ROLE, arn=ROLE, account="222222222222", unique_id="AROA1", session_name=name)
    return Lineage(origin=origin), facts(doors=(door,), **changes)


def test_without_what_iam_says_the_plan_is_the_first_releases() -> None:
    old = plan_containment((chain(hop()),), (), OURS)
    assert plan_containment((chain(hop()),), (), OURS, Knowledge()) == old
    assert old.hash == "fb08e75b857a"
    assert "scope" not in old.model_dump_json()


def test_a_role_that_nobody_else_uses_is_revoked_whole() -> None:
    step = planned(known=(facts(),))[ROLE]
    assert isinstance(step, Action)
    assert (step.kind, step.scope, step.lifts) == (ActionKind.REVOKE, "role", "timer")


def test_where_others_share_a_role_only_the_chains_sessions_are_cut_and_they_are_named() -> None:
    step = planned(known=(facts(others=("arn:aws:iam::111111111111:user/bo",)),))[ROLE]
    assert isinstance(step, Action)
    assert (step.kind, step.scope, step.sessions) == (ActionKind.REVOKE, "session", ("AROA1:s",))
    assert "user/bo" in step.effect
    assert denial_for(step, T0).sessions == ("AROA1:s",)
    assert step.since == T0
    earlier = planned(chain(hop()), chain(hop(name="t").model_copy(update={"time": T0.replace(hour=1)})), known=(
        facts(others=("arn:aws:iam::111111111111:user/bo",)),))[ROLE]  # fmt: skip
    assert isinstance(earlier, Action)
    assert earlier.since == T0.replace(hour=1)


def test_a_source_identity_that_the_whole_chain_carries_is_cut_with_it() -> None:
    line = chain(hop().model_copy(update={"source_identity": "ana"}))
    step = planned(line, known=(facts(others=("x",)),))[ROLE]
    assert isinstance(step, Action)
    assert step.source_identity == "ana"


@pytest.mark.parametrize(
    ("door", "name", "word"),
    [
        (service("ec2"), "i-0abc1234", "stopped and started"),
        (service("lambda"), "resize", "deploy the function again"),
        (service("ecs-tasks"), "0123456789abcdef", "stop the task"),
    ],
)
def test_a_workload_is_revoked_by_its_name_and_how_it_comes_back_is_said(door: Door, name: str, word: str) -> None:
    line, known = session(door, name)
    step = planned(line, known=(known,))[ROLE]
    assert isinstance(step, Action)
    assert (step.kind, step.scope, step.lifts) == (ActionKind.REVOKE, "named", "timer")
    assert word in step.effect
    assert "isolate" in step.effect
    assert denial_for(step, T0, since=T0.replace(year=2020)).since is None


@pytest.mark.parametrize(
    ("door", "scope"),
    [
        (SAML, "named"),
        (OIDC, "role"),
        (service("codebuild"), "role"),
        (Door(kind="aws", who="999999999999"), "role"),
        (Door(kind="aws", who="*"), "role"),
    ],
)
def test_a_role_that_outsiders_enter_is_closed_for_new_sessions_too(door: Door, scope: str) -> None:
    line, known = session(door, "jane", others=("arn:aws:iam::111111111111:user/bo",))
    step = planned(line, known=(known,))[ROLE]
    assert isinstance(step, Action)
    assert (step.kind, step.scope, step.lifts) == (ActionKind.CLOSE, scope, "human")
    assert "legitimate use" in step.effect
    assert denial_for(step, None).denies("AROA1:jane", T0.replace(year=2100))
    assert denial_for(step, None).denies("AROA1:other", T0) is (scope == "role")
    assert bool(step.hits) is (scope == "role")


OUTSIDE = {
    "another account": Identity(key="a", kind=Kind.ACCOUNT, account="999999999999"),
    "another account's user": ORIGIN.model_copy(
        update={"arn": "arn:aws:iam::999999999999:user/x", "account": "999999999999"}
    ),
    "a SAML subject": Identity(key="saml:okta:jane", kind=Kind.SAML),
    "a portal's role": Identity(
        key="r",
        kind=Kind.ROLE,
        arn="arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1",
        account="111111111111",
        unique_id="AROA7",
        session_name="jane",
    ),
}


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize("known", [(), (facts(),)], ids=["records alone", "with IAM"])
def test_an_origin_that_cannot_be_denied_is_closed_at_the_first_role_of_ours(
    who: str, known: tuple[PrincipalFacts, ...]
) -> None:
    far = hop("arn:aws:iam::999999999999:role/theirs", "AROA8")
    second = hop("arn:aws:iam::333333333333:role/data", "AROA2")
    steps = planned(chain(far, hop(), second, origin=OUTSIDE[who]), known=known)
    closed, revoked = steps[ROLE], steps[second.role_arn]
    assert isinstance(closed, Action)
    assert isinstance(revoked, Action)
    assert (closed.kind, revoked.kind) == (ActionKind.CLOSE, ActionKind.REVOKE)
    assert isinstance(steps[OUTSIDE[who].arn or OUTSIDE[who].key], Cannot)


def test_an_origin_that_people_protect_closes_nothing() -> None:
    plan = plan_containment((chain(hop()),), ("*user/ana",), OURS, Knowledge(facts=(facts(),)))
    assert [action.kind for action in plan.actions] == [ActionKind.REVOKE]


def test_a_path_that_only_iam_knows_protects_too() -> None:
    known = facts(found=ROLE.replace("role/", "role/break-glass/"))
    plan = plan_containment((chain(hop()),), ("/break-glass/",), OURS, Knowledge(facts=(known,)))
    assert [one.target for one in plan.cannot] == [ROLE]


def test_a_name_that_means_another_identity_now_is_never_planned() -> None:
    step = planned(known=(facts(unique_id="AROA9"),))[ROLE]
    assert isinstance(step, Cannot)
    assert "another identity" in step.why


def test_a_role_that_iam_shows_to_be_the_portals_is_not_planned() -> None:
    found = "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/deploy"
    assert isinstance(planned(known=(facts(found=found),))[ROLE], Cannot)


class TestRoom:
    def test_many_sessions_that_do_not_fit_become_the_whole_role_which_is_another_plan(self) -> None:
        lines = [chain(hop(name=f"session-{number:058}")) for number in range(200)]
        wide = planned(*lines, known=(facts(others=("x",)),))[ROLE]
        assert isinstance(wide, Action)
        assert wide.scope == "role"
        assert "no room" in wide.effect

    def test_every_planned_policy_fits_what_iam_says_is_left(self) -> None:
        for count in (1, 20, 80):
            lines = [chain(hop(name=f"session-{number}")) for number in range(count)]
            for room in (150, 300, 2000, 9000):
                step = planned(*lines, known=(facts(others=("x",), room=room),))[ROLE]
                if isinstance(step, Action):
                    assert size_of(document_of(denial_for(step, T0, since=T0.replace(year=2020)))) <= room

    def test_nothing_fits_and_nothing_is_prepared(self) -> None:
        step = planned(known=(facts(room=100),))[ROLE]
        assert isinstance(step, Cannot)
        assert "leave 100 characters" in step.why

    def test_the_prepared_policy_stands_in_as_an_action_of_its_own(self) -> None:
        step = planned(known=(facts(room=100),), managed="hopstop/hopstop-deny")[ROLE]
        assert isinstance(step, Action)
        assert (step.kind, step.lifts) == (ActionKind.MANAGED, "human")
        assert step.managed == "arn:aws:iam::222222222222:policy/hopstop/hopstop-deny"
        assert "new sessions included" in step.effect

    def test_unless_as_many_are_attached_as_aws_allows(self) -> None:
        step = planned(known=(facts(room=100, attached=10),), managed="hopstop/hopstop-deny")[ROLE]
        assert isinstance(step, Cannot)

    def test_it_is_never_used_where_there_is_room_unless_settings_say_so(self) -> None:
        assert planned(known=(facts(),), managed="d")[ROLE].kind is ActionKind.REVOKE  # type: ignore[union-attr]
        user = facts(USER, "AIDA1", room=2048, doors=())
        steps = planned(known=(facts(), user), managed="d", always=True)
        assert {step.kind for step in steps.values() if isinstance(step, Action)} == {ActionKind.MANAGED}
        assert "access keys inactive" in steps[USER].effect  # type: ignore[union-attr]


def test_a_users_console_password_is_said() -> None:
    user = facts(USER, "AIDA1", room=2048, doors=(), console=True)
    assert "console password" in planned(known=(user,))[USER].effect  # type: ignore[union-attr]


def test_another_deed_is_another_hash_and_more_sessions_of_the_chain_are_not() -> None:
    def hash_of(*lines: Lineage, known: PrincipalFacts) -> str:
        return plan_containment(lines, (), OURS, Knowledge(facts=(known,), managed="d")).hash

    shared = facts(others=("x",))
    one = hash_of(chain(hop()), known=shared)
    assert hash_of(chain(hop()), chain(hop(name="t")), known=shared) == one
    different = {one, hash_of(chain(hop()), known=facts()), hash_of(chain(hop()), known=facts(room=1))}
    line, known = session(SAML, "jane")
    different |= {hash_of(line, known=known), hash_of(session(OIDC, "jane")[0], known=session(OIDC, "jane")[1])}
    assert len(different) == 5


def test_the_doors_of_a_role_are_whom_its_allows_name() -> None:
    statement = [
        {"Effect": "Allow", "Principal": {"AWS": ["1", "2"], "Service": "ec2.amazonaws.com"}},
        {"Effect": "Deny", "Principal": {"AWS": "3"}},
        {"Effect": "Allow", "Principal": "*"},
        {"Effect": "Allow", "Principal": {"Federated": [SAML.who, OIDC.who]}},
    ]
    found = [(door.kind, door.who) for door in doors_of(json.dumps({"Statement": statement}))]
    assert found == [
        ("aws", "1"),
        ("aws", "2"),
        ("service", "ec2.amazonaws.com"),
        ("aws", "*"),
        ("saml", SAML.who),
        ("oidc", OIDC.who),
    ]


@pytest.mark.parametrize("trust", ["", "{", "[]", "null", '{"Statement":[1,null]}', '{"Statement":{"Effect":"Allow"}}'])
def test_a_trust_policy_that_cannot_be_read_stops_nothing(trust: str) -> None:
    assert all(door.who == "*" for door in doors_of(trust))


@pytest.mark.parametrize("document", ['{"Statement":[]}', '{"Version":"2012-10-17","Statement":[]}', "null", '"x"'])
def test_an_emptied_policy_is_not_ours(document: str) -> None:
    assert denial_of(document) is None


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (Kind.ROOT, "MFA"),
        (Kind.IDENTITY_CENTER, "https://console.aws.amazon.com/singlesignon/"),
        (Kind.FEDERATED_USER, "deny that IAM user everything"),
    ],
)
def test_what_a_person_has_to_do_about_an_origin_is_said_by_its_kind(kind: Kind, word: str) -> None:
    line = Lineage(origin=Identity(key=f"{kind}:who", kind=kind), hops=chain().hops)
    (left,) = [step for step in planned(line).values() if isinstance(step, Cannot)]
    assert word in left.do
    (first,) = plan_containment((line,)).cannot
    assert first.why == f"an origin of kind {kind} cannot be denied by a policy of ours"
