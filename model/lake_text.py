"""The text that Presto makes of a nested value in a query's row: {type=AssumedRole, principalid=AROA…:name, …}."""

import json
import re
from typing import Any

_KEY = re.compile(r"([A-Za-z]\w{0,63})=")
_FIELD_END = re.compile(r", (?=[A-Za-z]\w{0,63}=)|(?=\})")
_ITEM_END = re.compile(r", |(?=\])")
_DEEPEST = 8
_JSON = json.JSONDecoder(strict=False)


class _Unclear(ValueError):
    """The text can be read in two ways, or in none."""


def from_lake_text(text: str) -> Any:
    """The dict or list that `text` stands for, nulls as None; None where it is no such text.

    The form has no quoting: a name that appears twice in one value is somebody's text posing as a field, and then
    nothing of it is read.
    """
    try:
        value, end = _value(text, 0, 0, _FIELD_END)
    except (_Unclear, ValueError, RecursionError):
        return None
    return value if end == len(text) and isinstance(value, dict | list) else None


def _value(text: str, at: int, depth: int, ending: re.Pattern[str]) -> tuple[Any, int]:
    if depth > _DEEPEST:
        raise _Unclear
    if text.startswith(('{"', '["'), at):
        return _JSON.raw_decode(text, at)
    if text.startswith("{", at):
        return _fields(text, at + 1, depth + 1)
    if text.startswith("[", at):
        return _items(text, at + 1, depth + 1)
    end = ending.search(text, at)
    if end is None:
        raise _Unclear
    found = text[at : end.start()]
    return (None if found == "null" else found), end.start()


def _fields(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while not text.startswith("}", at):
        key = _KEY.match(text, at)
        if key is None or key[1] in found:
            raise _Unclear
        found[key[1]], at = _value(text, key.end(), depth, _FIELD_END)
        at = _next(text, at, "}")
    return found, at + 1


def _items(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while not text.startswith("]", at):
        item, at = _value(text, at, depth, _ITEM_END)
        found.append(item)
        at = _next(text, at, "]")
    return found, at + 1


def _next(text: str, at: int, closing: str) -> int:
    """Where the next field or item begins, or where the closing bracket stands."""
    if text.startswith(closing, at):
        return at
    if not text.startswith(", ", at):
        raise _Unclear
    return at + 2
