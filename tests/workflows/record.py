"""Record the histories that test_replay.py replays: `make histories`, when a branch is new."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from model.approval import Verb
from model.case import CaseState
from model.confidence import Confidence
from model.errors import Refused, Unavailable
from model.finding import Finding
from model.settings import Budget, CaseSettings, Guard, PlaybookName, Route, System
from tests.workflows import attack
from tests.workflows.attack import PREPARED, ROLES, again, entered, finding, from_portal, from_root, rootless
from tests.workflows.conftest import SETTINGS, Case, World, executable, inhabited, register
from tests.workflows.fakes import ANA, DANA, EVE
from workflows.converter import data_converter

HISTORIES = Path(__file__).parents[1] / "histories"
SCPS = Path(__file__).parents[2] / "deploy/iam"


async def _cut(world: World) -> Case:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED, CaseState.NOT_CONTAINED)
    return case


async def lifted(world: World) -> Case:
    """Approved, contained, proved, lifted by a person."""
    case = await _cut(world)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def denied(world: World) -> Case:
    """It was us."""
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a planned migration")
    return case


async def told(world: World) -> Case:
    """It was us, and the judge learns it."""
    return await denied(world)


async def expired(world: World) -> Case:
    """Nobody answered."""
    return await world.open(finding())


async def recorded(world: World) -> Case:
    """Medium confidence: recorded, quiet for an hour."""
    return await world.open(finding(1, Confidence.MEDIUM))


async def in_reach(world: World) -> Case:
    """With a snapshot of IAM, so that the case says what is still in reach."""
    world.snapshots.page = attack.page()
    return await denied(world)


async def observed(world: World) -> Case:
    """Observe mode."""
    routes = (Route(detectors=("composite",), mode="observe"),)
    return await world.open(finding(), SETTINGS.model_copy(update={"routes": routes}))


async def grown(world: World) -> Case:
    """Recorded, then asked, then grown while asked, then grown while contained."""
    case = await world.open(finding(1, Confidence.MEDIUM))
    await case.shown(CaseState.OBSERVED)
    await case.handle.signal("finding", finding(2))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY)
    await case.shown(CaseState.CONTAINED)
    await case.click(Verb.LIFT)
    return case


async def given_up(world: World) -> Case:
    """Not contained, tried again in vain, given up."""
    world.iam.add(ROLES[1], "AROAEXAMPLEANOTHER")
    case = await _cut(world)
    await case.shown(CaseState.NOT_CONTAINED)
    await case.click(Verb.RETRY)
    await case.shown(CaseState.NOT_CONTAINED)
    await case.click(Verb.LIFT)
    return case


async def troubled(world: World) -> Case:
    """Every system silent for a while, a refusal, strangers' clicks and signals that cannot be read."""
    world.slack.plan("post", *[Unavailable("Slack does not answer")] * 4)
    world.pager.plan("page", Refused("PagerDuty refused the routing key"))
    world.tickets.plan("open", *[Unavailable("Jira does not answer")] * 4)
    world.iam.plan("put_policy", *[Unavailable("IAM does not answer")] * 16)
    case = await world.open(finding())
    await case.handle.signal("wat", "ever")
    view = await case.until(CaseState.WAITING)
    await case.handle.signal("approve")
    await case.handle.signal("approve", view.plan.hash[:6] if view.plan else "")
    await case.shown(CaseState.CONTAINED)
    await case.pass_time(timedelta(seconds=10))
    world.iam.delete_policy(ROLES[2], world.iam.principals[ROLES[2]].policies[0].name)
    await case.pass_time(timedelta(minutes=30))
    await case.click(Verb.LIFT)
    return case


async def guarded(world: World) -> Case:
    """Nothing in the chain may be touched."""
    guard = Guard(protected=("*",))
    case = await world.open(finding(), SETTINGS.model_copy(update={"guard": guard}))
    await case.shown(CaseState.NOT_CONTAINED)
    await case.click(Verb.LIFT)
    return case


async def cancelled(world: World) -> Case:
    """Cancelled by hand while contained."""
    case = await _cut(world)
    await case.shown(CaseState.VERIFIED)
    await case.handle.cancel()
    return case


async def reminded(world: World) -> Case:
    """Half of the time passes, then somebody decides; the thread and the SIEM are told."""
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.pass_time(timedelta(minutes=9))
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def escalated(world: World) -> Case:
    """Nobody answers: the first page stays, and silence is a page of its own."""
    return await world.open(finding())


def _routed(playbook: PlaybookName, **more: object) -> CaseSettings:
    route = Route.model_validate({"playbook": playbook, "mode": "ask", **more})
    return SETTINGS.model_copy(update={"routes": (route,)})


def _two() -> CaseSettings:
    approvals = SETTINGS.approvals.model_copy(update={"users": (DANA, EVE)})
    return _routed("suspend_credentials", quorum=2).model_copy(update={"approvals": approvals})


async def two_people(world: World) -> Case:
    """The first of two, the same one again, a longer chain, then both."""
    case = await world.open(finding(2), _two())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.click(Verb.APPROVE)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.click(Verb.APPROVE, user=EVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def enforced(world: World) -> Case:
    """Contained before anybody was asked, with hops that came to light later; lifted in Slack."""
    case = await world.open(finding(2), _routed("suspend_credentials", detectors=("composite",), mode="enforce"))
    await case.shown(CaseState.CONTAINED)
    await case.handle.signal("finding", finding(3))
    await case.until_true(lambda: bool(world.iam.principals[ROLES[2]].policies))
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def over_budget(world: World) -> Case:
    """More than the budget holds: nothing is done and somebody is paged; then given up."""
    world.switch.rules = Guard(budget=Budget(hour=3))
    case = await world.open(finding(), _routed("suspend_credentials"))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.NOT_CONTAINED)
    await case.click(Verb.RETRY)
    await case.shown(CaseState.NOT_CONTAINED)
    await case.click(Verb.LIFT)
    return case


async def asked_first(world: World) -> Case:
    """Medium: the world is asked, then those who decide; nobody answers, and the ticket stays."""
    return await world.open(finding(1, Confidence.MEDIUM), _routed("ask_first", silence="ticket"))


async def taken_over(world: World) -> Case:
    """A question about something medium, taken over by enforce mode when it becomes a composite."""
    routes = (
        Route(detectors=("composite",), mode="enforce"),
        Route(playbook="ask_first", mode="ask"),
    )
    case = await world.open(finding(1, Confidence.MEDIUM), SETTINGS.model_copy(update={"routes": routes}))
    await case.shown(CaseState.WAITING)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def allowed(world: World) -> Case:
    """A crossing that the architect allows for some days."""
    case = await world.open(finding(1, Confidence.MEDIUM), _routed("review_exception", users=(EVE,)))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="mine, though I decide nothing here")
    await case.click(Verb.DENY, user=EVE, reason="the new region")
    return case


async def investigated(world: World) -> Case:
    """Every hop captured, one of them not to be seen, then approved and lifted."""
    world.trail.unseen.add(ROLES[1])
    case = await world.open(finding(), _routed("investigate_chain"))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.CONTAINED)
    await case.click(Verb.LIFT)
    return case


async def theirs(world: World) -> Case:
    """The person says that it was them; nothing about it is high."""
    case = await world.open(finding(1, Confidence.MEDIUM), _routed("confirm_with_person"))
    await case.until_true(lambda: bool(world.slack.asked))
    view = await case.view()
    await case.click(Verb.MINE, user=ANA, view=view)
    return case


async def not_theirs(world: World) -> Case:
    """The person says that it was not them; approved, then lifted."""
    case = await world.open(finding(1, Confidence.MEDIUM), _routed("confirm_with_person"))
    await case.until_true(lambda: bool(world.slack.asked))
    view = await case.view()
    await case.click(Verb.NOT_MINE, user=ANA, view=view)
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.CONTAINED)
    await case.click(Verb.LIFT)
    return case


async def unanswered(world: World) -> Case:
    """Neither the person nor anybody else answers."""
    return await world.open(finding(), _routed("confirm_with_person"))


async def reminted(world: World) -> Case:
    """A record shows a session that was minted while its role was being cut; the chain left a user behind."""
    case = await _cut(world)
    await case.shown(CaseState.CONTAINED)
    world.iam.clock += timedelta(seconds=2)
    await case.handle.signal("finding", again())
    world.trail.left[ROLES[2]] = ("CreateUser `backdoor`",)
    await case.pass_time(timedelta(minutes=30))
    await case.click(Verb.LIFT)
    return case


async def closed(world: World) -> Case:
    """Outsiders enter the first role: it is closed, reminded of, and lifted by a person."""
    one = SETTINGS.approvals.model_copy(update={"two_for": ()})
    case = await world.open(entered(world), SETTINGS.model_copy(update={"approvals": one}))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED, CaseState.NOT_CONTAINED)
    await case.pass_time(timedelta(hours=13))
    await case.click(Verb.LIFT)
    return case


async def fed(world: World) -> Case:
    """The SIEM is silent while the case is decided, and hears all of it later."""
    world.siem.plan("send", *[Unavailable("the SIEM does not answer")] * 8)
    return await _cut_and_lifted(world)


async def _cut_and_lifted(world: World, settings: CaseSettings = SETTINGS) -> Case:
    case = await world.open(finding(), settings)
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def quarantined(world: World) -> Case:
    """The root user began it: two people approve that its account stops, and a person lifts that."""
    case = await opened_with_scps(world, from_root())
    await case.click(Verb.APPROVE)
    await case.click(Verb.APPROVE, user=EVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def portal(world: World) -> Case:
    """A person of Identity Center began it, and is denied until somebody lifts that."""
    case = await opened_with_scps(world, from_portal())
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


async def remembered(world: World) -> Case:
    """The memo tells each state, and forgets what is over."""
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a planned migration")
    return case


async def linked(world: World) -> Case:
    """The ticket links to the case's page; the answer to the first links is lost."""
    world.tickets.plan("link", *[Unavailable("Jira does not answer")] * 4)
    return await _cut_and_lifted(world, SETTINGS.model_copy(update={"temporal_ui": "http://ui.test"}))


def _asking(*more: System) -> CaseSettings:
    return SETTINGS.model_copy(update={"systems": (*SETTINGS.systems, *more)})


async def announced(world: World) -> Case:
    """A change ticket is evidence."""
    return await _cut_and_lifted(world, _asking("jira_changes"))


async def unannounced(world: World) -> Case:
    """Nobody can say what was announced."""
    world.tickets.plan("changes", *[Unavailable("Jira does not answer")] * 9)
    return await _cut_and_lifted(world, _asking("jira_changes"))


async def deployed(world: World) -> Case:
    """What AWS deployed is evidence; one of its deployers lets nobody look."""
    world.deploys.plan("codepipeline", Refused("AWS refused to list the pipelines"))
    return await _cut_and_lifted(world, _asking("codedeploy", "codepipeline"))


async def pictured(world: World) -> Case:
    """The chain is drawn, and drawn again when it has grown; Slack is silent for a while."""
    world.slack.plan("picture", Unavailable("Slack does not answer"))
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    await case.until_true(lambda: "chain-2" in world.slack.pictures)
    await case.handle.signal("finding", finding(3))
    await case.until_true(lambda: "chain-3" in world.slack.pictures)
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a planned migration")
    return case


async def unpictured(world: World) -> Case:
    """Slack lets hopstop show no pictures."""
    world.slack.plan("picture", Refused("Slack did not show the case's picture: `missing_scope`"))
    return await denied(world)


async def opened_with_scps(world: World, found: Finding) -> Case:
    """A case where the two SCPs are prepared, asked."""
    for policy, name in ((PREPARED.quarantine, "quarantine"), (PREPARED.people, "people")):
        world.scps.documents[policy] = (SCPS / f"{name}.scp.json").read_text("utf-8")
    approvals = SETTINGS.approvals.model_copy(update={"users": (DANA, EVE)})
    case = await world.open(found, SETTINGS.model_copy(update={"prepared": PREPARED, "approvals": approvals}))
    await case.shown(CaseState.WAITING)
    return case


async def rekeyed(world: World) -> Case:
    """The hop before the first one is seen while people are asked: the plan begins with who made it."""
    case = await world.open(rootless())
    await case.shown(CaseState.WAITING)
    await case.handle.signal("finding", finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    return case


BRANCHES: tuple[Callable[[World], Awaitable[Case]], ...] = (
    lifted, denied, told, expired, recorded, observed, grown, given_up, troubled, guarded, cancelled,
    reminded, escalated, in_reach, two_people, enforced, over_budget, asked_first, taken_over,
    allowed, investigated, theirs, not_theirs, unanswered, reminted, closed,
    pictured, unpictured, fed, remembered, linked, announced, unannounced, deployed,
    quarantined, portal, rekeyed,
)  # fmt: skip


async def record() -> None:
    """Write the history of every branch that has none, and of the leases that came of it: one kept is never changed."""
    HISTORIES.mkdir(exist_ok=True)
    for branch in BRANCHES:
        if (HISTORIES / f"case_{branch.__name__}.json").exists():
            continue
        async with await WorkflowEnvironment.start_time_skipping(
            data_converter=data_converter, test_server_existing_path=executable("temporal-test-server")
        ) as env:
            await register(env.client)
            async with inhabited(env) as world:
                case = await branch(world)
                await asyncio.gather(case.handle.result(), return_exceptions=True)
                await _keep(world, case.handle.id, f"case_{branch.__name__}")
                for number, lease in enumerate((await _leases(world, case.handle.id))[:2]):
                    await _keep(world, lease, f"lease_{branch.__name__}_{number}")


async def _keep(world: World, workflow: str, name: str) -> None:
    history = await world.env.client.get_workflow_handle(workflow).fetch_history()
    kept = {"workflow_id": workflow, **json.loads(history.to_json())}
    (HISTORIES / f"{name}.json").write_text(json.dumps(kept, separators=(",", ":")) + "\n")


async def _leases(world: World, case: str) -> list[str]:
    found: dict[str, None] = {}
    async for event in world.env.client.get_workflow_handle(case).fetch_history_events():
        started = event.child_workflow_execution_started_event_attributes.workflow_execution.workflow_id
        if started:
            found[started] = None
    return list(found)


if __name__ == "__main__":
    asyncio.run(record())
