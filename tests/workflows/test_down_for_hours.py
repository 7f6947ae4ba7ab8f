"""A vendor is down for hours: the case goes on, says so, and catches up when it answers again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from model.approval import Verb
from model.case import CaseState, Resolution
from model.errors import Unavailable
from tests.workflows.attack import finding
from tests.workflows.conftest import SETTINGS, Case, World
from tests.workflows.fakes import Troubles

HOURS = timedelta(hours=5)
PATIENT = SETTINGS.model_copy(
    update={"routes": tuple(route.model_copy(update={"patience_s": 8 * 3600}) for route in SETTINGS.routes)}
)

Port = Callable[[World], Troubles]
DOWN: dict[str, tuple[Port, tuple[str, ...]]] = {
    "Slack": (lambda world: world.slack, ("approvers", "post", "update", "reply", "whisper")),
    "PagerDuty": (lambda world: world.pager, ("page", "resolve")),
    "Jira": (lambda world: world.tickets, ("open", "update", "link", "comment", "resolve")),
    "SIEM": (lambda world: world.siem, ("send",)),
}


def silence(world: World, system: str) -> None:
    port, methods = DOWN[system]
    for method in methods:
        port(world).plan(method, *[Unavailable(f"{system} does not answer")] * 100_000)


def back(world: World, system: str) -> None:
    DOWN[system][0](world).planned.clear()


async def approve_by_cli(case: Case) -> None:
    """As somebody does who sees no card: by the plan's hash."""
    view = await case.view()
    await case.handle.signal("approve", view.plan.hash[:6] if view.plan else "")


def caught_up(world: World, system: str, case: Case) -> bool:
    """Whether the outside shows the case as contained."""
    return {
        "Slack": lambda: bool(world.slack.cards) and world.slack.cards[-1].state.lower().startswith(CaseState.VERIFIED),
        "PagerDuty": lambda: bool(world.pager.pages),
        "Jira": lambda: any("verified" in text for text in world.tickets.text.values()),
        "SIEM": lambda: any(event["unmapped"]["state"] == "verified" for event in world.siem.events),
    }[system]()


@pytest.mark.parametrize("system", DOWN)
async def test_the_case_goes_on_says_so_and_catches_up(world: World, system: str) -> None:
    silence(world, system)
    case = await world.open(finding(), PATIENT)
    await case.until(CaseState.WAITING)
    await world.env.sleep(HOURS)
    waiting = await case.view()
    assert waiting.state is CaseState.WAITING
    assert any(trouble.startswith(f"{system}: {system} does not answer") for trouble in waiting.troubles)

    await approve_by_cli(case)
    await case.until(CaseState.VERIFIED)
    assert all(done.contained for done in (await case.view()).containments)
    assert not caught_up(world, system, case)

    back(world, system)
    await world.env.sleep(timedelta(minutes=2))
    await case.until_true(lambda: caught_up(world, system, case))
    after = await case.view()
    assert not any(trouble.startswith(f"{system}:") for trouble in after.troubles)
    assert f"{system} answers again" in [line.text for line in after.log]
    await case.click(Verb.LIFT)
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.LIFTED
    assert result.not_done == ()
    # Five hours of silence are no flood of events: one attempt a minute stands in the server, not in the history.
    assert len((await case.handle.fetch_history()).events) < 800
