"""Findings on their way to cases: handed over until each is acknowledged, beside the judging."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from activities.coverage import Tally
from activities.pacing import Pace
from activities.ports import Cases, Siem, Store
from activities.surprise import log_frames, unexpected
from model.confidence import Confidence
from model.errors import HopstopError, Unavailable
from model.finding import Finding
from model.ocsf_finding import detection_finding
from model.siem import low_note
from model.text import clean

LOOK_S = 1.0
REST_S = 60.0
"""How long a SIEM that failed is left alone: its time-outs must not hold up the findings that open cases."""
_log = logging.getLogger("hopstop")


class Handing:
    """Drains the store's outbox in a thread of its own. A silent Temporal delays findings, and never the watch."""

    def __init__(
        self, store: Store, cases: Cases, tally: Callable[[], Tally], backoff_s: float, siem: Siem | None = None
    ) -> None:
        self._backoff_s = backoff_s
        self._pace = Pace()
        self._siem = siem
        self._siem_rests_until = 0.0
        self._store = store
        self._cases = cases
        self._tally = tally
        self._wake = Event()
        self._over = Event()
        self._thread: Thread | None = None

    def begin(self) -> None:
        """Hand over from now on."""
        self._over.clear()
        self._thread = Thread(target=self._run, name="findings", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There may be new findings."""
        self._wake.set()

    def end(self, within_s: float) -> None:
        """Finish the finding under way; the rest waits in the store."""
        self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(within_s)

    def _run(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            if self._drained():
                self._wake.wait(LOOK_S)
            else:
                self._over.wait(self._backoff_s)

    def _drained(self) -> bool:
        try:
            while unsent := self._store.unsent():
                for finding in unsent:
                    if self._over.is_set():
                        return True
                    self._hand_over(finding)
        except HopstopError as error:
            self._tally().trouble(f"findings wait: {error}")
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, findings are tried again
            log_frames(error)
            self._tally().trouble(f"findings wait: {unexpected(error)}")
            return False
        return True

    def _hand_over(self, finding: Finding) -> None:
        """Low ones are kept for the composite and open no case; mere growth of a large case waits a while."""
        if finding.confidence is not Confidence.LOW and not self._pace.allows(finding):
            self._store.put_off((finding,))
            return
        try:
            told = self._tell(finding) if finding.confidence is Confidence.LOW else bool(self._cases.open(finding))
        except Unavailable:
            raise
        except HopstopError as error:
            self._tally().trouble(f"a finding waits: {error}")
            told = False
        if told:
            self._store.acknowledge((finding,))
        else:
            self._store.put_off((finding,))

    def _tell(self, finding: Finding) -> bool:
        """Whether the SIEM has a low finding, where there is one. While it is silent nobody waits for it."""
        _log.info("low finding, no case: %s", clean(finding.message, 300))
        if self._siem is None:
            return True
        if time.monotonic() < self._siem_rests_until:
            return False
        try:
            self._siem.send(detection_finding(low_note(finding)))
        except HopstopError as error:
            self._tally().trouble(f"low findings wait for the SIEM: {error}")
            self._siem_rests_until = time.monotonic() + REST_S
            return False
        return True
