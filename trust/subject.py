"""How well a statement tells whose tokens it takes: grades of OIDC and SAML conditions.

GitHub's subjects may carry immutable ids (`repo:owner@1/app@2:…`); one by names alone is met by whoever takes the
names over after the owner let them go.
"""

from collections.abc import Iterator
from enum import StrEnum

from model.text import code
from trust.caller import Door
from trust.condition import Condition
from trust.guard import Guard, guard, is_demanding
from trust.issuers import COGNITO, Issuer, is_cluster, issuer_of
from trust.operator import Family
from trust.ours import Ours
from trust.policy import Statement
from trust.principal import Kind, Principal
from trust.wildcard import has_wildcard


class Grade(StrEnum):
    """How much a subject says, from one workload to everybody's."""

    IMMUTABLE = "one workload, by ids that never change"
    EXACT = "one workload"
    OWNER = "everything of one owner"
    OPEN = "other owners too"
    MISSING = "no subject at all"


_WORST = tuple(Grade)
_LET_GO = {"GitHub Actions": ", and whoever takes the name over (immutable: repo:OWNER@ID/REPO@ID:…)"}


def grade(issuer: Issuer, texts: list[str]) -> Grade:
    """The grade of a subject condition with these values on a shared issuer: that of its widest value."""
    return max((_grade_of(issuer, text) for text in texts), key=_WORST.index, default=Grade.MISSING)


def _grade_of(issuer: Issuer, text: str) -> Grade:
    head = text.split("*", 1)[0].split("?", 1)[0]
    shapes = issuer.claims.get("sub", ())
    shape = next((each for each in shapes if each.begins and head.startswith(each.begins)), None)
    if not has_wildcard(text):
        return Grade.IMMUTABLE if "@" in text.split(":ref:", 1)[0] and issuer.name == "GitHub Actions" else Grade.EXACT
    if shape is None or not shape.names_customer:
        return Grade.OPEN
    rest = head.removeprefix(shape.begins)
    if not shape.end or shape.end not in rest:
        return Grade.OPEN
    project = rest.split(shape.end, 1)[1]
    if ":" not in project:
        return Grade.OWNER
    return Grade.IMMUTABLE if "@" in rest.split(":", 1)[0] and issuer.name == "GitHub Actions" else Grade.EXACT


def subject_problems(statement: Statement, ours: Ours) -> Iterator[str]:
    """What is wrong with the token conditions of an Allow."""
    if statement.not_principals:
        return
    for principal in statement.principals:
        if principal.kind is Kind.OIDC and statement.covers(Door.WEB_IDENTITY):
            yield from _oidc(principal, statement)
        elif principal.kind is Kind.SAML and statement.covers(Door.SAML):
            yield from _saml(statement)
        if principal.kind in (Kind.OIDC, Kind.SAML) and principal.account and not ours.has(principal.account):
            yield f"{code(principal.text, 160)} belongs to another account, which decides who gets tokens"


def _oidc(principal: Principal, statement: Statement) -> Iterator[str]:
    issuer, host = issuer_of(principal), principal.name
    held = guard(statement, f"{host}:")
    yield from _set_operators(held)
    if host == COGNITO:
        yield from _cognito(statement)
        return
    audience, subject = guard(statement, f"{host}:aud"), guard(statement, f"{host}:sub")
    if not audience.demands and host.endswith(("githubusercontent.com", "gitlab.com", "app.terraform.io")):
        yield f"{code(host)}: no audience is demanded ({code(f'{host}:aud')})"
    if issuer is not None:
        yield from _shared(issuer, statement, subject)
    elif not subject.demands or _takes_all(subject):
        whose = "every pod of the cluster" if is_cluster(principal) else "everybody it knows"
        said = "its subject takes any namespace" if subject.demands else "no subject is demanded"
        yield f"{code(host)}: {said}, so it is open to {whose}"


def _takes_all(subject: Guard) -> bool:
    """Whether a value of a pattern names neither a namespace nor anything else before its first wildcard."""
    return any(
        has_wildcard(text) and text.split("*", 1)[0].split("?", 1)[0] in ("", "system:serviceaccount:")
        for each in subject.conditions
        for text in _texts(each)
    )


def _shared(issuer: Issuer, statement: Statement, subject: Guard) -> Iterator[str]:
    named = [claim for claim in issuer.claims if claim != "sub" and guard(statement, f"{issuer.host}:{claim}").demands]
    demanding = [each for each in subject.conditions if is_demanding(each)]
    if not demanding:
        if not named:
            yield f"{issuer.name}: no subject is demanded, so every customer of {issuer.name} gets in"
        return
    found = min((grade(issuer, _texts(each)) for each in demanding), key=_WORST.index)
    shown = code(", ".join(text for each in demanding for text in _texts(each)), 120)
    if found is Grade.OPEN and not named:
        yield f"{issuer.name}: {shown} is met by other customers too; write the owner out"
    elif found is Grade.OWNER:
        yield f"{issuer.name}: {shown} takes {found.value}, every branch and pull request{_LET_GO.get(issuer.name, '')}"


def _texts(condition: Condition) -> list[str]:
    if condition.operator.family is Family.LIKE:
        return [each.text for each in condition.values]
    return [each.text.replace("*", "\u2217").replace("?", "\uff1f") for each in condition.values]


def _set_operators(held: Guard) -> Iterator[str]:
    for each in held.conditions:
        if each.operator.each is not None and not each.key.endswith(":amr"):
            yield f"{each.operator.text} {code(each.written)}: the claim has one value; a set operator only weakens it"


def _cognito(statement: Statement) -> Iterator[str]:
    if not guard(statement, f"{COGNITO}:aud").exact:
        yield f"Amazon Cognito: no identity pool is demanded ({code(f'{COGNITO}:aud')}), so anybody's pool gets in"
    amr = guard(statement, f"{COGNITO}:amr")
    if not amr or any("unauthenticated" in each.text for one in amr.conditions for each in one.values):
        key = code(f"{COGNITO}:amr")
        yield f"Amazon Cognito: guests get in where the pool takes them ({key} is not `authenticated`)"


def _saml(statement: Statement) -> Iterator[str]:
    if not guard(statement, "saml:aud", "saml:iss", "saml:sub").demands:
        yield f"SAML: no audience is demanded ({code('SAML:aud')})"
