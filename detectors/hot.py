"""Documents of one kind in memory, loaded when they are first asked for and written back a few at a time."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from model.documents import Documents
from model.journal import sealed, unstamped

AT_ONCE = 3
"""Documents that are written back with one entry; one more for every thousand that wait."""

T = TypeVar("T", bound=msgspec.Struct)


class Hot(Generic[T]):
    """Values by key. `stale` are the keys whose document lacks entries, the longest-lacking first, each with the number
    of the first entry that it lacks. `prune` bounds a value before it is written."""

    def __init__(self, kind: str, form: type[T], prune: Callable[[T], T], documents: Documents) -> None:
        self.kind = kind
        self.stale: OrderedDict[str, int] = OrderedDict()
        self.kept: dict[str, T] = {}
        self._form = form
        self._prune = prune
        self._documents = documents
        self._decoder = msgspec.msgpack.Decoder(form)
        self._encoder = msgspec.msgpack.Encoder()

    def look(self, key: str) -> T:
        """The value, to look at."""
        found = self.kept.get(key)
        return found if found is not None else self.load(key)[1]

    def touch(self, key: str, number: int) -> T:
        """The value, to change in entry `number`."""
        if key not in self.stale:
            self.stale[key] = number
        found = self.kept.get(key)
        return found if found is not None else self.load(key)[1]

    def load(self, key: str) -> tuple[int, T]:
        """The stamp and value of the document; zero and a new one where there is none."""
        document = self._documents.get(self.kind, key)
        number, body = (0, b"") if document is None else unstamped(document)
        value = self.kept[key] = self._decoder.decode(body) if body else self._form()
        return number, value

    def write_back(self, number: int, lag: int) -> dict[tuple[str, str], bytes | None]:
        """Values that lack `lag` entries or more, as documents that hold every entry up to `number`: a few of them."""
        found: dict[tuple[str, str], bytes | None] = {}
        for _ in range(AT_ONCE + len(self.stale) // 1000):
            key = next(iter(self.stale), None)
            if key is None or self.stale[key] > number - lag:
                break
            found |= self.write(key, number)
        return found

    def write(self, key: str, number: int) -> dict[tuple[str, str], bytes | None]:
        """One value as a document, where the document lacks something."""
        if self.stale.pop(key, None) is None:
            return {}
        return {(self.kind, key): self._document(key, number)}

    def let_go(self) -> None:
        """Drop every value whose document lacks nothing."""
        self.kept = {key: self.kept[key] for key in self.stale}

    def _document(self, key: str, number: int) -> bytes:
        return sealed(number, self._encoder.encode(self._prune(self.kept[key])))
