"""A GuardDuty finding about the same principal: a second witness.

Fires when GuardDuty reports a user, a session or a key, by its principal id or access key id. It is matched to the
origin of the chain that the principal was in, and to whoever it is itself. It joins what goes on there within a day
before or after, whichever comes first, and raises that by one step; the composite says how.

Quiet: alone it is low whatever severity GuardDuty gives it, since people have it from GuardDuty already. Samples,
findings about no principal (an instance, a bucket alone), and live whatever did not come from AWS as an event of an
account of yours.

False positives: those of GuardDuty, a new country for somebody who travels first of all.

ATT&CK: T1078.004, T1550.001.

Runbook: open the finding in GuardDuty, of which only the type is shown here: it has the remote address and the calls.
Two systems that see different things and agree are seldom wrong.

Needs data events: no, because GuardDuty reads its own copy of the trail; its S3 and Lambda protection add to it.
"""

from model.anomaly import Anomaly
from model.assumption import ApiCall
from model.confidence import Confidence
from model.label import label, moment
from model.text import code

NAME = "guardduty"


def guardduty(warning: ApiCall, at: float | None = None) -> Anomaly:
    """What a finding of GuardDuty says, about what goes on `at` that time (None: its own; seconds since 1970 UTC)."""
    when, kind = f"{moment(warning.time):%Y-%m-%d %H:%M} UTC", code(warning.on or "", 100)
    weight = f", severity {code(warning.part, 8)}" if warning.part else ""
    return Anomaly(
        detector=NAME,
        time=moment(warning.time if at is None else at),
        confidence=Confidence.LOW,
        observed=warning.on or "",
        expected=None,
        threshold=None,
        window=None,
        message=f"GuardDuty on {label(warning.caller)}: {kind}{weight}, {when}",
        records=(warning.record,),
        techniques=("T1078.004", "T1550.001"),
    )


def is_about(warning: ApiCall, key: str, session: str | None, at: float, day_s: float) -> bool:
    """Whether it is about this identity, in this session where both name one, and within a day."""
    who = warning.caller
    same = who.key == key and (session is None or who.session_name is None or session == who.session_name)
    return same and abs(warning.time - at) <= day_s
