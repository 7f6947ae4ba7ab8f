"""Narrower statements: conditions are added, dead entries taken out, nothing is ever put in the place of a principal.

A role's ARN in place of `:root` would be no narrowing: it grants by itself what `:root` leaves to the account's own
policies. A condition on aws:PrincipalArn beside it only takes away.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from trust.condition import holds
from trust.guard import guard, is_demanding
from trust.statement import Statement
from trust.truth import TRUE

Written = dict[str, Any]


def split(written: Written) -> list[Written]:
    """One statement for each type of principal; together they say the same."""
    named = written.get("Principal")
    if not isinstance(named, dict) or len(named) < 2:
        return [written]
    parts: list[Written] = []
    for kind, entries in named.items():
        part = {**written, "Principal": {kind: entries}}
        if part.get("Sid"):
            part["Sid"] = f"{part['Sid']}{kind}"
        parts.append(part)
    return parts


def without(written: Written, gone: Iterable[str]) -> Written:
    """The statement without these AWS principals, if others remain."""
    named = written.get("Principal")
    if not isinstance(named, dict) or "AWS" not in named:
        return written
    entries = named["AWS"] if isinstance(named["AWS"], list) else [named["AWS"]]
    lost = set(gone)
    kept = [each for each in entries if each not in lost]
    if len(kept) == len(entries):
        return written
    rest = {kind: each for kind, each in named.items() if kind != "AWS"}
    if not kept and not rest:
        return written
    return {**written, "Principal": {**({"AWS": kept} if kept else {}), **rest}}


def demanding(written: Written, operators: tuple[str, ...], key: str, values: list[str]) -> Written | None:
    """The statement with one condition more, by the first of these operators that does not ask for the key yet; where
    all do, the values of the last are cut down to these. None where that would let nobody in."""
    conditions: dict[str, Any] = {name: dict(tests) for name, tests in written.get("Condition", {}).items()}
    for operator in operators:
        name = next((each for each in conditions if each.lower() == operator.lower()), operator)
        own = next((each for each in conditions.get(name, {}) if each.lower() == key.lower()), None)
        if own is None:
            conditions.setdefault(name, {})[key] = _one_or_more(values)
            return {**written, "Condition": conditions}
    there = conditions[name][own]
    kept = [each for each in values if each in (there if isinstance(there, list) else [there])]
    conditions[name][own] = _one_or_more(kept)
    return {**written, "Condition": conditions} if kept else None


def _one_or_more(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def without_implied(written: Written, statement: Statement, key: str, value: str) -> Written:
    """The statement without lax conditions on a key that are met whenever the key has that value."""
    brings: Mapping[str, tuple[str, ...]] = {key: (value,)}
    lax = [
        each for each in guard(statement, key).conditions if not is_demanding(each) and holds(each, brings.get) is TRUE
    ]
    conditions: dict[str, Any] = {name: dict(tests) for name, tests in written.get("Condition", {}).items()}
    for each in lax:
        conditions.get(each.operator.text, {}).pop(each.written, None)
    kept = {name: tests for name, tests in conditions.items() if tests}
    return {**written, "Condition": kept}
