"""Clicks, and what a case makes of them."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from model.frozen import Frozen


class Verb(StrEnum):
    """What a person can ask of a case."""

    APPROVE = "approve"
    DENY = "deny"
    PAGE = "page"
    LIFT = "lift"
    RETRY = "retry"
    MINE = "mine"
    NOT_MINE = "not_mine"


ANSWERS = (Verb.MINE, Verb.NOT_MINE)
"""What the person whom the chain names can answer to "was this you?"; nobody else can, and it decides nothing."""


Source = Literal["slack", "cli", "ui"]


class Click(Frozen):
    """One wish of one person, as it was sent; the case alone judges it.

    `user` and `team` are Slack's ids (for `cli`: the operating system's user name, unverified; for `ui`: empty).
    `card` is the version of the card that was clicked, `plan` the plan's hash (its first six or more characters
    from `cli` and `ui`), `run` the case's run that made the card. `keys`
    asks a lift to turn access keys on again.
    """

    id: str
    source: Source
    verb: Verb
    user: str
    team: str = ""
    card: int | None = None
    plan: str | None = None
    run: str | None = None
    reason: str = ""
    channel: str | None = None
    keys: bool = False


class Judged(Frozen):
    """A click with the case's answer to it."""

    click: Click
    accepted: bool
    why: str
    at: datetime


class Approvers(Frozen):
    """Who may decide, resolved when the question is asked: Slack user ids, one line that names them, and
    what each is called, as code spans."""

    users: tuple[str, ...] = ()
    team: str = ""
    said: str = "nobody is configured"
    names: tuple[str, ...] = ()

    def name(self, user: str) -> str:
        """A user's name as a code span; the bare id where no name is known."""
        return dict(zip(self.users, self.names, strict=False)).get(user, user)


class Vote(Frozen):
    """One approval of a plan that needs two: by whom (Slack id, and name as a code span), and the plan's hash."""

    user: str
    name: str
    plan: str


class Decision(Frozen):
    """How the question ended. `until`: what was found is allowed until then."""

    outcome: Literal["approved", "denied", "expired"]
    by: str
    source: Source | None = None
    verified: bool = False
    reason: str = ""
    plan: str = ""
    at: datetime
    until: datetime | None = Field(default=None, exclude_if=lambda until: until is None)
