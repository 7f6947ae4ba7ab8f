"""How a track is kept: whole as a document, and as what changed of it in an entry."""

from collections.abc import Sequence

import msgspec

from detectors.track import Held, Track
from model.confidence import Confidence
from model.documents import decode_model, encode_model
from model.evidence import Evidence


class TrackChange(msgspec.Struct, array_like=True):
    """A track's fields, of its `length` pieces of evidence those that are new or changed, by their place."""

    held: list[Held]
    quarantine: float
    since: float
    uid: str
    confidence: Confidence
    findings: dict[str, float]
    length: int
    evidence: dict[int, Evidence]


def change_of(track: Track, told: Sequence[Evidence]) -> bytes:
    """What changed since its evidence was `told`."""
    fresh = {n: e for n, e in enumerate(track.evidence) if n >= len(told) or told[n] is not e}
    change = TrackChange(
        track.held,
        track.quarantine,
        track.since,
        track.uid,
        track.confidence,
        track.findings,
        len(track.evidence),
        fresh,
    )
    return msgspec.msgpack.encode(change, enc_hook=encode_model)


def changed(track: Track, body: bytes) -> Track | None:
    """The track after a change; None where the evidence that it builds on is not in the track."""
    change = msgspec.msgpack.decode(body, type=TrackChange, dec_hook=decode_model)
    if any(n not in change.evidence for n in range(len(track.evidence), change.length)):
        return None
    return Track(
        evidence=[change.evidence.get(n) or track.evidence[n] for n in range(change.length)],
        held=change.held,
        quarantine=change.quarantine,
        since=change.since,
        uid=change.uid,
        confidence=change.confidence,
        findings=change.findings,
    )


def track_document(track: Track) -> bytes:
    """The whole track."""
    return msgspec.msgpack.encode(track, enc_hook=encode_model)


def track_of(document: bytes) -> Track:
    """The track of a document."""
    return msgspec.msgpack.decode(document, type=Track, dec_hook=decode_model)
