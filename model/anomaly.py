"""What one detector saw that the identity does not normally do."""

from datetime import datetime

from model.confidence import Confidence
from model.frozen import Frozen

DETECTORS = (
    "velocity",
    "new_pair",
    "off_hours",
    "chain",
    "cross_boundary",
    "fan_out",
    "enumeration",
    "convergence",
    "short_sessions",
    "new_origin",
    "after_assumption",
    "defence_evasion",
    "guardduty",
    "unreadable",
    "composite",
)
"""Every check by its name, as outputs and settings spell it."""


class Anomaly(Frozen):
    """One oddity with the numbers that explain it.

    `observed`, `expected` and `threshold` are in the detector's own unit, `window` in seconds (None where the check
    has none). `message` is one sentence for a human, built from hopstop's own words and escaped names. A `quiet` one
    makes no finding by itself and still counts together with others.
    """

    detector: str
    time: datetime
    confidence: Confidence
    observed: float | str
    expected: float | str | None
    threshold: float | str | None
    window: int | None
    message: str
    records: tuple[str, ...]
    techniques: tuple[str, ...] = ()
    quiet: bool = False
