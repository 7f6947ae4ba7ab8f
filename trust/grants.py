"""What identities may assume by their own policies: `sts:AssumeRole` in identity policies and boundaries.

IAM's resources match field by field, `*` and `?` within one; an ARN with fields missing is filled up with `*`. A policy
variable may stand for anything. A Deny with conditions, or over a variable, is no certain one: what it speaks of is
allowed perhaps.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from trust.snapshot import Permissions

ACTION = "sts:assumerole"
_FIELDS = 6
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERAL = {"*": "[*]", "?": "[?]", "$": "$"}
_POWERFUL = re.compile(r"arn:aws[\w-]*:iam::aws:policy/(AdministratorAccess|PowerUserAccess)")


class Rule(msgspec.Struct, frozen=True):
    """One statement's word on roles: those that a pattern matches, or (`others`) all but those. `sure`: without
    conditions."""

    patterns: tuple[str, ...]
    others: bool = False
    sure: bool = True

    def says(self, arn: str) -> bool:
        """Whether it speaks of that role."""
        return any(matches(pattern, arn) for pattern in self.patterns) is not self.others

    @property
    def everything(self) -> bool:
        """Whether it speaks of every role."""
        return "*" in self.patterns and not self.others


class Said(msgspec.Struct, frozen=True):
    """What documents say together."""

    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()


ALL = Said((Rule(("*",)),))
PERHAPS = Said((Rule(("*",), sure=False),))
"""Where nobody knows what is allowed."""


class Grant(msgspec.Struct, frozen=True):
    """What an identity may assume. `within` is its boundary's word, None where it has no boundary."""

    said: Said
    within: Said | None = None

    @property
    def nothing(self) -> bool:
        """Whether it allows nothing at all."""
        return not self.said.allow or (self.within is not None and not self.within.allow)

    @property
    def everything(self) -> bool:
        """Whether it surely allows every role."""
        return _everything(self.said) and (self.within is None or _everything(self.within))

    def covers(self, arn: str) -> bool | None:
        """Whether it allows the role: True surely, None under conditions or perhaps, False not."""
        here = _covers(self.said, arn)
        if here is False or self.within is None:
            return here
        edge = _covers(self.within, arn)
        return edge if edge is not True else here

    def bars(self, arn: str) -> bool | None:
        """Whether a Deny speaks of the role: True surely, None under conditions or perhaps, False not."""
        denies = (*self.said.deny, *(self.within.deny if self.within is not None else ()))
        words = [rule.sure for rule in denies if rule.says(arn)]
        return True if any(words) else None if words else False

    @property
    def denies(self) -> bool:
        """Whether it says No to anything."""
        return bool(self.said.deny or (self.within is not None and self.within.deny))


def _everything(said: Said) -> bool:
    return not said.deny and any(rule.everything and rule.sure for rule in said.allow)


def _covers(said: Said, arn: str) -> bool | None:
    denied = [rule.sure for rule in said.deny if rule.says(arn)]
    words = [rule.sure for rule in said.allow if rule.says(arn)]
    if any(denied) or not words:
        return False
    return True if any(words) and not denied else None


def grant_of(permissions: Permissions) -> Grant:
    """The grant of an identity. What is attached and not in the files may allow anything."""
    if not permissions.known:
        return Grant(PERHAPS)
    parts = [said_in(text) for text in permissions.policies]
    parts += [ALL if _POWERFUL.fullmatch(name) else PERHAPS for name in permissions.missing if _may_allow(name)]
    within = None if permissions.boundary is None else said_in(permissions.boundary)
    return _grant(tuple(parts), within)


@lru_cache(maxsize=65_536)
def _grant(parts: tuple[Said, ...], within: Said | None) -> Grant:
    allow = dict.fromkeys(rule for part in parts for rule in part.allow)
    deny = dict.fromkeys(rule for part in parts for rule in part.deny)
    return Grant(Said(tuple(allow), tuple(deny)), within)


def _may_allow(name: str) -> bool:
    """AWS's own policies allow `sts:AssumeRole` in the two powerful ones only; anything else may."""
    return ":iam::aws:policy/" not in name or bool(_POWERFUL.fullmatch(name))


@lru_cache(maxsize=65_536)
def said_in(text: str) -> Said:
    """What one document says; nothing where it is no policy, since IAM would not have stored it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Said()
    allow, deny = [], []
    for statement in _statements(document):
        if not _is_about(statement):
            continue
        if statement.get("Effect") == "Allow":
            allow.append(_rule(statement))
        elif statement.get("Effect") == "Deny":
            deny.append(_rule(statement))
    return Said(tuple(allow), tuple(deny))


def _statements(document: Any) -> Iterator[dict[str, Any]]:
    found = document.get("Statement") if isinstance(document, dict) else None
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield each


def _is_about(statement: dict[str, Any]) -> bool:
    if "NotAction" in statement:
        return not any(_like(each.lower(), ACTION) for each in _texts(statement["NotAction"]))
    return any(_like(each.lower(), ACTION) for each in _texts(statement.get("Action")))


def _rule(statement: dict[str, Any]) -> Rule:
    others = "NotResource" in statement
    patterns = [_whole(each) for each in _texts(statement.get("NotResource" if others else "Resource"))]
    plain = not any(variable for _, variable in patterns)
    return Rule(tuple(pattern for pattern, _ in patterns), others, plain and not statement.get("Condition"))


def _whole(pattern: str) -> tuple[str, bool]:
    """A pattern with variables taken as `*` and its missing fields filled up; whether it had a variable."""
    names = [name for name in _VARIABLE.findall(pattern) if name not in _LITERAL]
    pattern = _VARIABLE.sub(lambda found: _LITERAL.get(found[1], "*"), pattern)
    if pattern.startswith("arn:") and (missing := _FIELDS - 1 - pattern.count(":")) > 0:
        pattern += ":*" * missing
    return pattern, bool(names)


def _texts(value: Any) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def is_literal(pattern: str) -> bool:
    """Whether a pattern means one thing only."""
    return not any(sign in pattern for sign in "*?")


def matches(pattern: str, arn: str) -> bool:
    """Whether an ARN is what a pattern of a Resource says."""
    if pattern in ("*", arn):
        return True
    wanted, given = pattern.split(":", _FIELDS - 1), arn.split(":", _FIELDS - 1)
    return len(wanted) == len(given) and all(_like(one, other) for one, other in zip(wanted, given, strict=True))


def _like(pattern: str, text: str) -> bool:
    return pattern in ("*", text) or (not is_literal(pattern) and bool(_compiled(pattern).fullmatch(text)))


@lru_cache(maxsize=65_536)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as an expression that is matched in linear time: each `*` takes the first end that fits, for good."""
    signs = {"*": "*", "?": "."}
    parts = re.split(r"(\[[*?]\]|[*?])", pattern)
    pieces = [signs.get(part) or re.escape(part[1] if part in ("[*]", "[?]") else part) for part in parts if part]
    return re.compile(_linear(pieces), re.DOTALL)


def _linear(pieces: Sequence[str]) -> str:
    """Between two `*` the first place that fits is as good as any later one: an atomic group never goes back."""
    runs: list[list[str]] = [[]]
    for piece in pieces:
        if piece == "*":
            runs.append([])
        else:
            runs[-1].append(piece)
    first, *rest = ["".join(run) for run in runs]
    if not rest:
        return first
    middle = "".join(f"(?>.*?{run})" for run in rest[:-1] if run)
    return f"{first}{middle}.*{rest[-1]}"
