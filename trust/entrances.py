"""Who a trust policy lets in, as crowds: an account is one entrance, however many principals it has."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from model.text import clean
from trust.caller import SERVICE_KEYS, Brings, Caller, Door, aws_caller
from trust.condition import Condition, holds
from trust.evaluate import applies, may_assume
from trust.exposure import ways_in
from trust.operator import Each, Family
from trust.ours import Ours
from trust.policy import Invalid, Policy, parse
from trust.principal import Kind, Principal
from trust.statement import Statement
from trust.truth import FALSE, TRUE
from trust.visitor import visitors

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")
_ARN = "aws:principalarn"
_NOBODY, _STRANGER = "000000000001", "000000000002"
_OTHER_ORGANISATION = "o-0000000000"
_POSITIVE = (Family.ARN, Family.LIKE, Family.EQUALS)


Subjects = tuple[str, tuple[Condition, ...], tuple[Statement, ...]]
"""What decides which subjects of a provider get in: its name, the conditions, the statements that deny."""


class Crowd(Enum):
    """The kinds of crowds that come in."""

    ANYONE = "any AWS account"
    STRANGERS = "accounts of others"
    ORGANISATION = "the organisation"
    ACCOUNT = "account"
    PRINCIPAL = "principal"
    SESSION = "session"
    PATTERN = "principals like"
    UNIQUE_ID = "unique id"
    SERVICE = "service"
    PROVIDER = "identity provider"


class Entrance(NamedTuple):
    """One way into a role. `value`: the account's id, the ARN, the ARN's pattern, the service's or provider's name.

    `conditions` are what else has to hold, in words; none: whoever is of the crowd comes in. `open`: whether
    strangers, too, can be what the pattern says, or a subject that the provider vouches for.
    """

    crowd: Crowd
    value: str = ""
    conditions: tuple[str, ...] = ()
    open: bool = False


class Entrances:
    """The entrances of policies for one organisation: `ours` are its accounts; without `org_id` whatever organisation
    a policy names is taken for ours. Each distinct document is looked at once."""

    def __init__(self, ours: frozenset[str], org_id: str) -> None:
        self._ours = ours
        self._org_id = org_id
        self._known: dict[str, tuple[Entrance, ...]] = {}
        self._strange: dict[Subjects, bool] = {}
        self.invalid: set[str] = set()
        """The documents that were looked at and that IAM would reject."""

    def of(self, text: str) -> tuple[Entrance, ...]:
        """Every way in that a trust policy's JSON text opens; none where IAM would reject it."""
        found = self._known.get(text)
        if found is None:
            policy = parse(text)
            if isinstance(policy, Invalid):
                self.invalid.add(text)
            ways = () if isinstance(policy, Invalid) else dict.fromkeys(self._all(policy, text))
            found = self._known[text] = tuple(ways)
        return found

    def _all(self, policy: Policy, text: str) -> Iterator[Entrance]:
        one = _One(policy, text, self._ours, self._org_id, self._strange)
        for statement in policy.allows:
            if statement.not_principals:
                yield from one.anyone(statement)
                continue
            for principal in statement.principals:
                yield from one.entrances(statement, principal)


class _One:
    """One policy, and what is known of callers."""

    def __init__(
        self, policy: Policy, text: str, ours: frozenset[str], org_id: str, strange: dict[Subjects, bool]
    ) -> None:
        self._policy = policy
        self._strange = strange
        self._ours = ours
        named = set(_ORGANISATION.findall(text))
        self._org_id = org_id or min(named, default="")
        self._mixed = bool(named - {self._org_id})
        self._accounts = sorted(set(_ACCOUNT.findall(text)))

    def entrances(self, statement: Statement, principal: Principal) -> Iterator[Entrance]:
        """What one entry of a statement opens."""
        kind = principal.kind
        if kind is Kind.ANYONE:
            yield from self.anyone(statement)
        elif kind is Kind.ACCOUNT:
            yield from self._account(statement, principal.account)
        elif kind is Kind.DELETED:
            yield from self._through(statement, Crowd.UNIQUE_ID, principal.text, _someone("", {}))
        elif kind is Kind.SERVICE:
            yield from self._through(statement, Crowd.SERVICE, principal.name, Caller(kind, name=principal.name))
        elif kind in (Kind.SAML, Kind.OIDC, Kind.ANY_PROVIDER):
            yield from self._provider(statement, principal)
        else:
            crowd = Crowd.SESSION if kind is Kind.SESSION else Crowd.PRINCIPAL
            for each in self._through(statement, crowd, principal.text, self._single(principal)):
                yield each._replace(conditions=(*each.conditions, *_session_name(principal)))

    def _single(self, principal: Principal) -> Caller:
        if principal.kind is Kind.FEDERATED_USER:
            return _someone(principal.account, {})._replace(kind=principal.kind, name=principal.text)
        session = principal.name.split("/")[2] if principal.kind is Kind.SESSION else None
        role = principal.name.split("/")[1] if session else ""
        arn = f"arn:{principal.partition}:iam::{principal.account}:role/{role}" if session else principal.text
        made = aws_caller(arn, session=session, brings=self._membership(principal.account))
        # The ARN of a session tells its role's name and not its path.
        return made._replace(brings={**made.brings, _ARN: None}) if session else made

    def _provider(self, statement: Statement, principal: Principal) -> Iterator[Entrance]:
        kind = Kind.OIDC if statement.covers(Door.WEB_IDENTITY) else Kind.SAML
        caller = Caller(principal.kind if principal.kind is not Kind.ANY_PROVIDER else kind, name=principal.text)
        for each in self._through(statement, Crowd.PROVIDER, principal.text, caller):
            opened = caller.kind is Kind.OIDC and self._lets_in(statement, principal.name, (Kind.OIDC,))
            yield each._replace(open=opened)

    def _lets_in(self, statement: Statement, name: str, kinds: tuple[Kind, ...]) -> bool:
        """Whether strangers of these kinds get in, as the audit's own search has it; the same in every account."""
        asked = (name, statement.conditions, self._policy.denies)
        if asked not in self._strange:
            self._strange[asked] = self._finds(statement, kinds)
        return self._strange[asked]

    def _finds(self, statement: Statement, kinds: tuple[Kind, ...]) -> bool:
        ours = Ours(min(self._ours, default=_NOBODY), accounts=self._ours, org_id=self._org_id)
        outside = (
            each
            for each in visitors(self._policy, ours)
            if not each.inside and each.caller.kind in kinds and each.caller.account not in self._accounts
        )
        return any(way.statement.number == statement.number for way in ways_in(self._policy, outside, ours, 0.0))

    def _account(self, statement: Statement, account: str) -> Iterator[Entrance]:
        caller = _someone(account, self._membership(account))
        if not self._comes(statement, caller):
            return
        patterns = [each for each in _patterns(statement) if _could_be_of(each, account)]
        if _names_arns(statement):
            for pattern in patterns:
                said = self._conditions(statement, caller, without=_ARN)
                yield Entrance(Crowd.PATTERN, _in_account(pattern, account), said)
        else:
            yield Entrance(Crowd.ACCOUNT, account, self._conditions(statement, caller))

    def anyone(self, statement: Statement) -> Iterator[Entrance]:
        """What a statement opens that names nobody: to everybody, the organisation, accounts or names."""
        if not statement.covers(Door.ASSUME_ROLE):
            return
        stranger = _someone(_STRANGER, {"aws:principalorgid": None})
        member = _someone(_NOBODY, {"aws:principalorgid": (self._org_id,) if self._org_id else None})
        strangers = self._lets_in(statement, "", (Kind.USER, Kind.ROLE))
        members = self._comes(statement, member)
        if _names_arns(statement):
            for pattern in _patterns(statement):
                yield from self._pattern(statement, pattern, member if members else stranger, strangers)
        elif strangers:
            crowd = Crowd.ANYONE if members else Crowd.STRANGERS
            yield Entrance(crowd, "*", self._conditions(statement, stranger))
        else:
            if members:
                yield Entrance(Crowd.ORGANISATION, self._org_id, self._conditions(statement, member))
            yield from self._named(statement, members)

    def _named(self, statement: Statement, members: bool) -> Iterator[Entrance]:
        """Accounts that conditions name, beside those that come in anyway."""
        for account in self._accounts:
            caller = _someone(account, self._membership(account))
            if not (members and account in self._ours) and self._comes(statement, caller):
                yield Entrance(Crowd.ACCOUNT, account, self._conditions(statement, caller))

    def _pattern(self, statement: Statement, pattern: str, generic: Caller, strangers: bool) -> Iterator[Entrance]:
        account = pattern.split(":")[4] if pattern.count(":") >= 5 else "*"
        caller = _someone(account, self._membership(account)) if account.isdigit() else generic
        if self._comes(statement, caller):
            said = self._conditions(statement, caller, without=_ARN)
            yield Entrance(Crowd.PATTERN, pattern, said, open=strangers and not account.isdigit())

    def _comes(self, statement: Statement, caller: Caller) -> bool:
        """Whether such a caller may come in by this statement."""
        return applies(statement, caller) is not FALSE and may_assume(self._policy, caller) is not FALSE

    def _through(self, statement: Statement, crowd: Crowd, value: str, caller: Caller) -> Iterator[Entrance]:
        if statement.covers(caller.door) and (crowd is Crowd.UNIQUE_ID or self._comes(statement, caller)):
            yield Entrance(crowd, value, self._conditions(statement, caller))

    def _conditions(self, statement: Statement, caller: Caller, without: str = "") -> tuple[str, ...]:
        """What of a statement is open for such a caller, and which Deny may stand in the way."""
        left = [each for each in statement.conditions if each.key != without]
        asked = [_words(each) for each in left if holds(each, caller.brought) is not TRUE]
        perhaps = [each for each in self._policy.denies if applies(each, caller) is not FALSE]
        return (*asked, *(f"not denied by {each.name}" for each in perhaps))

    def _membership(self, account: str) -> Brings:
        """What is known of the organisation of an account's principals."""
        if account in self._ours:
            return {"aws:principalorgid": (self._org_id,) if self._org_id else None}
        return {"aws:principalorgid": None if self._mixed else (_OTHER_ORGANISATION,)}


def _session_name(principal: Principal) -> tuple[str, ...]:
    return (f"the session is named {clean(principal.name.split('/')[2])}",) if principal.kind is Kind.SESSION else ()


def _someone(account: str, brings: Brings) -> Caller:
    """Some principal of an account: which one is not known."""
    told: Brings = {
        "aws:principalaccount": (account,),
        "aws:principalisawsservice": ("false",),
        "aws:securetransport": ("true",),
        **dict.fromkeys(SERVICE_KEYS, ()),
        **brings,
    }
    return Caller(Kind.ROLE, account, "", None, told)


def _positive(condition: Condition) -> bool:
    """Whether it names who comes in, and lets nobody in beside."""
    operator = condition.operator
    return operator.family in _POSITIVE and not (operator.is_negated or operator.if_exists or operator.each is Each.ALL)


def _names_arns(statement: Statement) -> bool:
    return any(each.key == _ARN and _positive(each) for each in statement.conditions)


def _patterns(statement: Statement) -> list[str]:
    """The ARNs and patterns of ARNs that callers must have; variables may stand for anything. Where nothing is a
    pattern, what looks like one is nobody's ARN."""
    for each in statement.conditions:
        if each.key == _ARN and _positive(each):
            found = ["".join(p if isinstance(p, str) else "*" for p in value.parts) for value in each.values]
            plain = each.operator.family is Family.EQUALS
            return [text for text in found if not (plain and ("*" in text or "?" in text))]
    return []


def _could_be_of(pattern: str, account: str) -> bool:
    parts = pattern.split(":", 5)
    return len(parts) != 6 or "*" in parts[4] or "?" in parts[4] or parts[4] == account


def _in_account(pattern: str, account: str) -> str:
    parts = pattern.split(":", 5)
    if len(parts) != 6:
        return f"arn:*:iam::{account}:*"
    return ":".join((*parts[:4], account, parts[5]))


def _words(condition: Condition) -> str:
    values = ", ".join(value.text for value in condition.values)
    return clean(f"{condition.operator.text} {condition.written} {values}", 160)
