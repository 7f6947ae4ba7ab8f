"""Sessions of the shortest length, asked for again and again.

Fires when a mature identity, which did not ask for sessions of 900 seconds before the last day, does so 3 times within
an hour or 5 times within 6 hours. Short sessions are over before somebody looks.

Quiet: an identity that asks for them since yesterday or longer, refused requests, and an identity that is too young.

False positives: a tool written in Go, whose SDK asks for 900 seconds; a pipeline that was told to use short sessions.

ATT&CK: T1078.004, T1550.001.

Runbook: nothing by itself. With other signs, list every session of the last hours: each was made anew, and all of them
must be cut.

Needs data events: no, because the asked-for duration stands in the AssumeRole record.
"""

from collections.abc import Sequence

from model.anomaly import Anomaly
from model.assumption import RoleAssumption
from model.baseline import DAY, HOUR, Baseline
from model.confidence import Confidence
from model.label import label, moment
from model.minimums import SHORTEST_S
from model.text import plural
from model.thresholds import Thresholds
from model.windows import windows

NAME = "short_sessions"
HOURS = 6 * HOUR


def short_sessions(
    made: RoleAssumption, asked: Sequence[float], baseline: Baseline, thresholds: Thresholds
) -> Anomaly | None:
    """Whether the caller, who `asked` for shortest sessions at those times before, does so too often now."""
    if made.duration is None or made.duration > SHORTEST_S or made.denied or _is_usual(made, baseline):
        return None
    if not baseline.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours):
        return None
    limits = thresholds.short_sessions
    for window, least in ((HOUR, limits.in_an_hour), (HOURS, limits.in_six_hours)):
        observed = max(len(found) for found in windows([*asked, made.time], float, made.time, window))
        if observed >= least:
            return _anomaly(made, observed, least, window)
    return None


def _is_usual(made: RoleAssumption, baseline: Baseline) -> bool:
    return any(
        duration <= SHORTEST_S and first <= made.time - DAY for duration, (first, _) in baseline.durations.items()
    )


def _anomaly(made: RoleAssumption, observed: int, least: int, window: int) -> Anomaly:
    said = f"{label(made.caller)} asked {plural(observed, 'time')} for a session of {made.duration} seconds within"
    return Anomaly(
        detector=NAME,
        time=moment(made.time),
        confidence=Confidence.LOW,
        observed=observed,
        expected=0,
        threshold=least,
        window=window,
        message=f"{said} {'an hour' if window == HOUR else '6 hours'}, which it did not do before",
        records=made.records,
        techniques=("T1078.004", "T1550.001"),
    )
