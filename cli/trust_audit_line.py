"""The shape of what `trust audit --json` prints for each role: names and their order are a contract."""

from typing import Literal

from pydantic import Field

from model.frozen import Frozen
from trust.level import Level
from trust.point import Point, Status
from trust.problem import Class
from trust.tier import Tier


class CheckLine(Frozen):
    """One of the eight points."""

    point: Point
    status: Status
    why: str


class ProblemLine(Frozen):
    """One problem."""

    kind: Class = Field(alias="class")
    why: str


class SuggestionLine(Frozen):
    """A narrower policy, with what it changes, how far it was verified, and whom it keeps out."""

    policy: dict[str, object]
    changes: tuple[str, ...]
    verified: str
    denies: tuple[str, ...]
    diff: str
    cloudformation: str
    terraform: str
    advice: tuple[str, ...]


class AuditLine(Frozen):
    """One role or document. `exposed` is null where it cannot be decided; `role` where only the document is known."""

    type: Literal["role"]
    role: str | None
    file: str
    valid: bool
    errors: tuple[str, ...]
    tier: Tier
    exposed: bool | None
    why: str
    trust: Level
    checks: tuple[CheckLine, ...] = Field(min_length=8, max_length=8)
    problems: tuple[ProblemLine, ...]
    suggestion: SuggestionLine | None
