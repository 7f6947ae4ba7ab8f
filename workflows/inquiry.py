"""Enrichment: all questions at once, each with its own deadline; what is not answered is shown as missing."""

import asyncio
import contextlib
from collections.abc import Awaitable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.enrichment import (
    ChangeTickets,
    Deploying,
    DeployQuestion,
    Looking,
    SessionQuestion,
    Staffing,
    Window,
)
from activities.reaching import Reaching, ReachQuestion
from model.case_id import short_name
from model.enrichment import Enrichment, combine
from model.lineage import Hop
from model.settings import Deployer
from model.text import role_label
from workflows.outside import reason
from workflows.record import CaseRecord
from workflows.steps import GLIMPSE, LOOKBACK

_ASKED_HOPS = 6
FIRST_LOOK_S = 2


async def inquire(record: CaseRecord) -> None:
    """Ask everything that can be asked; show what is known after two seconds, and again once all is."""
    asked = [asyncio.create_task(_answered(question, name)) for name, question in _questions(record)]
    with contextlib.suppress(TimeoutError):
        await workflow.wait_condition(
            lambda: all(task.done() for task in asked),
            timeout=FIRST_LOOK_S,
            timeout_summary="show what is known so far",
        )
    _show(record, asked)
    await asyncio.gather(*asked)
    _show(record, asked)
    record.enriched = True
    record.say("enriched: " + _summary(record.enrichment or Enrichment()))


async def _answered(question: Awaitable[Enrichment], name: str) -> Enrichment:
    try:
        return await question
    except ActivityError as error:
        return Enrichment(missing=(f"{name}: {reason(error)}",))


def _show(record: CaseRecord, asked: list[asyncio.Task[Enrichment]]) -> None:
    known = combine([task.result() for task in asked if task.done()])
    if known != record.enrichment:
        record.enrichment = known
        record.changes += 1


def _questions(record: CaseRecord) -> list[tuple[str, Awaitable[Enrichment]]]:
    finding = record.finding
    window = Window(since=finding.time - LOOKBACK, until=workflow.now(), roles=finding.roles)
    others = workflow.execute_activity_method(
        Looking.others, window, **GLIMPSE, summary=f"since {window.since:%H:%M} UTC"
    )
    asked: list[tuple[str, Awaitable[Enrichment]]] = [("others on these roles", others)]
    if "pagerduty" in record.settings.systems:
        people = workflow.execute_activity_method(Staffing.on_call, **GLIMPSE, summary="in every schedule")
        changes = workflow.execute_activity_method(
            Staffing.changes, window, **GLIMPSE, summary=f"since {window.since:%H:%M} UTC"
        )
        asked += [("who is on call", people), ("deploys", changes)]
    if "jira_changes" in record.settings.systems:
        tickets = workflow.execute_activity_method(ChangeTickets.changes, window, **GLIMPSE, summary="in the window")
        asked.append(("change tickets", tickets))
    asked += [_deploys_of(hop, deployer, window) for deployer in _deployers(record) for hop in _accounts(record)]
    asked += [_use_of(hop) for hop in record.hops()[:_ASKED_HOPS]]
    if workflow.patched("reach"):
        roles = (hop.role_arn for hop in record.hops())
        question = ReachQuestion(principals=tuple(dict.fromkeys((*record.path, *roles))))
        reach = workflow.execute_activity_method(Reaching.reach, question, **GLIMPSE, summary="what is still in reach")
        asked.append(("what is still in reach", reach))
    return asked


def _deployers(record: CaseRecord) -> tuple[Deployer, ...]:
    known: tuple[Deployer, ...] = ("codedeploy", "codepipeline")
    return tuple(one for one in known if one in record.settings.systems)


def _accounts(record: CaseRecord) -> list[Hop]:
    """One hop of each account of the chain."""
    return list({hop.account: hop for hop in record.hops()}.values())[:_ASKED_HOPS]


def _deploys_of(hop: Hop, deployer: Deployer, window: Window) -> tuple[str, Awaitable[Enrichment]]:
    question = DeployQuestion(deployer=deployer, arn=hop.role_arn, since=window.since, until=window.until)
    answer = workflow.execute_activity_method(
        Deploying.deploys, question, **GLIMPSE, summary=f"{deployer} in {hop.account}"
    )
    return f"deploys by {deployer} in {hop.account}", answer


def _use_of(hop: Hop) -> tuple[str, Awaitable[Enrichment]]:
    question = SessionQuestion(hop=hop, until=workflow.now())
    summary = f"of {short_name(hop.role_arn, 48)}"[:60]
    answer = workflow.execute_activity_method(Looking.session, question, **GLIMPSE, summary=summary)
    return f"what the session of {role_label(hop.role_arn)} did", answer


def _summary(known: Enrichment) -> str:
    counts = (
        f"{len(known.on_call)} on call",
        f"{len(known.changes)} deploys or changes",
        f"{len(known.activity)} sessions looked up",
        f"{len(known.also_hit)} others on these roles",
        f"{len(known.missing)} unknown",
    )
    return ", ".join(counts)
