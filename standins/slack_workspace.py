"""What the local Slack remembers: people, channels, messages, modals, and what was done wrong."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from standins.block_kit import Json

TRIGGER_LIFE_S = 3.0


@dataclass(frozen=True)
class SlackUser:
    """A person: `id` starts with U, `tz` is an IANA name."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str = "UTC"


@dataclass(frozen=True)
class SlackGroup:
    """A user group: `id` starts with S, `users` are user ids."""

    id: str
    handle: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class SlackChannel:
    """A channel (`id` starts with C) or, with `user`, that person's direct messages (D)."""

    id: str
    name: str
    topic: str = ""
    user: str | None = None


@dataclass(frozen=True)
class SlackApp:
    """The one app installed, and the one workspace it is installed in."""

    name: str = "hopstop"
    id: str = "A0HOPSTOP"
    bot_id: str = "B0HOPSTOP"
    bot_user: str = "U0HOPSTOP"
    team_id: str = "T0LOCAL01"
    team_name: str = "Local Slack"
    domain: str = "local-slack"


@dataclass(frozen=True)
class Message:
    """A posted message; `edited` is the time of its last update, as Slack writes times."""

    channel: str
    ts: str
    text: str
    blocks: tuple[Json, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    edited: str | None = None
    broadcast: bool = False
    files: tuple[Json, ...] = ()


@dataclass(frozen=True)
class SlackFile:
    """A file from its ticket on; `content` is None until it was uploaded."""

    id: str
    name: str
    length: int
    alt: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Ephemeral:
    """A message that only `user` sees."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str | None = None


@dataclass(frozen=True)
class View:
    """A modal that `user` has before them; `body` is as the app sent it. `open` is false once closed."""

    id: str
    user: str
    body: Json
    hash: str
    open: bool = True


@dataclass(frozen=True)
class Warned:
    """A button whose app did not answer in time, and to whom Slack said so."""

    channel: str
    ts: str
    action_id: str
    user: str


@dataclass
class _Trigger:
    user: str
    expires: float
    used: bool = False


@dataclass
class Workspace:
    """The state behind the local Slack; every change wakes those who wait in `until`."""

    app: SlackApp
    users: dict[str, SlackUser]
    groups: dict[str, SlackGroup]
    channels: dict[str, SlackChannel]
    clock: Callable[[], float] = time.time
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    ephemerals: dict[str, Ephemeral] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    warnings: set[Warned] = field(default_factory=set)
    files: dict[str, SlackFile] = field(default_factory=dict)
    address: str = ""
    violations: list[str] = field(default_factory=list)
    version: int = 0
    _triggers: dict[str, _Trigger] = field(default_factory=dict)
    _last_ts: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def touch(self) -> None:
        """Say that something changed."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool], timeout_s: float) -> None:
        """Return as soon as `holds()`; TimeoutError after `timeout_s` seconds."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                await self._changed.wait()

    def next_ts(self) -> str:
        """A message time that was never given before: Unix seconds, a dot, six digits."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        seconds, micros = divmod(self._last_ts, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def put(self, message: Message) -> None:
        """Post a message, or put its next state in place of the one with the same channel and ts."""
        self.messages[message.channel, message.ts] = message
        self.touch()

    def drop(self, message: Message) -> None:
        """Delete a message."""
        del self.messages[message.channel, message.ts]
        self.touch()

    def whisper(self, ephemeral: Ephemeral) -> None:
        """Show an ephemeral message, in place of one with the same ts if there is one."""
        self.ephemerals[ephemeral.ts] = ephemeral
        self.touch()

    def put_view(self, user: str, body: Json, view_id: str | None = None) -> View:
        """Show a modal to a user, or put a new body in place of an open one's."""
        view = View(
            view_id or f"V{secrets.token_hex(5).upper()}",
            user,
            body,
            f"{self.next_ts()}.{secrets.token_hex(4)}",
        )
        self.views[view.id] = view
        self.touch()
        return view

    def close_view(self, view_id: str) -> None:
        """Take a modal away."""
        self.views[view_id] = replace(self.views[view_id], open=False)
        self.touch()

    def violate(self, what: str) -> None:
        """Remember something that Slack would have refused as wrong."""
        self.violations.append(what)
        self.touch()

    def direct_channel(self, user: str) -> SlackChannel:
        """The app's direct messages with a user, made when first asked for."""
        channel = SlackChannel(id=f"D{user[1:]}", name=self.users[user].name, user=user)
        return self.channels.setdefault(channel.id, channel)

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies to a message, oldest first."""
        found = (m for m in self.messages.values() if m.channel == channel and m.thread_ts == ts and m.ts != ts)
        return sorted(found, key=lambda message: message.ts)

    def timeline(self, channel: str) -> Iterator[Message]:
        """A channel's messages without the replies, newest first."""
        mine = (m for m in self.messages.values() if m.channel == channel and (not m.thread_ts or m.broadcast))
        yield from sorted(mine, key=lambda message: message.ts, reverse=True)

    def seen_by(self, user: str) -> list[Ephemeral]:
        """The ephemeral messages a user sees, oldest first."""
        return sorted((e for e in self.ephemerals.values() if e.user == user), key=lambda e: e.ts)

    def new_trigger(self, user: str) -> str:
        """A trigger id for a user: good once, for three seconds."""
        trigger = f"{int(self.clock() * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._triggers[trigger] = _Trigger(user, self.clock() + TRIGGER_LIFE_S)
        return trigger

    def take_trigger(self, trigger: str) -> tuple[str | None, str]:
        """Use a trigger up: (user, "") or (None, Slack's word for what is wrong with it)."""
        found = self._triggers.get(trigger)
        if found is None:
            return None, "invalid_trigger_id"
        if found.used:
            return None, "exchanged_trigger_id"
        if self.clock() > found.expires:
            return None, "expired_trigger_id"
        found.used = True
        return found.user, ""


def rendered(message: Message, workspace: Workspace) -> Json:
    """A message as Slack's API gives it back."""
    app = workspace.app
    shown: Json = {
        "type": "message",
        "user": app.bot_user,
        "bot_id": app.bot_id,
        "app_id": app.id,
        "team": app.team_id,
        "text": message.text,
        "ts": message.ts,
        "bot_profile": {"id": app.bot_id, "name": app.name, "app_id": app.id, "team_id": app.team_id},
    }
    shown |= {"blocks": list(message.blocks)} if message.blocks else {}
    shown |= {"files": list(message.files)} if message.files else {}
    shown |= {"edited": {"user": app.bot_user, "ts": message.edited}} if message.edited else {}
    return shown | _threaded(message, workspace)


def _threaded(message: Message, workspace: Workspace) -> Json:
    if message.thread_ts:
        return {"thread_ts": message.thread_ts, "parent_user_id": workspace.app.bot_user}
    replies = workspace.thread(message.channel, message.ts)
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": 1,
        "reply_users": [workspace.app.bot_user],
        "latest_reply": replies[-1].ts,
    }


def as_slack_keeps(node: Any) -> Any:
    """Blocks with what Slack fills in: a block_id, and each text's emoji or verbatim."""
    if isinstance(node, list):
        return [as_slack_keeps(item) for item in node]
    if not isinstance(node, dict):
        return node
    filled = {key: as_slack_keeps(value) for key, value in node.items()}
    if filled.get("type") == "plain_text":
        return {"emoji": True, **filled}
    return {"verbatim": False, **filled} if filled.get("type") == "mrkdwn" else filled


def kept_blocks(blocks: list[Json]) -> tuple[Json, ...]:
    """A surface's blocks as Slack keeps them."""
    return tuple({"block_id": secrets.token_hex(3), **as_slack_keeps(block)} for block in blocks)
