import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from standins.slack import APP_TOKEN, BOT_TOKEN
from tests.standins.slack_fixtures import CHANNEL, RIA, ask, button, client, modal, section, slack


@pytest.fixture
async def server():
    async with slack() as running:
        yield running


async def refusal(call) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response["error"]


async def test_a_posted_message_can_be_read_back_with_its_metadata(server):
    web = client(server)
    metadata = {"event_type": "case", "event_payload": {"case": "1"}}
    posted = await web.chat_postMessage(channel=CHANNEL.id, text="Revoke?", blocks=ask(), metadata=metadata)

    read = await web.conversations_history(channel=CHANNEL.id, include_all_metadata=True)
    bare = await web.conversations_history(channel=CHANNEL.id)

    assert read["messages"][0]["ts"] == posted["ts"]
    assert read["messages"][0]["metadata"] == metadata
    assert "metadata" not in bare["messages"][0]
    assert all(block["block_id"] for block in read["messages"][0]["blocks"])
    assert server.violations == []


async def test_an_update_keeps_what_it_does_not_name(server):
    web = client(server)
    metadata = {"event_type": "case", "event_payload": {}}
    ts = (await web.chat_postMessage(channel=CHANNEL.id, text="one", blocks=ask(), metadata=metadata))["ts"]

    await web.chat_update(channel=CHANNEL.id, ts=ts, text="two")
    (message,) = server.messages(CHANNEL.id)
    assert (message.text, len(message.blocks), message.metadata) == ("two", 2, metadata)
    assert message.edited

    await web.chat_update(channel=CHANNEL.id, ts=ts, text="three", blocks=[section("done")])
    assert server.messages(CHANNEL.id)[0].blocks[0]["text"]["text"] == "done"


async def test_replies_are_in_the_thread_and_not_in_the_channel(server):
    web = client(server)
    ts = (await web.chat_postMessage(channel=CHANNEL.id, text="top"))["ts"]
    for text in ("a", "b"):
        await web.chat_postMessage(channel=CHANNEL.id, text=text, thread_ts=ts)

    top = (await web.conversations_history(channel=CHANNEL.id))["messages"]
    thread = (await web.conversations_replies(channel=CHANNEL.id, ts=ts))["messages"]

    assert [message["text"] for message in top] == ["top"]
    assert top[0]["reply_count"] == 2
    assert [message["text"] for message in thread] == ["top", "a", "b"]


async def test_history_comes_in_pages(server):
    web = client(server)
    for number in range(5):
        await web.chat_postMessage(channel=CHANNEL.id, text=str(number))

    pages = [page["messages"] async for page in await web.conversations_history(channel=CHANNEL.id, limit=2)]

    assert [[message["text"] for message in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]


async def test_people_groups_and_channels_are_known(server):
    web = client(server)
    assert (await web.auth_test())["team_id"] == server.workspace.app.team_id
    assert (await web.users_info(user=RIA.id))["user"]["tz_offset"] in (3600, 7200)
    assert (await web.users_lookupByEmail(email=RIA.email))["user"]["id"] == RIA.id
    assert (await web.usergroups_users_list(usergroup="S0RESP"))["users"] == [RIA.id]
    assert (await web.conversations_info(channel=CHANNEL.id))["channel"]["name"] == CHANNEL.name
    direct = (await web.conversations_open(users=[RIA.id]))["channel"]["id"]
    await web.chat_postMessage(channel=direct, text="hello")
    ts = (await web.chat_postMessage(channel=CHANNEL.id, text="hello"))["ts"]
    assert (await web.chat_getPermalink(channel=CHANNEL.id, message_ts=ts))["permalink"].startswith("https://")
    assert server.violations == []


async def test_an_ephemeral_is_seen_by_one_person(server):
    await client(server).chat_postEphemeral(channel=CHANNEL.id, user=RIA.id, text="not you")
    assert [shown.text for shown in server.ephemerals(RIA.id)] == ["not you"]
    assert server.ephemerals("U0OLAF") == []


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("", "auth.test", "not_authed"),
        (APP_TOKEN, "auth.test", "not_allowed_token_type"),
        (BOT_TOKEN, "apps.connections.open", "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_refused(server, token, method, error):
    assert await refusal(client(server, token).api_call(method)) == error
    assert server.violations == []


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.scheduleSomething", {}, "unknown_method"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0SEC", "text": "x", "colour": "red"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0NOT", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SEC"}, "no_text"),
        ("chat.postMessage", {"channel": "C0SEC", "text": "x" * 40_001}, "msg_too_long"),
        (
            "chat.postMessage",
            {"channel": "C0SEC", "text": "x", "thread_ts": "1.0"},
            "cannot_reply_to_message",
        ),
        (
            "chat.postMessage",
            {"channel": "C0SEC", "text": "x", "blocks": [{"type": "html"}]},
            "invalid_blocks",
        ),
        (
            "chat.postMessage",
            {"channel": "C0SEC", "text": "x", "metadata": {"a": 1}},
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            {"channel": "C0SEC", "text": "x", "blocks": [section("x" * 3000) for _ in range(5)]},
            "msg_blocks_too_long",
        ),
        ("chat.update", {"channel": "C0SEC", "ts": "1.0", "text": "x"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "C0SEC", "user": "U0NO", "text": "x"}, "user_not_in_channel"),
        ("views.open", {"trigger_id": "1.2.3", "view": modal()}, "invalid_trigger_id"),
        ("views.open", {"trigger_id": "1.2.3", "view": {**modal(), "title": {}}}, "invalid_arguments"),
    ],
)
async def test_what_slack_would_refuse_is_refused_and_remembered(server, method, arguments, error):
    assert await refusal(client(server).api_call(method, json=arguments)) == error
    (violation,) = server.violations
    assert violation.startswith(f"{method}: {error}")


async def test_asking_for_somebody_unknown_is_no_mistake(server):
    assert await refusal(client(server).users_lookupByEmail(email="no@example.com")) == "users_not_found"
    assert server.violations == []


async def test_a_form_is_read_like_json(server):
    form = {"channel": CHANNEL.id, "text": "x", "blocks": '[{"type":"divider"}]'}
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        good = await (await http.post(f"{server.api_url}chat.postMessage", data=form)).json()
        bad = await (await http.post(f"{server.api_url}chat.postMessage", data=form | {"blocks": "["})).json()
    assert good["ok"]
    assert bad["error"] == "invalid_blocks_format"


async def test_a_scripted_rate_limit_carries_its_wait_and_ends(server):
    server.fail("chat.postMessage", status=429, retry_after=1)
    web = client(server)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_postMessage(channel=CHANNEL.id, text="x")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "1"
    assert (await web.chat_postMessage(channel=CHANNEL.id, text="x"))["ok"]
    assert len(server.messages(CHANNEL.id)) == 1


async def test_the_sdk_waits_out_a_rate_limit_by_itself(server):
    server.fail("auth.test", status=429, retry_after=0)
    web = client(server)
    web.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    assert (await web.auth_test())["ok"]


async def test_a_lost_answer_leaves_the_message_posted(server):
    server.fail("chat.postMessage", after_effect=True)
    with pytest.raises(aiohttp.ClientError):
        await client(server).chat_postMessage(channel=CHANNEL.id, text="once")
    assert [message.text for message in server.messages(CHANNEL.id)] == ["once"]


async def test_a_scripted_error_is_answered_as_often_as_asked(server):
    server.fail("chat.update", status=500, times=2)
    server.fail("auth.test", status=200, error="account_inactive")
    web = client(server)
    for _ in range(2):
        assert await refusal(web.chat_update(channel=CHANNEL.id, ts="1.0", text="x")) == "internal_error"
    assert await refusal(web.chat_update(channel=CHANNEL.id, ts="1.0", text="x")) == "message_not_found"
    assert await refusal(web.auth_test()) == "account_inactive"


async def test_two_buttons_with_one_action_id_are_refused(server):
    twice = [{"type": "actions", "elements": [button(), button()]}]
    assert (
        await refusal(client(server).chat_postMessage(channel=CHANNEL.id, text="x", blocks=twice)) == "invalid_blocks"
    )
