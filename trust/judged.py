"""A policy judged as a whole: is it exposed, how wide is it, what does each statement that lets in amount to."""

from itertools import islice
from typing import NamedTuple

from trust.caller import Door
from trust.condition import Condition
from trust.exposure import Entry, Exposure, way_in
from trust.guard import is_demanding
from trust.level import WIDEST, Level, widest
from trust.ours import Ours
from trust.policy import Policy, Statement
from trust.principal import ANYONE, AWS_KINDS, PROVIDERS, Kind
from trust.visitor import Visitor, strangers, visitors

DOORS = tuple(Door)


class Judged(NamedTuple):
    """One Allow: how wide it is, whether anybody outside gets in by it (Denies aside: `open`; in spite of them:
    `entry`), and whether nobody at all does."""

    statement: Statement
    level: Level
    is_open: bool
    entry: Entry | None
    is_dead: bool


class Judgement(NamedTuple):
    """The whole policy."""

    policy: Policy
    ours: Ours
    now: float
    exposure: Exposure
    level: Level
    allows: tuple[Judged, ...]


MOST_TRIES = 20_000
"""Callers times statements: no policy of a size that IAM takes needs more, but for one that is made to."""


def judge(policy: Policy, ours: Ours, now: float) -> Judgement:
    """Judge a policy as of `now` (seconds since 1970)."""
    most = MOST_TRIES // max(1, len(policy.allows))
    tried = tuple(islice(visitors(policy, ours), most + 1))
    everybody = sorted(tried, key=lambda each: WIDEST.index(each.level))
    allows = tuple(_judged(each, policy.denies, everybody, ours, now) for each in policy.allows)
    entries = [each.entry for each in allows if each.entry]
    surely = [entry for entry in entries if entry.sure]
    exposed = True if surely else None if entries or len(tried) > most else False
    found = Exposure(exposed, next(iter([*surely, *entries]), None))
    return Judgement(policy, ours, now, found, widest([each.level for each in allows]), allows)


def _judged(
    statement: Statement, denies: tuple[Statement, ...], everybody: list[Visitor], ours: Ours, now: float
) -> Judged:
    """The widest come first: the first that gets in tells how wide the statement is, and who is told of."""
    if not opens_a_door(statement):
        return Judged(statement, Level.NONE, False, None, False)
    first = next((each for each in everybody if way_in(statement, (), each, ours, now, borrowed=True)), None)
    levels = ([] if first is None else [_capped(first.level, statement)]) + _unseen_levels(statement)
    outside = [] if first is None else [each for each in everybody if not each.inside]
    is_open = any(way_in(statement, (), each, ours, now) for each in outside)
    best: Entry | None = None
    for each in outside if is_open else ():
        entry = way_in(statement, denies, each, ours, now)
        best = entry if entry is not None and (best is None or entry.sure) else best
        if best is not None and best.sure:
            break
    return Judged(statement, widest(levels), is_open, best, not levels)


def _capped(level: Level, statement: Statement) -> Level:
    """A unique id is one user or role, whoever else the statement would let in."""
    is_named = any(each.key == "aws:userid" and is_demanding(each) for each in statement.conditions)
    return Level.NAMED if is_named and level in (Level.PUBLIC, Level.ORG, Level.ACCOUNT) else level


def opens_a_door(statement: Statement) -> bool:
    """Whether a session can come of the statement's actions at all."""
    return any(statement.covers(door) for door in DOORS)


def _unseen_levels(statement: Statement) -> list[Level]:
    """Services and providers: nobody is tried of them, for what they vouch for is not in the policy."""
    kinds = set() if statement.not_principals else {each.kind for each in statement.principals}
    found: list[Level] = []
    if Kind.SERVICE in kinds and statement.covers(Door.ASSUME_ROLE):
        found.append(Level.SERVICE)
    saml = Kind.SAML in kinds and statement.covers(Door.SAML)
    web = kinds & (PROVIDERS - {Kind.SAML}) and statement.covers(Door.WEB_IDENTITY)
    return [*found, *([Level.FEDERATED] if saml or web else [])]


def lets_strangers(condition: Condition, ours: Ours, now: float) -> bool:
    """Whether callers that it does not name meet a condition when nothing else is asked; AWS callers only."""
    alone = _alone(condition)
    return any(way_in(alone, (), each, ours, now) for each in strangers(alone, ours))


def lets_anybody(condition: Condition, ours: Ours, now: float) -> bool:
    """Whether any AWS caller at all can meet a condition, in whatever network it is and whatever id it has."""
    alone = _alone(condition)
    everybody = visitors(Policy("2012-10-17", (alone,)), ours)
    return any(way_in(alone, (), each, ours, now, borrowed=True) for each in everybody)


def _alone(condition: Condition) -> Statement:
    return Statement(1, "", True, ("sts:assumerole",), False, (ANYONE,), False, (condition,))


def reaches_aws(statement: Statement) -> bool:
    """Whether AWS principals are meant, and can use the door."""
    kinds = {each.kind for each in statement.principals}
    return statement.covers(Door.ASSUME_ROLE) and (statement.not_principals or bool(kinds & AWS_KINDS))
