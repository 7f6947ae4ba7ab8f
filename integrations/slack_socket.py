"""Clicks from Slack over Socket Mode, each handed over before Slack is told that it arrived."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from integrations.slack import API_URL, TIMEOUT_S, with_slash
from integrations.slack_blocks import ACTION, REASON, REASON_LENGTH, REASON_VIEW, Json, Target, reason_view, words
from integrations.slack_errors import slack_errors
from model.approval import Click, Verb
from model.errors import HopstopError, Unavailable

# Slack gives an app 3 s (Slack); what is left is for the acknowledgement's own way.
DELIVER_S = 2.5
PING_S = 5

_CASE = re.compile(r"case:[A-Za-z0-9_.-]{1,60}:(\d{12}|unknown):[0-9a-f]{8}")
_SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=ticket=)[^&\s'\"]+")
_NOT_OURS = "This button does not carry what hopstop put there, so nothing was done. Use the case's latest message."

Deliver = Callable[[str, Click], Awaitable[None]]
_log = logging.getLogger(__name__)


class _Wish(Target):
    """A button's ids, as they come back from the modal: with the channel that the case is in."""

    channel: str = ""


class SlackSocket:
    """Listens to Slack until stopped. `deliver(case_id, click)` returns once the case has the click; what it raises
    as Refused is told to the clicker, anything else leaves the click unacknowledged, and Slack shows that."""

    def __init__(
        self,
        bot_token: str,
        app_token: str,
        deliver: Deliver,
        api_url: str = "",
        *,
        deliver_s: float = DELIVER_S,
        ping_s: float = PING_S,
    ) -> None:
        self._bot_token = bot_token
        self._app_token = app_token
        self._deliver = deliver
        self._api_url = with_slash(api_url or API_URL)
        self._deliver_s = deliver_s
        self._ping_s = ping_s
        self._handler: AsyncSocketModeHandler | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen. Refused where a token is wrong; a Slack that is down is tried until it is back."""
        web = AsyncWebClient(token=self._bot_token, base_url=self._api_url, timeout=TIMEOUT_S, retry_handlers=[])
        address = await self._let_in(web)
        app = AsyncApp(client=web, request_verification_enabled=False, logger=_quiet("bolt"))
        app.middleware(_let_go)
        app.action(re.compile(f"^{ACTION}"))(self._clicked)
        app.view(REASON_VIEW)(self._reasoned)
        # The logger is given twice because the client falls back to one that would print tracebacks.
        self._handler = AsyncSocketModeHandler(
            app, self._app_token, logger=_quiet("socket"), web_client=web, ping_interval=self._ping_s
        )
        self._handler.client.wss_uri = address
        self._tasks = [asyncio.create_task(self._connect(self._handler)), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """Stop listening; a click in hand is left to Slack to show as failed."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        if self._handler:
            await self._handler.close_async()  # type: ignore[no-untyped-call]
        self._tasks, self._handler = [], None

    async def is_up(self) -> bool:
        """Whether Slack can reach us now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def _let_in(self, web: AsyncWebClient) -> str | None:
        """The first address to connect to: both tokens are good. None where Slack is down."""
        try:
            with slack_errors("let hopstop in"):
                await web.auth_test()
                answer = await web.apps_connections_open(app_token=self._app_token)
                return str(answer["url"])
        except Unavailable as error:
            _log.warning("%s; trying until it answers", error)
            return None

    async def _connect(self, handler: AsyncSocketModeHandler) -> None:
        await handler.client.connect()  # type: ignore[no-untyped-call]

    async def _watch(self) -> None:
        """Say when the socket goes and comes."""
        said = True
        while True:
            await asyncio.sleep(self._ping_s)
            up = await self.is_up()
            if not up and self._handler:
                # An address is good once; the client would try a used one for ever.
                self._handler.client.wss_uri = None
            if up != said:
                _log.warning("Slack's socket is %s", "up again" if up else "down: no click can arrive")
            said = up

    async def _clicked(self, body: Json, ack: AsyncAck, client: AsyncWebClient) -> None:
        action = body["actions"][0]
        wish, verb = _wish(action.get("value")), _verb(action.get("action_id"))
        channel = str((body.get("channel") or {}).get("id") or "")
        if wish is None or verb is None:
            await ack()
            await self._tell(client, channel, body, _NOT_OURS)
        elif verb is Verb.DENY:
            await self._ask_reason(body, wish, channel, ack, client)
        else:
            click = _click(body, verb, wish, str(action.get("action_ts")), channel)
            await self._hand_over(wish.case, click, ack, client, body)

    async def _ask_reason(self, body: Json, wish: Target, channel: str, ack: AsyncAck, client: AsyncWebClient) -> None:
        view = reason_view(Target(case=wish.case, run=wish.run, card=wish.card, plan=wish.plan), channel)
        try:
            with slack_errors("open the form"):
                await client.views_open(trigger_id=str(body.get("trigger_id")), view=view)
        except Unavailable as error:
            _log.warning("%s", error)
            return
        except HopstopError as error:
            await self._tell(client, channel, body, str(error))
        await ack()

    async def _reasoned(self, body: Json, view: Json, ack: AsyncAck, client: AsyncWebClient) -> None:
        wish = _wish(view.get("private_metadata"))
        if wish is None:
            await ack(response_action="errors", errors={REASON: _NOT_OURS})
            return
        reason = _reason(view)
        if not reason:
            await ack(response_action="errors", errors={REASON: "Say in a few words what it is."})
            return
        click = _click(body, Verb.DENY, wish, str(view.get("id")), wish.channel)
        given = click.model_copy(update={"reason": reason})
        await self._hand_over(wish.case, given, ack, client, body)

    async def _hand_over(self, case: str, click: Click, ack: AsyncAck, client: AsyncWebClient, body: Json) -> None:
        """Acknowledge only what the case has; a refusal is an answer too."""
        try:
            async with asyncio.timeout(self._deliver_s):
                await self._deliver(case, click)
        except (HopstopError, TimeoutError) as error:
            if isinstance(error, Unavailable | TimeoutError):
                _log.warning("a click on %s was not taken: %s", case, str(error) or "no answer in time")
                return
            await ack()
            await self._tell(client, click.channel or "", body, str(error))
            return
        except Exception as error:  # noqa: BLE001 - whatever failed, Slack must show it as failed
            _log.error("a click on %s was not taken: %s", case, type(error).__name__)
            return
        await ack()

    async def _tell(self, client: AsyncWebClient, channel: str, body: Json, text: str) -> None:
        shown = words(text)
        try:
            with slack_errors("tell somebody privately"):
                await client.chat_postEphemeral(
                    channel=channel, user=body["user"]["id"], text=shown.text, blocks=shown.blocks, parse="none"
                )
        except HopstopError as error:
            _log.warning("%s", error)


async def _let_go(body: Json, next: Callable[[], Awaitable[Any]]) -> BoltResponse | None:  # noqa: A002 - bolt's name
    """Acknowledge whatever is not ours, so that Slack neither repeats it nor shows a failure."""
    if _is_ours(body):
        await next()
        return None
    return BoltResponse(status=200, body="")


def _is_ours(body: Json) -> bool:
    if body.get("type") == "view_submission":
        return bool((body.get("view") or {}).get("callback_id") == REASON_VIEW)
    actions = body.get("actions") or [] if body.get("type") == "block_actions" else []
    return any(str(action.get("action_id")).startswith(ACTION) for action in actions[:1])


def _wish(value: object) -> _Wish | None:
    """The ids of a button or modal; None where they are not what hopstop writes."""
    try:
        wish = _Wish.model_validate_json(str(value))
    except ValidationError:
        return None
    return wish if _CASE.fullmatch(wish.case) else None


def _verb(action_id: object) -> Verb | None:
    try:
        return Verb(str(action_id).removeprefix(ACTION))
    except ValueError:
        return None


def _click(body: Json, verb: Verb, wish: Target, moment: str, channel: str) -> Click:
    """The same click from the same payload, however often Slack sends it. The team is the person's own, which in a
    shared channel is not the channel's."""
    user = body["user"]
    team = str(user.get("team_id") or (body.get("team") or {}).get("id") or "")
    return Click(
        id=f"slack:{team}:{user['id']}:{moment}:{verb}",
        source="slack",
        verb=verb,
        user=str(user["id"]),
        team=team,
        card=wish.card,
        plan=wish.plan,
        run=wish.run,
        channel=channel or None,
    )


def _reason(view: Json) -> str:
    field = ((view.get("state") or {}).get("values") or {}).get(REASON) or {}
    return str((field.get(REASON) or {}).get("value") or "").strip()[:REASON_LENGTH]


def _quiet(name: str) -> logging.Logger:
    """A logger for the SDK: one line each, no tracebacks, no tokens, nothing that only says that all is well."""
    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(_one_line)
    return logger


def _one_line(record: logging.LogRecord) -> bool:
    said = " ".join(record.getMessage().split())
    record.msg, record.args = _SECRET.sub("…", said)[:300], None
    record.exc_info = record.exc_text = record.stack_info = None
    return True
