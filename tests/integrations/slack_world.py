"""A workspace with people and a channel, and cards for it."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.approval import Verb
from model.card import Button, Card
from standins.slack import SlackChannel, SlackGroup, SlackStandIn, SlackUser
from standins.slack_workspace import Message

RIA = SlackUser("U0RIA", "ria", "Ria Responder", "ria@example.com", "Europe/Berlin")
OLAF = SlackUser("U0OLAF", "olaf", "Olaf <!channel>", "olaf@example.com")
CHANNEL = SlackChannel("C0SEC", "security-incidents")
RESPONDERS = SlackGroup("S0RESP", "responders", ("U0RIA", "U0OLAF"))
CONTRACTS = Path(os.environ.get("HOPSTOP_SHARED", "../shared")) / "data" / "contracts"
CASE = "case:ana:111111111111:0a1b2c3d"


def stand_in(**settings: Any) -> SlackStandIn:
    """A local Slack, judged by Slack's own descriptions where those are."""
    contracts = CONTRACTS if (CONTRACTS / "slack").is_dir() else None
    return SlackStandIn([RIA, OLAF], [CHANNEL], [RESPONDERS], contracts=contracts, **settings)


@contextmanager
def in_a_thread(server: SlackStandIn) -> Iterator[Callable[..., Any]]:
    """The server on a loop of its own, for clients that block; gives `run(coroutine)`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    run(server.start())
    try:
        yield run
    finally:
        run(server.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def put(server: SlackStandIn, text: str, blocks: tuple[Any, ...] = ()) -> Message:
    """A message in the channel that did not come through the Web API."""
    message = Message(CHANNEL.id, server.workspace.next_ts(), text, blocks)
    server.workspace.put(message)
    return message


def card(**changes: Any) -> Card:
    """A waiting case as the lead's renderer would say it."""
    buttons = (
        Button(verb=Verb.APPROVE, label="Revoke sessions", danger=True, confirm="Revoke sessions of 2 roles?"),
        Button(verb=Verb.DENY, label="It is us"),
        Button(verb=Verb.PAGE, label="Page security"),
    )
    waiting = Card(
        case=CASE,
        run="0a1b2c3d-1111-4222-8333-444455556666",
        version=3,
        plan="0123456789ab",
        state="Waiting for a decision",
        lock_line="Revoke sessions of 2 roles? ana hopped 3 accounts at night. Until 03:02 UTC",
        title="ana hopped through 3 accounts",
        question="Revoke the sessions of 2 roles that `ana` reached?",
        evidence="`ana` assumed `deploy` in `222222222222` at 02:47, 4 hours outside any hour it has kept.",
        facts=(("Origin", "`ana` in `111111111111`"), ("Hops", "3"), ("On call", "`Ria Responder`")),
        effect_title="If you approve",
        effect=("revoke every session of role `deploy` in `222222222222` made before the cut",),
        buttons=buttons,
        deadline=datetime(2026, 10, 3, 3, 2, tzinfo=UTC),
        silence="If nobody answers, PagerDuty is paged.",
        notes=("Deploys: none in the window",),
        links=(("Case", "http://127.0.0.1:8233/namespaces/default/workflows/case%3Aana"),),
    )
    return waiting.model_copy(update=changes)
