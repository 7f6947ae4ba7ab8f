"""Which records tell of one assumption: copies meet by the id that both carry, or as the two sides of a console switch.

Two records meet only where role, outcome and time agree; nothing else of a record is believed about another one.
"""

from collections import OrderedDict

import msgspec

from model.actor import role_of
from model.assumption import Copy, RoleAssumption
from model.identity import Kind

TOGETHER_S = 60
"""Records of one assumption are at most this far apart, in seconds of record time."""
MOST_NAMES = 131_072
"""Names under which a copy can still meet the one before it; a name is about 120 bytes."""


_SWITCH = "="
ASSUMED, SWITCHED = 1, 2
"""The kinds of record (AssumeRole, SwitchRole) that a console switch has one each of."""


class Pair(msgspec.Struct, eq=False, gc=False):
    """An assumption that another copy may still belong to.

    `made` is what its copies say so far, `ids` (sharedEventID or requestID) and `kinds` are theirs. `held`: it waits,
    and nobody was given it; `since` is when `flush` saw it first, 0 before.
    """

    made: RoleAssumption
    ids: tuple[str, ...]
    kinds: int
    held: bool = False
    since: float = 0.0


class Pairs:
    """The latest assumptions by the names of their copies."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, Pair] = OrderedDict()

    def find(self, made: RoleAssumption, names: tuple[str, ...], kind: int) -> Pair | None:
        """The assumption that this is another record of."""
        for name in names:
            found = self._names.get(name)
            if found is None or abs(found.made.time - made.time) > TOGETHER_S:
                continue
            if name[0] != _SWITCH or not kind & found.kinds:
                return found
        return None

    def keep(self, pair: Pair, names: tuple[str, ...]) -> list[Pair]:
        """Let the next copy find it; those that have to go for it, oldest first."""
        kept = self._names
        for name in names:
            kept[name] = pair
            kept.move_to_end(name)
        gone = []
        while len(kept) > MOST_NAMES:
            gone.append(kept.popitem(last=False)[1])
        return gone

    def named(self, names: tuple[str, ...]) -> Pair | None:
        """The assumption under one of these names."""
        return next((self._names[name] for name in names if name in self._names), None)


def names_of(made: RoleAssumption, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Under which names the copies of this assumption meet.

    One for each id that both copies carry, with role and outcome, which must be the same in both; and one for the
    session, since it is all that the two sides of a console switch have in common. Not every record has the role's
    unique id, or its ARN's path.
    """
    role = role_of(made.role_arn) or made.role_arn
    if made.denied:
        return tuple([f"{id_} denied {role}" for id_ in ids])
    names = [f"{id_} {role}" for id_ in ids]
    if made.session_name:
        names.append(f"{_SWITCH}{role}:{made.session_name}")
    return tuple(names)


def knowledge(made: RoleAssumption) -> tuple[bool, bool, bool]:
    """How much a record knows of who asked: more than an id, the unique id, the key."""
    caller = made.caller
    return caller.kind is not Kind.ACCOUNT, caller.unique_id is not None, made.caller_key is not None


def addition(before: RoleAssumption, other: RoleAssumption) -> Copy:
    """What another record says of an assumption that was given already."""
    told = knowledge(other) > knowledge(before)
    return Copy(
        record=other.records[0],
        of=before.records[0],
        how=other.how,
        caller=other.caller if told else None,
        caller_key=other.caller_key if told else None,
        caller_session=other.caller_session if told else None,
        new_key=None if before.new_key else other.new_key,
        role_id=None if before.role_id else other.role_id,
        session_name=None if before.session_name else other.session_name,
    )
