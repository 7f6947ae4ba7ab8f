"""What the world says about a finding while a human is being asked."""

from datetime import datetime

from pydantic import Field

from model.frozen import Frozen


class Person(Frozen):
    """Somebody on call, as PagerDuty names them."""

    name: str
    email: str = ""
    schedule: str = ""
    until: datetime | None = None


class Change(Frozen):
    """A deploy or change in the window, as its system names it."""

    summary: str
    source: str
    at: datetime
    link: str = ""


class SessionActivity(Frozen):
    """What one role session did since it was minted: API names with counts, most frequent first."""

    session: str
    calls: tuple[tuple[str, int], ...]
    denied: int = 0
    last: datetime | None = None


class StillInReach(Frozen):
    """What the sessions of a chain can still come to, by trust policies as they were configured at `as_of`.

    `within` counts other accounts than the chain's own that are come to in at most 1, 2, … hops from any of it, `free`
    those of them that nothing more than the caller's identity is asked for; `production` names production accounts
    among them, at most 10. `unknown` are roles of the chain that the snapshot does not hold.
    """

    within: tuple[int, ...]
    free: int
    production: tuple[str, ...] = ()
    productions: int = 0
    as_of: datetime
    unknown: tuple[str, ...] = ()


class Enrichment(Frozen):
    """Everything that was learned; `missing` says in plain words what could not be seen, and why."""

    on_call: tuple[Person, ...] = ()
    changes: tuple[Change, ...] = ()
    activity: tuple[SessionActivity, ...] = ()
    also_hit: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reach: StillInReach | None = Field(default=None, exclude_if=lambda value: value is None)


def combine(parts: "tuple[Enrichment, ...] | list[Enrichment]") -> Enrichment:
    """All that several questions brought, in their order."""
    return Enrichment(
        on_call=tuple(x for part in parts for x in part.on_call),
        changes=tuple(x for part in parts for x in part.changes),
        activity=tuple(x for part in parts for x in part.activity),
        also_hit=tuple(x for part in parts for x in part.also_hit),
        missing=tuple(x for part in parts for x in part.missing),
        reach=next((part.reach for part in parts if part.reach is not None), None),
    )
