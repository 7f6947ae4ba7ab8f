"""Slack's chat.* methods and the reading of conversations."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from standins.block_kit import MESSAGE_CHARACTERS, Json, characters, message_flaws
from standins.slack_arguments import SlackError, flag
from standins.slack_workspace import Ephemeral, Message, SlackChannel, Workspace, kept_blocks, rendered

# From Slack's error texts: chat.update and chat.postEphemeral; posting is cut off at 40,000.
POST_CHARACTERS = 40_000
SHORT_CHARACTERS = 4_000
METADATA_BYTES = 16_000


def post_message(workspace: Workspace, args: Json) -> Json:
    """chat.postMessage, to a channel, a thread or (with a user's id) a person."""
    channel = _channel(workspace, args["channel"])
    text, blocks = _content(args, POST_CHARACTERS)
    thread_ts = args.get("thread_ts")
    if thread_ts and (channel.id, thread_ts) not in workspace.messages:
        raise SlackError("cannot_reply_to_message")
    message = Message(
        channel=channel.id,
        ts=workspace.next_ts(),
        text=text,
        blocks=kept_blocks(blocks),
        metadata=_metadata(args.get("metadata")),
        thread_ts=_top_of_thread(workspace, channel.id, thread_ts),
        broadcast=flag(args, "reply_broadcast"),
    )
    workspace.put(message)
    return {"channel": channel.id, "ts": message.ts, "message": rendered(message, workspace)}


def update(workspace: Workspace, args: Json) -> Json:
    """chat.update: blocks and metadata that are not given stay as they are."""
    old = _message(workspace, args["channel"], args["ts"])
    text, blocks = _content(args, SHORT_CHARACTERS, old.text if "blocks" in args else "")
    message = replace(
        old,
        text=text,
        blocks=kept_blocks(blocks) if "blocks" in args else old.blocks,
        metadata=_metadata(args["metadata"]) if "metadata" in args else old.metadata,
        edited=workspace.next_ts(),
    )
    workspace.put(message)
    return {
        "channel": old.channel,
        "ts": old.ts,
        "text": text,
        "message": rendered(message, workspace),
    }


def post_ephemeral(workspace: Workspace, args: Json) -> Json:
    """chat.postEphemeral: shown to one person only."""
    channel = _channel(workspace, args["channel"])
    if args["user"] not in workspace.users:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(args, SHORT_CHARACTERS)
    shown = Ephemeral(channel.id, workspace.next_ts(), args["user"], text, kept_blocks(blocks), args.get("thread_ts"))
    workspace.whisper(shown)
    return {"message_ts": shown.ts}


def permalink(workspace: Workspace, args: Json) -> Json:
    """chat.getPermalink."""
    message = _message(workspace, args["channel"], args["message_ts"])
    address = f"https://{workspace.app.domain}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return {"channel": message.channel, "permalink": address}


def history(workspace: Workspace, args: Json) -> Json:
    """conversations.history: newest first, without the replies."""
    channel = _channel(workspace, args["channel"])
    return {**_page(workspace, workspace.timeline(channel.id), args), "pin_count": 0}


def replies(workspace: Workspace, args: Json) -> Json:
    """conversations.replies: the parent, then its replies, oldest first."""
    channel = _channel(workspace, args["channel"])
    parent = workspace.messages.get((channel.id, args["ts"]))
    if parent is None:
        raise SlackError("thread_not_found", wrong=False)
    top = workspace.messages.get((channel.id, parent.thread_ts or parent.ts), parent)
    return _page(workspace, [top, *workspace.thread(channel.id, top.ts)], args)


def check_blocks(blocks: Any) -> list[Json]:
    """The blocks when Slack would take them; SlackError says why not."""
    if not blocks:
        return []
    if flaws := message_flaws(blocks):
        raise SlackError("invalid_blocks", tuple(flaws))
    if characters(blocks) > MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return list(blocks)


def _content(args: Json, most: int, text_before: str = "") -> tuple[str, list[Json]]:
    text = args.get("text", text_before)
    blocks = check_blocks(args.get("blocks"))
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > most:
        raise SlackError("msg_too_long")
    return text, blocks


def _metadata(given: Any) -> Json | None:
    if not given:
        return None
    fits = isinstance(given, dict) and given.keys() == {"event_type", "event_payload"}
    if not fits or not isinstance(given["event_type"], str) or not isinstance(given["event_payload"], dict):
        raise SlackError("invalid_metadata_format")
    if len(str(given)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return dict(given)


def _channel(workspace: Workspace, name: str) -> SlackChannel:
    if name in workspace.users:
        return workspace.direct_channel(name)
    if name not in workspace.channels:
        raise SlackError("channel_not_found")
    return workspace.channels[name]


def _message(workspace: Workspace, channel: str, ts: str) -> Message:
    found = workspace.messages.get((_channel(workspace, channel).id, ts))
    if found is None:
        raise SlackError("message_not_found")
    return found


def _top_of_thread(workspace: Workspace, channel: str, thread_ts: str | None) -> str | None:
    if not thread_ts:
        return None
    return workspace.messages[channel, thread_ts].thread_ts or thread_ts


def _page(workspace: Workspace, messages: Iterable[Message], args: Json) -> Json:
    within = [message for message in messages if _within(message.ts, args)]
    start, size = _start(args.get("cursor")), max(1, min(int(args.get("limit", 100)), 999))
    shown = [_shown(message, workspace, args) for message in within[start : start + size]]
    has_more = start + size < len(within)
    return {
        "messages": shown,
        "has_more": has_more,
        "response_metadata": {"next_cursor": f"after:{start + size}" if has_more else ""},
    }


def _start(cursor: str | None) -> int:
    number = (cursor or "after:0").removeprefix("after:")
    if not number.isdigit():
        raise SlackError("invalid_cursor")
    return int(number)


def _within(ts: str, args: Json) -> bool:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    at = float(ts)
    return oldest <= at <= latest if flag(args, "inclusive") else oldest < at < latest


def _shown(message: Message, workspace: Workspace, args: Json) -> Json:
    shown = rendered(message, workspace)
    with_metadata = message.metadata and flag(args, "include_all_metadata")
    return shown | {"metadata": message.metadata} if with_metadata else shown
