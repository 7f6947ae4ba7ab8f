"""Where remembered things live: the store implements it, a backtest has a dictionary."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel

Changes = Mapping[tuple[str, str], bytes | None]
"""Documents by kind and key; None where one is gone."""


class Documents(Protocol):
    """Read access to documents by kind and key."""

    def get(self, kind: str, key: str) -> bytes | None:
        """The document; None where there is none."""
        ...

    def every(self, kind: str) -> Iterable[tuple[str, bytes]]:
        """Every document of a kind, with its key."""
        ...


class Past(Documents, Protocol):
    """What a judge begins from: documents, and what happened after they were written (activities.ports.Store)."""

    def ids(self, hour: int) -> Iterable[int]:
        """Digests of the records of that hour (since 1970 UTC) that are committed."""
        ...

    def journal(self) -> Iterable[tuple[int, bytes]]:
        """The changes of every entry that may not be in the documents yet, with its number, in order."""
        ...

    def assumed(self, since_hour: int) -> Iterable[bytes]:
        """What the entries committed from that hour (since 1970 UTC, by the store's clock) on assumed, in order."""
        ...


class Shelf:
    """Documents in memory, and no other past."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        """The document; None where there is none."""
        return self._kept.get((kind, key))

    def every(self, kind: str) -> Iterable[tuple[str, bytes]]:
        """Every document of a kind, with its key."""
        return [(key, body) for (of, key), body in self._kept.items() if of == kind]

    def ids(self, hour: int) -> Iterable[int]:  # noqa: ARG002 - nothing is known of any hour
        """No ids."""
        return ()

    def journal(self) -> Iterable[tuple[int, bytes]]:
        """No entries."""
        return ()

    def assumed(self, since_hour: int) -> Iterable[bytes]:  # noqa: ARG002 - nothing was assumed
        """Nothing."""
        return ()

    def keep(self, changes: Changes) -> None:
        """Take changed documents in."""
        for place, body in changes.items():
            if body is None:
                self._kept.pop(place, None)
            else:
                self._kept[place] = body


def encode_model(value: Any) -> Any:
    """For msgspec: a pydantic value as its JSON text."""
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    raise NotImplementedError(type(value))


def decode_model(kind: type, value: Any) -> Any:
    """For msgspec: a pydantic value again."""
    if issubclass(kind, BaseModel):
        return kind.model_validate_json(value)
    raise NotImplementedError(kind)
