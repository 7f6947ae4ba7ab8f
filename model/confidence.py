"""How sure a finding is, and how bad."""

from enum import StrEnum


class Confidence(StrEnum):
    """OCSF's three levels of confidence, in rising order."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return list(Confidence).index(self)


class Severity(StrEnum):
    """OCSF's severities that hopstop uses, in rising order."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def number(self) -> int:
        """OCSF's severity_id: 2 low, 3 medium, 4 high, 5 critical."""
        return list(Severity).index(self) + 2


def highest(levels: "list[Confidence] | tuple[Confidence, ...]") -> Confidence:
    """The highest of the given confidences; low where there is none."""
    return max(levels, key=lambda level: level.rank, default=Confidence.LOW)
