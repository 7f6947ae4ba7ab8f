"""Examples of texts that fit patterns: the proof that somebody can choose such a value."""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache

from trust.wildcard import ANY, ONE, Pattern

LONGEST = 2048
"""Characters: no ARN, name, tag, id or external id is longer, so a longer pattern without `*` fits none."""
_STAR = (ANY,)
_FILLS = "z9qk7xw4jy2v"
Spot = tuple[int, int]


def common(one: Pattern, other: Pattern, fill: str = "z") -> str | None:
    """A shortest text that fits both patterns, with `fill` where any character will do; None where there is none."""
    if len(one) > LONGEST or len(other) > LONGEST:
        return None
    head = _alike(one, other)
    if head is None:
        return None
    begins, one, other = one[:head], one[head:], other[head:]
    tail = _alike(one[::-1], other[::-1])
    if tail is None:
        return None
    ends = one[len(one) - tail :]
    middle = _middle(one[: len(one) - tail], other[: len(other) - tail], fill)
    return None if middle is None else "".join((*_text(begins), middle, *_text(ends)))


def _alike(one: Pattern, other: Pattern) -> int | None:
    """How many characters both begin with, before a wildcard of either; None where they differ there."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if not a or not b:
            break
        if a != b:
            return None
        count += 1
    return count


def _text(marks: Pattern) -> list[str]:
    return [mark for mark in marks if mark]


def _middle(one: Pattern, other: Pattern, fill: str) -> str | None:
    end = (len(one), len(other))
    came: dict[Spot, tuple[Spot, str] | None] = {(0, 0): None}
    ahead = deque([(0, 0)])
    while ahead and end not in came:
        spot = ahead.popleft()
        for after, char in _steps(one, other, spot, fill):
            if after not in came:
                came[after] = (spot, char)
                (ahead.append if char else ahead.appendleft)(after)
    return _spelled(came, end) if end in came else None


def _steps(one: Pattern, other: Pattern, spot: Spot, fill: str) -> Iterable[tuple[Spot, str]]:
    i, j = spot
    a, b = one[i : i + 1], other[j : j + 1]
    if a == _STAR:
        yield (i + 1, j), ""
    if b == _STAR:
        yield (i, j + 1), ""
    if not a or not b or a == b == _STAR:
        return
    yield from _shared(a[0], b[0], spot, fill)


def _shared(a: str | None, b: str | None, spot: Spot, fill: str) -> Iterable[tuple[Spot, str]]:
    """The one character that both sides can go on with."""
    i, j = spot
    char = (a or b) or fill
    if all(mark in (ANY, ONE, char) for mark in (a, b)):
        yield (i if a is ANY else i + 1, j if b is ANY else j + 1), char


def _spelled(came: dict[Spot, tuple[Spot, str] | None], end: Spot) -> str:
    chars: list[str] = []
    step = came[end]
    while step is not None:
        chars.append(step[1])
        step = came[step[0]]
    return "".join(reversed(chars))


def padded(wanted: Pattern, fill: str) -> Pattern:
    """The same with something in place of every `*`, so that an example is no accident of the shortest."""
    return tuple(mark for each in wanted for mark in ((fill, fill, ANY) if each is ANY else (each,)))


def fills(patterns: Iterable[Pattern], allowed: str = _FILLS) -> tuple[str, ...]:
    """Two characters to fill with, if possible such as no pattern names, so that an example escapes a Deny."""
    used = {mark for each in patterns for mark in each if mark}
    fresh = [char for char in allowed if char not in used]
    return tuple([*fresh, *allowed][:2])


@lru_cache(maxsize=8192)
def examples(wanted: Pattern, template: Pattern, chars: tuple[str, ...]) -> tuple[str, ...]:
    """Texts that fit both, the shortest and longer ones."""
    made = (common(shape, template, char) for char in chars for shape in (wanted, padded(wanted, char)))
    return tuple(text for text in dict.fromkeys(made) if text is not None)
