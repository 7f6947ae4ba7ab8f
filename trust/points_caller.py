"""Points that ask who calls: exact principal, external id, organisation."""

from collections.abc import Iterator

from trust.guard import guard
from trust.judged import lets_strangers
from trust.level import Level
from trust.party import named
from trust.point import FAIL, NOT_APPLICABLE, NOT_FEDERATION, NOT_SERVICES, PASS, Asked, Said
from trust.principal import Kind


def exact_principal(each: Asked) -> Iterator[Said]:
    """1: for `*` and for accounts other than the role's own."""
    who, level = each.who, each.judged.level
    if who.anyone:
        yield _anyone(each, level)
    others = (*who.inside, *who.outside)
    accounts = tuple(one for one in others if one.kind is Kind.ACCOUNT)
    if accounts and level not in (Level.NAMED, Level.PATTERN) and not each.judged.is_dead:
        outside = any(one in who.outside for one in accounts)
        whole = f"{each.name} trusts every principal of {named(accounts, each.ours)}"
        if outside or each.is_strict:
            yield Said(FAIL, f"{whole}; name the role or user, or pin aws:PrincipalArn")
        else:
            yield Said(PASS, f"{whole}, of the organisation: enough for a role of the tier {each.tier}")
    elif others:
        yield Said(PASS, f"{each.name} names {named(others, each.ours)}")
    if who.own:
        yield Said(NOT_APPLICABLE, f"{each.name} leaves it to the role's own account's IAM policies (delegation)")
    if who.services or who.providers:
        yield Said(NOT_APPLICABLE, "services and providers have no principal to name more exactly")


def _anyone(each: Asked, level: Level) -> Said:
    if each.judged.is_dead:
        return Said(NOT_APPLICABLE, f"{each.name} says `*`, and its conditions let nobody in")
    if level in (Level.NAMED, Level.PATTERN):
        return Said(PASS, f"{each.name} says `*` and pins aws:PrincipalArn to an account")
    if level is Level.PUBLIC:
        return Said(FAIL, f"{each.name} trusts `*`; name whom it is for")
    whole = "the whole organisation" if level is Level.ORG else "whole accounts"
    if each.is_strict:
        return Said(FAIL, f"{each.name} trusts `*` held to {whole}; a role of the tier {each.tier} names principals")
    return Said(PASS, f"{each.name} trusts `*` held to {whole}: enough for a role of the tier {each.tier}")


def external_id(each: Asked) -> Iterator[Said]:
    """2: for third parties that serve many customers."""
    who, held = each.who, guard(each.judged.statement, "sts:externalid")
    if who.outside:
        them = named(who.outside, each.ours)
        if held.exact:
            yield Said(
                PASS, f"{each.name} asks {them} for the external id; it must be issued by them, one per customer"
            )
        elif held:
            yield Said(FAIL, f"{each.name}: {held.words} can be met without the exact id; use StringEquals")
        else:
            yield Said(FAIL, f"{each.name} trusts {them} without sts:ExternalId; another customer of theirs may use it")
    if who.anyone:
        yield Said(NOT_APPLICABLE, f"{each.name} trusts `*`: whoever reads the policy passes any external id")
    if who.own or who.inside:
        yield Said(NOT_APPLICABLE, "inside the organisation nobody acts for many customers")
    if who.services or who.providers:
        yield Said(
            NOT_APPLICABLE, f"{NOT_SERVICES} passes no external id" if who.services else f"{NOT_FEDERATION} passes none"
        )


def principal_org_id(each: Asked) -> Iterator[Said]:
    """5: for AWS principals and `*`."""
    who, held = each.who, guard(each.judged.statement, "aws:principalorgid", "aws:principalorgpaths")
    if held and (who.services or who.providers):
        kind = "services" if who.services else "federated callers"
        yield Said(
            FAIL, f"{each.name}: {held.words} is absent for {kind}; for services it is aws:SourceOrgID, in an RCP"
        )
    elif who.services or who.providers:
        yield Said(NOT_APPLICABLE, "services and federated callers have no aws:PrincipalOrgID")
    if who.outside and held:
        yield Said(FAIL, f"{each.name} trusts {named(who.outside, each.ours)} and demands an organisation")
    elif who.anyone or (held and (who.inside or who.own)):
        yield _organisation(each)
    elif who.aws:
        yield Said(
            NOT_APPLICABLE, f"{each.name} names accounts and principals; the organisation's id would add nothing yet"
        )


def _organisation(each: Asked) -> Said:
    statement = each.judged.statement
    held = guard(statement, "aws:principalorgid", "aws:principalorgpaths")
    if held and each.judged.is_dead:
        return Said(FAIL, f"{each.name}: {held.words} can never be met, so nobody gets in")
    by_deny = [one for one in each.policy.denies if guard(one, "aws:principalorgid", "aws:principalorgpaths")]
    if held and all(lets_strangers(one, each.ours, each.now) for one in held.conditions):
        return Said(
            FAIL, f"{each.name}: {held.words} lets in callers of other organisations or of none; use StringEquals"
        )
    if held and each.judged.entry and each.who.anyone:
        return Said(FAIL, f"{each.name}: {held.words} names an organisation that is not known to be ours")
    if held:
        return Said(PASS, f"{each.name}: {held.words}")
    if not each.judged.is_open:
        return Said(NOT_APPLICABLE, f"{each.name} is held to less than the organisation by other keys")
    if by_deny and each.judged.entry is None:
        return Said(PASS, f"{by_deny[0].name} denies whoever is not of the organisation")
    if each.judged.entry is None:
        return Said(NOT_APPLICABLE, f"{each.policy.denies[0].name} keeps out everybody outside by other means")
    return Said(FAIL, f"{each.name} trusts `*` without aws:PrincipalOrgID")
