"""What was watched in one span: the rows of the watch's page."""

import time
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

from model.frozen import Frozen
from model.text import shortened
from model.watch_plan import Terms

TROUBLE = 240
"""Bytes of a row's trouble at most."""


class Coverage(Frozen):
    """What was watched in one span: counts, the age of the oldest message when it was read, and the last trouble.

    `records` were judged now, `duplicates` before; `unparsed` could not be read, `unbelieved` did not come from AWS,
    `quarantined` could not be judged. `set_aside` messages went to the dead-letter queue, in which about
    `dead_letters` lie (None: there is none, or it could not be asked). `missed` records were in the log files only.
    `leads` counts how often this worker took the lead, `standby_s` the seconds another one had it, `gap_s` those that
    nobody watched. `read` is when a record last came, `canary` when the canary did, `canary_s` its way's seconds.
    """

    since: datetime
    until: datetime
    messages: int = 0
    records: int = 0
    duplicates: int = 0
    unparsed: int = 0
    unbelieved: int = 0
    quarantined: int = 0
    set_aside: int = 0
    dead_letters: int | None = None
    missed: int = 0
    assumptions: int = 0
    anomalies: int = 0
    findings: int = 0
    oldest_lag_s: float = 0.0
    leads: int = 0
    standby_s: float = 0.0
    gap_s: float = 0.0
    read: datetime | None = None
    canary: datetime | None = None
    canary_s: float | None = None
    trouble: str = ""
    terms: Terms | None = None


class Count(NamedTuple):
    """What one step adds to a row's counts, by their names."""

    messages: int = 0
    records: int = 0
    duplicates: int = 0
    unparsed: int = 0
    unbelieved: int = 0
    quarantined: int = 0
    set_aside: int = 0
    missed: int = 0
    assumptions: int = 0
    anomalies: int = 0
    findings: int = 0
    leads: int = 0
    standby_s: float = 0.0


class Tally:
    """A row in the making. Threads may share it."""

    def __init__(self, terms: Terms, before: Coverage | None = None) -> None:
        """Go on from `before`, the last that a killed attempt said of the same span."""
        now = datetime.now(UTC)
        row = before or Coverage(since=now, until=now)
        gap = row.gap_s + max(0.0, (now - row.until).total_seconds())
        self._row = row.model_copy(update={"gap_s": round(gap, 1), "terms": terms})
        self._lock = Lock()

    def add(self, count: Count) -> None:
        """Add a step's counts."""
        with self._lock:
            more = {name: getattr(self._row, name) + value for name, value in count._asdict().items() if value}
            self._row = self._row.model_copy(update=more)

    def trouble(self, what: object) -> None:
        """Note what went wrong last."""
        self._set({"trouble": shortened(str(what), TROUBLE)})

    def came(self, sent: datetime) -> None:
        """Records came, in a message that was sent then."""
        now = datetime.now(UTC)
        lag = round(max(self._row.oldest_lag_s, (now - sent).total_seconds()), 1)
        self._set({"read": now, "oldest_lag_s": lag})

    def caught(self, canary_s: float) -> None:
        """The canary came back after so many seconds."""
        self._set({"canary": datetime.now(UTC), "canary_s": round(canary_s, 1)})

    def lying(self, dead_letters: int | None) -> None:
        """So many messages lie in the dead-letter queue."""
        self._set({"dead_letters": dead_letters})

    def row(self) -> Coverage:
        """The row up to now."""
        return self._row.model_copy(update={"until": datetime.now(UTC)})

    def _set(self, change: dict[str, object]) -> None:
        with self._lock:
            self._row = self._row.model_copy(update=change)


class Clockwork:
    """Says when something is due again."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last = float("-inf")

    def due(self) -> bool:
        """Whether `every_s` seconds have passed since it was due; it counts from now on."""
        now = time.monotonic()
        if now - self._last < self._every_s:
            return False
        self._last = now
        return True

    def begin(self) -> None:
        """Count from now on."""
        self._last = time.monotonic()
