"""What the judge remembers: baselines, roles' users and tracks, and what happened to them since the last entry.

Every change goes through here and into the entry's `changes`, from which it can be made again, exactly.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from detectors.hot import Hot
from detectors.track import Track
from detectors.track_change import change_of, changed, track_document, track_of
from model.baseline import Baseline, Fact
from model.documents import Changes, Past
from model.evidence import Evidence
from model.journal import stamped, unstamped
from model.learning import learn, prune, reach, seen, teach
from model.peer_use import PeerUse, learn_peer, prune_peer
from model.role_use import RoleUse, attempt, prune_use, use

IDENTITY, ROLE, PEER, ORIGIN = "identity", "role", "peer", "origin"
CROWDED = 20_000
LEARNED, SEEN, REACHED = 1, 2, 4
"""What may happen to a baseline with one fact: the sum of these."""
TAUGHT, USED, SHARED, TRACKED = 8, 16, 32, 64
"""What else may happen: to a baseline, a role, a group of peers, an origin's track."""
LAG = 300
"""Entries that a document may lack before it is written back: what changes all the time is written once a while."""

_CHANGES = msgspec.msgpack.Decoder(list[tuple[int, str, msgspec.Raw]])
_FACT = msgspec.msgpack.Decoder(Fact)
_TAUGHT = msgspec.msgpack.Decoder(tuple[Fact, float])
_SHARED = msgspec.msgpack.Decoder(tuple[str, Fact])
_BODY = msgspec.msgpack.Decoder(bytes | None)


class Use(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One assumption of a role, or an attempt: the caller for people, its key, and when (seconds since 1970 UTC)."""

    caller: str
    key: str
    time: float
    denied: bool


_USE = msgspec.msgpack.Decoder(Use)


class Written(NamedTuple):
    """One entry's changes, the documents that are written back with it, and up to which entry documents are whole."""

    changes: bytes
    documents: Changes
    folded: int


class Memory:
    """Hot state as of entry `number`, the last one's; what changes belongs to the next."""

    def __init__(self, past: Past, number: int) -> None:
        self.known: set[str] = set()
        self.tracks: dict[str, Track] = {}
        self._identities = Hot(IDENTITY, Baseline, prune, past)
        self._roles = Hot(ROLE, RoleUse, prune_use, past)
        self._peers = Hot(PEER, PeerUse, prune_peer, past)
        self._stale_tracks: dict[str, int] = {}
        self._moved: dict[str, None] = {}
        self._changes: list[tuple[int, str, Any]] = []
        self._restore(past)
        self._told: dict[str, list[Evidence]] = {key: [*track.evidence] for key, track in self.tracks.items()}
        self.number = number

    @property
    def crowded(self) -> bool:
        """Whether it is time to let go of what was written back."""
        return sum(len(hot.kept) for hot in self._all) > CROWDED

    @property
    def _all(self) -> tuple[Hot[Any], ...]:
        return self._identities, self._roles, self._peers

    def baseline(self, key: str) -> Baseline:
        """An identity's baseline, to look at."""
        return self._identities.kept.get(key) or self._identities.look(key)

    def role(self, arn: str) -> RoleUse:
        """Who uses a role, to look at."""
        return self._roles.look(arn)

    def peers(self, key: str) -> PeerUse:
        """What a group of peers does, to look at."""
        return self._peers.look(key)

    def change(self, what: int, key: str, fact: Fact) -> None:
        """Let an identity's baseline learn, see or reach a fact: the bits of `what` say which of these."""
        self.known.add(key)
        baseline = self._identities.touch(key, self.number + 1)
        if what == LEARNED:
            learn(baseline, fact)
        else:
            _apply(what, baseline, fact)
        self._changes.append((what, key, fact))

    def teach(self, key: str, fact: Fact, until: float) -> None:
        """Let people's word count for an identity until then."""
        teach(self._identities.touch(key, self.number + 1), fact, until)
        self._changes.append((TAUGHT, key, (fact, until)))

    def share(self, peers: str, member: str, fact: Fact) -> None:
        """Let a group of peers know what a member did."""
        learn_peer(self._peers.touch(peers, self.number + 1), member, fact)
        self._changes.append((SHARED, peers, (member, fact)))

    def use(self, role_arn: str, used: Use) -> None:
        """Note that a role was assumed, or tried."""
        _use(self._roles.touch(role_arn, self.number + 1), used)
        self._changes.append((USED, role_arn, used))

    def track(self, key: str) -> Track:
        """An origin's track, to change."""
        self._moved[key] = None
        return self.tracks.setdefault(key, Track())

    def forget(self, key: str) -> None:
        """Let an origin's track go."""
        self._moved[key] = None
        self.tracks.pop(key, None)

    def write(self, roles: tuple[str, ...] = ()) -> Written:
        """Close the entry. The documents of `roles` are brought up to date now: somebody is about to read them."""
        folded = self._folded()
        self.number += 1
        changes = [*self._changes, *((TRACKED, key, self._moved_track(key)) for key in self._moved)]
        self._changes, self._moved = [], {}
        documents = self._write_back(roles)
        return Written(msgspec.msgpack.encode(changes) if changes else b"", documents, folded)

    def let_go(self) -> None:
        """Drop what can be loaded again; only after the last `write` was kept."""
        for hot in self._all:
            hot.let_go()

    def _moved_track(self, key: str) -> bytes | None:
        self._stale_tracks.setdefault(key, self.number)
        told, track = self._told.pop(key, []), self.tracks.get(key)
        if track is None:
            return None
        self._told[key] = [*track.evidence]
        return change_of(track, told)

    def _write_back(self, roles: tuple[str, ...]) -> dict[tuple[str, str], bytes | None]:
        found: dict[tuple[str, str], bytes | None] = {}
        for hot in self._all:
            found |= hot.write_back(self.number, LAG)
        for arn in roles:
            found |= self._roles.write(arn, self.number)
        for key, since in [*self._stale_tracks.items()][:2]:
            if since <= self.number - LAG:
                del self._stale_tracks[key]
                track = self.tracks.get(key)
                found[ORIGIN, key] = stamped(self.number, track_document(track)) if track else None
        return found

    def _folded(self) -> int:
        """The last entry that every document holds."""
        oldest = [next(iter(hot.stale.values())) for hot in self._all if hot.stale]
        oldest += [next(iter(self._stale_tracks.values()))] if self._stale_tracks else []
        return min([*oldest, self.number + 1]) - 1

    def _restore(self, past: Past) -> None:
        """Load every track, and bring the documents that lack entries up to date."""
        stamps: dict[tuple[str, str], int] = {}
        for key, document in past.every(ORIGIN):
            stamps[ORIGIN, key], body = unstamped(document)
            self.tracks[key] = track_of(body)
        for number, changes in past.journal():
            for what, key, raw in _CHANGES.decode(changes) if changes else ():
                self._again(number, (what, key, raw), stamps)

    def _again(self, number: int, change: tuple[int, str, msgspec.Raw], stamps: dict[tuple[str, str], int]) -> None:
        what, key, raw = change
        if what == TRACKED:
            if number > stamps.get((ORIGIN, key), 0):
                self._track_again(number, key, _BODY.decode(raw))
            return
        roads: dict[int, Hot[Any]] = {USED: self._roles, SHARED: self._peers}
        hot = roads.get(what, self._identities)
        if number > _stamp(hot, key, stamps):
            _AGAIN.get(what, partial(_learn_again, what))(hot.touch(key, number), raw)

    def _track_again(self, number: int, key: str, body: bytes | None) -> None:
        self._stale_tracks.setdefault(key, number)
        before = self.tracks.pop(key, None) or Track()
        # None too where the track was let go of later, its document went, and this entry is still in the journal.
        after = None if body is None else changed(before, body)
        if after is not None:
            self.tracks[key] = after


def _stamp(hot: Hot[Any], key: str, stamps: dict[tuple[str, str], int]) -> int:
    """The stamp of the document as it was loaded."""
    place = (hot.kind, key)
    if place not in stamps:
        stamps[place] = hot.load(key)[0]
    return stamps[place]


def _apply(what: int, baseline: Baseline, fact: Fact) -> None:
    if what & SEEN:
        seen(baseline, fact)
    if what & LEARNED:
        learn(baseline, fact)
    if what & REACHED:
        reach(baseline, fact)


def _use(role: RoleUse, used: Use) -> None:
    if used.denied:
        attempt(role, used.caller, used.time, used.key)
    else:
        use(role, used.caller, used.time, used.key)


def _learn_again(what: int, baseline: Baseline, raw: msgspec.Raw) -> None:
    _apply(what, baseline, _FACT.decode(raw))


def _teach_again(baseline: Baseline, raw: msgspec.Raw) -> None:
    teach(baseline, *_TAUGHT.decode(raw))


def _use_again(role: RoleUse, raw: msgspec.Raw) -> None:
    _use(role, _USE.decode(raw))


def _share_again(peers: PeerUse, raw: msgspec.Raw) -> None:
    learn_peer(peers, *_SHARED.decode(raw))


_AGAIN: dict[int, Callable[[Any, msgspec.Raw], None]] = {
    TAUGHT: _teach_again,
    USED: _use_again,
    SHARED: _share_again,
}
