"""JSON values out of a text that is not one JSON value: lines, prefixes, broken, cut off or absurdly deep pieces."""

import json
import re
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_OPENING = re.compile(r'\s*(?:\{\s*"(?:Records|Events|logEvents)"\s*:\s*)?\[')
_BETWEEN = re.compile(r"[\s,\x00\ufeff\x1e\]}]*")
_NEXT = re.compile(r"\n|\{|\[(?=\s*[{\[])")
_START = re.compile(r"\{|\[(?=\s*[{\[\"\]])")
_DEEPEST = 64
_LONGEST = 4_000_000
_DIGITS = 300
_WHOLE = json.JSONDecoder(strict=False)
_DECODER = json.JSONDecoder(strict=False, parse_int=lambda digits: int(digits) if len(digits) <= _DIGITS else digits)

Pieces = Generator[Any, None, int]


class Broken(NamedTuple):
    """A piece of text that should have been a JSON value."""

    text: str
    reason: str


def pieces(text: str) -> Iterator[Any]:
    """Every JSON value in `text`, in order; what cannot be read comes as Broken.

    Values nested deeper than the stack are read with what lies deeper than 64 levels replaced by null. Of a key given
    twice the last counts; numbers of more than 300 digits may come as text.
    """
    try:
        yield _WHOLE.decode(text)
    except (ValueError, RecursionError):
        yield from _Text(text).values()


class _Text:
    """One text and how much more may be spent on it: broken input must not cost the square of its length."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.budget = 8 * len(text) + 1_000_000

    def values(self) -> Iterator[Any]:
        at = self.skip(0)
        while at < len(self.text):
            if self.budget <= 0:
                yield Broken(self.text[at:], "too broken to read on")
                return
            value = self.opening if _START.match(self.text, at) else self.prefix
            at = self.skip((yield from value(at)))

    def decoded(self, at: int) -> tuple[Any, int] | None:
        """The value that starts here and its end. A failure is charged: the error itself counts the lines before it."""
        try:
            return _DECODER.raw_decode(self.text, at)
        except (ValueError, RecursionError):
            self.budget -= 200 + at // 64
            return None

    def skip(self, at: int) -> int:
        match = _BETWEEN.match(self.text, at)
        return match.end() if match else at

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def prefix(self, at: int) -> Pieces:
        """Up to the next value on this line (a log line's head), or over the line."""
        found = _NEXT.search(self.text, at + 1)
        end = found.start() if found else len(self.text)
        if found is None or found.group() == "\n":
            yield Broken(self.text[at:end], "not JSON")
        return end

    def opening(self, at: int) -> Pieces:
        """A value; where it cannot be read and is an array of records, its elements."""
        found = self.decoded(at)
        if found is None:
            return (yield from self.elements(at))
        yield found[0]
        return found[1]

    def elements(self, at: int) -> Pieces:
        array = _OPENING.match(self.text, at)
        start = self.skip(array.end()) if array else len(self.text)
        if start >= len(self.text) or self.text[start] != "{":
            return (yield from self.mended(at, self.next_line(at)))
        while start < len(self.text) and self.text[start] == "{" and self.budget > 0:
            start = self.skip((yield from self.element(start)))
        return start

    def element(self, at: int) -> Pieces:
        found = self.decoded(at)
        if found is None:
            return (yield from self.mended(at, len(self.text)))
        yield found[0]
        return found[1]

    def next_line(self, at: int) -> int:
        """Where to go on after a value without an end: the next line where that starts a value, else nowhere."""
        end = self.line_end(at)
        follows = self.skip(end)
        return end if follows < len(self.text) and self.text[follows] in "{[" else len(self.text)

    def mended(self, at: int, give_up: int) -> Pieces:
        """One balanced piece with its depths cut off, or Broken."""
        shallow, end = self.balanced(at)
        if end is None:
            yield Broken(self.text[at:give_up], "cut off")
            return give_up
        try:
            yield _DECODER.decode(shallow)
        except (ValueError, RecursionError):
            yield Broken(self.text[at:end], "malformed JSON")
        return end

    def balanced(self, at: int) -> tuple[str, int | None]:
        """The text from `at` to where its brackets balance, cut at the deepest level; None where they never do."""
        depth, kept, start = 0, [], at
        limit = min(len(self.text), at + min(_LONGEST, self.budget))
        for token in _TOKEN.finditer(self.text, at, limit):
            mark = token.group()
            if mark in ("{", "["):
                depth += 1
                if depth == _DEEPEST + 1:
                    kept.append(self.text[start : token.start()])
            elif mark in ("}", "]"):
                depth -= 1
                if depth == _DEEPEST:
                    kept.append("null")
                    start = token.end()
                if depth == 0:
                    self.budget -= token.end() - at
                    return "".join((*kept, self.text[start : token.end()])), token.end()
        self.budget -= limit - at
        return "", None
