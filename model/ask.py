"""The message of a case, for somebody who was woken by it: what is asked in four facts, and what came of it. Pure.

It is `model/render.py`'s card with fewer facts and more of what people decided; cases that began with the older card
keep it to their end.
"""

from collections import Counter
from urllib.parse import quote
from zoneinfo import ZoneInfo

from model.approval import Verb
from model.card import Button, Card
from model.case import CaseState, CaseView
from model.plan_words import hits_others
from model.reach_words import in_reach
from model.render import card_of
from model.settings import CaseSettings
from model.text import code, joined, plural, role_label

_CONFIRM = 300


def ask_of(view: CaseView, settings: CaseSettings) -> Card:
    """The message of a case as it is now."""
    card = card_of(view, settings)
    return card.model_copy(
        update={
            "question": card.question if view.state is CaseState.WAITING else _answered(card.question, view),
            "facts": _facts(view, settings),
            "buttons": tuple(_button(button, view) for button in card.buttons),
            "links": (*card.links, *_waiting_link(view, settings)),
        }
    )


def _answered(question: str, view: CaseView) -> str:
    """What was decided, by whom, when and why: whoever comes late reads it here."""
    decision = view.decision
    if decision is None or decision.outcome == "expired":
        return question
    said = question.removesuffix(f" Decided by {decision.by}.")
    why = f": {code(decision.reason, 160)}" if decision.reason else ""
    doubt = "" if decision.verified else ", unverified"
    return f"{said} {decision.outcome.capitalize()} by {decision.by} at {decision.at:%H:%M:%S} UTC{doubt}{why}."


def _facts(view: CaseView, settings: CaseSettings) -> tuple[tuple[str, str], ...]:
    """Four at most: the chain and when it began, what it did, how far it still comes, whether a deploy explains it, who
    is awake. That no deploy is known gives way to how far it comes, then who is on call does."""
    known = view.enrichment
    facts = [(f"Chain, from {_began(view, settings)}", " → ".join(role_label(arn) for arn in view.path[:6]))]
    if known is None:
        return (*facts, ("Looking up", "who is on call, deploys, what the sessions did"))
    if calls := _calls(view):
        facts.append(("Since then", calls))
    reach = known.reach if known.reach is not None and any(known.reach.within) else None
    if reach is not None:
        facts.append(("Still in reach", in_reach(reach)))
    changes = joined([code(c.summary, 60) for c in known.changes], 2) or "none in the window"
    on_call = joined([code(p.name, 40) for p in known.on_call]) or "nobody found"
    deploys = [("Deploys and changes", changes)] if known.changes or reach is None else []
    return tuple([*facts, *deploys, ("On call", on_call)][:4])


def _began(view: CaseView, settings: CaseSettings) -> str:
    at = f"{view.finding.time:%H:%M} UTC"
    if settings.time_zone == "UTC":
        return at
    return f"{at} ({view.finding.time.astimezone(ZoneInfo(settings.time_zone)):%H:%M} local)"


def _calls(view: CaseView) -> str:
    """What the sessions did, most frequent first, and how much of it was denied."""
    counts: Counter[str] = Counter()
    activity = view.enrichment.activity if view.enrichment else ()
    for one in activity:
        counts.update(dict(one.calls))
    denied = sum(one.denied for one in activity)
    shown = joined([f"{code(name, 40)} ×{n}" for name, n in counts.most_common()])
    return f"{shown}; {denied} denied" if denied and shown else shown


def _button(button: Button, view: CaseView) -> Button:
    if button.verb is not Verb.APPROVE or view.plan is None:
        return button
    return button.model_copy(update={"confirm": _confirmed(view)})


def _confirmed(view: CaseView) -> str:
    """The last look before production is cut: how much, whom, who else; never a part of it as if it were all."""
    actions = view.plan.actions if view.plan else ()
    accounts = len({action.account for action in actions})
    names = [code(action.target.rsplit("/", 1)[-1], 24) for action in actions]
    head = f"{plural(len(actions), 'principal')} in {plural(accounts, 'account')} cut off now: "
    own = {view.path[0], *(f"{arn} ({session})" for arn, session in view.sessions)} if view.path else set()
    others = {*view.enrichment.also_hit} - own if view.enrichment else set()
    cut = view.plan is not None and hits_others(view.plan)
    hit = f" {plural(len(others), 'other')} on these roles must sign in again." if others and cut else ""
    if view.enrichment is None:
        hit = " Who else is on these roles is not known yet."
    for most in range(len(names), 0, -1):
        whole = f"{head}{joined(names, most)}.{hit}"
        if len(whole) <= _CONFIRM:
            return whole
    return f"{head}{hit}"[:_CONFIRM]


def _waiting_link(view: CaseView, settings: CaseSettings) -> tuple[tuple[str, str], ...]:
    """Everything else that waits: who decides one case at night wants to know that it is the only one."""
    if view.state is not CaseState.WAITING or not settings.temporal_ui:
        return ()
    return (("All that wait", saved_view(settings, "CaseState = 'waiting'")),)


def saved_view(settings: CaseSettings, condition: str, *, open_only: bool = True) -> str:
    """A link to the cases of a kind in the Temporal UI."""
    running = " AND ExecutionStatus = 'Running'" if open_only else ""
    query = quote(f"WorkflowType = 'Case' AND {condition}{running}", safe="")
    base = settings.temporal_ui.rstrip("/")
    return f"{base}/namespaces/{quote(settings.namespace)}/workflows?query={query}"
