"""What a SIEM is told of a finding, before any schema of theirs."""

import hashlib
from datetime import datetime
from typing import Literal

from model.case import CaseState, CaseView
from model.finding import Finding
from model.frozen import Frozen

Verdict = Literal["unknown", "true_positive", "benign", "insufficient_data"]


class SiemNote(Frozen):
    """A finding at one moment of its life; `uid` names that moment, so that twice is once.

    `case` and `run` are empty for a finding that opened no case. `comment` is hopstop's sentence on where it stands,
    `decided` who decided how, `contained` the ARNs that are cut.
    """

    uid: str
    at: datetime
    activity: Literal["create", "update", "close"]
    status: Literal["new", "in_progress", "resolved"]
    state: str
    finding: Finding
    verdict: Verdict = "unknown"
    case: str = ""
    run: str = ""
    comment: str = ""
    decided: str = ""
    contained: tuple[str, ...] = ()
    ticket: str = ""
    link: str = ""


def low_note(finding: Finding) -> SiemNote:
    """A finding that opens no case. One that grew is told again, under another `uid`."""
    grown = hashlib.sha256("\n".join(sorted(finding.records)).encode()).hexdigest()[:12]
    return SiemNote(
        uid=f"{finding.uid}:{grown}",
        at=finding.detected,
        activity="create",
        status="new",
        state="low",
        finding=finding,
        comment="Low confidence: no case was opened; it is kept for what may join it.",
    )


def case_note(view: CaseView, number: int, at: datetime, link: str = "") -> SiemNote:
    """Where a case stands; `number` counts what was told of this run before, `link` is the case's page."""
    decision = view.decision
    return SiemNote(
        uid=f"{view.id}:{view.run}:{number}",
        at=at,
        activity="close" if view.closed else "update" if number else "create",
        status="resolved" if view.closed else "in_progress" if number else "new",
        state=view.state,
        finding=view.finding,
        verdict=verdict_of(view),
        case=view.id,
        run=view.run,
        comment=view.log[-1].text if view.log else "",
        decided=f"{decision.outcome} by {decision.by}" if decision else "",
        contained=tuple(done.target for done in view.containments if done.contained),
        ticket=view.ticket or "",
        link=link,
    )


def verdict_of(view: CaseView) -> Verdict:
    """OCSF's word for what people said: approved, true positive; denied, benign; nobody in time, not enough known."""
    if view.containments or (view.decision is not None and view.decision.outcome == "approved"):
        return "true_positive"
    if view.decision is None or view.state is CaseState.WAITING:
        return "unknown"
    return "benign" if view.decision.outcome == "denied" else "insufficient_data"
