"""A case's durable name."""

import hashlib
import re

from model.identity import Identity

_ACCOUNT = re.compile(r"[0-9]{12}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def short_name(text: str, limit: int = 24) -> str:
    """The telling last part of a name that an attacker may have chosen, made of harmless ASCII characters only."""
    return _UNSAFE.sub("-", text.rsplit("/", 1)[-1]).strip("-.")[:limit] or "unknown"


def origin_digest(key: str) -> str:
    """Eight hex digits of an identity's stable key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _account(text: str) -> str:
    """An account's number; the record may hold anything."""
    return text if _ACCOUNT.fullmatch(text) else "unknown"


def case_id(origin: Identity) -> str:
    """`case:<short>:<account>:<8 hex>`: no time in it, so that a later finding meets the open case."""
    name = origin.person or origin.arn or origin.key
    return f"case:{short_name(name)}:{_account(origin.account or '')}:{origin_digest(origin.key)}"


def lease_id(case: str, run: str, arn: str, key: str = "") -> str:
    """`lease:<case>:<account>.<role>-<6 hex>:<run>`: one undo of one principal in one run; at most 100 characters.

    `key` tells two apart that stand on one principal."""
    name = arn.rsplit("/", 1)[-1]
    told = f"{short_name(name, 18)}-{origin_digest(key or arn)[:6]}"
    account = _account(arn.split(":", 5)[4] if arn.count(":") >= 5 else "")
    return f"lease:{case.removeprefix('case:')}:{account}.{told}:{run[:8]}"
