"""Files of the local Slack: a ticket, the bytes to the address that it names, then the message that shows them."""

import base64
import secrets
from collections import defaultdict, deque
from dataclasses import replace
from typing import Any

from aiohttp import web

from standins.block_kit import Json
from standins.slack_arguments import SlackError
from standins.slack_workspace import Message, SlackFile, Workspace

ALT_CHARACTERS = 1000


def get_upload_url(workspace: Workspace, args: Json) -> Json:
    """files.getUploadURLExternal."""
    alt = args.get("alt_txt", "")
    if len(alt) > ALT_CHARACTERS:
        raise SlackError("alt_txt_too_large")
    made = SlackFile(f"F{secrets.token_hex(5).upper()}", args["filename"], int(args["length"]), alt)
    workspace.files[made.id] = made
    return {"upload_url": f"{workspace.address}upload/v1/{made.id}", "file_id": made.id}


def complete_upload(workspace: Workspace, args: Json) -> Json:
    """files.completeUploadExternal, into a channel or a thread of it."""
    found = [workspace.files.get(one.get("id", "")) for one in args["files"] if isinstance(one, dict)]
    done = [one for one in found if one is not None and one.content is not None]
    if not done or len(done) != len(args["files"]):
        raise SlackError("file_not_found")
    channel = args.get("channel_id")
    if channel not in workspace.channels:
        raise SlackError("channel_not_found")
    thread_ts = args.get("thread_ts")
    if thread_ts and (channel, thread_ts) not in workspace.messages:
        raise SlackError("invalid_arguments", ("thread_ts",))
    shown = tuple(_as_told(one) for one in done)
    workspace.put(
        Message(channel, workspace.next_ts(), args.get("initial_comment", ""), thread_ts=thread_ts, files=shown)
    )
    return {"files": [{"id": one.id, "title": one.name} for one in done]}


def _as_told(one: SlackFile) -> Json:
    content = base64.b64encode(one.content or b"").decode()
    told: Json = {"id": one.id, "name": one.name, "title": one.name, "mimetype": "image/png", "size": one.length}
    return told | {"alt_txt": one.alt, "local": f"data:image/png;base64,{content}"}


class Uploads:
    """POST /upload/v1/ID: the address that a ticket names. It asks for no token, as Slack's does not."""

    def __init__(self, workspace: Workspace, faults: defaultdict[str, deque[Any]]) -> None:
        self._workspace = workspace
        self._faults = faults

    async def take(self, request: web.Request) -> web.Response:
        """Keep the bytes; 400 where they are not as many as the ticket said."""
        if self._faults["upload"]:
            return web.Response(status=self._faults["upload"].popleft().status)
        known = self._workspace.files.get(request.match_info["id"])
        content = await request.read()
        if known is None or len(content) != known.length or "Authorization" in request.headers:
            self._workspace.violate("upload: not what the ticket is for, or with a token")
            return web.Response(status=400)
        self._workspace.files[known.id] = replace(known, content=content)
        return web.Response(text=f"OK - {len(content)}")
