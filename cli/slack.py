"""`hopstop slack`: the app's manifest, and a marked test ask with its whole way back."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Annotated

import typer
from pydantic import SecretStr
from temporalio.client import Client, WorkflowHandle

import config
from cli.output import data, talk
from cli.temporal import with_client
from integrations.slack import SlackConversation
from integrations.slack_manifest import create_link, manifest
from integrations.slack_socket import SlackSocket
from integrations.temporal_cases import deliver
from model.approval import Click, Verb
from model.card import Button, Card, Posted
from model.errors import Malformed
from model.frozen import Frozen
from workflows.converter import data_converter

Handle = WorkflowHandle[object, object]

LOOK_S = 0.1
SPARE = timedelta(minutes=2)

app = typer.Typer(help="Set Slack up, and try the whole way there and back.", no_args_is_help=True)


class RoundTrip(Frozen):
    """The line that `hopstop slack test --json` prints; seconds, null where it did not come to that.

    `clicked_after_s` is from the press in Slack to the click in Temporal, by Slack's clock and by Temporal's.
    """

    ok: bool
    posted_after_s: float
    link: str
    may_decide: int
    clicked_by: str | None = None
    clicked_after_s: float | None = None


@app.command("manifest")
def print_manifest(
    name: Annotated[str, typer.Option(help="What the app is called in Slack.")] = "hopstop",
) -> None:
    """Print the app's manifest; the link that creates the app with it is on stderr."""
    made = manifest(name)
    data(json.dumps(made, indent=2))
    talk(f"Create the app: {create_link(made)}")
    talk("Then install it, make an app-level token with connections:write, invite the app to the channel,")
    talk("set SLACK_BOT_TOKEN (xoxb-…), SLACK_APP_TOKEN (xapp-…), HOPSTOP_SLACK_CHANNEL, and run hopstop slack test")


@app.command("test")
def try_out(
    wait: Annotated[int, typer.Option(help="Seconds to wait for somebody to press the button.", min=1, max=900)] = 120,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON line.")] = False,
) -> None:
    """Post a marked test ask, wait until somebody presses its button, and time the way back through Temporal.

    It works beside a running worker and without one. Nothing is contained: the ask belongs to no case.
    """
    settings = config.load()
    if "slack" not in settings.systems:
        raise Malformed("Slack is not configured; set SLACK_BOT_TOKEN, SLACK_APP_TOKEN and HOPSTOP_SLACK_CHANNEL")
    outcome = with_client(lambda client: _tried(client, settings, wait))
    if as_json:
        data(outcome.model_dump_json())
    elif outcome.ok:
        talk(f"✓ {outcome.clicked_by} pressed it; Temporal had the click after {outcome.clicked_after_s:.2f} s")
    else:
        talk(f"nobody pressed the button within {wait} s, or the press did not arrive: is another app in its place?")
    if not outcome.ok:
        raise typer.Exit(1)


async def _tried(client: Client, settings: config.Settings, wait: int) -> RoundTrip:
    """A workflow without a worker takes the click: a signal is durable, and its event says when it came."""
    environment = settings.environment
    talking = SlackConversation(
        _secret(environment.slack_bot_token), environment.hopstop_slack_channel, environment.slack_api_url
    )
    approvers = await asyncio.to_thread(talking.approvers, settings.file.approvals)
    talk(f"✓ the bot's token is good; {len(approvers.users)} may decide: {approvers.said}")
    async with _listening(client, settings), _taker(client, wait) as taker:
        began = time.monotonic()
        posted = await asyncio.to_thread(talking.post, _card(taker.id))
        took = round(time.monotonic() - began, 3)
        talk(f"✓ posted after {took:.2f} s: {posted.link or posted.channel}. Press *I see it* there; {wait} s")
        found = await _clicked(taker, wait)
        await _end(talking, posted, taker.id, found is not None)
    return RoundTrip(
        ok=found is not None,
        posted_after_s=took,
        link=posted.link,
        may_decide=len(approvers.users),
        clicked_by=found[0].user if found else None,
        clicked_after_s=found[1] if found else None,
    )


@asynccontextmanager
async def _listening(client: Client, settings: config.Settings) -> AsyncIterator[None]:
    """Listen too: with several listeners Slack gives a click to any of them, and each hands it to Temporal."""
    environment = settings.environment
    socket = SlackSocket(
        _secret(environment.slack_bot_token),
        _secret(environment.slack_app_token),
        partial(deliver, client),
        environment.slack_api_url,
    )
    await socket.start()
    try:
        talk("✓ the app's token is good; Socket Mode listens")
        yield
    finally:
        await socket.stop()


@asynccontextmanager
async def _taker(client: Client, wait: int) -> AsyncIterator[Handle]:
    name = uuid.uuid4().hex
    handle = await client.start_workflow(
        "SlackTest",
        id=f"case:slack-test:unknown:{name[:8]}",
        task_queue=f"hopstop-slack-test-{name}",
        execution_timeout=timedelta(seconds=wait) + SPARE,
        static_summary="a test ask in Slack; nothing runs here",
    )
    try:
        yield handle
    finally:
        await handle.terminate("the test is over")


async def _clicked(taker: Handle, wait: int) -> tuple[Click, float] | None:
    """The click, and how long it took from the press; None where none came in time."""
    end = time.monotonic() + wait
    while time.monotonic() < end:
        async for event in taker.fetch_history_events():
            signal = event.workflow_execution_signaled_event_attributes
            if signal.signal_name == "click":
                click = data_converter.payload_converter.from_payload(signal.input.payloads[0], Click)
                return click, round(event.event_time.ToMicroseconds() / 1e6 - _pressed(click), 3)
        await asyncio.sleep(LOOK_S)
    return None


def _pressed(click: Click) -> float:
    """When the button was pressed, by Slack's clock: it stands in the click's id."""
    return float(click.id.split(":")[3])


async def _end(talking: SlackConversation, posted: Posted, case: str, passed: bool) -> None:
    over = _card(case).model_copy(
        update={
            "state": "Test passed" if passed else "Test over",
            "buttons": (),
            "silence": "",
            "question": "Thank you.",
        }
    )
    await asyncio.to_thread(talking.update, posted, over)


def _card(case: str) -> Card:
    return Card(
        case=case,
        run="test",
        version=0,
        plan=None,
        state="TEST",
        lock_line="TEST: hopstop tries its way to you. Nothing happened; please press the button",
        title="Test: nothing happened",
        question="Do you see this? Please press the button.",
        evidence="Somebody who sets hopstop up ran `hopstop slack test`. It is about no identity and changes nothing.",
        buttons=(Button(verb=Verb.MINE, label="I see it"),),
        silence="If nobody presses it, the test says so, and nothing else happens.",
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
