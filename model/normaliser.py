"""Records into who became whom and what was called: each once, whichever copies come, in whatever order.

A cross-account assumption is recorded twice: in the caller's account, and in the role's owner's, where the caller is a
principal id only. The caller's copy is given at once; the owner's waits a little for it. So does a console switch by
somebody of whom only the ARN is known.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

import msgspec

from model.assumed import Assumed, Given, Held, Minted, Principal, Told, Voice, Warned
from model.assumption import ApiCall, Copy, RoleAssumption, corrected, lean, merged
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.deeds import FINDING, GUARDDUTY
from model.identity import Kind
from model.pairs import ASSUMED, SWITCHED, Pair, Pairs, addition, knowledge, names_of
from model.principals import Principals, Voices
from model.sts import ASSUMES, Sighting, assumes, is_roleless, sighting

HOLD_S = 120
"""How long an assumption waits for another copy, in seconds from the first `flush` after it came; of records that are
replayed in the order of their time, from its own time."""

Reading: TypeAlias = tuple[RoleAssumption | ApiCall, ...]
_BY_ARN = frozenset((Kind.USER, Kind.ROLE))


class Counts(msgspec.Struct):
    """What was read. `unique` counts distinct records; `assumptions` the successful ones, both copies being one."""

    records: int = 0
    unique: int = 0
    unparsed: int = 0
    assumptions: int = 0
    denied: int = 0
    service_assumptions: int = 0


class Normaliser:
    """Feed it every record once, in any order; `flush` after each poll, and with infinity at the end of a backlog."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._log: list[Assumed] = []
        self._pairs = Pairs()
        self._principals = Principals(self._log)
        self._voices = Voices(self._log)
        self._fresh: list[Pair] = []
        self._waiting: deque[Pair] = deque()
        self._copies: list[Copy] = []
        self._told_of: Collection[str] = ()

    def wait_for(self, accounts: Collection[str]) -> None:
        """Wait for the copies of no other accounts than these from now on; of any where there are none."""
        self._told_of = accounts

    def read(self, record: CloudTrailRecord | Unparsed) -> Reading:
        """What the record means: nothing for services and copies that add nothing."""
        counts = self.counts
        counts.records += 1
        if isinstance(record, Unparsed):
            counts.unparsed += 1
            return ()
        counts.unique += 1
        who = record.user_identity
        if who is not None and who.type == "AWSService":
            counts.service_assumptions += assumes(record)
            return ()
        return self.take(sighting(record))

    def take(self, seen: Sighting | ApiCall) -> Reading:
        """The same for what somebody else read out of a record."""
        if isinstance(seen, Sighting):
            return self._assumption(seen)
        if seen.name == FINDING and seen.source == GUARDDUTY:
            return self._warned(seen)
        if seen.name in ASSUMES and is_roleless(seen):
            self.counts.denied += seen.error is not None
            return (seen,)
        self._principals.learn(seen.caller, seen.time)
        if seen.new_key is not None and seen.error is None:
            self._log.append(Minted(seen))
        return (seen,)

    def _warned(self, read: ApiCall) -> Reading:
        """A finding of GuardDuty, about somebody of whom it knows the ids only."""
        warning = msgspec.structs.replace(read, caller=self._principals.named(read.caller))
        self._log.append(Warned(warning))
        return (warning,)

    def flush(self, now: float, replayed: bool = False) -> tuple[RoleAssumption, ...]:
        """What no other copy came for in time; `now` in seconds, never less than before. `replayed`: `now` is the
        latest record's time, and records come in the order of theirs."""
        fresh = [pair for pair in self._fresh if pair.held]
        if replayed:
            fresh.sort(key=lambda pair: pair.made.time)
        for pair in fresh:
            pair.since = min(pair.made.time, now) if replayed else now
        self._waiting.extend(fresh)
        self._fresh.clear()
        given = tuple(self._due(now))
        self._log += [_held(pair) for pair in fresh if pair.held]
        return given

    def hurry(self, key: str | None) -> tuple[RoleAssumption, ...]:
        """What made the session with this key, where it still waits: given now. Its other copy corrects it."""
        waiting = (*self._waiting, *self._fresh) if key else ()
        return tuple([self._give(pair) for pair in waiting if pair.held and pair.made.new_key == key])

    def copies(self) -> tuple[Copy, ...]:
        """Further records of assumptions that were given before, since the last call."""
        found, self._copies = tuple(self._copies), []
        return found

    def logged(self) -> list[Assumed]:
        """What must be logged since the last call, which is after `flush`."""
        found = self._log[:]
        self._log.clear()
        return found

    def restore(self, items: Iterable[Assumed]) -> None:
        """Go on from a log."""
        for item in items:
            if isinstance(item, Given):
                self._take(Pair(item.made, item.ids, item.kinds))
            elif isinstance(item, Told):
                self._told(item)
            elif isinstance(item, Principal):
                self._principals.restore(item)
            elif isinstance(item, Voice):
                self._voices.restore(item)
            elif isinstance(item, Held):
                pair = Pair(item.made, item.ids, item.kinds, held=True, since=item.since)
                self._take(pair)
                self._waiting.append(pair)

    def _due(self, now: float) -> Iterator[RoleAssumption]:
        waiting = self._waiting
        while waiting and (not waiting[0].held or waiting[0].since + HOLD_S <= now):
            pair = waiting.popleft()
            if pair.held:
                self._voices.missed(pair.made.caller.account, pair.made.time)
                yield self._give(pair)

    def _assumption(self, seen: Sighting) -> Reading:
        made = seen.made
        self._principals.learn(made.caller, made.time)
        self._voices.hear(seen.recipient, made.time)
        read = Pair(made, seen.ids, SWITCHED if seen.switched else ASSUMED)
        names = names_of(made, read.ids)
        earlier = self._pairs.find(made, names, read.kinds)
        gone = self._pairs.keep(earlier or read, names)
        given = self._first(read) if earlier is None else self._second(earlier, read, names)
        return (*given, *(self._give(old) for old in gone if old.held)) if gone else given

    def _first(self, pair: Pair) -> Reading:
        caller = pair.made.caller
        vain = self._told_of and caller.kind is Kind.ACCOUNT and caller.account not in self._told_of
        if vain or not self._is_bare(pair) or self._voices.is_silent(caller.account, pair.made.time):
            return (self._give(pair),)
        pair.held = True
        self._fresh.append(pair)
        return ()

    def _second(self, known: Pair, other: Pair, names: tuple[str, ...]) -> Reading:
        known.kinds |= other.kinds
        if known.held:
            return self._joined(known, other)
        copy = addition(known.made, other.made)
        known.made = corrected(known.made, copy)
        self._copies.append(copy)
        self._log.append(Told(copy, names, other.kinds))
        return ()

    def _joined(self, held: Pair, other: Pair) -> Reading:
        """Two copies of what nobody was given yet: given now, where one says who asked."""
        tells = knowledge(other.made) > knowledge(held.made)
        held.made = merged(other.made, held.made) if tells else merged(held.made, other.made)
        held.ids = tuple(dict.fromkeys((*held.ids, *other.ids)))
        if tells and not self._is_bare(held):
            return (self._give(held),)
        if held.since:
            self._log.append(_held(held))
        return ()

    def _is_bare(self, pair: Pair) -> bool:
        """Whether only an id, or of one who switched in the console only an ARN, says who asked."""
        caller = pair.made.caller
        if caller.kind is Kind.ACCOUNT:
            return bool(pair.ids)
        if caller.unique_id is not None or not pair.kinds & SWITCHED or caller.kind not in _BY_ARN:
            return False
        return self._principals.attributed(caller) is caller

    def _give(self, pair: Pair) -> RoleAssumption:
        made = pair.made
        self.counts.denied += made.denied
        self.counts.assumptions += not made.denied
        caller = self._principals.attributed(made.caller)
        if caller is not made.caller:
            made = msgspec.structs.replace(made, caller=caller)
        pair.made, pair.held = lean(made), False
        self._log.append(Given(pair.made, pair.ids, pair.kinds))
        return made

    def _take(self, pair: Pair) -> None:
        """Put a logged one in the place of what was known of it before."""
        names = names_of(pair.made, pair.ids)
        known = self._pairs.named(names)
        if known is not None and known.made.records[0] in pair.made.records:
            known.held = False
        self._pairs.keep(pair, names)

    def _told(self, item: Told) -> None:
        known = self._pairs.named(item.names)
        if known is not None:
            known.kinds |= item.kinds
            known.made = corrected(known.made, item.copy)
            self._pairs.keep(known, item.names)


def _held(pair: Pair) -> Held:
    return Held(pair.made, pair.ids, pair.kinds, pair.since)
