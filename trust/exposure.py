"""Whether somebody outside the organisation can assume a role: somebody who has read its trust policy and chooses
whatever a caller can choose.

For each statement that lets in and each visitor worth trying (`trust.visitor`), a value is looked for, key by key
(`trust.choice`), so that every condition of the statement holds and of every Deny at least one does not. Keys do not
depend on one another but through the visitor and through policy variables, so each can be searched by itself: what
counts of a value is which Denies it escapes.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from math import prod
from typing import NamedTuple

from trust.caller import Caller
from trust.choice import choices
from trust.condition import Condition, holds
from trust.drawn import Asked, Choice
from trust.evaluate import names
from trust.ours import Ours
from trust.policy import Policy, Statement
from trust.truth import FALSE, TRUE, Truth, every
from trust.visitor import Visitor, visitors

_MOST_MASKS = 256
_MOST_SETTLED = 600
_MOST_EACH = 8

Settled = Mapping[str, tuple[str, ...] | None]


class Entry(NamedTuple):
    """A way in: who, by which statement, bringing what; `sure` or only perhaps."""

    statement: Statement
    visitor: Visitor
    brings: Settled
    sure: bool


class Exposure(NamedTuple):
    """The answer: exposed, not, or None where it cannot be decided; with the way in that decided it, where one is."""

    exposed: bool | None
    entry: Entry | None = None


def exposure(policy: Policy, ours: Ours, now: float) -> Exposure:
    """Whether anybody outside can assume the role at `now` (seconds since 1970) or later."""
    found = ways_in(policy, (each for each in visitors(policy, ours) if not each.inside), ours, now)
    perhaps: Entry | None = None
    for entry in found:
        if entry.sure:
            return Exposure(True, entry)
        perhaps = perhaps or entry
    return Exposure(False) if perhaps is None else Exposure(None, perhaps)


def ways_in(policy: Policy, who: Iterable[Visitor], ours: Ours, now: float) -> Iterator[Entry]:
    """Every visitor that gets in, by each statement that lets it."""
    for visitor in who:
        for statement in policy.allows:
            entry = way_in(statement, policy.denies, visitor, ours, now)
            if entry is not None:
                yield entry


def way_in(
    statement: Statement,
    denies: tuple[Statement, ...],
    visitor: Visitor,
    ours: Ours,
    now: float,
    *,
    borrowed: bool = False,
) -> Entry | None:
    """How the visitor gets in by this statement in spite of the Denies; None where it does not. With `borrowed` it may
    be in networks and own ids that the policy names."""
    caller = visitor.caller
    meant = names(statement, caller) if statement.covers(caller.door) else FALSE
    if meant is FALSE or _is_barred(statement, caller):
        return None
    against = [(each, names(each, caller)) for each in denies if each.covers(caller.door)]
    against = [(each, named) for each, named in against if named is not FALSE]
    search = _Search(statement, [each for each, _ in against], visitor, ours, now, borrowed)
    surely = sum(1 << i for i, (_, named) in enumerate(against) if named is TRUE)
    everyone = (1 << len(against)) - 1
    if meant is TRUE and visitor.sure:
        brings = search.brings(everyone, sure=True)
        if brings is not None:
            return Entry(statement, visitor, brings, True)
    brings = search.brings(surely, sure=False)
    if brings is None and not search.is_cut:
        return None
    return Entry(statement, visitor, brings or caller.brings, False)


def _is_barred(statement: Statement, caller: Caller) -> bool:
    """Whether what the caller is, and does not choose, fails a condition already: then nothing need be looked for."""
    return any(
        caller.brings.get(each.key) is not None
        and not any(value.variables for value in each.values)
        and holds(each, caller.brought) is FALSE
        for each in statement.conditions
    )


class _Found(NamedTuple):
    """Denies that are escaped (a bit each), and what was brought."""

    mask: int
    brings: tuple[tuple[str, tuple[str, ...] | None], ...]


class _Search:
    """One visitor at one statement. `is_cut` once there were more ways to fill variables in than were tried."""

    def __init__(
        self,
        statement: Statement,
        denies: list[Statement],
        visitor: Visitor,
        ours: Ours,
        now: float,
        borrowed: bool,
    ) -> None:
        self._visitor, self._ours, self._now, self._borrowed = visitor, ours, now, borrowed
        self._allow = statement.conditions
        self._denies = [each.conditions for each in denies]
        together = [*self._allow, *(each for conditions in self._denies for each in conditions)]
        self._about: dict[str, list[Condition]] = {}
        for each in together:
            self._about.setdefault(each.key, []).append(each)
        keys = {variable.key for each in together for value in each.values for variable in value.variables}
        self._variables = sorted(keys - visitor.caller.brings.keys())
        self.is_cut = False

    def brings(self, wanted: int, *, sure: bool) -> Settled | None:
        """What to bring so that the statement applies and the wanted Denies do not; None where nothing will do."""
        if any(not conditions and wanted >> i & 1 for i, conditions in enumerate(self._denies)):
            return None
        for settled in self._settled():
            found = self._with(settled, wanted, sure)
            if found is not None:
                return found
        return None

    def _settled(self) -> Iterator[Settled]:
        """What variables stand for, every way that is worth trying."""
        base = dict(self._visitor.caller.brings)
        if not self._variables:
            yield base
            return
        each = [[*islice(self._choices(key, base), _MOST_EACH)] for key in self._variables]
        if prod(len(some) for some in each) > _MOST_SETTLED:
            self.is_cut = True
        for chosen in islice(product(*each), _MOST_SETTLED):
            yield base | {key: choice.values for key, choice in zip(self._variables, chosen, strict=True)}

    def _choices(self, key: str, settled: Settled) -> list[Choice]:
        if key in settled:
            return [Choice(settled[key])]
        conditions = self._about.get(key, ())
        asked = Asked(key, conditions, lambda other: settled.get(other, ()), self._ours, self._now, self._borrowed)
        return choices(self._visitor, asked)

    def _with(self, settled: Settled, wanted: int, sure: bool) -> Settled | None:
        found = [_Found(0, ())]
        for key in self._about:
            scored = self._scored(key, settled, sure)
            found = _best([_Found(a.mask | b.mask, a.brings + b.brings) for a in found for b in scored])
            if not found:
                return None
        for each in found:
            if each.mask & wanted == wanted:
                return {**settled, **dict(each.brings)}
        return None

    def _scored(self, key: str, settled: Settled, sure: bool) -> list[_Found]:
        """The values of one key that satisfy the statement, with the Denies that each escapes."""
        scored: list[_Found] = []
        for choice in self._choices(key, settled):
            if sure and not choice.sure:
                continue
            caller = self._visitor.caller._replace(brings={**settled, key: choice.values})
            allowed = _judged(self._allow, key, caller)
            if allowed is not TRUE and (sure or allowed is FALSE):
                continue
            judged = [_judged(conditions, key, caller) for conditions in self._denies]
            mask = sum(
                1 << i for i, denied in enumerate(judged) if denied is FALSE or (not sure and denied is not TRUE)
            )
            scored.append(_Found(mask, ((key, choice.values),)))
        return _best(scored)


def _judged(conditions: tuple[Condition, ...], key: str, caller: Caller) -> Truth:
    return every(holds(each, caller.brought) for each in conditions if each.key == key)


def _best(found: list[_Found]) -> list[_Found]:
    """Those that no other outdoes."""
    by_mask = {each.mask: each for each in reversed(found)}
    kept: list[_Found] = []
    for each in sorted(by_mask.values(), key=lambda one: -one.mask.bit_count()):
        if not any(each.mask | other.mask == other.mask for other in kept):
            kept.append(each)
    return kept[:_MOST_MASKS]
