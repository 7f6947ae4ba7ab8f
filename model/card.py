"""The one message of a case, before any vendor's markup."""

from datetime import datetime

from model.approval import Verb
from model.frozen import Frozen


class Button(Frozen):
    """A wish that can be clicked. `confirm` is the sentence of its confirm dialog, empty for none."""

    verb: Verb
    label: str
    danger: bool = False
    confirm: str = ""


class Card(Frozen):
    """The message of a case: texts in hopstop's own words with code spans (model/text.py), nothing else.

    `lock_line` is what a locked phone shows (at most 150 characters, no markup). `facts` are label and value.
    `effect` says what approval would do,
    or what was done; `effect_title` which of both. `links` are label and URL, made by hopstop only.
    """

    case: str
    run: str
    version: int
    plan: str | None
    state: str
    lock_line: str
    title: str
    question: str
    evidence: str
    facts: tuple[tuple[str, str], ...] = ()
    effect_title: str = ""
    effect: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    deadline: datetime | None = None
    silence: str = ""
    notes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


class Posted(Frozen):
    """Where a card stands."""

    channel: str
    ts: str
    link: str = ""
