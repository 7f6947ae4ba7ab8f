"""Whom a statement trusts, sorted by what a check has to ask of them."""

from typing import NamedTuple

from model.text import code
from trust.caller import Door
from trust.ours import Ours
from trust.policy import Statement
from trust.principal import AWS_KINDS, PROVIDERS, Kind, Principal


class Parties(NamedTuple):
    """The principals of one statement. `own` is the role's own account as a whole, `inside` what is of the
    organisation's other accounts or a principal of the own one, `outside` what is of nobody's that we know."""

    anyone: tuple[Principal, ...] = ()
    own: tuple[Principal, ...] = ()
    inside: tuple[Principal, ...] = ()
    outside: tuple[Principal, ...] = ()
    services: tuple[Principal, ...] = ()
    providers: tuple[Principal, ...] = ()
    deleted: tuple[Principal, ...] = ()

    @property
    def aws(self) -> tuple[Principal, ...]:
        """All AWS principals that exist."""
        return (*self.anyone, *self.own, *self.inside, *self.outside)


def parties(statement: Statement, ours: Ours) -> Parties:
    """Who is meant by an Allow; `NotPrincipal` means anyone. Who cannot use any of the doors is left out."""
    if statement.not_principals:
        named = statement.principals[:1]
        return Parties(anyone=named) if statement.covers(Door.ASSUME_ROLE) else Parties()
    sorted_: dict[str, list[Principal]] = {}
    for principal in statement.principals:
        if _can_use(principal, statement):
            sorted_.setdefault(_sort(principal, ours), []).append(principal)
    return Parties(**{name: tuple(each) for name, each in sorted_.items()})


def _can_use(principal: Principal, statement: Statement) -> bool:
    if principal.kind in AWS_KINDS or principal.kind is Kind.SERVICE:
        return statement.covers(Door.ASSUME_ROLE)
    if principal.kind is Kind.SAML:
        return statement.covers(Door.SAML)
    return statement.covers(Door.WEB_IDENTITY)


def _sort(principal: Principal, ours: Ours) -> str:
    if principal.kind is Kind.ANYONE:
        return "anyone"
    if principal.kind is Kind.DELETED:
        return "deleted"
    if principal.kind is Kind.SERVICE:
        return "services"
    if principal.kind in PROVIDERS:
        return "providers"
    if not ours.has(principal.account) or (principal.partition and principal.partition != ours.partition):
        return "outside"
    return "own" if principal.kind is Kind.ACCOUNT and principal.account == ours.account else "inside"


def named(principals: tuple[Principal, ...], ours: Ours, most: int = 3) -> str:
    """Who they are, in words: outside accounts by their vendor's name."""
    words = [_word(each, ours) for each in principals[:most]]
    more = len(principals) - most
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def _word(principal: Principal, ours: Ours) -> str:
    vendor = ours.vendors.get(principal.account, "")
    return f"{code(principal.text, 160)}{f' ({vendor})' if vendor else ''}"
