"""The page of the local Slack: what a person sees of a channel, and the doors their clicks come in by."""

from pathlib import Path
from typing import Any

from aiohttp import web

from standins.block_kit import Json
from standins.slack_interactions import ClickResult, Interactions, SubmitResult
from standins.slack_socket import SocketMode
from standins.slack_views import rendered_view
from standins.slack_workspace import Message, Workspace, rendered

HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local Slack</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="standin/slack.css">
<script src="standin/slack.js" defer></script>
</head>
<body>
<nav id="sidebar" aria-label="Channels"><h1 id="team"></h1><ul id="channels"></ul><p id="link"></p></nav>
<main>
<header id="top">
<div><h2 id="channel"></h2><p id="topic"></p></div>
<label id="who">You are <select id="user"></select></label>
</header>
<ol id="messages" aria-live="polite" aria-label="Messages"></ol>
</main>
<dialog id="confirm" aria-labelledby="confirm-title">
<h3 id="confirm-title"></h3><div id="confirm-text"></div>
<footer>
<button type="button" id="confirm-deny"></button>
<button type="button" id="confirm-accept"></button>
</footer>
</dialog>
<dialog id="modal" aria-labelledby="modal-title"></dialog>
</body>
</html>
"""
# Scripts and styles from here only, pictures from this machine only: nothing in a message can reach out.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: http://127.0.0.1:*; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LOCAL = {"127.0.0.1", "localhost"}


class Page:
    """GET / and /standin/state; POST /standin/click, submit and dismiss."""

    def __init__(self, workspace: Workspace, socket: SocketMode, interactions: Interactions) -> None:
        self._workspace = workspace
        self._socket = socket
        self._interactions = interactions

    def routes(self) -> list[web.RouteDef]:
        """Every route of the page."""
        return [
            web.get("/", self._page),
            web.get("/standin/slack.css", self._style),
            web.get("/standin/slack.js", self._script),
            web.get("/standin/state", self._state),
            web.post("/standin/click", self._click),
            web.post("/standin/submit", self._submit),
            web.post("/standin/dismiss", self._dismiss),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=HTML, content_type="text/html", headers=HEADERS)

    async def _style(self, _request: web.Request) -> web.Response:
        return web.Response(text=_beside("slack.css"), content_type="text/css", headers=HEADERS)

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(text=_beside("slack.js"), content_type="text/javascript", headers=HEADERS)

    async def _state(self, request: web.Request) -> web.Response:
        _only_local(request)
        if request.query.get("after") == self._version():
            return web.Response(status=204)
        return web.json_response(self._everything(), headers=HEADERS)

    async def _click(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        try:
            result = await self._interactions.click(
                asked["channel"], asked["ts"], asked["action_id"], asked["user"], asked.get("choice")
            )
        except KeyError as missing:
            return web.json_response({"error": f"nothing to click: {missing.args[0]}"}, status=404)
        return web.json_response(clicked(result))

    async def _submit(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        try:
            result = await self._interactions.submit(asked["view_id"], asked["values"])
        except KeyError as missing:
            return web.json_response({"error": f"nothing to send: {missing.args[0]}"}, status=404)
        return web.json_response(submitted(result))

    async def _dismiss(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        try:
            await self._interactions.dismiss(asked["view_id"])
        except KeyError as missing:
            return web.json_response({"error": f"nothing to close: {missing.args[0]}"}, status=404)
        return web.json_response({"closed": True})

    def _version(self) -> str:
        return f"{self._workspace.version}.{len(self._socket.connections)}"

    def _everything(self) -> Json:
        workspace = self._workspace
        return {
            "version": self._version(),
            "connections": len(self._socket.connections),
            "app": vars(workspace.app),
            "users": [vars(user) for user in workspace.users.values()],
            "groups": [vars(group) for group in workspace.groups.values()],
            "channels": [vars(channel) for channel in workspace.channels.values()],
            "messages": [self._message(message) for message in workspace.messages.values()],
            "ephemerals": [vars(shown) for shown in workspace.ephemerals.values()],
            "views": [
                {"user": view.user, **rendered_view(view, workspace)} for view in workspace.views.values() if view.open
            ],
            "warnings": [vars(warned) for warned in workspace.warnings],
            "violations": workspace.violations,
        }

    def _message(self, message: Message) -> Json:
        shown = rendered(message, self._workspace)
        return shown | {
            "channel": message.channel,
            "metadata": message.metadata,
            "broadcast": message.broadcast,
        }


def clicked(result: ClickResult) -> Json:
    """A click's result as JSON."""
    return {**vars(result), "ephemerals": list(result.ephemerals)}


def submitted(result: SubmitResult) -> Json:
    """A modal's result as JSON."""
    return dict(vars(result))


async def _asked(request: web.Request) -> Any:
    """The JSON asked for. Only JSON from this host's name: another site's page can then not click here."""
    _only_local(request)
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON")
    try:
        asked = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="this is not JSON") from None
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest(text="send a JSON object")
    return asked


def _only_local(request: web.Request) -> None:
    if request.url.host not in LOCAL:
        raise web.HTTPForbidden(text="only by 127.0.0.1 or localhost")


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
