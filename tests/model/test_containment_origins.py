"""Origins that IAM does not deny: what an SCP does about them, and what is left to a person."""

import pytest

from model.containment import Action, ActionKind, Cannot, ContainmentPlan
from model.containment_kinds import Knowledge
from model.containment_origins import Prepared
from model.containment_planner import plan_containment
from model.identity import Identity, Kind
from model.lineage import Lineage
from model.plan_words import asked, effects, hits_others, lets_nobody_in
from model.quorum import acts_first, why_two
from model.settings import Approvals, Route
from tests.model.test_containment import hop
from tests.workflows.attack import finding

SCP = "arn:aws:organizations::999999999999:policy/o-abcdefghij/service_control_policy/p-{}"
PREPARED = Prepared(quarantine=SCP.format("quarant1"), people=SCP.format("people01"))
OURS = ("111111111111", "222222222222", "999999999999")
PERSON = "11111111-2222-3333-4444-555555555555"
PORTAL = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
MINTER = ("arn:aws:iam::111111111111:user/app/minter", "AIDAEXAMPLEMINTER")
ROOT = Identity(key="root:111111111111", kind=Kind.ROOT, arn="arn:aws:iam::111111111111:root", account="111111111111")
BO = Identity(
    key="role:111111111111:AROASSO:bo", kind=Kind.ROLE, arn=PORTAL, account="111111111111", unique_id="AROASSO",
    session_name="bo@example.com", person="bo@example.com", store_user=PERSON,
)  # fmt: skip
FEDERATED = Identity(
    key="federated_user:111111111111:app", kind=Kind.FEDERATED_USER, account="111111111111", session_name="app",
    arn="arn:aws:sts::111111111111:federated-user/app", issuer=MINTER,
)  # fmt: skip


def plan(origin: Identity, protected: tuple[str, ...] = (), prepared: Prepared = PREPARED) -> ContainmentPlan:
    return plan_containment((Lineage(origin=origin, hops=(hop(),)),), protected, OURS, Knowledge(prepared=prepared))


def first(origin: Identity, **how: object) -> Action | Cannot:
    made = plan(origin, **how)
    found = [step for step in (*made.actions, *made.cannot) if step.target != hop().role_arn]
    assert len(found) == 1
    return found[0]


def of_the_role(origin: Identity, **how: object) -> Action:
    return next(step for step in plan(origin, **how).actions if step.target == hop().role_arn)


@pytest.mark.parametrize(
    ("origin", "kind", "target", "unique_id"),
    [
        (ROOT, ActionKind.QUARANTINE, ROOT.arn, "111111111111"),
        (BO, ActionKind.DENY_PERSON, f"arn:aws:identitystore:::user/{PERSON}", PERSON),
        (FEDERATED, ActionKind.DENY_USER, *MINTER),
    ],
)
def test_what_iam_does_not_deny_is_denied_where_it_can_be_and_a_person_lifts_it(
    origin: Identity, kind: ActionKind, target: str, unique_id: str
) -> None:
    step = first(origin)
    assert isinstance(step, Action)
    assert (step.kind, step.target, step.unique_id, step.lifts) == (kind, target, unique_id, "human")
    assert step.account == "111111111111"
    assert step.managed == {
        ActionKind.QUARANTINE: PREPARED.quarantine, ActionKind.DENY_PERSON: PREPARED.people
    }.get(kind, "")  # fmt: skip


@pytest.mark.parametrize("origin", [ROOT, BO, FEDERATED])
def test_whoever_is_denied_comes_in_nowhere_so_the_first_role_is_only_revoked(origin: Identity) -> None:
    assert of_the_role(origin).kind is ActionKind.REVOKE


@pytest.mark.parametrize("origin", [ROOT, BO])
def test_without_a_prepared_scp_the_first_role_is_closed_and_a_person_is_told_what_to_do(origin: Identity) -> None:
    step = first(origin, prepared=Prepared())
    assert isinstance(step, Cannot)
    assert ("SCP" if origin is ROOT else "Identity Center console") in step.do
    assert of_the_role(origin, prepared=Prepared()).kind is ActionKind.CLOSE


@pytest.mark.parametrize("origin", [ROOT, BO])
def test_no_scp_holds_in_the_management_account(origin: Identity) -> None:
    step = first(origin.model_copy(update={"account": "999999999999"}))
    assert isinstance(step, Cannot)


def test_whoever_the_record_does_not_name_by_id_is_left_to_a_person() -> None:
    assert isinstance(first(BO.model_copy(update={"store_user": ""})), Cannot)
    assert isinstance(first(FEDERATED.model_copy(update={"issuer": None})), Cannot)
    assert isinstance(first(ROOT.model_copy(update={"account": None})), Cannot)


def test_a_role_that_only_bears_the_portals_name_is_a_role() -> None:
    fake = BO.model_copy(update={"arn": "arn:aws:iam::111111111111:role/AWSReservedSSO_Admin_0123456789abcdef"})
    assert first(fake.model_copy(update={"unique_id": "AROASSO"})).target == fake.arn


@pytest.mark.parametrize(
    ("origin", "pattern"),
    [
        (ROOT, "arn:aws:iam::111111111111:root"), (BO, PERSON), (BO, PORTAL),
        (FEDERATED, MINTER[0]), (FEDERATED, MINTER[1]), (FEDERATED, str(FEDERATED.arn)), (FEDERATED, "/app/"),
    ],
)  # fmt: skip
def test_protection_by_any_of_its_names_holds(origin: Identity, pattern: str) -> None:
    step = first(origin, protected=(pattern,))
    assert isinstance(step, Cannot)
    assert step.why == "settings protect it"


def test_another_accounts_root_is_not_ours_to_stop() -> None:
    step = first(ROOT.model_copy(update={"account": "444444444444", "arn": "arn:aws:iam::444444444444:root"}))
    assert isinstance(step, Cannot)
    assert "not ours" in step.why


def test_an_account_needs_two_people_whatever_settings_say_and_is_never_enforced() -> None:
    route, one = Route(mode="enforce", detectors=("composite",)), Approvals(two_for=())
    two = why_two(plan(ROOT), route, one, ())
    assert "quarantine" in two
    assert not acts_first(finding(), route, two)
    assert why_two(plan(BO), route, one, ()) == why_two(plan(FEDERATED), route, one, ()) == ""


def test_the_question_and_the_effect_name_each_of_them() -> None:
    words = {
        origin.kind: (asked(plan(origin)), " ".join(effects(plan(origin), "12 h"))) for origin in (ROOT, BO, FEDERATED)
    }
    assert "quarantine 1 account" in words[Kind.ROOT][0].lower()
    assert "everybody in it, root included" in words[Kind.ROOT][1]
    assert "deny 1 person of Identity Center everything" in words[Kind.ROLE][0]
    assert "`bo@example.com`" in words[Kind.ROLE][1]
    assert "console.aws.amazon.com/singlesignon" in words[Kind.ROLE][1]
    assert "`minter`" in words[Kind.FEDERATED_USER][0]
    assert "federated user `app`" in words[Kind.FEDERATED_USER][1]
    assert all("A person must lift it." in effect for _, effect in words.values())
    assert lets_nobody_in(plan(ROOT))
    assert hits_others(plan(ROOT))


def test_a_plan_is_bound_to_the_scp_that_it_means() -> None:
    other = PREPARED.model_copy(update={"quarantine": SCP.format("another1")})
    assert plan(ROOT).hash != plan(ROOT, prepared=other).hash
