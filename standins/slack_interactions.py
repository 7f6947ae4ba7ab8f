"""What people do in the local Slack, and what the app is told of it: clicks, modals, response addresses."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from standins.block_kit import Json, elements_of
from standins.slack_arguments import SlackError
from standins.slack_chat import check_blocks
from standins.slack_socket import Delivery, SocketMode
from standins.slack_views import checked, kept, rendered_view
from standins.slack_workspace import Ephemeral, Message, View, Warned, Workspace, kept_blocks, rendered

RESPONSES_EACH = 5
NOT_RESPONDING = "This app is not responding"


@dataclass(frozen=True)
class ClickResult:
    """What came of a click: whether the app acknowledged it in time, and what only the clicker saw since."""

    acknowledged: bool
    after_s: float
    ephemerals: tuple[str, ...]
    envelope_id: str


@dataclass(frozen=True)
class SubmitResult:
    """What came of sending a modal: `errors` by block_id; `open` while it is still shown."""

    acknowledged: bool
    after_s: float
    errors: dict[str, str]
    open: bool
    envelope_id: str


@dataclass
class _ResponseAddress:
    channel: str
    ts: str
    user: str
    left: int = RESPONSES_EACH


@dataclass
class Interactions:
    """Turns clicks and modals into envelopes, and the app's answers into what people see."""

    workspace: Workspace
    socket: SocketMode
    base_url: str = ""
    _addresses: dict[str, _ResponseAddress] = field(default_factory=dict)

    async def click(self, channel: str, ts: str, action_id: str, user: str, choice: str | None = None) -> ClickResult:
        """Press a button (or choose `choice` in a select); KeyError when that person sees no such thing."""
        surface = self._surface(channel, ts, user)
        block_id, element = _element(surface.blocks, action_id)
        before = {shown.ts for shown in self.workspace.seen_by(user)}
        action = _action(self.workspace, block_id, element, choice)
        delivery = await self.socket.deliver(self._block_actions(surface, action, user))
        self._mark(Warned(channel, ts, action_id, user), delivery.acknowledged)
        return self._clicked(delivery, user, before)

    async def redeliver(self, envelope_id: str) -> ClickResult:
        """Send the same envelope once more."""
        user = self.socket.envelopes[envelope_id]["payload"]["user"]["id"]
        before = {shown.ts for shown in self.workspace.seen_by(user)}
        return self._clicked(await self.socket.redeliver(envelope_id), user, before)

    async def submit(self, view_id: str, values: dict[str, dict[str, str]]) -> SubmitResult:
        """Send a modal: `values` by block_id and action_id; KeyError when it is closed."""
        view = self._open_view(view_id)
        state = dict(_state(view, values))
        if errors := _unfilled(view, state):
            return SubmitResult(True, 0.0, errors, True, "")
        payload = self._person(view.user) | {
            "type": "view_submission",
            "trigger_id": self.workspace.new_trigger(view.user),
            "view": rendered_view(view, self.workspace, state),
            "response_urls": [],
        }
        delivery = await self.socket.deliver(payload)
        return self._submitted(view, delivery)

    async def dismiss(self, view_id: str) -> None:
        """Close a modal without sending it; the app hears of it only where it asked to."""
        view = self._open_view(view_id)
        self.workspace.close_view(view_id)
        if view.body.get("notify_on_close"):
            shown = rendered_view(view, self.workspace)
            await self.socket.deliver(
                self._person(view.user) | {"type": "view_closed", "view": shown, "is_cleared": False}
            )

    async def respond(self, request: web.Request) -> web.Response:
        """Serve a response_url: at most five posts each."""
        address = self._addresses.get(request.match_info["secret"])
        if address is None or address.left == 0:
            return web.Response(status=404, text="expired_url")
        address.left -= 1
        try:
            self._respond(address, await request.json())
        except (SlackError, ValueError) as refused:
            self.workspace.violate(f"response_url: {refused}")
            return web.Response(status=400, text=str(refused))
        return web.Response(text="ok")

    def _surface(self, channel: str, ts: str, user: str) -> Message | Ephemeral:
        if user not in self.workspace.users:
            raise KeyError(f"no user {user}")
        whisper = self.workspace.ephemerals.get(ts)
        if whisper and whisper.user == user and whisper.channel == channel:
            return whisper
        return self.workspace.messages[channel, ts]

    def _open_view(self, view_id: str) -> View:
        view = self.workspace.views[view_id]
        if not view.open:
            raise KeyError(f"{view_id} is closed")
        return view

    def _person(self, user: str) -> Json:
        app, person = self.workspace.app, self.workspace.users[user]
        return {
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": app.team_id},
            "team": {"id": app.team_id, "domain": app.domain},
            "api_app_id": app.id,
            "token": "stand-in",
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _block_actions(self, surface: Message | Ephemeral, action: Json, user: str) -> Json:
        is_ephemeral = isinstance(surface, Ephemeral)
        container = {
            "type": "message",
            "message_ts": surface.ts,
            "channel_id": surface.channel,
            "is_ephemeral": is_ephemeral,
        }
        if surface.thread_ts:
            container["thread_ts"] = surface.thread_ts
        payload = self._person(user) | {
            "type": "block_actions",
            "container": container,
            "trigger_id": self.workspace.new_trigger(user),
            "channel": {"id": surface.channel, "name": self.workspace.channels[surface.channel].name},
            "state": {"values": {}},
            "response_url": self._response_address(surface, user),
            "actions": [action],
        }
        return payload if isinstance(surface, Ephemeral) else payload | {"message": rendered(surface, self.workspace)}

    def _response_address(self, surface: Message | Ephemeral, user: str) -> str:
        secret = secrets.token_hex(16)
        self._addresses[secret] = _ResponseAddress(surface.channel, surface.ts, user)
        return f"{self.base_url}actions/{self.workspace.app.team_id}/{secret}"

    def _mark(self, warned: Warned, acknowledged: bool) -> None:
        change = self.workspace.warnings.discard if acknowledged else self.workspace.warnings.add
        change(warned)
        self.workspace.touch()

    def _clicked(self, delivery: Delivery, user: str, before: set[str]) -> ClickResult:
        new = tuple(shown.text for shown in self.workspace.seen_by(user) if shown.ts not in before)
        return ClickResult(delivery.acknowledged, delivery.after_s, new, delivery.envelope_id)

    def _submitted(self, view: View, delivery: Delivery) -> SubmitResult:
        said = delivery.payload or {}
        if not delivery.acknowledged:
            return SubmitResult(False, delivery.after_s, {}, True, delivery.envelope_id)
        errors = self._view_answer(view, said)
        still = self.workspace.views[view.id].open
        return SubmitResult(True, delivery.after_s, errors, still, delivery.envelope_id)

    def _view_answer(self, view: View, said: Json) -> dict[str, str]:
        match said.get("response_action"):
            case "errors":
                return dict(said["errors"])
            case "update" | "push":
                self._replace_view(view, said["view"])
            case None | "clear":
                self.workspace.close_view(view.id)
            case other:
                self.workspace.violate(f"view_submission: unknown response_action {other}")
        return {}

    def _replace_view(self, view: View, body: Json) -> None:
        try:
            checked(body)
        except SlackError as refused:
            self.workspace.violate(": ".join(["view_submission", *refused.messages]))
            return
        self.workspace.put_view(view.user, kept(body), view.id)

    def _respond(self, address: _ResponseAddress, body: Json) -> None:
        target = self.workspace.messages.get((address.channel, address.ts))
        whisper = self.workspace.ephemerals.get(address.ts)
        if body.get("delete_original"):
            self._delete(target, whisper)
            return
        text, blocks = body.get("text", ""), kept_blocks(check_blocks(body.get("blocks")))
        if not text and not blocks:
            raise SlackError("no_text")
        if not body.get("replace_original"):
            self._say(address, text, blocks, body)
        elif whisper:
            self.workspace.whisper(replace(whisper, text=text, blocks=blocks))
        elif target:
            self.workspace.put(replace(target, text=text, blocks=blocks, edited=self.workspace.next_ts()))

    def _say(self, address: _ResponseAddress, text: str, blocks: tuple[Json, ...], body: Json) -> None:
        ts, thread = self.workspace.next_ts(), body.get("thread_ts")
        if body.get("response_type") == "in_channel":
            self.workspace.put(Message(address.channel, ts, text, blocks, thread_ts=thread))
        else:
            self.workspace.whisper(Ephemeral(address.channel, ts, address.user, text, blocks, thread))

    def _delete(self, target: Message | None, whisper: Ephemeral | None) -> None:
        if whisper:
            del self.workspace.ephemerals[whisper.ts]
            self.workspace.touch()
        if target:
            self.workspace.drop(target)


def _element(blocks: tuple[Json, ...], action_id: str) -> tuple[str, Json]:
    for block in blocks:
        for element in elements_of(block):
            if element["action_id"] == action_id:
                return block["block_id"], element
    raise KeyError(f"no element {action_id}")


def _action(workspace: Workspace, block_id: str, element: Json, choice: str | None) -> Json:
    action = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": workspace.next_ts(),
    }
    if element["type"] == "static_select":
        return action | {"selected_option": _option(element, choice)}
    return action | {key: element[key] for key in ("text", "value", "style", "url", "confirm") if key in element}


def _option(element: Json, choice: str | None) -> Json | None:
    return next((dict(option) for option in element["options"] if option["value"] == choice), None)


def _state(view: View, values: dict[str, dict[str, str]]) -> Iterator[tuple[str, Json]]:
    for block in view.body["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            given = values.get(block["block_id"], {}).get(element["action_id"])
            yield block["block_id"], {element["action_id"]: _filled(element, given)}


def _filled(element: Json, given: str | None) -> Json:
    if element["type"] == "static_select":
        return {
            "type": "static_select",
            "selected_option": _option(element, given) or element.get("initial_option"),
        }
    typed = element.get("initial_value") if given is None else given
    return {"type": "plain_text_input", "value": typed or None}


def _unfilled(view: View, state: dict[str, Json]) -> dict[str, str]:
    """What Slack itself refuses to send: required inputs left empty, text too short or too long."""
    errors = {}
    for block in view.body["blocks"]:
        if block["type"] != "input":
            continue
        answer = state[block["block_id"]][block["element"]["action_id"]]
        value = answer.get("value") or answer.get("selected_option")
        if problem := _problem(block, value):
            errors[block["block_id"]] = problem
    return errors


def _problem(block: Json, value: Any) -> str:
    if not value:
        return "" if block.get("optional") else "Please complete this required field."
    least, most = block["element"].get("min_length", 0), block["element"].get("max_length", 3000)
    if isinstance(value, str) and not least <= len(value) <= most:
        return f"Please write {least} to {most} characters."
    return ""
