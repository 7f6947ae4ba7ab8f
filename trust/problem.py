"""What is wrong with a policy, by class: conditions that never match or always do, guards that the caller satisfies by
itself, entries that open a list, principals that are gone, and whom nobody knows."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from model.text import code
from trust import keys
from trust.condition import Condition
from trust.guard import guard
from trust.judged import Judged, Judgement, lets_anybody, lets_strangers, opens_a_door, reaches_aws
from trust.level import Level
from trust.party import named, parties
from trust.principal import Kind
from trust.services import passes_source
from trust.subject import subject_problems
from trust.value import Value


class Class(StrEnum):
    """The values of `class`."""

    DEAD_CONDITION = "DEAD_CONDITION"
    OPEN_CONDITION = "OPEN_CONDITION"
    TAUTOLOGY = "TAUTOLOGY"
    SPOOFABLE_ONLY = "SPOOFABLE_ONLY"
    POISONED_LIST = "POISONED_LIST"
    ORPHAN = "ORPHAN"
    CONTRADICTION = "CONTRADICTION"
    STATEMENT_BYPASS = "STATEMENT_BYPASS"
    CONFUSED_DEPUTY = "CONFUSED_DEPUTY"
    OIDC_SUBJECT = "OIDC_SUBJECT"
    UNKNOWN_VENDOR = "UNKNOWN_VENDOR"


class Problem(NamedTuple):
    """One problem. `number` is that of the statement it is in."""

    kind: Class
    why: str
    number: int


Told = Iterator[Problem]
_CHOSEN = frozenset(("aws:username", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:principaltype"))
_LIMITS = keys.TIMES | frozenset(keys.NUMBERS) | {"aws:tokenissuetime"}


def problems(judgement: Judgement) -> tuple[Problem, ...]:
    """All problems, statement by statement."""
    found: list[Problem] = []
    for judged in judgement.allows:
        if opens_a_door(judged.statement):
            for look in _LOOKS:
                found += look(judged, judgement)
    return (*dict.fromkeys(found), *_bypass(judgement))


def is_chosen(key: str) -> bool:
    """Whether a caller chooses the value, in its own account or with the call."""
    return key in keys.CHOSEN or key.startswith(keys.CHOSEN_TAGS) or key in _CHOSEN


def _words(condition: Condition, *values: Value) -> str:
    shown = ", ".join(code(each.text, 60) for each in (values or condition.values)[:3])
    return f"{condition.operator.text} {code(condition.written)} {shown}"


def _dead(judged: Judged, judgement: Judgement) -> Told:
    statement, who = judged.statement, parties(judged.statement, judgement.ours)
    alive: list[Condition] = []
    for each in statement.conditions if reaches_aws(statement) else ():
        if _of_provider(each.key) or not lets_anybody(each, judgement.ours, judgement.now):
            why = _why_dead(each)
            yield _told(Class.DEAD_CONDITION, judged, f"{_words(each)} can never be met by AWS principals: {why}")
        else:
            alive.append(each)
    for each in statement.conditions if who.services and not reaches_aws(statement) else ():
        if each.operator.each is None and each.key in _ABSENT_FOR_SERVICES and not each.operator.is_negated:
            yield _told(Class.DEAD_CONDITION, judged, f"{_words(each)} is absent when an AWS service calls")
    if judged.is_dead and len(alive) == len(statement.conditions):
        yield from _contradiction(judged, judgement)


_ABSENT_FOR_SERVICES = frozenset(
    (
        *("aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "sts:externalid"),
        *("aws:multifactorauthpresent", "aws:multifactorauthage", "aws:username", "aws:sourcevpc", "aws:sourcevpce"),
    )
)


def _of_provider(key: str) -> bool:
    return not key.startswith(("aws:", "sts:", "iam:", "ec2:", "lambda:", "ssm:"))


def _why_dead(condition: Condition) -> str:
    family = condition.operator.family
    texts = [each.text for each in condition.values]
    if condition.key in ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"):
        return "the key is absent unless an AWS service calls; aws:PrincipalAccount or aws:PrincipalOrgID was meant"
    if condition.key == "aws:sourceip":
        return "no public address is in it, and private ones are never seen as aws:SourceIp"
    if family.value.startswith("string") and any("*" in text or "?" in text for text in texts):
        return "this operator takes `*` and `?` literally; with wildcards it is StringLike"
    if _of_provider(condition.key):
        return "the key comes with a token only"
    return "no caller can have such a value"


def _contradiction(judged: Judged, judgement: Judgement) -> Told:
    who = parties(judged.statement, judgement.ours)
    if not who.aws:
        return
    held = " and ".join(f"{each.operator.text} {code(each.written)}" for each in judged.statement.conditions)
    them = named(who.aws, judgement.ours)
    why = f"{them} can never meet {held or 'the statement'}: nobody gets in by {judged.statement.name}"
    kind = Class.CONTRADICTION
    if all(each.key in _CHOSEN for each in judged.statement.conditions):
        kind = Class.DEAD_CONDITION
    yield _told(kind, judged, why)


def _open(judged: Judged, judgement: Judgement) -> Told:
    statement = judged.statement
    if not reaches_aws(statement):
        return
    telling = [each for each in statement.conditions if not _says_little(each)]
    opened = [each for each in telling if lets_strangers(each, judgement.ours, judgement.now)]
    if len(opened) < len(telling) and not judged.is_open:
        return
    for each in opened:
        opening = _opening(each, judgement) if len(each.values) > 1 else []
        if opening:
            why = f"{_words(each, *opening)} opens the whole list: values are alternatives"
            yield _told(Class.POISONED_LIST, judged, why)
        if len(opening) in (0, len(each.values)):
            yield _told(Class.OPEN_CONDITION, judged, f"{_words(each)} is met by any stranger: {_why_open(each)}")


def _says_little(condition: Condition) -> bool:
    return is_chosen(condition.key) or condition.key in _LIMITS or condition.key in keys.TAUTOLOGIES


def _opening(condition: Condition, judgement: Judgement) -> list[Value]:
    """The values that would open the condition each by itself; with a negated operator none."""
    if condition.operator.is_negated:
        return []
    ones = (condition._replace(values=(value,)) for value in condition.values)
    return [one.values[0] for one in ones if lets_strangers(one, judgement.ours, judgement.now)]


def _why_open(condition: Condition) -> str:
    operator = condition.operator
    if operator.if_exists or operator.each == "ForAllValues":
        if condition.key in ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"):
            return f"the key is absent when AWS principals call, and {operator.text} holds then; use aws:PrincipalOrgID"
        return f"{operator.text} holds where the key is absent"
    if operator.is_negated:
        return "a negated operator lets in everybody else, and whoever has no such key"
    return "the value is as wide as the world"


def _tautology(judged: Judged, judgement: Judgement) -> Told:
    for each in judged.statement.conditions:
        is_met = each.key in keys.TAUTOLOGIES and lets_strangers(each, judgement.ours, judgement.now)
        if is_met:
            yield _told(Class.TAUTOLOGY, judged, f"{_words(each)} says nothing of who calls: it is always met")


def _spoofable(judged: Judged, judgement: Judgement) -> Told:
    statement, who = judged.statement, parties(judged.statement, judgement.ours)
    if not judged.is_open or not statement.conditions or not (who.anyone or who.outside):
        return
    rest = [each for each in statement.conditions if each.key not in keys.TAUTOLOGIES and each.key not in _LIMITS]
    chosen = [each for each in rest if is_chosen(each.key)]
    only_external_id = not who.anyone and all(each.key == "sts:externalid" for each in chosen)
    others = [each for each in rest if not is_chosen(each.key)]
    if (
        not chosen
        or only_external_id
        or not all(lets_strangers(each, judgement.ours, judgement.now) for each in others)
    ):
        return
    listed = ", ".join(dict.fromkeys(code(each.written) for each in chosen))
    yield _told(Class.SPOOFABLE_ONLY, judged, f"{statement.name} is guarded only by what the caller chooses: {listed}")


def _principals(judged: Judged, judgement: Judgement) -> Told:
    statement = judged.statement
    if statement.not_principals:
        return
    gone = [each for each in statement.principals if each.kind is Kind.DELETED]
    if gone:
        yield _told(Class.ORPHAN, judged, f"{named(tuple(gone), judgement.ours)} was deleted; remove the entry")
    aws = [each for each in statement.principals if each.account or each.kind is Kind.ANYONE]
    if len(aws) > 1 and any(each.kind is Kind.ANYONE for each in aws) and judged.is_open:
        yield _told(
            Class.POISONED_LIST, judged, f"{statement.name}: `*` makes the other principals beside it meaningless"
        )


def _vendors(judged: Judged, judgement: Judgement) -> Told:
    ours = judgement.ours
    who = parties(judged.statement, ours)
    pinned = guard(judged.statement, "aws:principalaccount")
    accounts = [each.account for each in who.outside]
    accounts += [value.text for each in pinned.conditions if not each.operator.is_negated for value in each.values]
    for account in dict.fromkeys(accounts):
        if account.isdigit() and not ours.has(account) and account not in ours.vendors:
            yield _told(
                Class.UNKNOWN_VENDOR,
                judged,
                f"account {code(account)} is nobody's that is known; name it under [organization.vendors]",
            )


_RCP = "one resource control policy for the organisation does more than an edit per role"


def _deputy(judged: Judged, judgement: Judgement) -> Told:
    who = parties(judged.statement, judgement.ours)
    passing = [each for each in who.services if passes_source(each.name)]
    held = guard(judged.statement, "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")
    if passing and not held.demands:
        why = f"{named(tuple(passing), judgement.ours)} may act for anybody's resource (cross-service): {_RCP}"
        yield _told(Class.CONFUSED_DEPUTY, judged, why)
    if who.outside and not guard(judged.statement, "sts:externalid").exact and not judged.is_dead:
        them = named(who.outside, judgement.ours)
        why = f"{them} may act for another of its customers (cross-account): ask for its external id"
        yield _told(Class.CONFUSED_DEPUTY, judged, why)


def _subjects(judged: Judged, judgement: Judgement) -> Told:
    for why in subject_problems(judged.statement, judgement.ours):
        yield _told(Class.OIDC_SUBJECT, judged, why)


def _bypass(judgement: Judgement) -> Told:
    """A statement that guards is worth nothing beside one that does not."""
    openers = [each for each in judgement.allows if each.entry]
    wide = (Level.PUBLIC, Level.ORG, Level.ACCOUNT, Level.PATTERN)
    guards = [
        each
        for each in judgement.allows
        if each.statement.conditions and not each.is_open and not each.is_dead and each.level in wide
    ]
    for opener in openers:
        for held in guards:
            why = f"{opener.statement.name} lets in whom {held.statement.name} keeps out: statements are alternatives"
            yield _told(Class.STATEMENT_BYPASS, opener, why)


def _told(kind: Class, judged: Judged, why: str) -> Problem:
    return Problem(kind, why, judged.statement.number)


_LOOKS: tuple[Callable[[Judged, Judgement], Told], ...] = (
    *(_dead, _open, _tautology, _spoofable, _principals, _deputy, _subjects, _vendors),
)
