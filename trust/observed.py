"""Who was seen to assume a role, as callers of its trust policy."""

from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from model.assumption import RoleAssumption
from model.identity import Identity
from model.identity import Kind as Seen
from trust.caller import Brings, Caller, aws_caller
from trust.ours import Ours
from trust.principal import Kind, Principal

_AWS = frozenset((Seen.USER, Seen.ROLE))


class Observed(NamedTuple):
    """Assumptions of one role that succeeded: each caller that can be told with how often it came, and how often came
    somebody of whom no more than the account is known (empty where not even that)."""

    callers: tuple[tuple[Caller, int], ...] = ()
    strangers: tuple[tuple[str, int], ...] = ()

    @property
    def told(self) -> int:
        """Calls of callers that can be told."""
        return sum(count for _, count in self.callers)

    @property
    def untold(self) -> int:
        """Calls of callers that cannot."""
        return sum(count for _, count in self.strangers)


def observed(
    assumptions: Iterable[RoleAssumption], role_arn: str, providers: Iterable[Principal], ours: Ours
) -> Observed:
    """What was seen of one role. A record may lack the role's path: its account and name must fit."""
    callers: dict[tuple[object, ...], tuple[Caller, int]] = {}
    strangers: Counter[str] = Counter()
    wanted = _told(role_arn)
    known = tuple(providers)
    for made in assumptions:
        if made.denied or _told(made.role_arn) != wanted:
            continue
        caller = _caller(made, known, ours)
        if caller is None:
            strangers[made.caller.account or ""] += 1
            continue
        key = (*caller[:4], tuple(sorted((name, values) for name, values in caller.brings.items() if values)))
        callers[key] = (caller, callers.get(key, (caller, 0))[1] + 1)
    return Observed(tuple(callers.values()), tuple(sorted(strangers.items())))


def _told(arn: str) -> tuple[str, str]:
    parts = arn.split(":", 5)
    return (parts[4], parts[5].rsplit("/", 1)[-1]) if len(parts) == 6 else ("", arn)


def _caller(made: RoleAssumption, providers: tuple[Principal, ...], ours: Ours) -> Caller | None:
    who = made.caller
    if who.kind is Seen.WEB_IDENTITY:
        return _with_token(who, providers)
    if who.kind not in _AWS or not who.arn or ":iam::" not in who.arn:
        return None
    return aws_caller(who.arn, session=who.session_name, brings=_brought(made, ours))


def _brought(made: RoleAssumption, ours: Ours) -> Brings:
    """What the record tells; of all else nothing is known."""
    brings: dict[str, tuple[str, ...] | None] = {
        "sts:rolesessionname": (made.session_name,) if made.session_name else None
    }
    if made.source_identity:
        brings["sts:sourceidentity"] = (made.source_identity,)
    if made.source_ip and _is_address(made.source_ip):
        brings["aws:sourceip"] = (made.source_ip,)
    if made.duration is not None:
        brings["sts:durationseconds"] = (str(made.duration),)
    if ours.org_id and ours.has(made.caller.account or ""):
        brings["aws:principalorgid"] = (ours.org_id,)
    return brings


def _is_address(text: str) -> bool:
    try:
        return ip_address(text).is_global
    except ValueError:
        return False


def _with_token(who: Identity, providers: tuple[Principal, ...]) -> Caller | None:
    """The identity's key has the provider, as ARN or as host, and the subject."""
    for each in providers:
        for name in (each.text, each.name):
            begins = f"{Seen.WEB_IDENTITY}:{name}:"
            if each.kind is Kind.OIDC and who.key.startswith(begins):
                subject = who.key.removeprefix(begins)
                return Caller(Kind.OIDC, "", each.text, brings={f"{each.name}:sub": (subject,)})
    return None
