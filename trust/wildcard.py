"""IAM's wildcards: `*` is any text, `?` any one character. Matched in time linear in the text.

A pattern is a tuple of characters and the two marks below, so that a character that a policy variable brought (a user
may be called `*`) is never taken for a wildcard.
"""

from functools import lru_cache
from typing import NamedTuple

ANY = None
"""`*` in a pattern."""
ONE = ""
"""`?` in a pattern."""

Pattern = tuple[str | None, ...]


def pattern(text: str) -> Pattern:
    """A text whose `*` and `?` are wildcards."""
    return tuple(ANY if c == "*" else ONE if c == "?" else c for c in text)


def literal(text: str) -> Pattern:
    """A text without wildcards."""
    return tuple(text)


def has_wildcard(text: str) -> bool:
    """Whether a text has `*` or `?`."""
    return "*" in text or "?" in text


class _Piece(NamedTuple):
    """What stands between two `*`: its text where it has no `?`, else for each character the places that take it."""

    length: int
    text: str | None
    places: dict[str, int]
    everywhere: int

    def at(self, value: str, start: int) -> bool:
        """Whether it stands exactly there."""
        if start < 0 or start + self.length > len(value):
            return False
        if self.text is not None:
            return value.startswith(self.text, start)
        found = (self.places.get(c, self.everywhere) >> i & 1 for i, c in enumerate(value[start : start + self.length]))
        return all(found)

    def find(self, value: str, start: int) -> int:
        """Where it first ends from `start` on; -1 where nowhere. One pass over the text (shift-and)."""
        if self.text is not None:
            found = value.find(self.text, start)
            return -1 if found < 0 else found + self.length
        state, done = 0, 1 << (self.length - 1)
        for i in range(start, len(value)):
            state = (state << 1 | 1) & self.places.get(value[i], self.everywhere)
            if state & done:
                return i + 1
        return -1


def matches(wanted: Pattern, value: str) -> bool:
    """Whether the whole value fits the pattern."""
    pieces = _pieces(wanted)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(value) == first.length and first.at(value, 0)
    if len(value) < first.length + last.length or not first.at(value, 0):
        return False
    end = len(value) - last.length
    if not last.at(value, end):
        return False
    at = first.length
    for piece in pieces[1:-1]:
        at = piece.find(value, at)
        if at < 0 or at > end:
            return False
    return True


@lru_cache(maxsize=4096)
def _pieces(wanted: Pattern) -> tuple[_Piece, ...]:
    runs: list[list[str]] = [[]]
    for mark in wanted:
        if mark is None:
            runs.append([])
        else:
            runs[-1].append(mark)
    last = len(runs) - 1
    return tuple(_piece(run) for i, run in enumerate(runs) if run or i in (0, last))


def _piece(run: list[str]) -> _Piece:
    if ONE not in run:
        return _Piece(len(run), "".join(run), {}, 0)
    everywhere = sum(1 << i for i, c in enumerate(run) if c == ONE)
    places: dict[str, int] = {}
    for i, c in enumerate(run):
        if c != ONE:
            places[c] = places.get(c, everywhere) | 1 << i
    return _Piece(len(run), None, places, everywhere)
