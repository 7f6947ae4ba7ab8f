"""What lineages are made of, as it is logged: a fresh normaliser and lineage book that are given the log of the last
38 hours go on as the old ones would have.

One batch names every identity once, and an item of a kind that is not known is passed over.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import msgspec

from model.assumption import ApiCall, Copy, RoleAssumption
from model.identity import Identity, Kind

T = TypeVar("T")


class Given(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """An assumption that was given. Its copies meet it by `ids` (sharedEventID or requestID) and `kinds`."""

    made: RoleAssumption
    ids: tuple[str, ...]
    kinds: int


class Held(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=2):
    """An assumption that waits for another copy since then (the clock of `flush`)."""

    made: RoleAssumption
    ids: tuple[str, ...]
    kinds: int
    since: float


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=3):
    """A copy of an assumption that was given, and the names under which they met."""

    copy: Copy
    names: tuple[str, ...]
    kinds: int


class Minted(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=4):
    """A call that gave the same person a new key."""

    call: ApiCall


class Principal(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=5):
    """A user or role that was seen to act, so that its unique id tells who it is."""

    identity: Identity
    time: float


class Voice(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=6):
    """Whether an account's own copies of assumptions arrive."""

    account: str
    heard: bool
    time: float


class Anchor(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=7):
    """A session of a chain that is older than the log: what was before it, as model.chain.Chain has it."""

    made: RoleAssumption
    time: float
    origin: Identity
    depth: int
    path: int
    hops: tuple[RoleAssumption, ...]


class Warned(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=8):
    """A finding of GuardDuty."""

    call: ApiCall


class Odd(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=9):
    """A call that was found odd while it was not known how its session came to be."""

    call: ApiCall


_KINDS = frozenset(Kind)
Assumed: TypeAlias = Given | Held | Told | Minted | Principal | Voice | Anchor | Warned | Odd


class _Batch(msgspec.Struct, array_like=True):
    identities: list[tuple[str | None, ...]]
    items: msgspec.Raw


def encode(items: Sequence[Assumed]) -> bytes:
    """A batch; nothing for nothing."""
    return batch(items) if items else b""


def decode(body: bytes) -> list[Assumed]:
    """The items of a batch, in order."""
    if not body:
        return []
    items, hook = _opened(body)
    try:
        return msgspec.msgpack.decode(items, type=list[Assumed], dec_hook=hook)
    except msgspec.ValidationError:
        return [item for raw in msgspec.msgpack.decode(items, type=list[msgspec.Raw]) for item in _known(raw, hook)]


def batch(items: Sequence[Any]) -> bytes:
    """Values that hold identities, each of those once."""
    table = _Table()
    body = msgspec.msgpack.encode(items, enc_hook=table.place)
    return msgspec.msgpack.encode(_Batch([_row(identity) for identity in table.identities], msgspec.Raw(body)))


def unbatched(body: bytes, form: type[T]) -> T:
    """The values again; `form` is a list of what each of them is."""
    items, hook = _opened(body)
    return msgspec.msgpack.decode(items, type=form, dec_hook=hook)


def _opened(body: bytes) -> tuple[msgspec.Raw, Callable[[type, Any], Any]]:
    """The items of a batch as they lie there, and how to put the identities back into them."""
    read = msgspec.msgpack.decode(body, type=_Batch)
    identities = [_identity(*row) for row in read.identities]
    return read.items, lambda _, index: identities[index]


def _known(raw: msgspec.Raw, hook: Any) -> Iterable[Assumed]:
    try:
        yield msgspec.msgpack.decode(raw, type=Assumed, dec_hook=hook)
    except msgspec.ValidationError:
        return


class _Table:
    """The identities of a batch, each once, by the order in which they first stand in it."""

    def __init__(self) -> None:
        self.identities: list[Identity] = []
        self._places: dict[int, int] = {}

    def place(self, value: Any) -> int:
        found = self._places.get(id(value))
        if found is None:
            if not isinstance(value, Identity):
                raise NotImplementedError(type(value))
            found = self._places[id(value)] = len(self.identities)
            self.identities.append(value)
        return found


def _row(identity: Identity) -> tuple[str | None, ...]:
    return (
        identity.key,
        identity.kind,
        identity.arn,
        identity.account,
        identity.unique_id,
        identity.session_name,
        identity.person,
    )


@lru_cache(maxsize=16_384)
def _identity(
    key: str,
    kind: str,
    arn: str | None = None,
    account: str | None = None,
    unique_id: str | None = None,
    session_name: str | None = None,
    person: str | None = None,
    *_: object,
) -> Identity:
    return Identity(
        key=key,
        kind=Kind(kind) if kind in _KINDS else Kind.UNKNOWN,
        arn=arn,
        account=account,
        unique_id=unique_id,
        session_name=session_name,
        person=person,
    )
