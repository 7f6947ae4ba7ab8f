"""Slack's Web API over HTTP: tokens, arguments, scripted failures, and one answer for each method."""

import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from standins import slack_chat, slack_directory, slack_files, slack_views
from standins.block_kit import Json
from standins.slack_arguments import ARGUMENTS, SlackError, decoded, read
from standins.slack_socket import SocketMode
from standins.slack_workspace import Workspace

Method = Callable[[Workspace, Json], Json]

METHODS: dict[str, Method] = {
    "auth.test": slack_directory.auth_test,
    "chat.postMessage": slack_chat.post_message,
    "chat.update": slack_chat.update,
    "chat.postEphemeral": slack_chat.post_ephemeral,
    "chat.getPermalink": slack_chat.permalink,
    "conversations.history": slack_chat.history,
    "conversations.replies": slack_chat.replies,
    "conversations.info": slack_directory.channel_info,
    "conversations.open": slack_directory.open_direct,
    "users.info": slack_directory.user_info,
    "users.lookupByEmail": slack_directory.user_by_email,
    "usergroups.users.list": slack_directory.group_members,
    "files.getUploadURLExternal": slack_files.get_upload_url,
    "files.completeUploadExternal": slack_files.complete_upload,
    "views.open": slack_views.open_view,
    "views.update": slack_views.update_view,
}
SOCKET_METHOD = "apps.connections.open"


class Judge(Protocol):
    """Someone else's description of Slack's API, asked about every call as well."""

    def argument_flaws(self, method: str, given: Json) -> list[str]:
        """What that description would refuse in the arguments, a line each."""
        ...

    def block_flaws(self, blocks: list[Json]) -> list[str]:
        """What that description would refuse in the blocks, a line each."""
        ...


@dataclass(frozen=True)
class Fault:
    """A scripted answer; with `after_effect` the call is done and then the connection is dropped."""

    status: int = 500
    error: str | None = None
    retry_after: int | None = None
    after_effect: bool = False


@dataclass
class WebApi:
    """Answers POST and GET /api/METHOD."""

    workspace: Workspace
    socket: SocketMode
    bot_token: str
    app_token: str
    judge: Judge | None = None
    calls: list[tuple[str, Json]] = field(default_factory=list)
    faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call, start to end."""
        method = request.match_info["method"]
        fault = self.faults[method].popleft() if self.faults[method] else None
        if fault and not fault.after_effect:
            return _faulty(fault)
        body = await self._body(method, request)
        if fault and request.transport:
            request.transport.abort()
        return web.json_response(body)

    async def _body(self, method: str, request: web.Request) -> Json:
        try:
            given = await read(request)
            token = _token(request, given)
            return {"ok": True, **self._call(method, token, given, request)}
        except SlackError as refused:
            if refused.wrong:
                self.workspace.violate(": ".join([method, refused.error, *refused.messages]))
            return _refusal(refused)

    def _call(self, method: str, token: str, given: Json, request: web.Request) -> Json:
        self._authorise(method, token)
        if method not in ARGUMENTS:
            raise SlackError("unknown_method")
        self._own_team(given)
        args = decoded(method, given)
        self._judged(method, given, args)
        self.calls.append((method, args))
        if method == SOCKET_METHOD:
            return {"url": self.socket.new_address(request.host)}
        return METHODS[method](self.workspace, args)

    def _own_team(self, given: Json) -> None:
        # slack-bolt's clients put team_id on every call, whatever the method takes; Slack overlooks it.
        if given.pop("team_id", self.workspace.app.team_id) != self.workspace.app.team_id:
            raise SlackError("invalid_arguments", ("[ERROR] team_id is another workspace",))

    def _judged(self, method: str, given: Json, args: Json) -> None:
        if self.judge is None:
            return
        if flaws := self.judge.argument_flaws(method, given):
            raise SlackError("invalid_arguments", tuple(flaws))
        if flaws := self.judge.block_flaws(args.get("blocks") or []):
            raise SlackError("invalid_blocks", tuple(flaws))
        view = args.get("view")
        blocks = view.get("blocks") if isinstance(view, dict) else None
        if flaws := self.judge.block_flaws(blocks or []):
            raise SlackError("invalid_arguments", tuple(flaws))

    def _authorise(self, method: str, token: str) -> None:
        if not token:
            raise SlackError("not_authed", wrong=False)
        if not any(
            secrets.compare_digest(token.encode(), known.encode()) for known in (self.bot_token, self.app_token)
        ):
            raise SlackError("invalid_auth", wrong=False)
        if (method == SOCKET_METHOD) != (token == self.app_token):
            raise SlackError("not_allowed_token_type", wrong=False)


def _token(request: web.Request, given: Json) -> str:
    named = str(given.pop("token", ""))
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else named


def _faulty(fault: Fault) -> web.Response:
    default = "ratelimited" if fault.status == 429 else "internal_error"
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    return web.json_response({"ok": False, "error": fault.error or default}, status=fault.status, headers=headers)


def _refusal(refused: SlackError) -> Json:
    body: Json = {"ok": False, "error": refused.error}
    if refused.error == "invalid_blocks":
        body["errors"] = list(refused.messages)
    return body | ({"response_metadata": {"messages": list(refused.messages)}} if refused.messages else {})
