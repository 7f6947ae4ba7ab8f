"""What each session of a chain did since it was minted, looked up for the story."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.enrichment import Looking, SessionQuestion
from model.case_id import short_name
from model.enrichment import Enrichment
from model.lineage import Hop
from model.text import code, joined, role_label
from workflows.outside import reason
from workflows.record import CaseRecord
from workflows.steps import GLIMPSE

SHOWN_CALLS = 8


async def captured(record: CaseRecord) -> tuple[str, ...]:
    """A line a hop, in the order of their minting; what cannot be seen is said in its line."""
    return tuple(await asyncio.gather(*(_told(number, hop) for number, hop in enumerate(record.hops(), 1))))


async def _told(number: int, hop: Hop) -> str:
    who = f"hop {number}, {role_label(hop.role_arn)} as {code(hop.session_name, 40)} at {hop.time:%H:%M:%S} UTC"
    question = SessionQuestion(hop=hop, until=workflow.now())
    summary = f"what {short_name(hop.role_arn, 48)} did"[:60]
    try:
        seen = await workflow.execute_activity_method(Looking.session, question, **GLIMPSE, summary=summary)
    except ActivityError as error:
        return f"{who}: not seen ({reason(error)})"
    return f"{who}: {_deeds(seen)}"


def _deeds(seen: Enrichment) -> str:
    calls = [f"{code(name, 40)} ×{count}" for one in seen.activity for name, count in one.calls]
    denied = sum(one.denied for one in seen.activity)
    told = joined(calls, SHOWN_CALLS) or "no call is recorded"
    return (told + (f", {denied} denied" if denied else "") + "".join(f"; {why}" for why in seen.missing))[:600]
