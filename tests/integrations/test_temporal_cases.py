"""Findings into cases, on a real server."""

import asyncio

from integrations.temporal_cases import TemporalCases
from model.approval import Verb
from model.case import CaseState, Resolution
from model.case_id import case_id
from tests.workflows.attack import ORIGIN, finding, rootless
from tests.workflows.conftest import SETTINGS, Case, World, lasting_world  # noqa: F401 - a fixture


async def test_the_evidence_of_a_closed_case_opens_no_other_and_more_of_it_does(lasting_world: World) -> None:  # noqa: F811
    world, client = lasting_world, lasting_world.env.client
    cases = TemporalCases(client, asyncio.get_running_loop(), world.queue, lambda: SETTINGS)
    identity = await asyncio.to_thread(cases.open, finding(2))
    assert identity == case_id(ORIGIN)
    case = Case(client.get_workflow_handle(identity), world.env, world.slack)
    first = await case.shown(CaseState.WAITING)
    described = await case.handle.describe()
    assert await described.static_summary() == "high confidence: chain, composite, new_pair, off_hours"
    assert str(await described.static_details()).startswith(finding(2).message)
    await asyncio.to_thread(cases.open, finding(2))
    await case.click(Verb.DENY, reason="ours")
    assert Resolution.model_validate(await case.handle.result()).state is CaseState.DENIED

    grown = finding(2).model_copy(update={"records": ("r1", "r2", "r3")})
    await asyncio.to_thread(cases.open, grown)
    assert (await case.view()).run == first.run

    await asyncio.to_thread(cases.open, finding(3))
    second = await case.until(CaseState.WAITING)
    assert second.run != first.run


async def test_a_chain_whose_beginning_is_seen_late_stays_one_case(lasting_world: World) -> None:  # noqa: F811
    world, client = lasting_world, lasting_world.env.client
    cases = TemporalCases(client, asyncio.get_running_loop(), world.queue, lambda: SETTINGS)
    identity = await asyncio.to_thread(cases.open, rootless())
    case = Case(client.get_workflow_handle(identity), world.env, world.slack)
    await case.shown(CaseState.WAITING)
    assert await asyncio.to_thread(cases.open, finding(2)) == identity
    assert await asyncio.to_thread(cases.open, finding(3)) == identity
    view = await case.until_said("who began the chain")
    assert view.finding.origin == ORIGIN
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="ours")
    assert Resolution.model_validate(await case.handle.result()).state is CaseState.DENIED
    assert await asyncio.to_thread(cases.open, finding(3)) == identity
