"""Finding the identity that somebody means, by its key, its ARN or a part of either."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

import msgspec

from detectors.memory import IDENTITY, ROLE
from detectors.settling import Settling
from model.baseline import Baseline
from model.documents import Documents
from model.identities import iam_role_arn
from model.journal import unstamped
from model.role_use import RoleUse
from model.spans import digest

MOST = 12
_ROLE = msgspec.msgpack.Decoder(RoleUse)


class Known(NamedTuple):
    """An identity: its key, and the names under which roles have seen it (ARN, session in brackets; cut where long)."""

    key: str
    names: tuple[str, ...]


class Catalogue:
    """Every identity of a store, as of its last entry."""

    def __init__(self, store: Documents, memory: Settling) -> None:
        self._memory = memory
        self._keys = sorted({key for key, _ in store.every(IDENTITY)} | memory.changed(IDENTITY).keys())
        self._names = _names(store)

    def like(self, asked: str) -> list[Known]:
        """Those that are meant: the one with that key; else those with that ARN or name; else those it is a part of."""
        wanted = (iam_role_arn(asked) or asked).casefold()
        whole = [key for key in self._keys if key.casefold() == wanted]
        named = whole or [key for key in self._keys if any(_is(name, wanted) for name in (key, *self._spoken(key)))]
        return self._known(named or [key for key in self._keys if self._is_part(wanted, key)])

    def nearest(self, asked: str) -> list[Known]:
        """Those that are written nearly like it."""
        tails = {key: {_tail(text) for text in (key, *self._spoken(key))} for key in self._keys}
        every = {tail for some in tails.values() for tail in some}
        close = {*get_close_matches(_tail(asked), every, 6, 0.5)}
        return self._known(key for key in self._keys if tails[key] & close)

    def baseline(self, key: str) -> Baseline:
        """Its baseline, journal included."""
        return self._memory.baseline(key)

    def _known(self, keys: Iterable[str]) -> list[Known]:
        return [Known(key, self._spoken(key)) for key in keys]

    def _spoken(self, key: str) -> tuple[str, ...]:
        return tuple(sorted(self._names.get(digest(key), ())))

    def _is_part(self, wanted: str, key: str) -> bool:
        return any(wanted in text.casefold() for text in (key, *self._spoken(key)))


def _is(name: str, wanted: str) -> bool:
    """Whether a name is that ARN, or ends in it; a name that was cut is one where all that is left of it fits."""
    arn = name.casefold().split(" (", 1)[0]
    kept, cut, _ = arn.partition("~")
    return wanted in (arn, _tail(arn)) or bool(cut and wanted.startswith(kept))


def _tail(name: str) -> str:
    """The last part of an ARN or key."""
    return name.casefold().split(" (", 1)[0].rsplit("/", 1)[-1]


def _names(store: Documents) -> dict[int, set[str]]:
    names: dict[int, set[str]] = {}
    for _, document in store.every(ROLE):
        role = _ROLE.decode(unstamped(document)[1])
        for who, (*_, name) in (*role.sources.items(), *role.tried.items()):
            names.setdefault(who, set()).add(name)
    return names
