"""Values that a visitor may bring for a key: texts, ids, numbers, times."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from trust import keys
from trust.condition import Condition, moment, number
from trust.operator import Family
from trust.ours import Ours
from trust.value import Brought, Unresolved
from trust.wildcard import Pattern, matches, pattern
from trust.witness import common, examples, fills

_MOST_PAIRS = 60


class Choice(NamedTuple):
    """Values of one key (none: the key is absent; None: nobody can say), and whether it is certain that a visitor can
    bring just these."""

    values: tuple[str, ...] | None
    sure: bool = True


ABSENT = Choice(())
UNKNOWN = Choice(None)


class Asked(NamedTuple):
    """A key, the conditions on it, and what else is already settled.

    `borrowed` is whether the visitor may have what is somebody's: be in a network or own an id that the policy names.
    A stranger may not; to tell how wide trust is, anybody may.
    """

    key: str
    conditions: Sequence[Condition]
    settled: Brought
    ours: Ours
    now: float
    borrowed: bool = False

    def patterns(self) -> list[Pattern]:
        """What the conditions compare with, variables filled in; wildcards only where the operator has them."""
        found: list[Pattern] = []
        for each in self.conditions:
            wild = each.operator.family in (Family.LIKE, Family.ARN)
            for value in each.values:
                wanted = value.resolved(self.settled, wild=wild)
                if not isinstance(wanted, Unresolved) and each.operator.family is not Family.NULL:
                    found.append(wanted)
        return found

    def texts(self) -> list[str]:
        """The same as texts."""
        return ["".join(mark or "" for mark in each) for each in self.patterns()]


def patterned(asked: Asked, template: Pattern) -> list[Choice]:
    """Fits the policy's patterns but is none of the ids it names: those are somebody's already."""
    shapes = [each for each in asked.patterns() if None in each or "" in each]
    drawn = [text for each in (*shapes, template) for text in made(each, template, asked)]
    named = ["".join(mark or "" for mark in each) for each in asked.patterns() if None not in each]
    if asked.borrowed:
        drawn += [text for text in named if matches(template, text)]
        named = []
    return [Choice((text,)) for text in dict.fromkeys(drawn) if text not in named]


def made(wanted: Pattern, template: Pattern, asked: Asked) -> tuple[str, ...]:
    """Texts that fit both, if possible such as escape the other conditions on the key."""
    return examples(wanted, template, fills([*asked.patterns(), wanted]))


def texts(asked: Asked, chosen: keys.Chosen) -> list[Choice]:
    """Every text that the caller may choose and the policy could tell apart."""
    shapes = asked.patterns()
    anything = pattern("*")
    drawn = [*chosen.known, *(text for each in (*shapes, anything) for text in made(each, anything, asked))]
    drawn += [joined for pair in _pairs(shapes) if (joined := common(*pair)) is not None]
    drawn += [text.swapcase() for text in drawn] if _ignores_case(asked) else []
    drawn += [value for key in _SETTLED if (values := asked.settled(key)) for value in values]
    fit = [text for text in dict.fromkeys(drawn) if chosen.shape.fullmatch(text)]
    found = [Choice((text,)) for text in fit]
    if chosen.many:
        named = [text for text in asked.texts() if chosen.shape.fullmatch(text)]
        found += [Choice(tuple(dict.fromkeys(named)))] if len(named) > 1 else []
    return [*found, *([ABSENT] if chosen.optional else [])]


_SETTLED = ("aws:principalaccount", "aws:principalarn", "aws:username", "aws:principalorgid")


def _pairs(shapes: Sequence[Pattern]) -> Iterator[tuple[Pattern, Pattern]]:
    wild = [each for each in dict.fromkeys(shapes) if None in each or "" in each]
    for count, pair in enumerate(combinations(wild, 2)):
        if count >= _MOST_PAIRS:
            return
        yield pair


def _ignores_case(asked: Asked) -> bool:
    return any(each.operator.family is Family.EQUALS_IGNORING_CASE for each in asked.conditions)


def numbers(asked: Asked, least: float, most: float) -> list[Choice]:
    """Numbers within bounds, beside and at each that is asked for."""
    named = [found for text in asked.texts() if (found := number(text)) is not None]
    near = [least, most, *(each + step for each in named for step in (0, -1, 1))]
    return [
        Choice((f"{each:g}" if each % 1 else str(int(each)),)) for each in dict.fromkeys(near) if least <= each <= most
    ]


def times(asked: Asked) -> list[Choice]:
    """Now, and any later time that makes a difference: a caller can wait."""
    named = [found for text in asked.texts() if (found := moment(text)) is not None]
    later = [each + step for each in named for step in (0, -1, 1) if each + step >= asked.now]
    return [Choice((str(each),)) for each in dict.fromkeys((asked.now, *later))]
