"""The first thing that people see."""

import asyncio
import threading
import time

from model.case import CaseState
from model.enrichment import SessionActivity
from model.lineage import Hop
from tests.workflows.attack import finding
from tests.workflows.conftest import World


async def test_the_card_shows_the_plan_within_a_second_even_where_the_enrichment_hangs(lasting_world: World) -> None:
    world, free = lasting_world, threading.Event()

    def hangs(hop: Hop, until: object) -> SessionActivity:
        free.wait(60)
        return SessionActivity(session=hop.session, calls=())

    world.trail.activity = hangs  # type: ignore[method-assign, assignment]
    try:
        # The first case of a worker pays for its loading.
        warm = await world.open(finding())
        await warm.until_true(lambda: bool(world.slack.cards))
        world.slack.cards.clear()
        began = time.monotonic()
        case = await world.open(finding())
        while not world.slack.cards:
            assert time.monotonic() - began < 10
            await asyncio.sleep(0.01)
        took = time.monotonic() - began
        card = world.slack.cards[0]
        assert card.plan
        assert card.effect
        assert card.effect_title == "If you approve"
        assert took < 1
        await case.until(CaseState.WAITING)
    finally:
        free.set()
