"""What the judge remembers: baselines, roles and tracks, loaded when they are first asked for."""

from typing import TypeVar

import msgspec

from detectors.track import Track
from model.baseline import Baseline, RoleUse, prune, prune_use
from model.documents import Documents, decode_model, encode_model

IDENTITY, ROLE, ORIGIN = "identity", "role", "origin"
CROWDED = 20_000

T = TypeVar("T", Baseline, RoleUse)


class Memory:
    """Hot state. What was asked for to be changed is in the next `changes`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._identities: dict[str, Baseline] = {}
        self._roles: dict[str, RoleUse] = {}
        self._dirty: set[tuple[str, str]] = set()
        self.tracks: dict[str, Track] = {key: _track(body) for key, body in documents.every(ORIGIN)}
        self.known: set[str] = set()

    @property
    def crowded(self) -> bool:
        """Whether it is time to write the changes and let go of what was not used since."""
        return len(self._identities) + len(self._roles) > CROWDED

    def baseline(self, key: str) -> Baseline:
        """An identity's baseline, to look at."""
        found = self._identities.get(key)
        if found is None:
            found = self._identities[key] = self._load(IDENTITY, key, Baseline)
        return found

    def changing(self, key: str) -> Baseline:
        """An identity's baseline, to change."""
        self._dirty.add((IDENTITY, key))
        self.known.add(key)
        return self.baseline(key)

    def role(self, arn: str) -> RoleUse:
        """Who uses a role, to look at."""
        found = self._roles.get(arn)
        if found is None:
            found = self._roles[arn] = self._load(ROLE, arn, RoleUse)
        return found

    def changing_role(self, arn: str) -> RoleUse:
        """Who uses a role, to change."""
        self._dirty.add((ROLE, arn))
        return self.role(arn)

    def track(self, key: str) -> Track:
        """An origin's track, to change."""
        self._dirty.add((ORIGIN, key))
        return self.tracks.setdefault(key, Track())

    def forget(self, key: str) -> None:
        """Let an origin's track go."""
        self._dirty.add((ORIGIN, key))
        self.tracks.pop(key, None)

    def changes(self) -> dict[tuple[str, str], bytes | None]:
        """Every document that changed since the last call. What is crowded is let go of afterwards."""
        found = {(kind, key): self._encoded(kind, key) for kind, key in sorted(self._dirty)}
        self._dirty.clear()
        return found

    def let_go(self) -> None:
        """Drop what can be loaded again; only after `changes` were kept."""
        if self.crowded and not self._dirty:
            self._identities.clear()
            self._roles.clear()

    def _load(self, kind: str, key: str, form: type[T]) -> T:
        body = self._documents.get(kind, key)
        return form() if body is None else msgspec.msgpack.decode(body, type=form)

    def _encoded(self, kind: str, key: str) -> bytes | None:
        if kind == IDENTITY:
            return msgspec.msgpack.encode(prune(self._identities[key]))
        if kind == ROLE:
            return msgspec.msgpack.encode(prune_use(self._roles[key]))
        track = self.tracks.get(key)
        return None if track is None else msgspec.msgpack.encode(track, enc_hook=encode_model)


def _track(body: bytes) -> Track:
    return msgspec.msgpack.decode(body, type=Track, dec_hook=decode_model)
