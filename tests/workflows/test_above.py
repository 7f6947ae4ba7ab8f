"""Origins that IAM does not deny: an account is quarantined by two, a person of Identity Center is denied."""

from datetime import timedelta

from model.approval import Verb
from model.case import CaseState
from model.containment import ActionKind
from model.errors import Unavailable
from model.scp import people_of
from model.settings import Route
from tests.workflows.attack import PERSON, PREPARED, from_portal, from_root
from tests.workflows.conftest import SETTINGS, World
from tests.workflows.fakes import DANA, EVE
from tests.workflows.record import opened_with_scps, quarantined

ACCOUNT = (PREPARED.quarantine, "111111111111")


async def test_an_account_is_stopped_by_two_people_and_its_lift_leaves_nothing(world: World) -> None:
    case = await opened_with_scps(world, from_root())
    view = await case.click(Verb.APPROVE)
    assert view.decision is None
    assert world.scps.on == set()
    assert "quarantine 1 account" in world.slack.cards[-1].question
    await case.click(Verb.APPROVE, user=EVE)
    view = await case.shown(CaseState.VERIFIED)
    assert world.scps.on == {ACCOUNT}
    assert {done.kind for done in view.containments} == {ActionKind.QUARANTINE, ActionKind.REVOKE}
    await case.pass_time(timedelta(hours=13))
    assert world.scps.on == {ACCOUNT}
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    assert world.scps.on == set()
    assert not any(world.scps.marks.values())


async def test_enforce_mode_never_stops_an_account(world: World) -> None:
    for policy in (PREPARED.quarantine, PREPARED.people):
        world.scps.documents[policy] = "{}"
    approvals = SETTINGS.approvals.model_copy(update={"users": (DANA, EVE), "two_for": ()})
    routes = (Route(detectors=("composite",), mode="enforce"), Route(playbook="record_only"))
    settings = SETTINGS.model_copy(update={"prepared": PREPARED, "approvals": approvals, "routes": routes})
    case = await world.open(from_root(), settings)
    view = await case.shown(CaseState.WAITING)
    assert view.quorum == 2
    assert world.scps.on == set()
    assert world.iam.writes == []


async def test_somebodys_detach_is_found_and_the_account_is_stopped_again(world: World) -> None:
    case = await opened_with_scps(world, from_root())
    await case.click(Verb.APPROVE)
    await case.click(Verb.APPROVE, user=EVE)
    await case.shown(CaseState.CONTAINED)
    world.scps.detach(*ACCOUNT)
    await case.shown(CaseState.VERIFIED)
    assert world.scps.on == {ACCOUNT}


async def test_a_silent_organizations_is_tried_again_until_it_answers(world: World) -> None:
    world.scps.plan("attach", *[Unavailable("Organizations does not answer")] * 6)
    case = await quarantined(world)
    view = await case.until(CaseState.LIFTED)
    assert any("Organizations does not answer" in line.text for line in view.log)
    assert world.scps.on == set()


async def test_a_person_of_identity_center_is_denied_and_freed(world: World) -> None:
    case = await opened_with_scps(world, from_portal())
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    assert people_of(world.scps.documents[PREPARED.people]) == (PERSON,)
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    assert people_of(world.scps.documents[PREPARED.people]) == ()
    assert not any(world.scps.marks.values())
