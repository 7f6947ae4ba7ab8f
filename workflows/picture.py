"""The chain as a picture in the thread of a case's message: a nicety, which nothing waits for."""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.picturing import PictureOrder, Picturing
from model.card import Posted
from model.chain_graph import MOST
from model.lineage import Lineage
from workflows.outside import is_final, reason
from workflows.record import CaseRecord
from workflows.steps import GLIMPSE

PICTURES = 5
"""Most pictures of one case: a chain that grows further is told in words."""


async def show_pictures(record: CaseRecord, posted: Callable[[], Posted | None]) -> None:
    """One picture of the chain, and another whenever it has grown; a Slack that refuses one is shown no more."""
    shown = 0
    while shown < PICTURES:
        message = await _next(record, posted, shown)
        shown = max(shown + 1, len(record.hops()))
        try:
            await _show(record, message, shown)
        except ActivityError as error:
            record.say(f"Slack: the picture of the chain could not be shown ({reason(error)})")
            if is_final(error):
                return


async def _next(record: CaseRecord, posted: Callable[[], Posted | None], shown: int) -> Posted:
    """The message, once there is one whose chain has no picture."""
    while True:
        await workflow.wait_condition(lambda: posted() is not None and record.enriched and len(record.hops()) > shown)
        if (message := posted()) is not None:
            return message


async def _show(record: CaseRecord, message: Posted, hops: int) -> None:
    lineages = tuple(_drawable(line) for line in list(record.lineages.values())[:MOST])
    await workflow.execute_activity_method(
        Picturing.show,
        PictureOrder(posted=message, key=f"chain-{hops}", lineages=lineages),
        **GLIMPSE,
        summary=f"the chain, {hops} hops",
    )


def _drawable(line: Lineage) -> Lineage:
    """What a picture needs of a chain: the history keeps no more of it."""
    return line.model_copy(update={"hops": tuple(hop.model_copy(update={"records": ()}) for hop in line.hops[:MOST])})
