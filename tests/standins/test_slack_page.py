import asyncio
import json

import aiohttp
import pytest

from tests.standins.chromium import CHROMIUM, tab
from tests.standins.slack_fixtures import (
    CHANNEL,
    OLAF,
    RIA,
    ask,
    bolt,
    button,
    client,
    modal,
    section,
    slack,
)

in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
NASTY = (
    "<img src=x onerror=alert(1)> &lt;script&gt;alert(2)&lt;/script&gt; <javascript:alert(3)|press> "
    '<https://example.com/"onmouseover="alert(4)|link> `<b>` *<u>x</u>* <!date^x^{time}|<i>> </div><script>'
)


@pytest.fixture
async def server():
    async with slack(ack_within_s=1.0) as running:
        yield running


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def posted(server, **more) -> str:
    said = {"text": "Revoke?", "blocks": ask()} | more
    return (await client(server).chat_postMessage(channel=CHANNEL.id, **said))["ts"]


async def acknowledge(ack):
    await ack()


async def test_another_process_can_click_and_look(server, http):
    ts = await posted(server)
    click = {"channel": CHANNEL.id, "ts": ts, "action_id": "revoke", "user": RIA.id}
    async with bolt(server, revoke=acknowledge):
        result = await (await http.post(f"{server.page_url}standin/click", json=click)).json()
    state = await (await http.get(f"{server.page_url}standin/state")).json()

    assert result["acknowledged"]
    assert state["messages"][0]["ts"] == ts
    assert state["violations"] == []
    unchanged = await http.get(f"{server.page_url}standin/state?after={state['version']}")
    assert unchanged.status == 204


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (json.dumps({"channel": "C0SEC", "ts": "1", "action_id": "x", "user": "U0RIA"}), {}, 404),
        ("{", {}, 400),
        ("[]", {}, 400),
        ("{}", {}, 404),
        ("{}", {"Content-Type": "text/plain"}, 415),
        ("{}", {"Host": "attacker.example"}, 403),
    ],
)
async def test_a_wrong_click_is_told_so_and_does_nothing(server, http, body, headers, status):
    headers = {"Content-Type": "application/json"} | headers
    answer = await http.post(f"{server.page_url}standin/click", data=body, headers=headers)
    assert answer.status == status
    assert server.socket.envelopes == {}


class TestInABrowser:
    pytestmark = in_a_browser

    async def test_a_person_confirms_and_the_click_arrives(self, server, tmp_path):
        people = asyncio.Queue()

        async def revoke(ack, body):
            people.put_nowait(body["user"]["id"])
            await ack()

        ts = await posted(server)
        async with bolt(server, revoke=revoke), tab(server.page_url, tmp_path) as page:
            await page.click("button[data-action-id=revoke]")
            assert await page.until("document.querySelector('#confirm[open] h3')?.textContent") == "Revoke sessions?"
            await page.click("#confirm-deny")
            await page.until("!document.querySelector('#confirm[open]')")
            assert server.socket.envelopes == {}
            await page.click("button[data-action-id=revoke]")
            await page.until("document.querySelector('#confirm[open]')")
            await page.click("#confirm-accept")
            assert await asyncio.wait_for(people.get(), 60) == RIA.id
            await client(server).chat_update(channel=CHANNEL.id, ts=ts, text="x", blocks=[section("*Revoked*")])
            await page.until("document.querySelector('#messages strong')?.textContent === 'Revoked'")
        assert people.empty()

    async def test_somebody_else_gets_their_own_answer(self, server, tmp_path):
        async def ours(ack, body, client):
            await client.chat_postEphemeral(channel=CHANNEL.id, user=body["user"]["id"], text="not yours")
            await ack()

        await posted(server)
        async with bolt(server, ours=ours), tab(server.page_url, tmp_path) as page:
            await page.until("document.querySelector('#user option')")
            await page.run(f"user.value = '{OLAF.id}'; user.dispatchEvent(new Event('change'))")
            await page.click("button[data-action-id=ours]")
            await page.until("document.querySelector('.ephemeral')?.textContent.includes('not yours')")
            await page.run(f"user.value = '{RIA.id}'; user.dispatchEvent(new Event('change'))")
            await page.until("!document.querySelector('.ephemeral')")

    async def test_a_click_that_failed_is_marked_on_its_button(self, server, tmp_path):
        await posted(server)
        async with tab(server.page_url, tmp_path) as page:
            await page.click("button[data-action-id=ours]")
            mark = await page.until("document.querySelector('[data-warning=ours]')?.textContent")
        assert "This app is not responding" in mark

    async def test_a_modal_is_filled_in_and_sent(self, server, tmp_path):
        async def ours(ack, body, client):
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        async def reason(ack, view):
            if "drill" in view["state"]["values"]["because"]["why"]["value"]:
                return await ack()
            return await ack(response_action="errors", errors={"because": "Say which drill"})

        await posted(server)
        async with bolt(server, ours=ours, view=reason), tab(server.page_url, tmp_path) as page:
            await page.click("button[data-action-id=ours]")
            await page.until("document.querySelector('#modal[open] [data-block-id=because]')")
            for typed, seen in (("testing", "[data-error=because]"), ("a drill", None)):
                await page.run(f"document.querySelector('[data-block-id=because]').value = '{typed}'")
                await page.click("#modal-submit")
                if seen:
                    await page.until(f"document.querySelector('{seen}').textContent === 'Say which drill'")
            await page.until("!document.querySelector('#modal[open]')")
        assert server.open_views(RIA.id) == []

    async def test_nothing_in_a_message_becomes_markup(self, server, tmp_path):
        label = {"type": "plain_text", "text": "<b>x</b>"}
        blocks = [section(NASTY), {"type": "actions", "elements": [button(text=label)]}]
        ts = await posted(server, text=NASTY, blocks=blocks)
        await client(server).chat_postMessage(channel=CHANNEL.id, text=NASTY, thread_ts=ts)
        async with tab(server.page_url, tmp_path) as page:
            await page.until("document.querySelector('.replies .message')")
            made = await page.run(
                "document.querySelectorAll('#messages :is(script, img, b:not(.byline b), u, i, [onerror])').length"
            )
            links = await page.run("[...document.querySelectorAll('#messages a')].map((one) => one.protocol)")
            text = await page.run("document.querySelector('#messages .section').textContent")
            handlers = await page.run("document.querySelectorAll('#messages [onmouseover]').length")
        assert (made, handlers) == (0, 0)
        assert set(links) == {"https:"}
        assert "<img src=x onerror=alert(1)> <script>alert(2)</script> <javascript:alert(3)|press>" in text
