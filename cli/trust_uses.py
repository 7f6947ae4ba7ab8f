"""Who assumed roles of other accounts: from CloudTrail records, or as the baselines remember it."""

import msgspec

from cli.baseline_leading import existing
from cli.output import talk
from cli.trust_records import Records
from model.errors import Malformed
from model.journal import unstamped
from model.role_use import RoleUse
from trust.drift import Use

_FIELDS = 6


def uses_in(paths: list[str]) -> list[Use]:
    """What the records under these paths show."""
    found: dict[tuple[str, str, str], Use] = {}
    if not paths:
        return []
    records = Records(paths)
    for made in records.assumptions():
        account = made.caller.account or ""
        if not made.denied and account and account != made.account:
            _add(found, Use(account, made.caller.arn or "", made.role_arn, 1, made.time))
    if caution := records.caution():
        talk(caution)
    return list(found.values())


def uses_of(url: str) -> list[Use]:
    """What the baselines of a store remember: the latest callers of each role, in 30 days."""
    found: dict[tuple[str, str, str], Use] = {}
    for role, body in existing(url).every("role"):
        parts = role.split(":", _FIELDS - 1)
        if len(parts) != _FIELDS:
            continue
        for caller, last in _role(body).callers.items():
            arn = caller.partition(" (")[0]
            account = arn.split(":")[4] if arn.count(":") >= _FIELDS - 1 else ""
            if account and account != parts[4]:
                _add(found, Use(account, arn, role, 1, float(last)))
    return list(found.values())


def _add(found: dict[tuple[str, str, str], Use], use: Use) -> None:
    key = (use.account, use.arn, use.role)
    known = found.get(key, use._replace(times=0))
    found[key] = known._replace(times=known.times + use.times, last=max(known.last, use.last))


def _role(body: bytes) -> RoleUse:
    try:
        return msgspec.msgpack.decode(unstamped(body)[1], type=RoleUse)
    except msgspec.MsgspecError:
        raise Malformed("store: a role in it cannot be read: restore a backup, or learn again") from None
