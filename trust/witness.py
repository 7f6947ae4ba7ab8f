"""Examples of texts that fit patterns: the proof that somebody can choose such a value."""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache

from trust.wildcard import ANY, ONE, Pattern

LONGEST = 2048
"""Characters: no ARN, name, tag, id or external id is longer, so a longer pattern without `*` fits none."""
_FILLS = "z9qk7xw4jy2v"


def common(one: Pattern, other: Pattern, fill: str = "z") -> str | None:
    """A short text that fits both patterns, with `fill` where any character will do; None where there is none."""
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
    """What the other begins with as it stands, then a short way through both at once."""
    head = next((at for at, mark in enumerate(other) if not mark), len(other))
    begins, rest = "".join(_text(other[:head])), other[head:]
    held = _after(one, begins)
    places = [at for at in range(len(one), -1, -1) if held >> at & 1]
    if not places:
        return None
    if rest in _ANYTHING:
        ends = [end for at in places if (end := _free(one[at:], len(rest) - 1, fill)) is not None]
        return begins + min(ends, key=len) if ends else None
    found = _search(one, rest, places, fill)
    return None if found is None else begins + found


_ANYTHING = ((ANY,), (ONE, ANY))


def _free(rest: Pattern, least: int, fill: str) -> str | None:
    """The shortest text that fits, of at least no or one character."""
    text = "".join(mark or fill for mark in rest if mark is not ANY)
    if len(text) >= least:
        return text
    return fill if rest else None


def _after(one: Pattern, text: str) -> int:
    """The places in a pattern, a bit each, where one can be once a text is read."""
    stars = sum(1 << at for at, mark in enumerate(one) if mark is ANY)
    fits: dict[str, int] = {}
    for at, mark in enumerate(one):
        if mark is not ANY:
            fits[mark] = fits.get(mark, 0) | 1 << at
    held = _past(1, stars)
    for char in text:
        held = _past((held & (fits.get(char, 0) | fits.get(ONE, 0))) << 1 | held & stars, stars)
    return held


def _past(held: int, stars: int) -> int:
    while (more := held | (held & stars) << 1) != held:
        held = more
    return held


def _search(one: Pattern, other: Pattern, places: Iterable[int], fill: str) -> str | None:
    """A short text, from one of some places of the first. A spot is a place in each as one number: i * width + j."""
    width, end = len(other) + 1, len(one) * (len(other) + 1) + len(other)
    came: dict[int, tuple[int, str]] = {place * width: (-1, "") for place in places}
    ahead = deque(came)
    while ahead and end not in came:
        spot = ahead.popleft()
        i, j = divmod(spot, width)
        a = one[i] if i < len(one) else _END
        b = other[j] if j + 1 < width else _END
        if a is ANY and spot + width not in came:
            came[spot + width] = (spot, "")
            ahead.appendleft(spot + width)
        if b is ANY and spot + 1 not in came:
            came[spot + 1] = (spot, "")
            ahead.appendleft(spot + 1)
        if a is _END or b is _END or (a is b is ANY) or (a and b and a != b):
            continue
        after = spot + (0 if a is ANY else width) + (0 if b is ANY else 1)
        if after not in came:
            came[after] = (spot, a or b or fill)
            ahead.append(after)
    return _spelled(came, end) if end in came else None


_END = "end"
"""Longer than any mark, so that it is none."""


def _spelled(came: dict[int, tuple[int, str]], end: int) -> str:
    chars: list[str] = []
    spot = end
    while spot >= 0:
        spot, char = came[spot]
        chars.append(char)
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
