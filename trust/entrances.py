"""Who a trust policy lets in, as crowds: an account is one entrance, however many principals it has."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from model.text import clean
from trust.arn_patterns import ARN, could_be_of, in_account, names_arns, patterns
from trust.caller import SERVICE_KEYS, Brings, Caller, Door, aws_caller
from trust.condition import Condition, holds
from trust.evaluate import applies, may_assume
from trust.ours import Ours
from trust.policy import Invalid, Policy, parse
from trust.principal import Kind, Principal
from trust.snapshot import Role
from trust.statement import Statement
from trust.tried import Tried, Who, is_like, is_member, is_named, of_account
from trust.truth import FALSE, TRUE, Truth

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")
_NOBODY, _STRANGER = "000000000001", "000000000002"
_OF_THE_ROLE = "aws:resource"
"""How condition keys begin that tell of the role's own account and tags."""
_OTHER_ORGANISATION = "o-0000000000"

Place = tuple[str, str, tuple[tuple[str, str], ...] | None]
"""Where a role lives, as far as its policy can tell the difference: partition, account, tags."""
Asked = tuple[object, Place, tuple[Condition, ...], tuple[Statement, ...]]
"""What decides which strangers get in: whom a statement means, where, its conditions, the statements that deny."""


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
    strangers, too, can be what the pattern says, or a subject that the provider vouches for. `met`: whether strangers
    surely meet the conditions, choosing what a caller can choose. `by_anyone`: the entry is `*`, held by conditions;
    whoever is of the role's own account needs no permission then.
    """

    crowd: Crowd
    value: str = ""
    conditions: tuple[str, ...] = ()
    open: bool = False
    met: bool = False
    by_anyone: bool = False


class Entrances:
    """The entrances of policies at `now` (seconds since 1970) for one organisation: `ours` are its accounts; without
    `org_id` whatever organisation a policy names is taken for ours; `vendors` are the accounts of others that are
    known. Nobody is let in whom the audit's search does not let in. Each distinct document is looked at once."""

    def __init__(
        self, ours: frozenset[str], org_id: str, now: float, vendors: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._ours, self._org_id, self._now, self._vendors = ours, org_id, now, vendors
        self._known: dict[tuple[str, Place], tuple[Entrance, ...]] = {}
        self._strange: dict[Asked, Truth] = {}
        self.invalid: set[str] = set()
        """The documents that were looked at and that IAM would reject."""

    def of(self, role: Role) -> tuple[Entrance, ...]:
        """Every way in that a role's trust policy opens; none where IAM would reject it."""
        place = _place(role)
        found = self._known.get((role.trust, place))
        if found is None:
            policy = parse(role.trust)
            if isinstance(policy, Invalid):
                self.invalid.add(role.trust)
            ways = () if isinstance(policy, Invalid) else dict.fromkeys(self._all(policy, role, place))
            found = self._known[role.trust, place] = tuple(ways)
        return found

    def _all(self, policy: Policy, role: Role, place: Place) -> Iterator[Entrance]:
        named = {*_ORGANISATION.findall(role.trust)}
        org_id = self._org_id or min(named, default="")
        ours = Ours(role.account, place[0], self._ours, org_id, self._vendors, place[2])
        one = _One(policy, role.trust, ours, mixed=bool(named - {org_id}), tried=Tried(policy, ours, self._now))
        one.strange, one.place = self._strange, place
        for statement in policy.allows:
            if statement.not_principals:
                yield from one.anyone(statement)
                continue
            for principal in statement.principals:
                yield from one.entrances(statement, principal)


def _place(role: Role) -> Place:
    tells = _OF_THE_ROLE in role.trust.lower()
    return role.arn.split(":", 2)[1], role.account if tells else "", role.tags if tells else None


class _One:
    """One policy, and what is known of callers."""

    def __init__(self, policy: Policy, text: str, ours: Ours, tried: Tried, *, mixed: bool) -> None:
        self._policy = policy
        self._tried = tried
        self._ours = ours
        self._mixed = mixed
        self._accounts = sorted(set(_ACCOUNT.findall(text)))
        self.strange: dict[Asked, Truth] = {}
        self.place: Place = ("", "", None)

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
        elif self._tried.anybody(statement, who := is_named(principal)):
            crowd = Crowd.SESSION if kind is Kind.SESSION else Crowd.PRINCIPAL
            for each in self._through(statement, crowd, principal.text, self._single(principal)):
                said = (*each.conditions, *_session_name(principal))
                yield each._replace(conditions=said, met=self._meets(statement, principal.account, who))

    def _single(self, principal: Principal) -> Caller:
        if principal.kind is Kind.FEDERATED_USER:
            return _someone(principal.account, {})._replace(kind=principal.kind, name=principal.text)
        session = principal.name.split("/")[2] if principal.kind is Kind.SESSION else None
        role = principal.name.split("/")[1] if session else ""
        arn = f"arn:{principal.partition}:iam::{principal.account}:role/{role}" if session else principal.text
        made = aws_caller(arn, session=session, brings=self._membership(principal.account))
        # The ARN of a session tells its role's name and not its path.
        return made._replace(brings={**made.brings, ARN: None}) if session else made

    def _provider(self, statement: Statement, principal: Principal) -> Iterator[Entrance]:
        kind = Kind.OIDC if statement.covers(Door.WEB_IDENTITY) else Kind.SAML
        caller = Caller(principal.kind if principal.kind is not Kind.ANY_PROVIDER else kind, name=principal.text)
        foreign = bool(principal.account) and not self._ours.has(principal.account)
        for each in self._through(statement, Crowd.PROVIDER, principal.text, caller):
            asked = principal.text if foreign else principal.name
            found = self._strangers(statement, asked, lambda other: other.caller.name == principal.text)
            yield each._replace(open=found is not FALSE, met=found is TRUE)

    def _strangers(self, statement: Statement, whom: object, who: Who) -> Truth:
        """Whether strangers among these get in, as the audit's own search has it; the same in every account."""
        asked = (whom, self.place, statement.conditions, self._policy.denies)
        if asked not in self.strange:
            self.strange[asked] = self._tried.strangers(statement, who)
        return self.strange[asked]

    def _unnamed(self, statement: Statement) -> Truth:
        """The same for AWS principals of accounts that the policy does not name."""
        named = frozenset(self._accounts)
        whom = (statement.not_principals, statement.principals)
        return self._strangers(
            statement, whom, lambda each: bool(each.caller.account) and each.caller.account not in named
        )

    def _meets(self, statement: Statement, account: str, who: Who) -> bool:
        """Whether these of an account surely get in though they are of nobody who is known."""
        known = self._ours.has(account) or account in self._ours.vendors
        return not known and self._tried.strangers(statement, who) is TRUE

    def _account(self, statement: Statement, account: str) -> Iterator[Entrance]:
        caller = _someone(account, self._membership(account))
        if not self._comes(statement, caller):
            return
        who = of_account(account)
        met = self._meets(statement, account, who)
        if names_arns(statement):
            for pattern in (each for each in patterns(statement) if could_be_of(each, account)):
                said, held = self._conditions(statement, caller, without=ARN), in_account(pattern, account)
                if self._tried.anybody(statement, is_like(held)):
                    yield Entrance(Crowd.PATTERN, held, said, met=met)
        elif self._tried.anybody(statement, who):
            yield Entrance(Crowd.ACCOUNT, account, self._conditions(statement, caller), met=met)

    def anyone(self, statement: Statement) -> Iterator[Entrance]:
        """What a statement opens that names nobody: to everybody, the organisation, accounts or names."""
        if not statement.covers(Door.ASSUME_ROLE):
            return
        org = self._ours.org_id
        stranger = _someone(_STRANGER, {"aws:principalorgid": None})
        member = _someone(_NOBODY, {"aws:principalorgid": (org,) if org else None})
        strangers = self._unnamed(statement)
        members = self._comes(statement, member) and self._tried.anybody(statement, is_member)
        if names_arns(statement):
            for pattern in patterns(statement):
                yield from self._pattern(statement, pattern, member if members else stranger, strangers)
        elif strangers is not FALSE:
            crowd = Crowd.ANYONE if members else Crowd.STRANGERS
            yield Entrance(crowd, "*", self._conditions(statement, stranger), met=strangers is TRUE)
        else:
            if members:
                yield Entrance(Crowd.ORGANISATION, org, self._conditions(statement, member))
            yield from self._named(statement, members)

    def _named(self, statement: Statement, members: bool) -> Iterator[Entrance]:
        """Accounts that conditions name, beside those that come in anyway."""
        for account in self._accounts:
            caller, who = _someone(account, self._membership(account)), of_account(account)
            if members and account in self._ours.accounts:
                continue
            if self._comes(statement, caller) and self._tried.anybody(statement, who):
                met = self._meets(statement, account, who)
                yield Entrance(Crowd.ACCOUNT, account, self._conditions(statement, caller), met=met, by_anyone=True)

    def _pattern(self, statement: Statement, pattern: str, generic: Caller, strangers: Truth) -> Iterator[Entrance]:
        account = pattern.split(":")[4] if pattern.count(":") >= 5 else "*"
        single = account.isdigit()
        caller = _someone(account, self._membership(account)) if single else generic
        who = is_like(pattern)
        if self._comes(statement, caller) and self._tried.anybody(statement, who):
            said = self._conditions(statement, caller, without=ARN)
            met = self._meets(statement, account, who) if single else strangers is TRUE
            is_open = not single and strangers is not FALSE
            yield Entrance(Crowd.PATTERN, pattern, said, open=is_open, met=met, by_anyone=True)

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
        perhaps = [each for each in self._policy.denies if applies(each, caller) is not FALSE or _names(each, caller)]
        return (*asked, *(f"not denied by {each.name}" for each in perhaps))

    def _membership(self, account: str) -> Brings:
        """What is known of the organisation of an account's principals."""
        if self._ours.has(account):
            return {"aws:principalorgid": (self._ours.org_id,) if self._ours.org_id else None}
        return {"aws:principalorgid": None if self._mixed else (_OTHER_ORGANISATION,)}


def _names(deny: Statement, caller: Caller) -> bool:
    """Whether a Deny is about somebody of an account of which the caller is some principal."""
    some = not caller.name and caller.account
    return bool(some) and any(each.account == caller.account for each in deny.principals)


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


def _words(condition: Condition) -> str:
    values = ", ".join(value.text for value in condition.values)
    return clean(f"{condition.operator.text} {condition.written} {values}", 160)
