"""Whom hopstop never touches, whoever approves. Pure."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from model.settings import Guard


def is_protected(arn: str, protected: Iterable[str], unique_id: str | None = None) -> bool:
    """Whether a pattern names the principal: an ARN in which `*` matches anything, a path that begins with `/`, or a
    unique id (AROA…, AIDA…), which a name that was made again does not have. IAM's names differ by more than capitals,
    so capitals do not matter."""
    return any(_names(pattern.lower(), arn.lower(), (unique_id or "").lower()) for pattern in protected)


def protects(guard: Guard, arn: str, unique_id: str, tags: Sequence[tuple[str, str]]) -> str:
    """Why the principal may not be touched; empty where it may.

    A tag counts only where settings name the SCP that reserves its key: else whoever may tag could shield a suspect.
    """
    if is_protected(arn, guard.protected, unique_id):
        return "settings protect this principal (guard.protected in hopstop.toml)"
    if guard.tag and guard.tag_scp and any(key == guard.tag for key, _ in tags):
        return "its tag protects this principal (guard.tag in hopstop.toml)"
    return ""


def role_pattern(name: str) -> str:
    """The pattern of a role of ours in every account, from its name with or without its path."""
    return f"arn:*:iam::*:role/{name.strip('/')}"


def _names(pattern: str, arn: str, unique_id: str) -> bool:
    if pattern.startswith("/"):
        return f"/{arn.split(':', 5)[-1].partition('/')[2]}".startswith(pattern)
    return fnmatchcase(arn, pattern) or (bool(unique_id) and pattern == unique_id)
