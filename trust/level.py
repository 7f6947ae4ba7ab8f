"""How wide trust is: from anybody to nobody."""

from enum import StrEnum


class Level(StrEnum):
    """The values of `trust`, widest first."""

    PUBLIC = "PUBLIC"
    ORG = "ORG"
    ACCOUNT = "ACCOUNT"
    PATTERN = "PATTERN"
    NAMED = "NAMED"
    FEDERATED = "FEDERATED"
    SERVICE = "SERVICE"
    NONE = "NONE"


WIDEST = tuple(Level)


def widest(levels: "list[Level] | tuple[Level, ...]") -> Level:
    """The widest; NONE of nothing."""
    return min(levels, key=WIDEST.index, default=Level.NONE)
