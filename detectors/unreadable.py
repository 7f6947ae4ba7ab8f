"""Records that could not be read.

An attacker who can break the parser must not thereby become invisible: what looks like a record and cannot be read is
kept and counted.

Fires when there is any such record: one finding an hour, low, medium from 100 of them.

Quiet: records of an odd shape that can be read all the same.

False positives: a truncated file, a new record version, somebody else's JSON in the bucket.

ATT&CK: T1562.008.

Runbook: look at the reasons and the excerpts. The same broken shape from one source is a format to learn; a burst
beside other anomalies is somebody hiding.

Needs data events: no, because records of every kind are read, and counted when they cannot be.
"""

from collections.abc import Sequence

from model.anomaly import Anomaly
from model.cloudtrail import Unparsed
from model.confidence import Confidence
from model.label import moment
from model.text import code, joined, plural
from model.thresholds import Thresholds

NAME = "unreadable"
HOUR = 3600


def proof(record: Unparsed) -> str:
    """What stands for the missing eventID."""
    return f"unread-{record.digest[:32]}"


def unreadable(
    reasons: Sequence[str], total: int, time: float, records: tuple[str, ...], thresholds: Thresholds
) -> Anomaly:
    """The anomaly of one hour's `total` unreadable records, for the distinct reasons given."""
    many = total >= thresholds.unreadable.many
    said = joined([code(reason) for reason in dict.fromkeys(reasons)])
    return Anomaly(
        detector=NAME,
        time=moment(time),
        confidence=Confidence.MEDIUM if many else Confidence.LOW,
        observed=total,
        expected=0,
        threshold=thresholds.unreadable.many,
        window=HOUR,
        message=f"{plural(total, 'record')} could not be read within an hour: {said}",
        records=records,
        techniques=("T1562.008",),
    )
