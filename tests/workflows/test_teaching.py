"""What people decided is told to the judge, where it was surely they."""

from model.approval import Verb
from model.case import CaseState, Resolution
from model.errors import Refused
from tests.workflows.attack import finding
from tests.workflows.conftest import SETTINGS, World
from workflows.teaching import TRUSTED_FOR


async def test_it_is_us_makes_the_finding_benign_for_a_while(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="planned migration")
    await case.handle.result()
    (lesson,) = world.school.lessons
    assert (lesson.finding, lesson.origin, lesson.verdict) == (finding().uid, finding().origin.key, "benign")
    assert lesson.until == lesson.told + TRUSTED_FOR


async def test_an_approved_containment_makes_it_a_true_positive(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    await case.handle.result()
    assert [(lesson.verdict, lesson.until) for lesson in world.school.lessons] == [("true_positive", None)]


async def test_silence_teaches_nothing(world: World) -> None:
    case = await world.open(finding())
    await case.handle.result()
    assert world.school.lessons == []


async def test_a_word_that_nobody_verified_teaches_nothing(world: World) -> None:
    approvals = SETTINGS.approvals.model_copy(update={"sources": ("cli",)})
    case = await world.open(finding(), SETTINGS.model_copy(update={"approvals": approvals}))
    view = await case.until(CaseState.WAITING)
    assert view.plan
    await case.click(Verb.DENY, source="cli", plan=view.plan.hash[:6], reason="mine")
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.DENIED
    assert world.school.lessons == []


async def test_a_store_that_refuses_holds_up_no_case(world: World) -> None:
    world.school.plan("teach", Refused("the store is of another form"))
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="planned migration")
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.DENIED
    view = await case.view()
    assert any("not learned" in trouble for trouble in view.troubles)
