"""The arguments each Slack method takes here, and how they are read from a form, a query or JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from standins.block_kit import Json


class SlackError(Exception):
    """Slack's `{"ok": false, "error": ...}`; `wrong` when a correct client would never have caused it."""

    def __init__(self, error: str, messages: tuple[str, ...] = (), *, wrong: bool = True) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.wrong = wrong


@dataclass(frozen=True)
class Arguments:
    """A method's arguments: name to kind (text, flag, number or json)."""

    needed: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)

    def flaws(self, given: Json) -> list[str]:
        """What is wrong with the arguments given, a line each."""
        kinds = self.needed | self.optional
        missing = [f"[ERROR] missing required field: {name}" for name in self.needed if given.get(name) in (None, "")]
        unknown = [f"[ERROR] no such argument: {name}" for name in given if name not in kinds]
        misfit = [
            f"[ERROR] {name} must be {kinds[name]}"
            for name, value in given.items()
            if name in kinds and name not in missing and not _fits(kinds[name], value)
        ]
        return missing + unknown + misfit


def _fits(kind: str, value: Any) -> bool:
    if kind == "flag":
        return isinstance(value, bool) or value in ("0", "1", "true", "false", 0, 1)
    if kind == "number":
        return isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    return isinstance(value, (dict, list)) if kind == "json" else isinstance(value, str)


_CONTENT = {"text": "text", "blocks": "json", "thread_ts": "text"}
_POST = _CONTENT | {
    "metadata": "json",
    "reply_broadcast": "flag",
    "unfurl_links": "flag",
    "unfurl_media": "flag",
    "mrkdwn": "flag",
    "link_names": "flag",
    "parse": "text",
}
_PAGE = {"cursor": "text", "limit": "number", "oldest": "text", "latest": "text", "inclusive": "flag"}
_HISTORY = _PAGE | {"include_all_metadata": "flag"}

ARGUMENTS = {
    "auth.test": Arguments(),
    "apps.connections.open": Arguments(),
    "chat.postMessage": Arguments({"channel": "text"}, _POST),
    "chat.update": Arguments(
        {"channel": "text", "ts": "text"},
        {
            "text": "text",
            "blocks": "json",
            "metadata": "json",
            "link_names": "flag",
            "parse": "text",
            "reply_broadcast": "flag",
        },
    ),
    "chat.postEphemeral": Arguments(
        {"channel": "text", "user": "text"}, _CONTENT | {"link_names": "flag", "parse": "text"}
    ),
    "chat.getPermalink": Arguments({"channel": "text", "message_ts": "text"}),
    "conversations.history": Arguments({"channel": "text"}, _HISTORY),
    "conversations.replies": Arguments({"channel": "text", "ts": "text"}, _HISTORY),
    "conversations.info": Arguments({"channel": "text"}, {"include_locale": "flag", "include_num_members": "flag"}),
    "conversations.open": Arguments(
        {}, {"users": "text", "channel": "text", "return_im": "flag", "prevent_creation": "flag"}
    ),
    "users.info": Arguments({"user": "text"}, {"include_locale": "flag"}),
    "users.lookupByEmail": Arguments({"email": "text"}),
    "usergroups.users.list": Arguments({"usergroup": "text"}, {"include_disabled": "flag"}),
    "files.getUploadURLExternal": Arguments(
        {"filename": "text", "length": "number"}, {"alt_txt": "text", "snippet_type": "text"}
    ),
    "files.completeUploadExternal": Arguments(
        {"files": "json"}, {"channel_id": "text", "thread_ts": "text", "initial_comment": "text", "channels": "text"}
    ),
    "views.open": Arguments({"view": "json"}, {"trigger_id": "text"}),
    "views.update": Arguments({"view": "json"}, {"view_id": "text", "external_id": "text", "hash": "text"}),
}


async def read(request: web.Request) -> Json:
    """Every argument of a call, wherever it stands; JSON bodies as they are, forms as strings."""
    given: Json = dict(request.query)
    if request.content_type != "application/json":
        return given | {key: str(value) for key, value in (await request.post()).items()}
    try:
        # slack_sdk's own auth.test says JSON and sends nothing; Slack takes that.
        body = await request.json() if request.can_read_body else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return given | body


def decoded(method: str, given: Json) -> Json:
    """The arguments with JSON strings read; SlackError when they are not what the method takes."""
    takes = ARGUMENTS[method]
    kinds = takes.needed | takes.optional
    values = {name: _decoded(name, value, kinds.get(name)) for name, value in given.items()}
    if flaws := takes.flaws(values):
        raise SlackError("invalid_arguments", tuple(flaws))
    return values


def _decoded(name: str, value: Any, kind: str | None) -> Any:
    if kind != "json" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments", (name,)) from None


def flag(args: Json, name: str) -> bool:
    """Whether a flag was set, however it was written."""
    return args.get(name) in (True, 1, "1", "true")
