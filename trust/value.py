"""A condition's value: text, wildcards, and policy variables that stand for what the caller brings."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from trust.wildcard import Pattern, literal, pattern

_VARIABLE = re.compile(r"\$\{\s*([^{}]*?)\s*\}")
_DEFAULT = re.compile(r"(.*?)\s*,\s*'(.*)'", re.DOTALL)
_ESCAPED = frozenset("*?$")

Brought = Callable[[str], tuple[str, ...] | None]
"""What a caller brings for a key (small letters): its values, none where absent; None where that is not known."""


class Variable(NamedTuple):
    """`${key}` or `${key, 'default'}`; the key in small letters."""

    key: str
    default: str | None


class Unresolved(NamedTuple):
    """A variable that has no value; `is_known` where that is certain."""

    is_known: bool


class Value(NamedTuple):
    """A value as written, and its parts: texts (their wildcards are wildcards where the operator has them), escaped
    characters, variables."""

    text: str
    parts: tuple[str | Variable | Pattern, ...]
    variables: tuple[Variable, ...] = ()

    def resolved(self, brought: Brought, *, wild: bool) -> Pattern | Unresolved:
        """The pattern for one caller; what a variable brings is never a wildcard."""
        if len(self.parts) == 1 and isinstance(self.parts[0], str):
            return _plain(self.parts[0], wild)
        marks: list[str | None] = []
        for part in self.parts:
            if isinstance(part, Variable):
                found = _brought(part, brought)
                if isinstance(found, Unresolved):
                    return found
                marks += found
            else:
                marks += part if isinstance(part, tuple) else _plain(part, wild)
        return tuple(marks)


@lru_cache(maxsize=8192)
def _plain(text: str, wild: bool) -> Pattern:
    return pattern(text) if wild else literal(text)


def _brought(variable: Variable, brought: Brought) -> Pattern | Unresolved:
    values = brought(variable.key)
    if values is None:
        return Unresolved(is_known=False)
    if len(values) == 1:
        return literal(values[0])
    return Unresolved(is_known=True) if variable.default is None else literal(variable.default)


@lru_cache(maxsize=8192)
def value(text: str, *, variables: bool) -> Value:
    """A value; `variables` is whether the policy's version has them (2012-10-17 has)."""
    parts: list[str | Variable | Pattern] = []
    end = 0
    for found in _VARIABLE.finditer(text) if variables else ():
        parts += [text[end : found.start()]] if found.start() > end else []
        parts.append(literal(found[1]) if found[1] in _ESCAPED else _variable(found[1]))
        end = found.end()
    if end < len(text) or not parts:
        parts.append(text[end:])
    return Value(text, tuple(parts), tuple(part for part in parts if isinstance(part, Variable)))


def _variable(text: str) -> Variable:
    found = _DEFAULT.fullmatch(text)
    return Variable(found[1].lower(), found[2]) if found else Variable(text.lower(), None)
