"""Messages into records: read, believed or not, the canary taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from activities.canary import Canary
from activities.coverage import Count, Tally
from activities.ports import Message
from activities.surprise import log_frames
from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.envelopes import unwrap
from model.provenance import Trusted, disbelieved, doubt

SUSPECT = 3
"""A message that was given more often than this is judged apart from all others."""

Record = CloudTrailRecord | Unparsed


@dataclass
class Parcel:
    """A message on its way: how many of its records are not committed yet, why it is to be set aside, if it is, and
    whether one of its records could not be judged."""

    message: Message
    left: int = 0
    why: str = ""
    buried: bool = False

    @property
    def suspect(self) -> bool:
        """Whether it came so often that something in it may be the reason."""
        return self.message.received > SUSPECT


class Piece(NamedTuple):
    """One record and the parcel it came in (none for one of a log file)."""

    record: Record
    parcel: Parcel | None


@dataclass
class _Seen:
    records: int = 0
    unparsed: int = 0
    unbelieved: int = 0


class Reading:
    """Opens messages by what is believed."""

    def __init__(self, trusted: Trusted, canary: Canary) -> None:
        self._trusted = trusted
        self._canary = canary

    def open(self, messages: Sequence[Message], tally: Tally) -> tuple[list[Piece], list[Parcel]]:
        """The records of messages, and the parcels that hold none. What is not believed comes as Unparsed."""
        pieces: list[Piece] = []
        empty: list[Parcel] = []
        seen = _Seen()
        for message in messages:
            parcel = Parcel(message)
            found = self._believed(parcel, seen, tally)
            parcel.left = len(found)
            pieces += [Piece(record, parcel) for record in found]
            if not found:
                empty.append(parcel)
        tally.add(Count(messages=len(messages), unparsed=seen.unparsed, unbelieved=seen.unbelieved))
        if seen.records:
            tally.came(min(message.sent for message in messages))
        return pieces, empty

    def mine(self, records: Sequence[Record], tally: Tally) -> list[Record]:
        """The records without the canary's."""
        return [r for r in records if isinstance(r, Unparsed) or not self._canary.caught(r, tally)]

    def _believed(self, parcel: Parcel, seen: _Seen, tally: Tally) -> list[Record]:
        records = _read(parcel.message)
        seen.records += len(records)
        found: list[Record] = []
        for record in records:
            if isinstance(record, Unparsed):
                seen.unparsed += 1
                parcel.why = parcel.why or record.reason
                found.append(record)
            elif why := doubt(record, self._trusted):
                seen.unbelieved += 1
                parcel.why = f"not believed: {why}"
                tally.trouble(why)
                found.append(disbelieved(record, parcel.why))
            elif not self._canary.caught(record, tally):
                found.append(record)
        return found


def _read(message: Message) -> list[Record]:
    try:
        return list(unwrap(message.body))
    except Exception as error:  # noqa: BLE001 - whatever it is, the queue goes on
        log_frames(error)
        return [unparsed(f"could not be read: {type(error).__name__}", message.body)]
