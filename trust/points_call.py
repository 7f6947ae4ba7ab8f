"""Points that ask about the call: for whom a service acts, MFA, address, length of the session."""

from collections.abc import Iterator, Sequence

from trust.guard import guard
from trust.judged import lets_anybody, lets_strangers
from trust.party import named
from trust.point import FAIL, NOT_APPLICABLE, NOT_FEDERATION, PASS, Asked, Check, Point, Said
from trust.principal import Kind
from trust.services import passes_source
from trust.tier import MOST_HOURS, Tier


def source_account(each: Asked) -> Iterator[Said]:
    """3: for AWS services that pass it."""
    yield from _source(each, "aws:SourceAccount", ("aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"))


def source_arn(each: Asked) -> Iterator[Said]:
    """4: for AWS services that pass it."""
    yield from _source(each, "aws:SourceArn", ("aws:sourcearn",))


def _source(each: Asked, key: str, means: tuple[str, ...]) -> Iterator[Said]:
    held = guard(each.judged.statement, *means)
    other = guard(each.judged.statement, *({"aws:sourceaccount", "aws:sourcearn"} - set(means)))
    if each.who.aws:
        yield _source_of_aws(each, key)
    for one in each.who.services:
        passes = passes_source(one.name)
        if held.demands:
            yield Said(PASS, f"{each.name}: {held.words}")
        elif held:
            yield Said(FAIL, f"{each.name}: {held.words} is met where the key is absent; demand it")
        elif other.demands:
            yield Said(NOT_APPLICABLE, f"{each.name}: {other.words} says already for whom the service acts")
        elif passes:
            yield Said(FAIL, f"{each.name}: {one.name} passes {key}, and any customer's resource may stand behind it")
        else:
            knows = "passes no source" if passes is False else "is not known to pass a source"
            yield Said(NOT_APPLICABLE, f"{one.name} {knows}; iam:PassRole binds the role to its account")
    if each.who.providers:
        yield Said(NOT_APPLICABLE, f"{NOT_FEDERATION} has no source")


def _source_of_aws(each: Asked, key: str) -> Said:
    held = guard(each.judged.statement, key.lower())
    instead = "aws:PrincipalAccount or aws:PrincipalOrgID is what was meant"
    if not held:
        return Said(NOT_APPLICABLE, f"{key} is absent when users and roles call; only services bring it")
    if held.demands:
        return Said(FAIL, f"{each.name}: {held.words} can never be met by users and roles: nobody gets in; {instead}")
    return Said(FAIL, f"{each.name}: {held.words} is always met by users and roles: no guard at all; {instead}")


def mfa(each: Asked) -> Iterator[Said]:
    """6: for IAM users."""
    who, held = each.who, guard(each.judged.statement, "aws:multifactorauthpresent", "aws:multifactorauthage")
    if held:
        yield _mfa_asked(each)
        return
    users = tuple(one for one in who.inside if one.kind is Kind.USER)
    roles = tuple(one for one in (*who.inside, *who.outside) if one.kind in (Kind.ROLE, Kind.SESSION))
    if users or (_denies_mfa(each) and (who.own or who.inside) and not roles):
        yield _mfa_denied(each, named(users or who.aws, each.ours))
    elif who.own or who.anyone or who.inside:
        yield Said(NOT_APPLICABLE, "no IAM user is named; MFA belongs where users are")
    if who.outside:
        yield Said(NOT_APPLICABLE, "an outside account makes its own MFA devices")
    if roles or who.services or who.providers:
        yield Said(NOT_APPLICABLE, "roles, services and federated callers never have MFA in their context")


def _mfa_asked(each: Asked) -> Said:
    who, held = each.who, guard(each.judged.statement, "aws:multifactorauthpresent", "aws:multifactorauthage")
    may_have = [one for one in who.aws if one.kind not in (Kind.ROLE, Kind.SESSION, Kind.FEDERATED_USER)]
    if not may_have:
        return Said(FAIL, f"{each.name}: {held.words} is never met by roles, services and federated callers")
    if who.anyone and each.judged.is_open:
        return Said(NOT_APPLICABLE, f"{each.name} trusts `*`: a stranger makes an MFA device of its own")
    if all(one in who.outside for one in may_have):
        return Said(NOT_APPLICABLE, "an outside account makes its own MFA devices")
    if held.demands:
        return Said(PASS, f"{each.name}: {held.words}")
    return Said(FAIL, f"{each.name}: {held.words} is met by a user's access key, where the key is absent; use Bool")


def _denies_mfa(each: Asked) -> bool:
    return any(guard(deny, "aws:multifactorauthpresent") for deny in each.policy.denies)


def _mfa_denied(each: Asked, users: str) -> Said:
    for deny in each.policy.denies:
        for one in guard(deny, "aws:multifactorauthpresent").conditions:
            if one.operator.if_exists:
                return Said(PASS, f"{deny.name} denies whoever has no MFA")
            return Said(
                FAIL, f"{deny.name}: {one.operator.text} misses access keys, where the key is absent; BoolIfExists"
            )
    if each.is_strict:
        return Said(FAIL, f"{each.name} trusts {users} without MFA; a role of the tier {each.tier} asks for it")
    return Said(NOT_APPLICABLE, f"{each.name} trusts {users}; a role of the tier {each.tier} need not ask for MFA")


def source_ip(each: Asked) -> Iterator[Said]:
    """7: for callers with fixed public addresses."""
    who, held = each.who, guard(each.judged.statement, "aws:sourceip")
    if not held:
        kind = "services call from AWS's own addresses" if who.services else "no fixed public addresses are known here"
        yield Said(NOT_APPLICABLE, f"{kind}; calls through a VPC endpoint have no aws:SourceIp")
    elif who.services and not who.aws:
        yield Said(FAIL, f"{each.name}: {held.words} is not met by services, which call from AWS's own addresses")
    elif not held.demands:
        yield Said(FAIL, f"{each.name}: {held.words} is met through a VPC endpoint, where the key is absent")
    elif any(lets_strangers(one, each.ours, each.now) for one in held.conditions):
        yield Said(FAIL, f"{each.name}: {held.words} leaves addresses that anybody may have")
    elif not all(lets_anybody(one, each.ours, each.now) for one in held.conditions):
        yield Said(FAIL, f"{each.name}: {held.words} has no public address: it never matches")
    else:
        yield Said(PASS, f"{each.name}: {held.words}; callers through a VPC endpoint stay out")


def session_duration(every: Sequence[Asked], tier: Tier, most_s: int | None, role_arn: str | None) -> Check:
    """8: for sessions that a caller opens itself."""
    limit = MOST_HOURS[tier]
    why_not = _no_limit(every, most_s, role_arn)
    if why_not or most_s is None:
        return Check(Point.SESSION_DURATION, NOT_APPLICABLE, why_not)
    said = f"sessions may last {_hours(most_s)}, chained ones 1 h; a role of the tier {tier} allows {limit} h"
    return Check(Point.SESSION_DURATION, PASS if most_s <= limit * 3600 else FAIL, said)


def _no_limit(every: Sequence[Asked], most_s: int | None, role_arn: str | None) -> str:
    if (role_arn or "").rpartition("/")[2].startswith("AWSReservedSSO_"):
        return "Identity Center sets the session of its permission sets"
    aws = [one for each in every for one in each.who.aws]
    providers = [one for each in every for one in each.who.providers]
    if not aws and not providers:
        return "only AWS services assume it, whose sessions the setting does not limit" if every else "nobody is let in"
    if not providers and all(one.kind in (Kind.ROLE, Kind.SESSION) for one in aws):
        return "only roles assume it: chained sessions end after 1 h whatever the setting"
    return "" if most_s is not None else "MaxSessionDuration is a setting of the role, and only its policy is here"


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:g} h"
