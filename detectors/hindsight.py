"""Learning from records that nobody judges: the same teaching as the judge's, for archives.

Everything teaches, except what a judge would not learn either: services' calls, and what the chains of a serious
finding did while it keeps them in quarantine.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from detectors.hot import Hot
from detectors.memory import IDENTITY, ORIGIN, PEER, ROLE
from detectors.order import Item, in_order
from detectors.track_change import track_of
from model.archive_learning import HOUR, Calls, Reading, Window, set_aside
from model.assumption import ApiCall, RoleAssumption
from model.baseline import Baseline, Fact
from model.behind import behind
from model.chain import Chain
from model.deeds import FINDING
from model.documents import Documents
from model.facts import call_fact, fact_of
from model.identity import Identity
from model.journal import unstamped
from model.learning import learn, prune, reach, seen
from model.lineage_book import LineageBook
from model.normaliser import Counts, Normaliser
from model.peer_use import PeerUse, learn_peer, peer_key, prune_peer
from model.role_use import RoleUse, attempt, prune_use, use
from model.sts import Sighting

CROWDED = 20_000
"""Written values of one kind that are kept in memory between batches."""
Place = tuple[str, str]
Whole = Callable[[Place, int], bool]
T = TypeVar("T", bound=msgspec.Struct)


class _Kept(Hot[T]):
    """Documents to learn into. One that holds this batch's teaching already (`whole`) is learned into in vain."""

    def __init__(self, kind: str, form: type[T], prune: Callable[[T], T], documents: Documents, whole: Whole) -> None:
        super().__init__(kind, form, prune, documents)
        self._whole = whole
        self._vain: dict[str, T] = {}

    def change(self, key: str) -> T:
        """The value, to change."""
        value = self.kept.get(key)
        if value is not None:
            self.stale.setdefault(key, 0)
            return value
        if key in self._vain:
            return self._vain[key]
        stamp, value = self.load(key)
        if self._whole((self.kind, key), stamp):
            self._vain[key] = self.kept.pop(key)
        else:
            self.stale[key] = 0
        return value

    def let_go(self) -> None:
        """Drop every value whose document lacks nothing."""
        self._vain = {}
        if len(self.kept) > CROWDED:
            super().let_go()


class Hindsight:
    """Takes readings of files in the order of time; gives the documents that they changed.

    Lineage and the pairs of copies go on from one batch of files to the next. `whole` says of a document's place and
    stamp whether it holds this batch's teaching from an earlier attempt.
    """

    def __init__(self, documents: Documents, whole: Whole = lambda _place, _stamp: False) -> None:
        self._identities = _Kept(IDENTITY, Baseline, prune, documents, whole)
        self._roles = _Kept(ROLE, RoleUse, prune_use, documents, whole)
        self._peers = _Kept(PEER, PeerUse, prune_peer, documents, whole)
        self._all: tuple[_Kept[Any], ...] = (self._identities, self._roles, self._peers)
        self._normaliser = Normaliser()
        self._book = LineageBook()
        self._quarantines = _quarantines(documents)
        self._clock = 0.0
        self.known: set[str] = set()

    @property
    def counts(self) -> Counts:
        """What the records were that need their neighbours."""
        return self._normaliser.counts

    @property
    def watched(self) -> list[Window]:
        """When some chain is in quarantine: calls of these times need their chain."""
        return [*self._quarantines.values()]

    def take(self, reading: Reading, *, only_link: bool = False) -> None:
        """Learn what a reading gave. `only_link`: it was learned before, and only later chains need it."""
        if not only_link:
            for calls in reading.calls:
                self._calls(calls)
        self._sightings(set_aside(reading), only_link)

    def finish(self, *, only_link: bool = False) -> None:
        """Learn what still waits for a second copy; one that comes later is known for what it is."""
        self._items(self._normaliser.flush(float("inf")), only_link)

    def places(self) -> list[Place]:
        """The documents that changed since they were written, sorted."""
        return sorted((hot.kind, key) for hot in self._all for key in hot.stale)

    def document(self, place: Place, number: int) -> bytes:
        """One of them, as of entry `number`; it counts as written."""
        (hot,) = (hot for hot in self._all if hot.kind == place[0])
        return hot.write(place[1], number)[place] or b""

    def let_go(self) -> None:
        """After a batch was written: drop what is not needed, and what there is much of."""
        for hot in self._all:
            hot.let_go()

    def _calls(self, calls: Calls) -> None:
        self.known.add(calls.key)
        baseline = self._identities.change(calls.key)
        learn(baseline, Fact(time=calls.last, network=calls.network, tool=calls.tool, region=calls.region))
        if calls.count > 1 and calls.last // HOUR in baseline.active:
            baseline.active[calls.last // HOUR] += calls.count - 1

    def _sightings(self, sightings: Iterable[Sighting | ApiCall], only_link: bool) -> None:
        items: list[Item] = []
        for each in sightings:
            self._clock = max(self._clock, each.made.time if isinstance(each, Sighting) else each.time)
            items.extend(self._normaliser.take(each))
        items.extend(self._normaliser.flush(self._clock))
        self._items(items, only_link)

    def _items(self, items: Iterable[Item], only_link: bool) -> None:
        for item in in_order(items):
            if isinstance(item, ApiCall):
                if item.name != FINDING:
                    self._call(item, only_link)
            else:
                self._assumption(item, only_link)
        for copy in self._normaliser.copies():
            self._book.correct(copy)
        self._normaliser.logged()
        self._book.logged()

    def _assumption(self, made: RoleAssumption, only_link: bool) -> None:
        way = self._book.add(made)
        if only_link:
            return
        origin, caller, fact = way.origin.key, made.caller.key, fact_of(made, way)
        self.known.add(caller)
        who = self._identities.change(caller)
        seen(who, fact)
        note = attempt if made.denied else use
        note(self._roles.change(made.role_arn), _name(made.caller), made.time, caller)
        if self._is_quarantined(way.origin, made.time):
            return
        learn(who, fact)
        if fact.depth > 1:
            reach(self._identities.change(origin), fact)
        peers = peer_key(made.caller)
        if peers is not None:
            learn_peer(self._peers.change(peers), caller, fact)

    def _call(self, call: ApiCall, only_link: bool) -> None:
        way = self._book.of(call)
        if only_link:
            return
        fact = call_fact(call, way.hops[-1].time if way.hops else None)
        if fact.read:
            seen(self._identities.change(call.caller.key), fact)
        if self._is_quarantined(way.origin, call.time):
            return
        self.known.add(call.caller.key)
        learn(self._identities.change(call.caller.key), fact)
        if fact.deed is not None:
            self._deed(call, way, fact)

    def _deed(self, call: ApiCall, way: Chain, fact: Fact) -> None:
        """What a chain does dangerous is its origin's doing too, and its peers'."""
        if way.depth:
            reach(self._identities.change(way.origin.key), fact)
        peers = peer_key(call.caller)
        if peers is not None and call.error is None:
            learn_peer(self._peers.change(peers), call.caller.key, fact)

    def _is_quarantined(self, origin: Identity, time: float) -> bool:
        window = self._quarantines.get(behind(origin)) if self._quarantines else None
        return window is not None and window.since <= time <= window.until


def _quarantines(documents: Documents) -> dict[str, Window]:
    tracks = ((key, track_of(unstamped(document)[1])) for key, document in documents.every(ORIGIN))
    return {key: Window(track.since, track.quarantine) for key, track in tracks if track.quarantine}


def _name(caller: Identity) -> str:
    """A caller as the list of a role's users shows it: its ARN, and the session in brackets."""
    shown = (caller.arn or caller.key)[:130]
    return f"{shown} ({caller.session_name[:64]})" if caller.session_name else shown
