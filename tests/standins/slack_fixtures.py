"""People, a channel and an incident message for the tests of the local Slack."""

import os
from contextlib import asynccontextmanager
from pathlib import Path

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from standins.slack import APP_TOKEN, BOT_TOKEN, SlackChannel, SlackGroup, SlackStandIn, SlackUser

RIA = SlackUser("U0RIA", "ria", "Ria Responder", "ria@example.com", "Europe/Berlin")
OLAF = SlackUser("U0OLAF", "olaf", "Olaf Outsider", "olaf@example.com", "America/New_York")
CHANNEL = SlackChannel("C0SEC", "security-incidents", "Identity attacks")
RESPONDERS = SlackGroup("S0RESP", "responders", ("U0RIA",))
SHARED = Path(os.environ.get("HOPSTOP_SHARED", "../shared"))
CONTRACTS = SHARED / "data" / "contracts"


def slack(**settings) -> SlackStandIn:
    if (CONTRACTS / "slack").is_dir():
        settings.setdefault("contracts", CONTRACTS)
    return SlackStandIn([RIA, OLAF], [CHANNEL], [RESPONDERS], **settings)


def client(server: SlackStandIn, token: str = BOT_TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=server.api_url, retry_handlers=[])


@asynccontextmanager
async def bolt(server: SlackStandIn, **listeners):
    """The real slack-bolt app connected to the stand-in; listeners are action ids (or view=...)."""
    app = AsyncApp(client=client(server), request_verification_enabled=False)
    for name, listener in listeners.items():
        (app.view("reason") if name == "view" else app.action(name))(listener)
    handler = AsyncSocketModeHandler(app, APP_TOKEN, ping_interval=1)
    await handler.connect_async()
    try:
        await server.connected()
        yield handler
    finally:
        await handler.close_async()


def button(action_id: str = "revoke", **more) -> dict:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "Revoke sessions"},
        **more,
    }


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def section(text: str, **more) -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def ask(**more) -> list[dict]:
    confirm = {
        "title": plain("Revoke sessions?"),
        "text": {"type": "mrkdwn", "text": "Stops *3* sessions."},
        "confirm": plain("Revoke"),
        "deny": plain("Not now"),
        "style": "danger",
    }
    elements = [button(value="case:1", style="danger", confirm=confirm, **more), button("ours")]
    return [section("*Revoke?*"), {"type": "actions", "block_id": "decide", "elements": elements}]


def modal() -> dict:
    element = {"type": "plain_text_input", "action_id": "why", "multiline": True, "min_length": 5}
    return {
        "type": "modal",
        "callback_id": "reason",
        "private_metadata": "case:1",
        "title": plain("It is us"),
        "submit": plain("Send"),
        "blocks": [{"type": "input", "block_id": "because", "label": plain("Why?"), "element": element}],
    }
