"""What the judge remembers: baselines, roles' users and tracks, and what happened to them since the last entry.

Every change goes through here and into the entry's `changes`, from which it can be made again, exactly.
"""

from typing import Any, NamedTuple

import msgspec

from detectors.hot import Hot
from detectors.track import Track
from model.baseline import Baseline, Fact, RoleUse, learn, prune, prune_use, reach, seen, use
from model.documents import Changes, Past, decode_model, encode_model
from model.journal import stamped, unstamped

IDENTITY, ROLE, ORIGIN = "identity", "role", "origin"
CROWDED = 20_000
LEARNED, SEEN, REACHED, USED, TRACKED = 1, 2, 4, 8, 16
SLICE = 12
"""Documents of a kind that are written back with one entry, at least."""

_CHANGES = msgspec.msgpack.Decoder(list[tuple[int, str, msgspec.Raw]])
_FACT = msgspec.msgpack.Decoder(Fact)
_USE = msgspec.msgpack.Decoder(tuple[str, float])
_BODY = msgspec.msgpack.Decoder(bytes | None)


class Written(NamedTuple):
    """One entry's changes, the documents that are written back with it, and up to which entry documents are whole."""

    changes: bytes
    documents: Changes
    folded: int


class Memory:
    """Hot state as of entry `number`, the last one's; what changes belongs to the next."""

    def __init__(self, past: Past, number: int) -> None:
        self.known: set[str] = set()
        self._identities = Hot(IDENTITY, Baseline, prune, past)
        self._roles = Hot(ROLE, RoleUse, prune_use, past)
        self.tracks: dict[str, Track] = {}
        self._stale_tracks: dict[str, int] = {}
        self._moved: dict[str, None] = {}
        self._changes: list[tuple[int, str, Any]] = []
        self._restore(past)
        self.number = number

    @property
    def crowded(self) -> bool:
        """Whether it is time to let go of what was written back."""
        return len(self._identities.kept) + len(self._roles.kept) > CROWDED

    def baseline(self, key: str) -> Baseline:
        """An identity's baseline, to look at."""
        return self._identities.kept.get(key) or self._identities.look(key)

    def role(self, arn: str) -> RoleUse:
        """Who uses a role, to look at."""
        return self._roles.look(arn)

    def change(self, what: int, key: str, fact: Fact) -> None:
        """Let an identity's baseline learn, see or reach a fact: the bits of `what` say which of these."""
        self.known.add(key)
        _apply(what, self._identities.touch(key, self.number + 1), fact)
        self._changes.append((what, key, fact))

    def use(self, role_arn: str, caller: str, time: float) -> None:
        """Note that a role was assumed."""
        use(self._roles.touch(role_arn, self.number + 1), caller, time)
        self._changes.append((USED, role_arn, (caller, time)))

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
        tracks = {key: self._encoded(key) for key in self._moved}
        changes = [*self._changes, *((TRACKED, key, body) for key, body in tracks.items())]
        for key in tracks:
            self._stale_tracks.setdefault(key, self.number)
        self._changes, self._moved = [], {}
        documents = self._write_back(roles)
        return Written(msgspec.msgpack.encode(changes) if changes else b"", documents, folded)

    def let_go(self) -> None:
        """Drop what can be loaded again; only after the last `write` was kept."""
        if self.crowded:
            self._identities.let_go()
            self._roles.let_go()

    def _write_back(self, roles: tuple[str, ...]) -> dict[tuple[str, str], bytes | None]:
        found: dict[tuple[str, str], bytes | None] = {}
        for hot in (self._identities, self._roles):
            found |= hot.write_back(SLICE + len(hot.stale) // 200, self.number)
        for arn in roles:
            found |= self._roles.write(arn, self.number)
        for key in [*self._stale_tracks][:SLICE]:
            del self._stale_tracks[key]
            body = self._encoded(key)
            found[ORIGIN, key] = None if body is None else stamped(self.number, body)
        return found

    def _folded(self) -> int:
        """The last entry that every document holds."""
        oldest = [next(iter(hot.stale.values())) for hot in (self._identities, self._roles) if hot.stale]
        return min([*oldest, *self._stale_tracks.values(), self.number + 1]) - 1

    def _encoded(self, key: str) -> bytes | None:
        track = self.tracks.get(key)
        return None if track is None else msgspec.msgpack.encode(track, enc_hook=encode_model)

    def _restore(self, past: Past) -> None:
        """Load every track, and bring the documents that lack entries up to date."""
        stamps: dict[tuple[str, str], int] = {}
        for key, document in past.every(ORIGIN):
            stamps[ORIGIN, key], body = unstamped(document)
            self.tracks[key] = _track(body)
        for number, changes in past.journal():
            self.number = number
            for what, key, raw in _CHANGES.decode(changes) if changes else ():
                self._again(what, key, raw, stamps)

    def _again(self, what: int, key: str, raw: msgspec.Raw, stamps: dict[tuple[str, str], int]) -> None:
        if what == TRACKED:
            if self.number > stamps.get((ORIGIN, key), 0):
                self._track_again(key, _BODY.decode(raw))
        elif what == USED:
            if self.number > self._stamp(self._roles, key, stamps):
                use(self._roles.touch(key, self.number), *_USE.decode(raw))
        elif self.number > self._stamp(self._identities, key, stamps):
            _apply(what, self._identities.touch(key, self.number), _FACT.decode(raw))

    def _track_again(self, key: str, body: bytes | None) -> None:
        self._stale_tracks.setdefault(key, self.number)
        self.tracks.pop(key, None)
        if body is not None:
            self.tracks[key] = _track(body)

    @staticmethod
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


def _track(body: bytes) -> Track:
    return msgspec.msgpack.decode(body, type=Track, dec_hook=decode_model)
