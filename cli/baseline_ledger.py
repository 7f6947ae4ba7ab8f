"""Which files a store's baselines have learned from, kept so that a kill at any moment loses and doubles nothing.

A batch of files is first named, then its documents are written a slice at a time, then it is closed. Whoever finds an
open batch reads its files again and learns them into the documents that have not been written: those beyond the
cursor, and (where nobody else wrote meanwhile) those with an older stamp than the batch.
"""

import hashlib
from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple, TypeVar

import msgspec

from activities.ports import Store
from detectors.hindsight import Hindsight, Place
from model.documents import Changes
from model.errors import Malformed
from model.journal import Entry, packed, stamped, unpacked, unstamped
from model.log_file import LogFile

KIND = "archive"
OPEN = "open"
SLICE = 400
MOST = 40_000
"""Files of one batch: their digests are one document, which DynamoDB holds up to 400 KB."""
T = TypeVar("T")

_DAMAGED = "store: what it says of learned archives cannot be read: restore a backup, or learn into a new store"


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Files of which everything before `until` is learned (seconds since 1970 UTC, infinite: all of it), by digest."""

    whole: bytes = b""
    cut: bytes = b""
    until: float = inf

    @property
    def files(self) -> frozenset[int]:
        """The digests of all of them."""
        return frozenset((*unpacked(self.whole), *unpacked(self.cut)))


class _Open(msgspec.Struct, frozen=True, array_like=True):
    """The batch that is being written, by its entry's number, under that lead.

    Written are documents up to `cursor`, and those with a stamp later than `since`.
    """

    batch: int
    version: int
    since: int
    cursor: Place = ("", "")


class Taken(NamedTuple):
    """Files whose records were taken in: `whole` to their end, `cut` up to the end of learning."""

    whole: Sequence[LogFile]
    cut: Sequence[LogFile]
    until: float


def file_digest(file: LogFile) -> int:
    """63 bits that stand for one version of a file."""
    text = f"{file.name}\n{file.size}\n{file.mark}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 1


class Ledger:
    """The archive's side of a store that this process leads, of which no document lacks an entry."""

    def __init__(self, store: Store, version: int, number: int) -> None:
        self._store = store
        self._version = version
        self._number = number
        self._batches = {key: _decoded(document, Batch) for key, document in store.every(KIND) if key != OPEN}
        found = store.get(KIND, OPEN)
        self._open = self._taken_over(_decoded(found, _Open)) if found else None
        self._learned: dict[int, float] = {}
        for key, batch in self._batches.items():
            if self._open is None or key != _name(self._open.batch):
                self._note(batch)

    @property
    def interrupted(self) -> Batch | None:
        """The batch that was never closed."""
        return self._batches[_name(self._open.batch)] if self._open else None

    def learned_until(self, file: LogFile) -> float:
        """Up to when a file was learned: minus infinity where it was not, infinity where to its end."""
        return self._learned.get(file_digest(file), -inf)

    def is_written(self, place: Place, stamp: int) -> bool:
        """Whether a document holds what the batch that was never closed teaches."""
        return self._open is not None and (place <= self._open.cursor or stamp > self._open.since)

    def keep(self, taken: Taken, hindsight: Hindsight) -> Iterator[int]:
        """Write what a batch taught, and that it did; after each slice the number of its documents."""
        opened = self._open or self._begin(taken)
        places = hindsight.places()
        for at in range(0, len(places), SLICE):
            some = places[at : at + SLICE]
            opened = msgspec.structs.replace(opened, cursor=some[-1])
            number = self._number + 1
            self._commit({place: hindsight.document(place, number) for place in some}, opened)
            yield len(some)
        self._close(opened)
        hindsight.let_go()

    def remove(self, place: Place) -> None:
        """Let a document go."""
        self._commit({place: None}, self._open)

    def _begin(self, taken: Taken) -> _Open:
        batch = Batch(_digests(taken.whole), _digests(taken.cut), taken.until)
        opened = _Open(self._number + 1, self._version, self._number + 1)
        name = _name(opened.batch)
        self._batches[name] = batch
        self._commit({(KIND, name): stamped(opened.batch, msgspec.msgpack.encode(batch))}, opened)
        return opened

    def _taken_over(self, left: _Open) -> _Open:
        """Go on with an earlier lead's batch. Where others wrote meanwhile, only the cursor tells what is written."""
        since = left.since if self._version == left.version + 1 else self._number + 1
        opened = msgspec.structs.replace(left, version=self._version, since=since)
        self._commit({}, opened)
        return opened

    def _close(self, opened: _Open) -> None:
        self._commit({}, None)
        self._open = None
        self._note(self._batches[_name(opened.batch)])

    def _commit(self, documents: Changes, opened: _Open | None) -> None:
        """One entry without changes, the documents that go with it, and how far the batch is."""
        number = self._number + 1
        body = None if opened is None else stamped(number, msgspec.msgpack.encode(opened))
        self._store.commit(self._version, Entry(number=number), {**documents, (KIND, OPEN): body}, self._number)
        self._number = number

    def _note(self, batch: Batch) -> None:
        for digests, until in ((batch.whole, inf), (batch.cut, batch.until)):
            self._learned |= {one: max(until, self._learned.get(one, -inf)) for one in unpacked(digests)}


def _name(number: int) -> str:
    return f"{number:016}"


def _digests(files: Sequence[LogFile]) -> bytes:
    return packed([file_digest(file) for file in files])


def _decoded(document: bytes, form: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(unstamped(document)[1], type=form)
    except msgspec.MsgspecError:
        raise Malformed(_DAMAGED) from None
