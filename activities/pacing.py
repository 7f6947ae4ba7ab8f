"""How often one case hears that what it knows has grown: a run takes 10,000 signals, and clicks must always get in."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from model.finding import Finding

FREE = 500
"""Signals of one origin that go out at once, whatever they say."""
EVERY_S = 120.0
"""After those, seconds between two that say nothing new but their records."""
KEPT = 10_000


class _Heard(NamedTuple):
    signals: int = 0
    at: float = 0.0
    substance: tuple[object, ...] = ()


class Pace:
    """Remembers what each origin's case has heard; `clock` counts seconds. One thread uses it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: OrderedDict[str, _Heard] = OrderedDict()

    def allows(self, finding: Finding) -> bool:
        """Whether the finding goes out now. What changes a plan, a playbook or a severity never waits."""
        key, now = finding.origin.key, self._clock()
        heard = self._heard.get(key, _Heard())
        substance = (finding.confidence, finding.severity, finding.detectors, finding.roles, finding.uid)
        if heard.signals >= FREE and substance == heard.substance and now - heard.at < EVERY_S:
            return False
        self._heard[key] = _Heard(heard.signals + 1, now, substance)
        self._heard.move_to_end(key)
        while len(self._heard) > KEPT:
            self._heard.popitem(last=False)
        return True
