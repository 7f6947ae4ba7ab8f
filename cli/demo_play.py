"""The demo's play: the attack, the question, the answer, and what is different afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from temporalio.client import Client

from cli import demo_aws, demo_case, demo_settings
from cli.demo_aws import Tried
from cli.demo_case import Followed
from cli.demo_report import Outcome, Report
from model.case import CaseState, CaseView
from model.render import case_link
from model.settings import CaseSettings

HOPS = 3
TICKET_S = 10.0
CLICK_S = 10.0
FRESH_TRIES = 4
_OUTCOMES = {
    CaseState.CONTAINED: "contained",
    CaseState.VERIFIED: "contained",
    CaseState.DENIED: "denied",
    CaseState.EXPIRED: "expired",
}


@dataclass(frozen=True)
class Play:
    """The world that the play needs. `approve` presses the button as the responder: false where there is none."""

    report: Report
    stage: demo_aws.Stage
    client: Client
    check: Callable[[], None]
    approve: Callable[[], Awaitable[bool]]
    pages: tuple[tuple[str, str], ...]
    temporal_ui: str
    environment: dict[str, str]
    settings: CaseSettings


@dataclass(frozen=True)
class _Proof:
    denied: bool
    allowed: bool


async def play(world: Play, auto: bool) -> Outcome:
    """Attack, ask, contain, show. Raises StepFailed where the worker or a server lets us down."""
    attack = demo_aws.Attack(world.stage, world.report.attack)
    world.report.say("\nThe attack, for real against the stand-in:")
    await asyncio.to_thread(attack.play)
    case = Followed(world.client, demo_case.case_of_ana(world.stage.cast, datetime.now(UTC)), world.check)
    asked = await case.asked(HOPS)
    _invite(world, asked, auto)
    view = await (_approved(world, case) if auto else case.settled())
    contained = _OUTCOMES.get(view.state) == "contained"
    proof = await _prove(world, case, attack) if contained else _Proof(denied=False, allowed=False)
    view = await _with_ticket(case, view)
    _tell(world, view)
    return _outcome(view, proof)


def _invite(world: Play, view: CaseView, auto: bool) -> None:
    report = world.report
    report.done(f"found: {view.finding.message}")
    case = (("the case", case_link(view.id, world.settings)),) if world.temporal_ui else ()
    report.links("Look", (*case, *world.pages))
    if auto:
        report.say("\nDana Reyes presses Revoke sessions in Slack (--auto)")
        return
    report.say("\nDecide: press Revoke sessions on the Slack page, or in another terminal, from here")
    report.command(demo_settings.approve_command(view.id, view.plan.hash if view.plan else "", world.environment))
    report.say("\nSee what IAM holds, before and after")
    cut = world.stage.cast.ci_build
    report.command(demo_settings.iam_command(world.environment["AWS_ENDPOINT_URL"], cut.account, cut.name))
    report.say(f"\nWaiting for you, {demo_settings.PATIENCE_S // 60} minutes at most. Ctrl-C ends the demo.")


async def _approved(world: Play, case: Followed) -> CaseView:
    """Press until the case has taken it: a press on a card that has just changed is refused, and then repeated."""
    while True:
        view = await case.asked(HOPS)
        if await world.approve():
            view = await case.until(partial(_more_clicks, view), CLICK_S, "the click in the case")
        if view.decision is not None:
            return await case.settled(demo_case.CONTAIN_S)


def _more_clicks(before: CaseView, now: CaseView) -> bool:
    return len(now.clicks) > len(before.clicks)


async def _prove(world: Play, case: Followed, attack: demo_aws.Attack) -> _Proof:
    with world.report.step("tried again: every stolen session, and fresh legitimate ones"):
        stolen = await asyncio.to_thread(demo_aws.attackers_next_calls, world.stage, attack.hops)
        fresh = await _legitimate(world, case)
        untouched = await asyncio.to_thread(demo_aws.untouched, world.stage)
    world.report.tried("The attacker's next calls", stolen, good=False)
    world.report.tried("Fresh sessions, and a bystander", fresh, good=True)
    denied = not any(one.allowed for one in stolen)
    return _Proof(denied=denied, allowed=untouched and all(one.allowed for one in fresh))


async def _legitimate(world: Play, case: Followed) -> list[Tried]:
    """Fresh sessions work as soon as they are younger than the cut, which moves forward once more for re-mints."""
    fresh: list[Tried] = []
    for _ in range(FRESH_TRIES):
        view = await case.view()
        cuts = [done.cut for done in view.containments if done.cut] if view else []
        await asyncio.sleep(max(0.0, (max(cuts) - datetime.now(UTC)).total_seconds()) + 0.05 if cuts else 0.0)
        fresh = await asyncio.to_thread(demo_aws.legitimate_calls, world.stage)
        if all(one.allowed for one in fresh):
            break
    return fresh


async def _with_ticket(case: Followed, view: CaseView) -> CaseView:
    """The case once its ticket and page are known; as it is where they take too long."""
    try:
        async with asyncio.timeout(TICKET_S):
            while not (view.ticket and view.page):
                view = await case.view() or view
                await asyncio.sleep(demo_case.LOOK_S)
    except TimeoutError:
        return view
    return view


def _tell(world: Play, view: CaseView) -> None:
    world.report.story(view)
    kept = (("ticket", view.ticket_link or "none"), ("page", view.page or "none"), ("state", view.state))
    world.report.links("What is left on record", kept)


def _outcome(view: CaseView, proof: _Proof) -> Outcome:
    contained = _OUTCOMES.get(view.state) == "contained"
    ended = _OUTCOMES.get(view.state, "not_contained")
    if contained and not (proof.denied and proof.allowed):
        ended = "not_contained"
    return Outcome.model_validate(
        {
            "outcome": ended,
            "case": view.id,
            "detected_after_s": _rounded(demo_case.seconds_to_find(view)),
            "contained_after_s": _rounded(demo_case.seconds_to_contain(view)),
            "hop_count": max(0, len(view.path) - 1),
            "path": view.path,
            "attacker_denied": proof.denied,
            "fresh_session_allowed": proof.allowed,
            "ticket": view.ticket,
            "page": view.page,
        }
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
