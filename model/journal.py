"""What one poll of records changed, as the store keeps it.

Every change goes into the entry, and the entry is kept whole or not at all. Documents are copies of what the entries
add up to: written back later, a few at a time, each stamped with the number of the last entry that is in it. A judge
that starts loads a document and applies the entries after its stamp.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from model.finding import Finding
from model.frozen import Frozen

STAMP = 8
"""Bytes of a document's stamp, big-endian."""

_COMPRESSED = b"\x78\x01"
"""How zlib begins at its fastest; no array or map of msgpack does, and no time."""

IDS_KEPT_S = 5 * 86_400
"""Record ids, from their commit on: a queue keeps a message for four days (SQS) and may deliver it again until then."""
ASSUMED_KEPT_S = 40 * 3600
"""What lineages are made of: sessions live 36 hours at most (STS), and records come late."""
FORGOTTEN_S = 45 * 86_400
"""Documents of the kinds below, from when they were last written; findings that their cases acknowledged."""
FORGETS = ("identity", "role", "peer")


class Lead(msgspec.Struct, frozen=True):
    """The right to write: the fencing version that every commit carries, and the number of the last entry."""

    version: int
    entry: int


class Entry(msgspec.Struct, frozen=True):
    """One poll.

    `number` follows the last entry's. `ids` are digests of the records' ids (model.baseline.digest) by record hour
    (hours since 1970 UTC). `changes` is what happened to documents, `assumed` what lineages are made of: opaque to the
    store. `findings` await their cases. `lessons` are the numbers of the lessons that this poll took in.
    """

    number: int
    ids: Mapping[int, Sequence[int]] = {}
    changes: bytes = b""
    assumed: bytes = b""
    findings: tuple[Finding, ...] = ()
    lessons: tuple[int, ...] = ()


class Lesson(Frozen):
    """What people said about a finding: `verdict` is OCSF's (`true_positive`, `false_positive`, `benign`, …).

    `until`: from when on the teaching counts no more; None where it ages like everything else.
    """

    origin: str
    finding: str
    verdict: str
    told: datetime
    until: datetime | None = None


def stamped(number: int, body: bytes) -> bytes:
    """A document with its stamp."""
    return number.to_bytes(STAMP) + body


def sealed(number: int, body: bytes) -> bytes:
    """The same, with its body compressed: half the bytes."""
    return stamped(number, zlib.compress(body, 1))


def unstamped(document: bytes) -> tuple[int, bytes]:
    """A document's stamp and body. Documents that were written before `sealed` was there are not compressed."""
    body = document[STAMP:]
    return stamp_of(document), zlib.decompress(body) if body[:2] == _COMPRESSED else body


def stamp_of(document: bytes) -> int:
    """A document's stamp alone."""
    return int.from_bytes(document[:STAMP])


def packed(ids: Sequence[int]) -> bytes:
    """Digests as eight bytes each, little-endian, the same on every machine."""
    return struct.pack(f"<{len(ids)}q", *ids)


def unpacked(body: bytes) -> tuple[int, ...]:
    """The digests again."""
    return struct.unpack(f"<{len(body) // 8}q", body)


def lesson_number(lesson: Lesson) -> int:
    """63 bits that sort by when it was told; the same for the same lesson, however often it is taught."""
    told = max(0, int(lesson.told.timestamp()))
    digest = blake2b(lesson.model_dump_json().encode(), digest_size=4).digest()
    return told << 25 | int.from_bytes(digest) >> 7
