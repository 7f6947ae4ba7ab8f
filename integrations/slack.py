"""The conversation with people in Slack: activities.ports.Conversation over the Web API."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from integrations.slack_blocks import Json, Rendered, render, words
from integrations.slack_errors import SDK_ERRORS, slack_errors
from model.approval import Approvers
from model.card import Card, Posted
from model.errors import Malformed
from model.settings import Approvals
from model.text import code, joined, plural

API_URL = "https://slack.com/api/"
TIMEOUT_S = 10
# How far back a message of ours is looked for: 1,000 messages of the channel, or replies of the thread.
PAGE = 200
PAGES = 5
CARD_EVENT = "hopstop_case"
REPLY_EVENT = "hopstop_reply"
NAMED = 4
# Characters that tell a picture in words (Slack).
ALT = 1000


class SlackConversation:
    """One channel, one bot. No retries of its own; made without a call; threads may share it.

    `channel` is a channel's id, `api_url` is Slack's unless it is another's.
    """

    def __init__(self, token: str, channel: str, api_url: str = "", timeout_s: int = TIMEOUT_S) -> None:
        self._web = WebClient(
            token=token, base_url=with_slash(api_url or API_URL), timeout=timeout_s, retry_handlers=[]
        )
        self._channel = channel
        self._we: Json | None = None

    def post(self, card: Card) -> Posted:
        """Post the case's message once: found again by its case and run when the answer was lost."""
        with slack_errors("post the case's message"):
            return self._posted(self._channel, card)

    def ask(self, user: str, card: Card) -> Posted:
        """Post a card to one person's direct messages, once; `user` is an id or an e-mail address."""
        with slack_errors("ask somebody by direct message"):
            person = self._web.users_lookupByEmail(email=user)["user"]["id"] if "@" in user else user
            channel = self._web.conversations_open(users=person)["channel"]["id"]
            return self._posted(channel, card)

    def _posted(self, channel: str, card: Card) -> Posted:
        key = card_key(card)
        found = self._posted_already(channel, key)
        if found is None:
            found = self._post(channel, render(card), metadata=_metadata(CARD_EVENT, key))
        return Posted(channel=found["channel"], ts=found["ts"], link=self._link(found))

    def update(self, posted: Posted, card: Card) -> None:
        """Render the message again in place."""
        shown = render(card)
        with slack_errors("update the case's message"):
            self._web.chat_update(
                channel=posted.channel,
                ts=posted.ts,
                text=shown.text,
                blocks=shown.blocks,
                metadata=_metadata(CARD_EVENT, card_key(card)),
                parse="none",
            )

    def reply(self, posted: Posted, key: str, text: str, mention: Sequence[str] = ()) -> None:
        """Add to the message's thread once per key; who is mentioned is notified, and nobody else can be."""
        with slack_errors("reply in the case's thread"):
            pages = self._pages("conversations_replies", channel=posted.channel, ts=posted.ts)
            if self._find(pages, REPLY_EVENT, key) is None:
                metadata = _metadata(REPLY_EVENT, key)
                self._post(posted.channel, words(text, mention), metadata=metadata, thread_ts=posted.ts)

    def picture(self, posted: Posted, key: str, alt: str, image: bytes) -> None:
        """Show a PNG in the message's thread once per key: known again by the file's name."""
        name = f"hopstop-{key}.png"
        with slack_errors("show the case's picture"):
            pages = self._pages("conversations_replies", channel=posted.channel, ts=posted.ts)
            if self._has_file(pages, name):
                return
            ticket = self._web.files_getUploadURLExternal(filename=name, length=len(image), alt_txt=alt[:ALT])
            self._upload(str(ticket["upload_url"]), image)
            self._web.files_completeUploadExternal(
                files=[{"id": ticket["file_id"], "title": name}], channel_id=posted.channel, thread_ts=posted.ts
            )

    def _upload(self, url: str, image: bytes) -> None:
        """The address comes from Slack, and the token does not go there."""
        if urlsplit(url).scheme != urlsplit(self._web.base_url).scheme:
            raise Malformed("Slack named an address for the picture that is not like its own")
        request = Request(url, image, {"Content-Type": "application/octet-stream"}, method="POST")  # noqa: S310
        with urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 - https as the API's own address, see above
            pass

    def _has_file(self, pages: Iterator[Json], name: str) -> bool:
        messages = (message for page in pages for message in page.get("messages", []))
        files = (file for message in messages if self._is_ours(message) for file in message.get("files") or ())
        return any(file.get("name") == name for file in files)

    def _is_ours(self, message: Json) -> bool:
        """A message that shows a file carries the bot's user, and not always its bot id."""
        we = self._ourselves()
        return message.get("bot_id") == we.get("bot_id") or message.get("user") == we.get("user_id")

    def whisper(self, channel: str, user: str, text: str) -> None:
        """Tell one user something that nobody else sees."""
        shown = words(text)
        with slack_errors("tell somebody privately"):
            self._web.chat_postEphemeral(channel=channel, user=user, text=shown.text, blocks=shown.blocks, parse="none")

    def find(self, email: str) -> str | None:
        """The id of the user with that e-mail address; None where Slack knows none."""
        with slack_errors("find whoever is on call"):
            try:
                return str(self._web.users_lookupByEmail(email=email)["user"]["id"])
            except SlackApiError as error:
                if error.response.get("error") == "users_not_found":
                    return None
                raise

    def approvers(self, approvals: Approvals) -> Approvers:
        """The users and the groups' members now, and the team: of the settings, else the bot's own."""
        with slack_errors("look up who may decide"):
            members = [user for group in approvals.groups for user in self._members(group)]
            team = approvals.team or str(self._ourselves()["team_id"])
        users = tuple(dict.fromkeys([*approvals.users, *members]))
        if not users:
            return Approvers(team=team)
        names = [self._name(user) for user in users[:NAMED]]
        rest = len(users) - len(names)
        said = joined(names, NAMED) + (f" and {plural(rest, 'other')}" if rest else "")
        return Approvers(users=users, team=team, said=said, names=tuple(names))

    def _post(self, channel: str, shown: Rendered, **more: Any) -> Json:
        answer = self._web.chat_postMessage(
            channel=channel,
            text=shown.text,
            blocks=shown.blocks,
            parse="none",
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        return {"channel": answer["channel"], "ts": answer["ts"]}

    def _posted_already(self, channel: str, key: str) -> Json | None:
        found = self._find(self._pages("conversations_history", channel=channel), CARD_EVENT, key)
        return found and {"channel": channel, "ts": found["ts"]}

    def _pages(self, method: str, **which: str) -> Iterator[Json]:
        cursor = ""
        for _ in range(PAGES):
            more = {"cursor": cursor} if cursor else {}
            page = getattr(self._web, method)(limit=PAGE, include_all_metadata=True, **which, **more)
            yield page.data
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _find(self, pages: Iterator[Json], event: str, key: str) -> Json | None:
        """A message with our key in its metadata that we wrote: other apps can write any metadata."""
        wanted = _metadata(event, key)
        for page in pages:
            for message in page.get("messages", []):
                ours = message.get("bot_id") == self._ourselves().get("bot_id")
                if ours and message.get("metadata") == wanted:
                    return dict(message)
        return None

    def _ourselves(self) -> Json:
        if self._we is None:
            self._we = dict(self._web.auth_test().data)  # type: ignore[arg-type]
        return self._we

    def _members(self, group: str) -> list[str]:
        return list(self._web.usergroups_users_list(usergroup=group)["users"])

    def _name(self, user: str) -> str:
        try:
            found = self._web.users_info(user=user)["user"]
        except SDK_ERRORS:
            return code(user)
        return code(found.get("real_name") or found.get("name") or user, 60)

    def _link(self, found: Json) -> str:
        """The message's address; a nicety that never fails a post."""
        try:
            answer = self._web.chat_getPermalink(channel=found["channel"], message_ts=found["ts"])
        except SDK_ERRORS:
            return ""
        return str(answer["permalink"])


def card_key(card: Card) -> str:
    """What makes a case's message one: the case and its run."""
    return f"{card.case}/{card.run}"[:500]


def with_slash(url: str) -> str:
    """Slack's clients put the method's name right behind the URL."""
    return url if url.endswith("/") else f"{url}/"


def _metadata(event: str, key: str) -> Json:
    return {"event_type": event, "event_payload": {"key": key}}
