"""What is said in the thread of a case's message: what was found out, reminders, results. Pure."""

from datetime import datetime

from model.case import CaseState, CaseView
from model.enrichment import Enrichment, SessionActivity
from model.frozen import Frozen
from model.render import caller_label
from model.text import code, joined, plural, role_label

LINES = 40
"""Most lines of one reply; Slack's message ends where nobody scrolls any more."""

RESULTS = frozenset(
    {
        CaseState.CONTAINED,
        CaseState.VERIFIED,
        CaseState.NOT_CONTAINED,
        CaseState.LIFTED,
        CaseState.DENIED,
        CaseState.EXPIRED,
        CaseState.CANCELLED,
    }
)
"""States that are worth a line of their own: somebody acted, or nobody did."""


class Line(Frozen):
    """A line of the thread; `mention` are the ids of those whose phones shall ring."""

    key: str
    text: str
    summary: str
    mention: tuple[str, ...] = ()


def known_of(view: CaseView) -> str:
    """Everything that was found out, and what could not be."""
    known = view.enrichment or Enrichment()
    own = {view.path[0], *(f"{arn} ({session})" for arn, session in view.sessions)} if view.path else set()
    others = [name for name in known.also_hit if name not in own]
    lines = [
        "What is known by now:",
        *(f"• on call: {code(p.name, 60)}{_until(p.until)}" for p in known.on_call),
        *(f"• {c.at:%H:%M} UTC, {code(c.source, 40)}: {code(c.summary, 120)}" for c in known.changes[:10]),
        *(_session(one) for one in known.activity),
        *(f"• also on these roles: {caller_label(name)}" for name in others[:12]),
        *_more(len(others) - 12, "other on these roles"),
        *(f"• not known: {line}" for line in known.missing),
    ]
    if not known.changes and not any(line.startswith(("deploys", "changes")) for line in known.missing):
        lines.append("• no deploy or change in the window")
    return "\n".join(lines[:LINES])


def _until(at: datetime | None) -> str:
    return f" until {at:%H:%M} UTC" if at else ""


def _session(one: SessionActivity) -> str:
    calls = joined([f"{code(name, 40)} ×{n}" for name, n in one.calls], 8) or "nothing that CloudTrail shows"
    denied = f", {one.denied} denied" if one.denied else ""
    last = f", last at {one.last:%H:%M:%S} UTC" if one.last else ""
    return f"• {code(one.session, 90)} did {calls}{denied}{last}"


def _more(count: int, what: str) -> tuple[str, ...]:
    return (f"• and {plural(count, what)}",) if count > 0 else ()


def reminder_of(view: CaseView) -> str:
    """Half of the time is over."""
    until = f"{view.deadline:%H:%M} UTC" if view.deadline else "then"
    asked = plural(len(view.plan.actions), "principal") if view.plan else "nothing"
    return f"Still waiting: half of the time is over. {asked} to cut off, nothing is changed yet. Decide until {until}."


def result_of(view: CaseView) -> str:
    """What came of it, once a state is reached that people wait for."""
    lines = [f"{view.state.replace('_', ' ').capitalize()}."]
    decision = view.decision
    if decision is not None and decision.outcome != "expired":
        why = f": {code(decision.reason, 200)}" if decision.reason else ""
        lines[0] += f" {decision.outcome.capitalize()} by {decision.by}{why}."
    for done in view.containments if view.state is not CaseState.LIFTED else ():
        cut = f"cut at {done.cut:%H:%M:%S} UTC" if done.cut else "denied everything"
        lines.append(f"• {role_label(done.target)}: {cut if done.contained else f'NOT contained, {done.why}'}")
    if view.state is CaseState.EXPIRED:
        lines.append("Nobody decided in time: on-call was paged again, nothing was changed.")
    return "\n".join(lines[:LINES])
