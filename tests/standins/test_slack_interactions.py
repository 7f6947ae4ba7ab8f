import asyncio
import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.standins.slack_fixtures import CHANNEL, OLAF, RIA, ask, bolt, client, modal, section, slack


@pytest.fixture
async def server():
    async with slack() as running:
        yield running


async def posted(server) -> str:
    return (await client(server).chat_postMessage(channel=CHANNEL.id, text="Revoke?", blocks=ask()))["ts"]


async def test_a_click_reaches_bolt_with_what_slack_tells(server):
    seen = []

    async def revoke(ack, body):
        seen.append(body)
        await ack()

    ts = await posted(server)
    async with bolt(server, revoke=revoke):
        result = await server.click(CHANNEL.id, ts, "revoke", RIA.id)

    (body,) = seen
    assert result.acknowledged
    assert result.after_s < 3
    assert (body["user"]["id"], body["user"]["team_id"]) == (RIA.id, body["team"]["id"])
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": CHANNEL.id,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == ts
    (action,) = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("revoke", "decide", "case:1")
    assert server.workspace.warnings == set()
    assert server.violations == []


async def test_a_click_that_nobody_acknowledges_is_marked_until_one_is():
    async def silent(body):
        assert body["actions"]

    async def ours(ack):
        await ack()

    async with slack(ack_within_s=0.1) as server:
        ts = await posted(server)
        async with bolt(server, revoke=silent, ours=ours):
            result = await server.click(CHANNEL.id, ts, "revoke", RIA.id)
            assert not result.acknowledged
            assert {(one.action_id, one.user) for one in server.workspace.warnings} == {("revoke", RIA.id)}
            assert (await server.click(CHANNEL.id, ts, "ours", RIA.id)).acknowledged
            assert {one.action_id for one in server.workspace.warnings} == {"revoke"}


async def test_an_acknowledgement_that_comes_too_late_counts_for_nothing():
    go = asyncio.Event()

    async def slow(ack):
        await go.wait()
        await ack()

    async with slack(ack_within_s=0.1) as server:
        ts = await posted(server)
        async with bolt(server, revoke=slow):
            result = await server.click(CHANNEL.id, ts, "revoke", RIA.id)
            go.set()
            async with asyncio.timeout(5):
                await server.socket.until(lambda: server.socket.late)
    assert not result.acknowledged
    assert server.socket.late == [result.envelope_id]


async def test_a_click_with_no_app_connected_fails():
    async with slack(ack_within_s=0.1) as server:
        assert not (await server.click(CHANNEL.id, await posted(server), "revoke", RIA.id)).acknowledged


async def test_the_answer_to_the_clicker_is_seen_by_the_clicker(server):
    async def revoke(ack, body, client):
        await client.chat_postEphemeral(channel=CHANNEL.id, user=body["user"]["id"], text="Ask a responder")
        await ack()

    ts = await posted(server)
    async with bolt(server, revoke=revoke):
        result = await server.click(CHANNEL.id, ts, "revoke", OLAF.id)
    assert result.ephemerals == ("Ask a responder",)
    assert server.ephemerals(RIA.id) == []


async def test_the_same_envelope_can_come_twice(server):
    envelopes = []

    async def revoke(ack, body):
        envelopes.append(body["actions"][0]["action_ts"])
        await ack()

    ts = await posted(server)
    async with bolt(server, revoke=revoke):
        first = await server.click(CHANNEL.id, ts, "revoke", RIA.id)
        again = await server.redeliver(first.envelope_id)
    assert again.acknowledged
    assert envelopes[0] == envelopes[1]


@pytest.mark.parametrize("how", ["refresh", "drop_connections"])
async def test_the_app_comes_back_after_a_disconnect(server, how):
    async def revoke(ack):
        await ack()

    ts = await posted(server)
    async with bolt(server, revoke=revoke):
        before = list(server.socket.connections)
        await getattr(server, how)()
        async with asyncio.timeout(10):
            await server.socket.until(lambda: set(server.socket.connections) - set(before))
        assert (await server.click(CHANNEL.id, ts, "revoke", RIA.id)).acknowledged


async def test_a_socket_address_opens_one_connection_only(server):
    web = client(server, "xapp-stand-in")
    url = (await web.apps_connections_open(app_token="xapp-stand-in"))["url"]
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert hello["type"] == "hello"
        assert hello["num_connections"] == 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


async def test_a_modal_goes_round(server):
    typed = []

    async def ours(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    async def reason(ack, body, view):
        value = view["state"]["values"]["because"]["why"]["value"]
        typed.append((body["user"]["id"], view["private_metadata"], value))
        if "drill" not in value:
            return await ack(response_action="errors", errors={"because": "Say which drill"})
        return await ack()

    ts = await posted(server)
    async with bolt(server, ours=ours, view=reason):
        await server.click(CHANNEL.id, ts, "ours", RIA.id)
        await server.until(lambda: server.open_views(RIA.id))
        (view,) = server.open_views(RIA.id)
        short = await server.submit(view.id, {"because": {"why": "me"}})
        refused = await server.submit(view.id, {"because": {"why": "testing"}})
        accepted = await server.submit(view.id, {"because": {"why": "a drill"}})

    assert short.errors == {"because": "Please write 5 to 3000 characters."}
    assert refused.errors == {"because": "Say which drill"}
    assert refused.open
    assert accepted.acknowledged
    assert not accepted.open
    assert typed == [(RIA.id, "case:1", "testing"), (RIA.id, "case:1", "a drill")]
    assert server.open_views(OLAF.id) == []
    assert server.violations == []


async def test_a_modal_can_be_updated_in_answer_and_by_method(server):
    async def ours(ack, body, client):
        await ack()
        view = (await client.views_open(trigger_id=body["trigger_id"], view=modal()))["view"]
        await client.views_update(view_id=view["id"], hash=view["hash"], view={**modal(), "private_metadata": "2"})

    async def reason(ack):
        await ack(response_action="update", view={**modal(), "private_metadata": "3"})

    ts = await posted(server)
    async with bolt(server, ours=ours, view=reason):
        await server.click(CHANNEL.id, ts, "ours", RIA.id)
        await server.until(lambda: [v.body["private_metadata"] for v in server.open_views(RIA.id)] == ["2"])
        (view,) = server.open_views(RIA.id)
        assert (await server.submit(view.id, {"because": {"why": "a drill"}})).open
    assert server.open_views(RIA.id)[0].body["private_metadata"] == "3"


@pytest.mark.parametrize(("later", "uses", "error"), [(3.5, 1, "expired_trigger_id"), (0, 2, "exchanged_trigger_id")])
async def test_a_trigger_lives_three_seconds_and_once(later, uses, error):
    now = [time.time()]
    triggers = []

    async def ours(ack, body):
        triggers.append(body["trigger_id"])
        await ack()

    async with slack(clock=lambda: now[0]) as server:
        ts = await posted(server)
        async with bolt(server, ours=ours):
            await server.click(CHANNEL.id, ts, "ours", RIA.id)
        now[0] += later
        web = client(server)
        for _ in range(uses - 1):
            await web.views_open(trigger_id=triggers[0], view=modal())
        with pytest.raises(SlackApiError) as refused:
            await web.views_open(trigger_id=triggers[0], view=modal())
        assert refused.value.response["error"] == error


async def test_a_response_address_answers_privately_or_in_place(server):
    async def revoke(ack, respond):
        await ack()
        await respond(text="only you")
        await respond(text="done", blocks=[section("done")], replace_original=True)

    ts = await posted(server)
    async with bolt(server, revoke=revoke):
        await server.click(CHANNEL.id, ts, "revoke", RIA.id)
        await server.until(lambda: server.messages(CHANNEL.id)[0].text == "done")
    assert [shown.text for shown in server.ephemerals(RIA.id)] == ["only you"]
    assert server.messages(CHANNEL.id)[0].edited


@pytest.mark.parametrize(
    ("action_id", "user"), [("nothing", RIA.id), ("revoke", "U0NOBODY")], ids=["no such button", "nobody"]
)
async def test_what_is_not_there_cannot_be_clicked(server, action_id, user):
    ts = await posted(server)
    with pytest.raises(KeyError):
        await server.click(CHANNEL.id, ts, action_id, user)
