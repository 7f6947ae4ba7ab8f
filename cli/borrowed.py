"""A store's baselines to begin a backtest from; nothing is ever written back to it."""

import msgspec

from activities.ports import Store
from detectors.memory import IDENTITY, PEER, ROLE
from detectors.settling import Settling
from model.documents import Shelf
from model.journal import stamped

KINDS = frozenset((IDENTITY, ROLE, PEER))


class Borrowed(Shelf):
    """What is normal, journal included: no findings that run, no sessions, no ids of records that were judged."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        memory = Settling(store, 0)
        self.keep(
            {
                (kind, key): stamped(0, msgspec.msgpack.encode(value))
                for kind in KINDS
                for key, value in memory.changed(kind).items()
            }
        )

    def get(self, kind: str, key: str) -> bytes | None:
        """The document as the backtest left it, else the store's."""
        own = super().get(kind, key)
        return self._store.get(kind, key) if own is None and kind in KINDS else own
