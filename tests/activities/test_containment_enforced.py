"""Containment on a server that enforces IAM, with three principals: the attacker's session is denied, a fresh
legitimate one works (or does not, where the role is closed), a bystander never notices."""

import time
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from activities.containment import Containing, ContainRequest, LiftRequest
from integrations.aws_iam import AwsIam
from model.containment import Action, ActionKind, Containment
from model.errors import Refused
from tests.integrations.aws_world import CONTAINING, World, allow, make_world
from tests.servers import Ministack, ministack
from tests.workflows.fakes import PaperSwitch

__all__ = ["ministack"]

CASE, RUN = "case:ana:111111111111:0123abcd", "run12345"
DENY_ALL = CONTAINING.with_name("deny-all.json")


@dataclass
class Scene:
    """One attacked role that others use too, and a bystander role."""

    world: World
    containing: Containing
    person: boto3.Session
    role: str
    role_id: str
    attacker: boto3.Session
    other: boto3.Session
    bystander: boto3.Session

    def action(self, kind: ActionKind = ActionKind.REVOKE, **changes: Any) -> Action:
        lifts = "timer" if kind is ActionKind.REVOKE else "human"
        made = Action(
            kind=kind, target=self.role, account=self.world.account, unique_id=self.role_id, effect="cut", undo="lift",
            lifts=lifts, sessions=(f"{self.role_id}:attacker",),
        )  # fmt: skip
        return made.model_copy(update=changes)

    def contain(self, action: Action, case: str = CASE) -> Containment:
        return self.containing.contain(ContainRequest(case=case, run=RUN, action=action))

    def lift(self, action: Action, case: str = CASE):
        return self.containing.lift(LiftRequest(request=ContainRequest(case=case, run=RUN, action=action)))

    def enter(self, name: str) -> boto3.Session:
        return self.world.assume(self.person, self.role, name)

    def listed(self) -> dict[str, object]:
        """Everything in IAM that a containment could leave something on."""
        iam, name = self.world.iam, self.role.rsplit("/", 1)[-1]
        return {
            "inline": {
                one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]
                for one in iam.list_role_policies(RoleName=name)["PolicyNames"]
            },
            "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            "tags": iam.list_role_tags(RoleName=name)["Tags"],
            "trust": iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"],
            "roles": sorted(one["RoleName"] for one in iam.list_roles()["Roles"]),
            "users": sorted(one["UserName"] for one in iam.list_users()["Users"]),
        }


_NUMBERS = iter(range(1000))


@pytest.fixture(scope="module")
def world(ministack: Ministack) -> World:
    return make_world(ministack)


@pytest.fixture
def scene(world: World) -> Scene:
    number = next(_NUMBERS)
    person, role, aside = world.user(f"u{number}"), world.role(f"shared{number}"), world.role(f"aside{number}")
    containing = Containing(AwsIam(world.clients(CASE)), PaperSwitch())
    role_id = world.iam.get_role(RoleName=f"shared{number}")["Role"]["RoleId"]
    made = {name: world.assume(person, role, name) for name in ("attacker", "other")}
    # A session of the very second in which a role is first cut counts as minted meanwhile.
    time.sleep(1.1)
    return Scene(
        world, containing, person, role, role_id, made["attacker"], made["other"], world.assume(person, aside, "by")
    )


def fresh(scene: Scene, cut: Any, name: str = "fresh") -> boto3.Session:
    """A session that is minted after the cut, by the server's clock."""
    while scene.containing._iam.read(scene.role).read_at < cut:
        time.sleep(0.05)
    return scene.enter(name)


def test_a_whole_role_loses_its_old_sessions_and_no_new_one(scene: Scene) -> None:
    done = scene.contain(scene.action())
    assert done.contained
    assert not scene.world.allowed(scene.attacker)
    assert not scene.world.allowed(scene.other)
    assert scene.world.allowed(fresh(scene, done.cut))
    assert scene.world.allowed(scene.bystander)


def test_on_a_shared_role_only_the_chains_session_is_cut(scene: Scene) -> None:
    done = scene.contain(scene.action(scope="session"))
    assert done.contained
    assert not scene.world.allowed(scene.attacker)
    assert scene.world.allowed(scene.other)
    assert scene.world.allowed(fresh(scene, done.cut))
    assert scene.world.allowed(scene.bystander)


def test_sessions_under_other_names_that_are_minted_between_two_writes_are_cut_as_well(scene: Scene) -> None:
    action = scene.action(scope="session")
    minted = []
    for number in range(4):
        done = scene.contain(action)
        minted.append(fresh(scene, done.cut, f"again{number}"))
    done = scene.contain(action)
    assert done.contained
    assert [scene.world.allowed(session) for session in (scene.attacker, *minted)] == [False] * 5
    assert scene.world.allowed(scene.other)
    assert scene.world.allowed(fresh(scene, done.cut))


def test_more_sessions_of_the_chain_join_what_is_cut_already(scene: Scene) -> None:
    scene.contain(scene.action(scope="session"))
    both = (f"{scene.role_id}:attacker", f"{scene.role_id}:other")
    assert scene.contain(scene.action(scope="session", sessions=both)).contained
    assert not scene.world.allowed(scene.other)
    assert scene.contain(scene.action(scope="session")).contained
    assert not scene.world.allowed(scene.other)


def test_a_workload_is_cut_by_its_name_and_nobody_started_later_is(scene: Scene) -> None:
    action = scene.action(scope="named")
    first = scene.contain(action)
    later = fresh(scene, first.cut, "somebody")
    assert scene.contain(action).contained
    assert not scene.world.allowed(scene.attacker)
    assert scene.world.allowed(later)
    assert scene.world.allowed(scene.other)


def test_a_closed_role_lets_nobody_in_however_fresh(scene: Scene) -> None:
    done = scene.contain(scene.action(ActionKind.CLOSE))
    assert done.contained
    assert (done.cut, done.at is not None) == (None, True)
    for session in (scene.attacker, scene.other, scene.enter("attacker"), scene.enter("fresh")):
        assert not scene.world.allowed(session)
    assert scene.world.allowed(scene.bystander)


def test_a_role_closed_by_name_lets_others_in(scene: Scene) -> None:
    assert scene.contain(scene.action(ActionKind.CLOSE, scope="named")).contained
    assert not scene.world.allowed(scene.enter("attacker"))
    assert scene.world.allowed(scene.enter("fresh"))
    assert scene.world.allowed(scene.other)


@pytest.fixture
def managed(scene: Scene) -> Action:
    arn = f"arn:aws:iam::{scene.world.account}:policy/hopstop/hopstop-deny"
    if arn not in {one["Arn"] for one in scene.world.iam.list_policies(Scope="Local")["Policies"]}:
        scene.world.iam.create_policy(PolicyName="hopstop-deny", Path="/hopstop/", PolicyDocument=DENY_ALL.read_text())
    return scene.action(ActionKind.MANAGED, managed=arn)


def test_a_prepared_policy_stops_the_whole_role(scene: Scene, managed: Action) -> None:
    done = scene.contain(managed)
    assert (done.contained, done.policy) == (True, managed.managed)
    for session in (scene.attacker, scene.other, scene.enter("fresh")):
        assert not scene.world.allowed(session)
    assert scene.world.allowed(scene.bystander)


def test_a_prepared_policy_that_does_not_deny_everything_is_never_attached(scene: Scene) -> None:
    elsewhere = make_world(scene.world.ministack)
    made = elsewhere.iam.create_policy(PolicyName="hopstop-deny", Path="/hopstop/", PolicyDocument=allow("s3:*"))
    role = elsewhere.role("shared")
    role_id = elsewhere.iam.get_role(RoleName="shared")["Role"]["RoleId"]
    weak = {"target": role, "account": elsewhere.account, "unique_id": role_id, "managed": made["Policy"]["Arn"]}
    with pytest.raises(Refused, match="does not deny everything"):
        Containing(AwsIam(elsewhere.clients(CASE)), PaperSwitch()).contain(
            ContainRequest(case=CASE, run=RUN, action=scene.action(ActionKind.MANAGED, **weak))
        )
    assert elsewhere.iam.list_attached_role_policies(RoleName="shared")["AttachedPolicies"] == []
    assert scene.listed()["attached"] == []


def test_two_cases_hold_one_prepared_policy_and_neither_frees_the_other(scene: Scene, managed: Action) -> None:
    other, before = "case:eve:444444444444:89abcdef", scene.listed()
    scene.contain(managed)
    scene.contain(managed, other)
    assert scene.lift(managed).said == "managed policy stays for another case"
    assert not scene.world.allowed(scene.enter("fresh"))
    assert scene.lift(managed, other).clean
    assert scene.listed() == before


def test_a_prepared_policy_that_somebody_attached_before_stays(scene: Scene, managed: Action) -> None:
    scene.world.iam.attach_role_policy(RoleName=scene.role.rsplit("/", 1)[-1], PolicyArn=managed.managed)
    before = scene.listed()
    assert scene.contain(managed).contained
    assert scene.contain(managed).contained
    lifted = scene.lift(managed)
    assert (lifted.clean, lifted.said) == (True, "the managed policy was attached before and stays")
    assert scene.listed() == before


KINDS = {
    "a role": {},
    "sessions": {"scope": "session"},
    "a workload": {"scope": "named"},
    "a closed role": {"kind": ActionKind.CLOSE},
    "a role closed by name": {"kind": ActionKind.CLOSE, "scope": "named"},
}


@pytest.mark.parametrize("case", KINDS)
def test_a_lift_leaves_iam_as_it_was(scene: Scene, case: str) -> None:
    before, action = scene.listed(), scene.action(**KINDS[case])
    scene.contain(action)
    scene.contain(action)
    assert scene.listed() != before
    assert scene.lift(action).clean
    assert scene.listed() == before
    assert scene.world.allowed(scene.attacker)
    assert scene.lift(action).said == "there was nothing to remove"


@pytest.mark.parametrize("case", KINDS)
def test_a_policy_that_somebody_changed_is_neither_written_nor_lifted(scene: Scene, case: str) -> None:
    action = scene.action(**KINDS[case])
    done = scene.contain(action)
    scene.world.iam.put_role_policy(
        RoleName=scene.role.rsplit("/", 1)[-1], PolicyName=done.policy, PolicyDocument=allow("sqs:*")
    )
    with pytest.raises(Refused, match="somebody changed"):
        scene.contain(action)
    changed = scene.listed()
    assert not scene.containing.read_back(ContainRequest(case=CASE, run=RUN, action=action)).contained
    assert not scene.lift(action).clean
    assert scene.listed() == changed


def test_a_revocation_lifts_and_a_closure_of_the_same_role_stays(scene: Scene) -> None:
    revoked, closed = scene.action(), scene.action(ActionKind.CLOSE)
    scene.contain(revoked)
    scene.contain(closed)
    assert scene.lift(revoked).clean
    assert not scene.world.allowed(scene.enter("fresh"))
    assert dict.fromkeys(one["Key"] for one in scene.listed()["tags"]) == {"hopstop-contained": None}
    assert scene.lift(closed).clean
    assert scene.world.allowed(scene.enter("fresh"))
    assert scene.listed()["tags"] == []
