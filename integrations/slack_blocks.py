"""A case's card as Block Kit: within every limit of Slack's, whatever the card holds."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from integrations.slack_markup import bullets, moment, mrkdwn, paragraphs, plain, units
from model.approval import Verb
from model.card import Button, Card
from model.frozen import Frozen
from model.text import code

Json = dict[str, Any]

# Slack's limits: header 150, section 3,000, ten fields of 2,000, label 75, value 2,000, confirm 300, modal title 24.
# Ours are tighter: all texts together stay under 13,000 characters, where posts begin to fail.
LOCK_LINE = 150
TITLE = 150
SENTENCE = 600
FACTS = 10
FACT_LABEL = 60
FACT_VALUE = 230
EFFECT = 2600
# Characters of one line of it: whom an action hits stands last in the line.
ONE_EFFECT = 420
NOTES = 1500
LABEL = 75
VALUE = 2000
CONFIRM_TEXT = 300
CONFIRM_LABEL = 30
LINKS = 5
URL = 2000

ACTION = "case:"
LINK = "link:"
REASON = "reason"
REASON_VIEW = "hopstop_reason"
REASON_LENGTH = 500
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")


class Target(Frozen):
    """What a button is about: ids only. It is read back from every click; the case compares `plan` and `card`."""

    case: str
    run: str
    card: int
    plan: str | None = None

    def value(self) -> str:
        """Compact JSON, as the button carries it."""
        return json.dumps(self.model_dump(), separators=(",", ":"))


@dataclass(frozen=True)
class Rendered:
    """The notification line, and the blocks."""

    text: str
    blocks: list[Json]


def render(card: Card) -> Rendered:
    """The message of a case."""
    title = plain(card.title, TITLE) or "hopstop"
    return Rendered(plain(card.lock_line, LOCK_LINE) or title, [_header(title), *_body(card)])


def words(text: str, mention: Sequence[str] = ()) -> Rendered:
    """A message of words with code spans, lines parted by newlines. Only ids of Slack's form are ever mentioned."""
    first = next(iter(text.splitlines()), "")
    called = " ".join(f"<@{user}>" for user in mention if _USER.fullmatch(user))
    shown = paragraphs(text, 2700) or "(empty)"
    return Rendered(plain(first, LOCK_LINE) or "hopstop", [section(f"{called}\n{shown}" if called else shown)])


def section(markup: str) -> Json:
    """A section of finished markup; nothing in it is parsed any further."""
    return {"type": "section", "text": _mrkdwn_object(markup)}


def reason_view(target: Target, channel: str) -> Json:
    """The modal that asks why this is us; it carries the button's ids and the channel."""
    ids = {**target.model_dump(), "channel": channel}
    field = {"type": "plain_text_input", "action_id": REASON, "multiline": True, "max_length": REASON_LENGTH}
    return {
        "type": "modal",
        "callback_id": REASON_VIEW,
        "private_metadata": json.dumps(ids, separators=(",", ":")),
        "title": plain_object("It is us"),
        "submit": plain_object("Send"),
        "close": plain_object("Not now"),
        "blocks": [
            section("Nothing is revoked, and the case closes with your name and reason."),
            {"type": "input", "block_id": REASON, "label": plain_object("What is it?"), "element": field},
        ],
    }


def plain_object(finished: str) -> Json:
    """A text that Slack shows as it stands."""
    return {"type": "plain_text", "text": finished, "emoji": False}


def _header(title: str) -> Json:
    return {"type": "header", "text": plain_object(title)}


def _body(card: Card) -> Iterator[Json]:
    state, question = mrkdwn(card.state, 100), mrkdwn(card.question, SENTENCE)
    yield from _said([f"*{state}*" if state else "", question])
    yield from _said([mrkdwn(card.evidence, SENTENCE)])
    if fields := [_fact(label, value) for label, value in card.facts[:FACTS]]:
        yield {"type": "section", "fields": fields}
    if effect := bullets(card.effect, EFFECT, ONE_EFFECT):
        yield section(f"*{mrkdwn(card.effect_title or 'What was done', 100)}*\n{effect}")
    if elements := [*_buttons(card), *_links(card)]:
        yield {"type": "actions", "elements": elements}
    deadline = f"*Decide by* {moment(card.deadline)}" if card.deadline else ""
    yield from _said([deadline, mrkdwn(card.silence, SENTENCE // 2)])
    yield from _said([bullets(card.notes, NOTES)])
    yield {"type": "context", "elements": [_mrkdwn_object(_ids(card))]}


def _said(lines: list[str]) -> Iterator[Json]:
    shown = "\n".join(line for line in lines if line)
    if shown:
        yield section(shown)


def _fact(label: str, value: str) -> Json:
    shown = mrkdwn(label, FACT_LABEL)
    heading = f"*{shown}*\n" if shown else ""
    return _mrkdwn_object(f"{heading}{mrkdwn(value, FACT_VALUE) or '—'}")


def _ids(card: Card) -> str:
    plan = f" · plan {code(card.plan, 20)}" if card.plan else ""
    return mrkdwn(f"{code(card.case, 120)}{plan} · version {card.version}", 300)


def _buttons(card: Card) -> Iterator[Json]:
    """One button a verb; none where the ids do not fit, since a shortened id is another case's."""
    value = Target(case=card.case, run=card.run, card=card.version, plan=card.plan).value()
    if units(value) > VALUE:
        return
    by_verb: dict[Verb, Button] = {}
    for button in card.buttons:
        by_verb.setdefault(button.verb, button)
    for button in by_verb.values():
        yield _button(button, value)


def _button(button: Button, value: str) -> Json:
    label = plain(button.label, LABEL) or button.verb.value
    made = {
        "type": "button",
        "action_id": f"{ACTION}{button.verb}",
        "text": plain_object(label),
        "value": value,
    }
    if button.danger:
        made["style"] = "danger"
    if confirm := mrkdwn(button.confirm, CONFIRM_TEXT):
        made["confirm"] = _confirm(button, confirm)
    return made


def _confirm(button: Button, markup: str) -> Json:
    label = button.label or button.verb.value
    return {
        "title": plain_object(plain(f"{label}?", LABEL)),
        "text": _mrkdwn_object(markup),
        "confirm": plain_object(plain(label, CONFIRM_LABEL) or "Yes"),
        "deny": plain_object("Not now"),
        "style": "danger" if button.danger else "primary",
    }


def _links(card: Card) -> Iterator[Json]:
    usable = [(label, url) for label, url in card.links if is_link(url)]
    for number, (label, url) in enumerate(usable[:LINKS]):
        text = plain_object(plain(label, LABEL) or "Open")
        yield {"type": "button", "action_id": f"{LINK}{number}", "text": text, "url": url}


def is_link(url: str) -> bool:
    """Whether a URL is one that a button may carry: http or https, a host, printable ASCII."""
    if not url.isascii() or not url.isprintable() or len(url) > URL or set(url) & set(' <>|"\\'):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _mrkdwn_object(finished: str) -> Json:
    return {"type": "mrkdwn", "text": finished, "verbatim": True}
