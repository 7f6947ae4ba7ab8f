"""Who might knock: for one policy, the callers that are worth trying, one for each way to be somebody.

A policy tells callers apart only by what its own text names. So it is enough to try whom it names, somebody that fits
each of its patterns, and somebody that it never heard of: in an account, an organisation, with a name.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from trust.caller import Caller, aws_caller
from trust.condition import Condition
from trust.issuers import COGNITO, Issuer, issuer_of
from trust.level import Level
from trust.ours import Ours
from trust.policy import Policy, Statement
from trust.principal import AWS_KINDS, Kind, Principal
from trust.wildcard import has_wildcard, literal, pattern
from trust.witness import examples, fills

_DIGITS = "98765432"
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_ORG = re.compile(r"o-[a-z0-9]{10,32}")
_ORG_TEMPLATE = pattern("o-??????????")
_ACCOUNT_TEMPLATE = pattern("?" * 12)
_NAMES_ORGS = ("aws:principalorgid", "aws:principalorgpaths", "aws:vpceorgid", "aws:vpceorgpaths")
_TELLS_KINDS = frozenset(
    (
        *("aws:principalarn", "aws:username", "aws:userid", "aws:principaltype", "aws:multifactorauthpresent"),
        *("aws:multifactorauthage", "aws:tokenissuetime", "aws:federatedprovider", "aws:sourceidentity"),
    )
)
OURS = "o-0000000000"
"""Stands for the organisation's id where it is not known; no policy can name it by accident and be sure."""
_MOST = 24
"""Of each of accounts, organisations and names: more in one policy are like those before."""


class Org(NamedTuple):
    """An organisation's id, and whether the policy names it."""

    id: str
    is_named: bool = False


NO_ORG = Org("")


class Visitor(NamedTuple):
    """A caller to try. `sure` is whether such a caller exists and can knock; `level` how much wider trust is when this
    one gets in than when only those named do."""

    caller: Caller
    inside: bool
    sure: bool
    level: Level
    org: str = ""
    issuer: Issuer | None = None
    guest: bool = False
    """Of a Cognito identity pool that the policy names."""


def visitors(policy: Policy, ours: Ours) -> Iterator[Visitor]:
    """Everybody worth trying, from inside and outside."""
    named = [each for statement in policy.statements for each in statement.principals]
    conditions = [each for statement in policy.statements for each in statement.conditions]
    if any(each.kind in AWS_KINDS for each in named):
        yield from _aws(named, conditions, ours)
    for principal in dict.fromkeys(named):
        yield from _federated(principal, conditions, ours)


def _aws(named: list[Principal], conditions: list[Condition], ours: Ours) -> Iterator[Visitor]:
    known = list(dict.fromkeys((*_accounts(named, conditions), ours.account)))
    fresh = _fresh_accounts(known, conditions, ours)
    orgs = _orgs(conditions, ours)
    kinds = (Kind.USER, Kind.ROLE) if _TELLS_KINDS & _mentioned(conditions) else (Kind.ROLE,)
    for account, kind in product((*fresh, *known), kinds):
        for arn, level in _arns(kind, account, conditions, ours):
            width = Level.PUBLIC if account in fresh else level
            yield from _members(aws_caller(arn, session="zz9"), width, orgs, ours)
    for principal in named:
        yield from _named(principal, orgs, ours)


def _mentioned(conditions: list[Condition]) -> set[str]:
    """Every key that is asked for, in variables too."""
    brought = {variable.key for each in conditions for value in each.values for variable in value.variables}
    return brought | {each.key for each in conditions}


def _members(caller: Caller, level: Level, orgs: list[Org], ours: Ours, sure: bool = True) -> Iterator[Visitor]:
    """The caller in each organisation that its account may belong to."""
    home = ours.org_id or OURS
    if ours.has(caller.account):
        yield Visitor(_in_org(caller, home), True, sure, level, home)
        return
    for org in (NO_ORG, *orgs):
        is_sure = sure and (bool(ours.org_id) or not org.is_named)
        width = Level.ORG if level is Level.PUBLIC and org.is_named else level
        yield Visitor(_in_org(caller, org.id), False, is_sure, width, org.id)
    if level is Level.PUBLIC:
        yield Visitor(_in_org(caller, home), True, sure, Level.ORG, home)


def _in_org(caller: Caller, org: str) -> Caller:
    return caller._replace(brings={**caller.brings, "aws:principalorgid": (org,) if org else ()}, complete=True)


def _named(principal: Principal, orgs: list[Org], ours: Ours) -> Iterator[Visitor]:
    """The principal that an entry names by its ARN; in another partition it may be nobody."""
    partition = principal.partition or ours.partition
    sure = partition == ours.partition
    head = f"arn:{partition}:iam::{principal.account}:"
    if principal.kind is Kind.SESSION:
        _, role, session = principal.name.split("/")
        caller = aws_caller(f"{head}role/{role}", session=session)
    elif principal.kind in (Kind.USER, Kind.ROLE):
        caller = aws_caller(principal.text, session="zz9")
    elif principal.kind is Kind.FEDERATED_USER:
        caller = aws_caller(principal.text)._replace(kind=Kind.FEDERATED_USER)
    elif principal.kind is Kind.ACCOUNT and not sure:
        caller = aws_caller(f"{head}role/zz9")
    else:
        return
    level = Level.ACCOUNT if principal.kind is Kind.ACCOUNT else Level.NAMED
    yield from _members(caller, level, orgs, ours, sure)


def _accounts(named: list[Principal], conditions: list[Condition]) -> list[str]:
    texts = [value.text for each in conditions for value in each.values if _ACCOUNT.search(value.text)]
    found = [*(each.account for each in named if each.account and each.kind in AWS_KINDS)]
    found += [account for text in texts for account in _ACCOUNT.findall(text)]
    return list(dict.fromkeys(found))[: _MOST * 4]


def _fresh_accounts(known: list[str], conditions: list[Condition], ours: Ours) -> list[str]:
    """Accounts that the policy does not name: some that fit its patterns, and others."""
    wanted = {
        (each.key, value.text)
        for each in conditions
        if each.key in ("aws:principalaccount", "aws:principalarn")
        for value in each.values
        if has_wildcard(value.text)
    }
    patterns = [pattern(text) for _, text in sorted(wanted)]
    chars = fills(patterns, _DIGITS)
    made = [account for key, text in sorted(wanted)[:_MOST] for account in _fitting(key, text, chars, ours)]
    others = [digit * 12 for digit in (*chars, *_DIGITS)][: 4 if patterns else None]
    every = dict.fromkeys((*made, *others))
    free = [each for each in every if each.isdigit() and each not in known and not ours.has(each)]
    return free if patterns else free[:1]


def _fitting(key: str, text: str, chars: tuple[str, ...], ours: Ours) -> Sequence[str]:
    """Accounts that fit a pattern of accounts, or of ARNs."""
    if key == "aws:principalaccount":
        return examples(pattern(text), _ACCOUNT_TEMPLATE, chars)
    heads = [pattern(f"arn:{ours.partition}:iam::{'?' * 12}:{word}/*") for word in ("role", "user")]
    return [made.split(":")[4] for head in heads for made in examples(pattern(text), head, chars)]


def _orgs(conditions: list[Condition], ours: Ours) -> list[Org]:
    """Organisations that are not ours: those named, some that fit each pattern, and another."""
    texts = [
        value.text.split("/", 1)[0] if each.key.endswith("paths") else value.text
        for each in conditions
        if each.key in _NAMES_ORGS
        for value in each.values
    ]
    if not texts:
        return []
    named = {text: Org(text, True) for text in texts if _ORG.fullmatch(text)}
    patterns = [pattern(text) for text in dict.fromkeys(texts) if has_wildcard(text)]
    chars = fills(patterns)
    made = [text for each in patterns[:_MOST] for text in examples(each, _ORG_TEMPLATE, chars)]
    made += [f"o-{char * 10}" for char in chars]
    every = {text: Org(text) for text in made} | named
    return [org for org in every.values() if not ours.org_id or not org.id.startswith(ours.org_id)]


def _arns(kind: Kind, account: str, conditions: list[Condition], ours: Ours) -> list[tuple[str, Level]]:
    """ARNs in an account with how they were come by: fits a pattern, is named, or is any other."""
    word = "user" if kind is Kind.USER else "role"
    head = f"arn:{ours.partition}:iam::{account}:{word}/"
    template = (*literal(head), *pattern("?*"))
    wanted = [value.text for each in conditions if each.key == "aws:principalarn" for value in each.values]
    named = {text: Level.NAMED for text in wanted if text.startswith(head) and not has_wildcard(text)}
    shapes = [pattern(text) for text in wanted if has_wildcard(text)]
    if kind is Kind.USER:
        names = [value.text for each in conditions if each.key == "aws:username" for value in each.values]
        shapes += [(*literal(head), *pattern(name)) for name in names]
    chars = fills(shapes)
    made = {text: Level.PATTERN for shape in shapes[:_MOST] for text in examples(shape, template, chars)}
    free = {f"{head}{char * 2}9": Level.ACCOUNT for char in chars[: 1 if not shapes else 2]}
    return [*({**made, **named, **free}).items()]


def _federated(principal: Principal, conditions: list[Condition], ours: Ours) -> Iterator[Visitor]:
    """Somebody outside who gets tokens of a provider: a customer of a shared issuer, or whoever has the provider."""
    if principal.kind not in (Kind.SAML, Kind.OIDC, Kind.ANY_PROVIDER):
        return
    if principal.account and not ours.has(principal.account):
        sure = principal.partition == ours.partition
        yield Visitor(_token(principal.kind, principal.text), False, sure, Level.FEDERATED)
        return
    issuer = issuer_of(principal)
    if principal.kind is Kind.ANY_PROVIDER:
        yield Visitor(_token(Kind.OIDC, "*"), False, False, Level.FEDERATED)
    elif issuer is not None:
        yield Visitor(_token(Kind.OIDC, principal.text), False, True, Level.FEDERATED, issuer=issuer)
        if issuer.host == COGNITO:
            known = any(each.key == f"{COGNITO}:amr" for each in conditions)
            yield Visitor(_token(Kind.OIDC, principal.text), False, known, Level.FEDERATED, issuer=issuer, guest=True)


def _token(kind: Kind, name: str) -> Caller:
    return Caller(kind, "", name, brings={"aws:federatedprovider": (name,)}, complete=True)


def strangers(statement: Statement, ours: Ours) -> Iterator[Visitor]:
    """Callers of accounts and organisations that the statement does not name."""
    for each in visitors(Policy("2012-10-17", (statement,)), ours):
        if each.level is Level.PUBLIC and not each.inside:
            yield each
