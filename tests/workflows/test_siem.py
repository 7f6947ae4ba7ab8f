"""What the SIEM hears of a case."""

from datetime import timedelta

from model.approval import Verb
from model.case import CaseState
from model.errors import Refused, Unavailable
from tests.workflows.attack import finding
from tests.workflows.conftest import SETTINGS, World


def heard(world: World) -> list[tuple[str, str]]:
    return [(event["activity_name"], event["unmapped"]["state"]) for event in world.siem.events]


async def test_it_hears_of_every_step_in_order_and_once(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a planned migration")
    await case.handle.result()
    steps = heard(world)
    assert steps[0][0] == "Create"
    assert ("Update", "waiting") in steps
    assert steps[-1] == ("Close", "denied")
    assert world.siem.events[-1]["verdict"] == "Benign"


async def test_what_is_contained_is_in_it(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await case.until_true(lambda: ("Update", "contained") in heard(world))
    (last,) = [event for event in world.siem.events if event["unmapped"]["state"] == "contained"][-1:]
    assert len(last["unmapped"]["contained"]) == 4
    assert last["verdict"] == "True Positive"


async def test_a_silent_siem_holds_up_nothing_and_hears_all_of_it_later(world: World) -> None:
    world.siem.plan("send", *[Unavailable("the SIEM does not answer")] * 6)
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await case.until_true(lambda: ("Update", "contained") in heard(world))
    assert heard(world)[0][0] == "Create"
    view = await case.view()
    said = [line.text for line in view.log if "SIEM" in line.text]
    assert said[0] == "SIEM: the SIEM does not answer; trying again until it answers"
    assert said[-1] == "SIEM answers again"
    assert not any("SIEM" in trouble for trouble in view.troubles)


async def test_a_siem_that_refuses_is_said_and_ends_with_the_case(world: World) -> None:
    world.siem.plan("send", *[Refused("the SIEM did not take a finding: HTTP 401")] * 40)
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="us")
    assert (await case.until(CaseState.DENIED)).troubles
    await world.env.sleep(timedelta(minutes=1))
    await case.handle.result()


async def test_without_one_nothing_is_sent(world: World) -> None:
    case = await world.open(finding(), SETTINGS.model_copy(update={"systems": ("slack",)}))
    await case.shown(CaseState.WAITING)
    assert world.siem.events == []
