"""The state of a case, as everybody sees it."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from model.approval import Decision, Judged, Vote
from model.containment import Containment, ContainmentPlan
from model.enrichment import Enrichment
from model.finding import Finding
from model.frozen import Frozen


class CaseState(StrEnum):
    """Where a case is in its life."""

    ENRICHING = "enriching"
    WAITING = "waiting"
    CONTAINING = "containing"
    CONTAINED = "contained"
    VERIFIED = "verified"
    LIFTING = "lifting"
    LIFTED = "lifted"
    DENIED = "denied"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    OBSERVED = "observed"
    CANCELLED = "cancelled"
    NOT_CONTAINED = "not_contained"


class LogLine(Frozen):
    """One line of a case's story."""

    at: datetime
    text: str


class CaseView(Frozen):
    """All that is known of a case now: the card, the ticket, `hopstop case show` and the Temporal page render it.

    `awaited` counts the principals of which IAM is still asked: its answer may change the plan.
    """

    id: str
    run: str
    state: CaseState
    closed: bool = False
    opened: datetime
    finding: Finding
    findings: int = 1
    path: tuple[str, ...] = ()
    sessions: tuple[tuple[str, str], ...] = ()
    playbook: str
    mode: str
    plan: ContainmentPlan | None = None
    awaited: int = 0
    enrichment: Enrichment | None = None
    card_version: int = 0
    deadline: datetime | None = None
    decision: Decision | None = None
    containments: tuple[Containment, ...] = ()
    ticket: str | None = None
    ticket_link: str | None = None
    page: str | None = None
    troubles: tuple[str, ...] = ()
    quorum: int = 1
    why_two: str = ""
    silence: str = "escalate"
    exception_days: int = 0
    votes: tuple[Vote, ...] = ()
    log: tuple[LogLine, ...] = ()
    clicks: tuple[Judged, ...] = ()


class Resolution(Frozen):
    """How a case ended: the result of its workflow. `evidence` says what it knew, a digest a finding."""

    state: CaseState
    finding: str
    summary: str
    decision: Decision | None = None
    containments: tuple[Containment, ...] = ()
    ticket: str | None = None
    page: str | None = None
    not_done: tuple[str, ...] = ()
    evidence: tuple[str, ...] = Field(default=(), exclude_if=lambda known: not known)
