"""A role's trust policy, read as IAM reads it: a frozen value, or all the reasons why IAM would reject it."""

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from model.text import code
from trust.condition import Condition
from trust.principal import Principal
from trust.statement import Statement, read_statement

MOST = 131_072
"""Characters that IAM's API takes as a policy document."""
MOST_WRITTEN = 16_384
"""Without white space. A role's quota is 2,048, and more by request, but far below this."""
_VERSIONS = ("2012-10-17", "2008-10-17")
_KEYS = frozenset(("Version", "Id", "Statement"))

__all__ = ["Condition", "Invalid", "Policy", "Principal", "Statement", "parse"]


class Invalid(NamedTuple):
    """A document that IAM would reject, with the reasons: it lets nobody in, and is said to be so."""

    reasons: tuple[str, ...]


class Policy(NamedTuple):
    """A valid trust policy; `version` is the earlier one where none is written, as in IAM."""

    version: str
    statements: tuple[Statement, ...]

    @property
    def allows(self) -> tuple[Statement, ...]:
        """The statements that let somebody in."""
        return tuple(each for each in self.statements if each.allow)

    @property
    def denies(self) -> tuple[Statement, ...]:
        """The statements that keep somebody out."""
        return tuple(each for each in self.statements if not each.allow)


@lru_cache(maxsize=16_384)
def parse(text: str) -> Policy | Invalid:
    """The policy of a JSON text, also URL-encoded as IAM's API gives it. Each distinct text is read once."""
    if len(text) > MOST:
        return Invalid((f"{len(text)} characters: IAM takes at most {MOST}, and a role's quota is 2,048 to 8,192",))
    written = len("".join(_decoded(text).split()))
    if written > MOST_WRITTEN:
        return Invalid((f"{written} characters without white space: no role's quota goes beyond {MOST_WRITTEN}",))
    try:
        document = json.loads(_decoded(text), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        return Invalid(("nested too deeply: no policy is",))
    except ValueError as error:
        return Invalid((f"not one JSON document: {str(error).splitlines()[0][:160]}",))
    return parse_document(document)


def parse_document(document: Any) -> Policy | Invalid:
    """The policy of a parsed document."""
    if not isinstance(document, dict):
        return Invalid(("not a policy: a policy is a JSON object with `Statement`",))
    reasons = [f"{code(str(key))} is no element of a policy" for key in sorted(document.keys() - _KEYS)]
    version = document.get("Version", _VERSIONS[1])
    if version not in _VERSIONS:
        reasons.append(f"Version {code(str(version))}: there is 2012-10-17 and 2008-10-17")
    found = _statements(document.get("Statement"), reasons)
    policy = tuple(read_statement(each, i, version == _VERSIONS[0], reasons) for i, each in enumerate(found, 1))
    sids = [each.sid for each in policy if each and each.sid]
    reasons += [f"Sid {code(sid)} is there twice" for sid in sorted({sid for sid in sids if sids.count(sid) > 1})]
    return Invalid(tuple(reasons)) if reasons else Policy(version, tuple(each for each in policy if each))


def _statements(written: Any, reasons: list[str]) -> list[Any]:
    statements = written if isinstance(written, list) else [written] if isinstance(written, dict) else []
    if not statements:
        reasons.append("no Statement: write one that says who may assume the role")
    return statements


def _decoded(text: str) -> str:
    text = text.removeprefix("\ufeff").strip()
    return unquote(text) if re.match(r"%7b|%0a|%20", text, re.IGNORECASE) else text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {code(twice)} is there twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
