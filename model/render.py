"""A case in words: the one rendering behind the Slack message, the ticket and the page. Pure."""

from collections import Counter
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from model.approval import Verb
from model.card import Button, Card
from model.case import CaseState, CaseView
from model.confidence import Severity
from model.containment import Action, ActionKind, ContainmentPlan
from model.notice import Page, TicketDraft
from model.plan_words import asked, effects, hits_others, lets_nobody_in
from model.reach_words import in_reach
from model.settings import CaseSettings
from model.text import clean, code, joined, plural, role_label, shortened

LOCK_LINE = 150

_STATE = {CaseState.WAITING: "Waiting for a decision", CaseState.ENRICHING: "Opening"}

_ASKING = {
    CaseState.ENRICHING: "Looking into it.",
    CaseState.CONTAINING: "Cutting every hop and the origin now.",
    CaseState.CONTAINED: "Old sessions are denied; new ones work. Proof is being gathered.",
    CaseState.VERIFIED: "Proved: no session of the chain was used after its cut.",
    CaseState.LIFTING: "Lifting the containment.",
    CaseState.LIFTED: "The deny policies are gone.",
    CaseState.DENIED: "Nothing was changed.",
    CaseState.SUPPRESSED: "Allowed for a while. Nothing was changed.",
    CaseState.EXPIRED: "Nobody decided in time: on-call was paged, nothing was changed.",
    CaseState.OBSERVED: "Recorded. Nobody is asked and nothing is changed.",
    CaseState.CANCELLED: "Cancelled by hand. What is contained stays so until its own undo lifts it.",
    CaseState.NOT_CONTAINED: "Somebody must act now.",
}


_SHUT = "Old sessions are denied, and where a role is closed new ones too. Proof is being gathered."


def name_of(view: CaseView) -> str:
    """Who the chain began with, cleaned, without markup."""
    origin = view.finding.origin
    return clean(origin.person or origin.arn or origin.key, 48)


def card_of(view: CaseView, settings: CaseSettings) -> Card:
    """The message of a case as it is now."""
    plan = view.plan
    waiting = view.state is CaseState.WAITING
    return Card(
        case=view.id,
        run=view.run,
        version=view.card_version,
        plan=plan.hash if plan else None,
        state=_STATE.get(view.state, view.state.replace("_", " ").capitalize()),
        lock_line=lock_line(view, settings),
        title=_title(view),
        question=_question(view),
        evidence=view.finding.message,
        facts=_facts(view, settings),
        effect_title=_effect_title(view),
        effect=_effect(view, settings) if _effect_title(view) != DONE else _outcome(view),
        buttons=_buttons(view),
        deadline=view.deadline if waiting else None,
        silence=_silence(view) if waiting else "",
        notes=_notes(view),
        links=_links(view, settings),
    )


def _silence(view: CaseView) -> str:
    if view.silence == "ticket":
        return "If nobody decides by then, nothing is changed; the ticket stays open."
    return "If nobody decides by then, on-call is paged again and nothing is changed."


def lock_line(view: CaseView, settings: CaseSettings) -> str:
    """What a locked phone shows: what is asked, of what, why, until when; plain text."""
    why = f"{name_of(view)}: {plural(view.finding.hops, 'hop')} to {_reached(view)}"
    if view.state is not CaseState.WAITING or view.deadline is None:
        return f"{view.state.replace('_', ' ').capitalize()}: {why}"[:LOCK_LINE]
    until = local(view.deadline, settings.time_zone)
    asked = plural(len(view.plan.actions) if view.plan else 0, "principal")
    return f"Cut off {asked}? {why[: LOCK_LINE - 60]}. Decide until {until}"[:LOCK_LINE]


def local(at: datetime, zone: str) -> str:
    """A time of day in the organisation's time zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M} {'UTC' if zone == 'UTC' else 'local time'}"


def _reached(view: CaseView) -> str:
    last = view.path[-1] if view.path else ""
    return clean(last.rsplit("/", 1)[-1], 40) or "another account"


def _title(view: CaseView) -> str:
    words = {
        Severity.CRITICAL: "Critical",
        Severity.HIGH: "High",
        Severity.MEDIUM: "Medium",
        Severity.LOW: "Low",
    }
    return f"{words[view.finding.severity]}: {name_of(view)} hopped to {_reached(view)}"


def _question(view: CaseView) -> str:
    if view.state is not CaseState.WAITING or view.plan is None:
        decided = f" Decided by {view.decision.by}." if view.decision else ""
        if view.state is CaseState.EXPIRED and view.silence == "ticket":
            return "Nobody decided in time: nothing was changed, and this stays to be looked at."
        shut = view.state is CaseState.CONTAINED and view.plan is not None and lets_nobody_in(view.plan)
        return (_SHUT if shut else _ASKING.get(view.state, "")) + decided
    return f"{asked(view.plan)}?{_or_allow(view)}{_two(view)}"


def _or_allow(view: CaseView) -> str:
    if not view.exception_days:
        return ""
    return f" Or allow it for {plural(view.exception_days, 'day')}: then it counts as usual, and nothing is changed."


def _two(view: CaseView) -> str:
    """That one approval is not enough, why, and who gave the first."""
    if not view.why_two:
        return ""
    first = (
        f" {len(view.votes)} of {view.quorum}, by {joined([vote.name for vote in view.votes])}." if view.votes else ""
    )
    return f" Two people must approve: {view.why_two}.{first}"


def _facts(view: CaseView, settings: CaseSettings) -> tuple[tuple[str, str], ...]:
    finding, known = view.finding, view.enrichment
    at = f"{finding.time:%Y-%m-%d %H:%M} UTC"
    if settings.time_zone != "UTC":
        at += f", {finding.time.astimezone(ZoneInfo(settings.time_zone)):%H:%M} where the organisation is"
    facts = [("Chain", " → ".join(role_label(arn) for arn in view.path[:6])), ("Began", at)]
    if known is not None:
        counts: Counter[str] = Counter()
        for one in known.activity:
            counts.update(dict(one.calls))
        calls = [f"{code(name, 40)} ×{n}" for name, n in counts.most_common()]
        facts.append(("On call", joined([code(p.name, 40) for p in known.on_call]) or "nobody found"))
        facts.append(("Deploys", joined([code(c.summary, 60) for c in known.changes], 2) or "none in the window"))
        if calls:
            facts.append(("Since then", joined(calls)))
        if known.reach is not None:
            facts.append(("Still in reach", in_reach(known.reach)))
    return tuple(facts[:6])


def _effect(view: CaseView, settings: CaseSettings) -> tuple[str, ...]:
    """What approval does, who else is hit, and what ends it."""
    if view.plan is None:
        return ()
    return (*effects(view.plan, duration(settings.lift_after_s)), *_hit(view), *_cannot(view.plan))


def _hit(view: CaseView) -> tuple[str, ...]:
    """Everybody else who is on the roles, the chain itself left out."""
    if view.enrichment is None:
        return ()
    if view.plan is not None and view.plan.actions and not hits_others(view.plan):
        return ("Others keep sessions that are older than the chain's; with younger ones they must sign in again.",)
    own = {view.path[0], *(f"{arn} ({session})" for arn, session in view.sessions)} if view.path else set()
    others = [caller_label(name) for name in view.enrichment.also_hit if name not in own]
    if not others:
        return ("Nobody else was seen on these roles in the last two hours.",)
    again = "" if view.plan is not None and lets_nobody_in(view.plan) else ", and can sign in again at once"
    return (f"Also hit{again}: {joined(others)}.",)


def duration(seconds: int) -> str:
    """`12 h 5 min`, `45 s`."""
    hours, rest = divmod(seconds, 3600)
    minutes, odd = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (odd, "s")) if n]
    return " ".join(parts) or "0 s"


def caller_label(name: str) -> str:
    """`ARN (session)` as name, account and session."""
    arn, _, session = name.partition(" (")
    return f"{role_label(arn)} as {code(session.removesuffix(')'))}" if session else role_label(arn)


def _cannot(plan: ContainmentPlan) -> tuple[str, ...]:
    return tuple(f"Not contained: {role_label(one.target)}, {one.why}; {one.do}." for one in plan.cannot)


DONE = "What was done"


def _effect_title(view: CaseView) -> str:
    if view.state is CaseState.OBSERVED:
        return "What approval would have done"
    return "If you approve" if view.state in (CaseState.ENRICHING, CaseState.WAITING) else DONE


def _outcome(view: CaseView) -> tuple[str, ...]:
    if view.state is CaseState.CONTAINING:
        return ()
    if view.state in (CaseState.LIFTING, CaseState.LIFTED):
        return _afterwards(view)
    lines = []
    for done in view.containments:
        shut = done.kind not in (ActionKind.REVOKE, ActionKind.DENY_USER)
        denied = f"everything is denied{', new sessions too' if shut else ''}"
        cut = f"sessions before {done.cut:%H:%M:%S} UTC are denied" if done.cut else denied
        told = cut if done.contained else f"NOT contained: {done.why}"
        lines.append(f"{role_label(done.target)}: {told}.")
    return (*lines, *(_cannot(view.plan) if view.plan and lines else ()))


def _afterwards(view: CaseView) -> tuple[str, ...]:
    """What was denied and is no longer, and what stays as it was made."""
    names = joined([role_label(done.target) for done in view.containments], 6)
    keys = tuple(
        f"Access keys of {role_label(done.target)} that were turned off stay off without --keys: "
        f"{joined([code(key, 24) for key in done.keys])}."
        for done in view.containments
        if done.keys
    )
    return (f"Was denied, and is no longer: {names}.", *keys)


def _buttons(view: CaseView) -> tuple[Button, ...]:
    if view.state is CaseState.WAITING and view.plan is not None:
        effect = "; ".join(clean(action.effect, 90) for action in view.plan.actions[:3])
        return (
            Button(verb=Verb.APPROVE, label="Revoke sessions", danger=True, confirm=f"This will {effect}."[:300]),
            Button(verb=Verb.DENY, label=_no(view)),
            Button(verb=Verb.PAGE, label="Page security"),
        )
    lift = Button(verb=Verb.LIFT, label="Lift", confirm="Remove every deny policy of this case. Keys stay inactive.")
    if view.closed:
        return ()
    if view.state in (CaseState.CONTAINED, CaseState.VERIFIED):
        return (lift,)
    if view.state is CaseState.NOT_CONTAINED:
        again = Button(verb=Verb.RETRY, label="Try again", danger=True, confirm="Carry out the approved plan again.")
        return (again, lift) if view.decision else (lift,)
    return ()


def _no(view: CaseView) -> str:
    return f"Allow for {plural(view.exception_days, 'day')}" if view.exception_days else "It is us"


def _notes(view: CaseView) -> tuple[str, ...]:
    missing = view.enrichment.missing if view.enrichment else ()
    refused = [
        f"refused a click of {code(c.click.user or c.click.source, 20)}: {c.why}" for c in view.clicks if not c.accepted
    ]
    return (*view.troubles, *missing, *refused[-2:])


def _links(view: CaseView, settings: CaseSettings) -> tuple[tuple[str, str], ...]:
    links = []
    if settings.temporal_ui:
        links.append(("Case", case_link(view.id, settings)))
    if view.ticket and view.ticket_link:
        links.append((view.ticket, view.ticket_link))
    return tuple(links)


def case_link(case: str, settings: CaseSettings) -> str:
    """The case's page in the Temporal UI."""
    return f"{settings.temporal_ui.rstrip('/')}/namespaces/{quote(settings.namespace)}/workflows/{quote(case, safe='')}"


def page_of(view: CaseView, settings: CaseSettings, why: str) -> Page:
    """The page that wakes somebody."""
    return Page(
        key=f"{view.id}:{view.run}",
        summary=shortened(f"{_title(view)}: {why}", 500),
        severity="critical" if view.finding.severity is Severity.CRITICAL else "error",
        details={"case": view.id, "evidence": shortened(view.finding.message, 900)},
        link=case_link(view.id, settings) if settings.temporal_ui else "",
    )


def ticket_of(view: CaseView, settings: CaseSettings) -> TicketDraft:
    """The ticket: the same words as the case's page."""
    return TicketDraft(
        label=f"hopstop-{view.id.removeprefix('case:').replace(':', '-')}-{view.run}",
        summary=_title(view)[:240],
        description="\n".join(story(view, settings)),
    )


def story(view: CaseView, settings: CaseSettings) -> list[str]:
    """The case from beginning to now, a line each; the first line is where it stands."""
    lines = [f"State: {view.state.replace('_', ' ')}. {_question(view)}", "", view.finding.message, ""]
    lines += [f"{label}: {value}" for label, value in _facts(view, settings)]
    lines += [
        f"{one.detector.replace('_', ' ')} ({one.confidence}): {one.message}" for one in view.finding.anomalies[:8]
    ]
    if view.plan is not None:
        lines += [
            "",
            f"Plan {code(view.plan.hash)}",
            *(_plan_line(action) for action in view.plan.actions),
            *_cannot(view.plan),
        ]
    lines += ["", *_outcome(view), *_notes(view), ""]
    lines += [f"{number}. {line.at:%H:%M:%S} UTC: {line.text}" for number, line in enumerate(view.log, 1)]
    return lines


def _plan_line(action: Action) -> str:
    return f"- {action.effect} (undo: {action.undo})"
