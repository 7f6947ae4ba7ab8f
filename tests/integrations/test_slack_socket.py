"""Clicks over a real Socket Mode connection."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from integrations.slack import SlackConversation
from integrations.slack_socket import SlackSocket
from model.approval import Click, Verb
from model.card import Posted
from model.errors import NotFound, Refused, Unavailable
from standins.slack import APP_TOKEN, BOT_TOKEN, SlackStandIn
from tests.integrations.slack_world import CASE, RIA, card, put, stand_in
from tests.servers import free_port

CHANNEL = "C0SEC"


class Bench:
    """A connected hopstop, one posted case, and what was delivered."""

    def __init__(self, server: SlackStandIn) -> None:
        self.server = server
        self.delivered: list[tuple[str, Click]] = []
        self.answer: Exception | None = None
        self.hang = asyncio.Event()
        self.hang.set()
        self.socket = SlackSocket(BOT_TOKEN, APP_TOKEN, self.deliver, server.api_url, deliver_s=0.3, ping_s=0.1)
        self.posted = Posted(channel=CHANNEL, ts="")

    async def deliver(self, case: str, click: Click) -> None:
        await self.hang.wait()
        if self.answer:
            raise self.answer
        self.delivered.append((case, click))

    async def post(self) -> None:
        talk = SlackConversation(BOT_TOKEN, CHANNEL, self.server.api_url)
        self.posted = await asyncio.to_thread(talk.post, card())

    async def click(self, verb: str):
        return await self.server.click(CHANNEL, self.posted.ts, f"case:{verb}", RIA.id)

    def replace_value(self, value: str) -> None:
        """Post a button of ours that carries something else."""
        element = {
            "type": "button",
            "action_id": "case:approve",
            "text": {"type": "plain_text", "text": "x"},
            "value": value,
        }
        message = put(self.server, "x", ({"type": "actions", "block_id": "b", "elements": [element]},))
        self.posted = Posted(channel=CHANNEL, ts=message.ts)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with stand_in(ack_within_s=0.8) as server:
        made = Bench(server)
        await made.post()
        await made.socket.start()
        await server.connected()
        yield made
        await made.socket.stop()
        assert server.violations == []


@pytest.mark.parametrize("verb", ["approve", "page"])
async def test_a_click_is_delivered_and_then_acknowledged(bench: Bench, verb: str) -> None:
    result = await bench.click(verb)
    assert result.acknowledged
    ((case, click),) = bench.delivered
    assert case == CASE
    assert click.model_dump(exclude={"id"}) == {
        "source": "slack",
        "verb": Verb(verb),
        "user": RIA.id,
        "team": "T0LOCAL01",
        "card": 3,
        "plan": "0123456789ab",
        "run": card().run,
        "reason": "",
        "channel": CHANNEL,
        "keys": False,
    }


async def test_the_same_envelope_again_is_the_same_click_and_another_click_is_another(bench: Bench) -> None:
    first = await bench.click("approve")
    await bench.server.redeliver(first.envelope_id)
    await bench.click("approve")
    ids = [click.id for _, click in bench.delivered]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("error", [Unavailable("Temporal is down"), RuntimeError("a mistake")])
async def test_a_click_that_nobody_took_is_not_acknowledged(bench: Bench, error: Exception) -> None:
    bench.answer = error
    assert not (await bench.click("approve")).acknowledged
    bench.answer = None
    assert (await bench.click("approve")).acknowledged
    assert len(bench.delivered) == 1


async def test_a_click_that_takes_too_long_is_not_acknowledged(bench: Bench) -> None:
    bench.hang.clear()
    assert not (await bench.click("approve")).acknowledged
    assert bench.delivered == []


async def test_a_refusal_is_told_privately(bench: Bench) -> None:
    bench.answer = NotFound("case `x` is closed")
    assert (await bench.click("approve")).acknowledged
    await bench.server.until(lambda: bool(bench.server.ephemerals(RIA.id)))
    assert "case `x` is closed" in str(bench.server.ephemerals(RIA.id)[-1].blocks)


async def test_it_is_us_asks_for_a_reason_and_delivers_it(bench: Bench) -> None:
    assert (await bench.click("deny")).acknowledged
    assert bench.delivered == []
    (view,) = bench.server.open_views(RIA.id)
    result = await bench.server.submit(view.id, {"reason": {"reason": "  my deploy <!channel>  "}})
    assert result.acknowledged
    assert not result.open
    ((case, click),) = bench.delivered
    assert case == CASE
    assert (click.verb, click.reason, click.plan, click.card) == (Verb.DENY, "my deploy <!channel>", "0123456789ab", 3)
    assert (click.user, click.team, click.channel) == (RIA.id, "T0LOCAL01", CHANNEL)


async def test_a_blank_reason_is_asked_for_again(bench: Bench) -> None:
    await bench.click("deny")
    (view,) = bench.server.open_views(RIA.id)
    result = await bench.server.submit(view.id, {"reason": {"reason": "   "}})
    assert result.open
    assert "few words" in result.errors["reason"]
    assert bench.delivered == []


async def test_a_reason_that_nobody_took_stays_in_the_modal(bench: Bench) -> None:
    bench.answer = Unavailable("Temporal is down")
    await bench.click("deny")
    (view,) = bench.server.open_views(RIA.id)
    result = await bench.server.submit(view.id, {"reason": {"reason": "my deploy"}})
    assert not result.acknowledged
    assert result.open


async def test_a_modal_that_does_not_open_is_not_acknowledged(bench: Bench) -> None:
    bench.server.fail("views.open")
    assert not (await bench.click("deny")).acknowledged


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "{}",
        json.dumps({"case": "watch:queue", "run": "r", "card": 1, "plan": None}),
        json.dumps({"case": f"{CASE}\n", "run": "r", "card": 1, "plan": None}),
        json.dumps({"case": CASE, "run": "r", "card": "many", "plan": None}),
        json.dumps({"case": CASE, "run": "r", "card": 1, "plan": None, "user": "U0X"}),
    ],
)
async def test_a_button_that_is_not_hopstops_own_is_told_and_not_delivered(bench: Bench, value: str) -> None:
    bench.replace_value(value)
    assert (await bench.click("approve")).acknowledged
    await bench.server.until(lambda: bool(bench.server.ephemerals(RIA.id)))
    assert "does not carry" in bench.server.ephemerals(RIA.id)[-1].text
    assert bench.delivered == []


async def test_links_and_other_interactions_are_acknowledged_and_ignored(bench: Bench) -> None:
    result = await bench.server.click(CHANNEL, bench.posted.ts, "link:0", RIA.id)
    assert result.acknowledged
    assert bench.delivered == []


async def test_a_cut_connection_comes_back(bench: Bench) -> None:
    await bench.server.drop_connections()
    await bench.server.connected()
    assert (await bench.click("approve")).acknowledged


async def test_slacks_own_refresh_loses_no_click(bench: Bench) -> None:
    await bench.server.refresh()
    await bench.server.connected()
    assert (await bench.click("approve")).acknowledged


async def said(caplog: pytest.LogCaptureFixture, line: str) -> None:
    async with asyncio.timeout(10):
        while line not in caplog.text:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)


async def unused(case: str, click: Click) -> None:
    raise AssertionError(case, click)


@pytest.mark.parametrize(("bot", "app"), [("xoxb-wrong", APP_TOKEN), (BOT_TOKEN, "xapp-wrong")])
async def test_a_wrong_token_stops_the_start(bot: str, app: str, caplog: pytest.LogCaptureFixture) -> None:
    async with stand_in() as server:
        socket = SlackSocket(bot, app, unused, server.api_url)
        with pytest.raises(Refused) as refused:
            await socket.start()
        await socket.stop()
    assert "wrong" not in str(refused.value) + caplog.text


async def test_a_slack_that_is_down_at_first_is_tried_until_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    socket = SlackSocket(BOT_TOKEN, APP_TOKEN, unused, f"http://127.0.0.1:{port}/api/", ping_s=0.05)
    await socket.start()
    assert not await socket.is_up()
    await said(caplog, "socket is down")
    server = stand_in()
    await server.start(port)
    await said(caplog, "socket is up again")
    await socket.stop()
    await server.stop()
    assert "Slack cannot be reached" in caplog.text
    assert "Traceback" not in caplog.text
    assert BOT_TOKEN not in caplog.text
