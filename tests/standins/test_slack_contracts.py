"""The local Slack against Slack's own published descriptions; skipped where those are not at hand."""

import ast
from pathlib import Path

import aiohttp
import pytest

from standins.block_kit import message_flaws
from standins.slack_arguments import ARGUMENTS
from standins.slack_contracts import SlackContracts
from tests.standins.slack_fixtures import (
    CHANNEL,
    CONTRACTS,
    RIA,
    ask,
    bolt,
    button,
    client,
    modal,
    section,
    slack,
)
from tests.standins.test_slack_block_kit import FITS

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (CONTRACTS / "slack").is_dir(), reason="no vendors' descriptions at HOPSTOP_SHARED"),
]
SOURCES = Path(__file__).parents[2] / "standins"


@pytest.fixture(scope="module")
def described():
    return SlackContracts(CONTRACTS / "slack")


@pytest.mark.parametrize("method", ARGUMENTS)
def test_the_arguments_taken_here_are_slacks(described, method):
    takes, theirs = ARGUMENTS[method], described.arguments(method)
    assert set(takes.needed) | set(takes.optional) <= set(theirs)
    assert {name for name, needed in theirs.items() if needed} == set(takes.needed)


@pytest.mark.parametrize("blocks", FITS.values(), ids=FITS.keys())
def test_blocks_that_fit_here_fit_slacks_schema(described, blocks):
    assert described.block_flaws(blocks) == []


def test_modal_blocks_fit_slacks_schema(described):
    assert described.block_flaws(modal()["blocks"]) == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "html"},
        section("x", colour="red"),
        {"type": "actions", "elements": [button(style="warning")]},
    ],
    ids=["unknown block", "unknown key", "unknown style"],
)
def test_what_the_schema_refuses_is_refused_here(described, block):
    assert described.block_flaws([block])
    assert message_flaws([block])


def test_every_error_given_here_is_one_of_slacks(described):
    known = set().union(*(described.errors(method) for method in ARGUMENTS))
    assert errors_raised() <= known
    assert len(errors_raised()) > 15


def errors_raised() -> set[str]:
    calls = (
        node
        for path in SOURCES.glob("slack*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SlackError"
    )
    first = (call.args[0] for call in calls)
    return {argument.value for argument in first if isinstance(argument, ast.Constant)}


async def test_answers_have_every_part_of_slacks_examples(described):
    async with slack() as server:
        answers = await one_of_each(server)
    missing = {name: set(described.example(name)) - set(body) - {"user_id"} for name, body in answers.items()}
    assert set(answers) == set(ARGUMENTS) - {"apps.connections.open"}
    assert {name: keys for name, keys in missing.items() if keys} == {}


async def a_picture(server, web) -> dict:
    ticket = await web.files_getUploadURLExternal(filename="chain.png", length=3)
    async with aiohttp.ClientSession() as session, session.post(ticket["upload_url"], data=b"png") as answer:
        assert answer.status == 200
    shared = await web.files_completeUploadExternal(files=[{"id": ticket["file_id"]}], channel_id=CHANNEL.id)
    return {"files.getUploadURLExternal": ticket, "files.completeUploadExternal": shared}


async def one_of_each(server) -> dict:
    web, views = client(server), {}

    async def revoke(ack, body, client):
        views["views.open"] = (await client.views_open(trigger_id=body["trigger_id"], view=modal())).data
        view_id = views["views.open"]["view"]["id"]
        views["views.update"] = (await client.views_update(view_id=view_id, view=modal())).data
        await ack()

    posted = await web.chat_postMessage(channel=CHANNEL.id, text="x", blocks=ask())
    at = {"channel": CHANNEL.id, "ts": posted["ts"]}
    answers = {
        "auth.test": await web.auth_test(),
        "chat.postMessage": posted,
        "chat.update": await web.chat_update(text="y", **at),
        "chat.postEphemeral": await web.chat_postEphemeral(channel=CHANNEL.id, user=RIA.id, text="x"),
        **await a_picture(server, web),
        "chat.getPermalink": await web.chat_getPermalink(channel=CHANNEL.id, message_ts=posted["ts"]),
        "conversations.history": await web.conversations_history(channel=CHANNEL.id),
        "conversations.replies": await web.conversations_replies(**at),
        "conversations.info": await web.conversations_info(channel=CHANNEL.id),
        "conversations.open": await web.conversations_open(users=RIA.id),
        "users.info": await web.users_info(user=RIA.id),
        "users.lookupByEmail": await web.users_lookupByEmail(email=RIA.email),
        "usergroups.users.list": await web.usergroups_users_list(usergroup="S0RESP"),
    }
    async with bolt(server, revoke=revoke):
        assert (await server.click(CHANNEL.id, posted["ts"], "revoke", RIA.id)).acknowledged
    assert server.violations == []
    return {name: answer.data for name, answer in answers.items()} | views
