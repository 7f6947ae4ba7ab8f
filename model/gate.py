"""Which click counts: the one place where a wish becomes a decision or a refusal. Pure."""

from collections.abc import Callable
from datetime import datetime

from model.approval import ANSWERS, Approvers, Click, Judged, Source, Verb
from model.frozen import Frozen

MIN_HASH = 6
"""Characters of the plan's hash that an unverified source must repeat."""


class Gate(Frozen):
    """What a case would accept at this moment.

    `verbs` are open now; `decided` says who decided and when, once that is so. `suspects` are the Slack ids of the
    people whom the chain's names belong to. `quorum` people have to approve, `voted` are the Slack ids of those who
    have. `enforced`: something was contained before anybody was asked. `observing`: nothing may be done. `person` is
    the Slack id of whoever is asked "was this you?".
    """

    run: str
    card: int
    plan: str | None
    verbs: tuple[Verb, ...]
    deadline: datetime | None
    approvers: Approvers
    sources: tuple[Source, ...]
    suspects: tuple[str, ...] = ()
    decided: str = ""
    person: str = ""
    quorum: int = 1
    voted: tuple[str, ...] = ()
    enforced: bool = False
    observing: bool = False


def judge(click: Click, gate: Gate, now: datetime) -> Judged:
    """The click with the case's answer: accepted only where every rule lets it pass."""
    refusal = next((why for rule in _RULES if (why := rule(click, gate, now))), "")
    return Judged(click=click, accepted=not refusal, why=refusal or _accepted(click, gate), at=now)


def completes(click: Click, gate: Gate) -> bool:
    """Whether an accepted approval is the last one that is needed."""
    return len({*gate.voted, click.user}) >= gate.quorum


def _accepted(click: Click, gate: Gate) -> str:
    if click.verb is Verb.APPROVE and not completes(click, gate):
        return f"approval 1 of {gate.quorum} accepted; somebody else must approve too"
    return f"{click.verb} accepted"


def _source(click: Click, gate: Gate, _now: datetime) -> str:
    if click.source in gate.sources or click.verb in ANSWERS:
        return ""
    return f"approvals through {click.source} are off: settings allow {', '.join(gate.sources) or 'none'}"


def _who(click: Click, gate: Gate, _now: datetime) -> str:
    if click.verb in ANSWERS:
        return _asked_person(click, gate)
    if click.source != "slack":
        return ""
    if click.user in gate.suspects:
        return "you are named by the chain in question: somebody else must decide"
    if not gate.approvers.team:
        return "Slack has not yet told who may decide; try again in a moment"
    if click.team != gate.approvers.team:
        return "your Slack workspace may not decide here"
    if click.user not in gate.approvers.users:
        return f"you may not decide this; ask {gate.approvers.said}"
    return ""


def _asked_person(click: Click, gate: Gate) -> str:
    """Only the person who was asked answers, in Slack: their word is evidence, never a decision."""
    asked = click.source == "slack" and bool(gate.person) and click.user == gate.person
    if asked and gate.approvers.team and click.team == gate.approvers.team:
        return ""
    return "only the person who was asked can answer this"


def _decided(click: Click, gate: Gate, _now: datetime) -> str:
    return gate.decided if click.verb in (Verb.APPROVE, Verb.DENY) else ""


def _phase(click: Click, gate: Gate, _now: datetime) -> str:
    if click.verb in gate.verbs:
        return ""
    if click.verb in ANSWERS:
        return "this is no longer asked"
    return f"nothing to {click.verb} at this point of the case"


def _in_time(_click: Click, gate: Gate, now: datetime) -> str:
    late = gate.deadline is not None and now >= gate.deadline
    return "the deadline has passed; the question was escalated" if late else ""


def _same_card(click: Click, gate: Gate, _now: datetime) -> str:
    if click.source != "slack":
        return ""
    fresh = click.run == gate.run and click.card == gate.card
    return "" if fresh else "the message has changed since; look at it again"


def _same_plan(click: Click, gate: Gate, _now: datetime) -> str:
    if click.verb in (Verb.DENY, Verb.PAGE, *ANSWERS):
        return ""
    if click.source == "slack":
        return "" if click.plan == gate.plan else "the plan has changed since; look at it again"
    given = click.plan or ""
    if len(given) >= MIN_HASH and gate.plan is not None and gate.plan.startswith(given):
        return ""
    return f"repeat the first {MIN_HASH} characters of the plan's hash"


def _observing(click: Click, gate: Gate, _now: datetime) -> str:
    acts = gate.observing and click.verb in (Verb.APPROVE, Verb.RETRY)
    return "hopstop only observes here: nothing is contained" if acts else ""


def _two(click: Click, gate: Gate, _now: datetime) -> str:
    if click.verb is not Verb.APPROVE or gate.quorum < 2:
        return ""
    if click.source != "slack":
        return f"two people must approve, and {click.source} proves nobody: approve in Slack"
    return "you have approved; somebody else must approve too" if click.user in gate.voted else ""


def _enforced(click: Click, gate: Gate, _now: datetime) -> str:
    if click.verb is not Verb.LIFT or not gate.enforced or click.source == "slack":
        return ""
    return f"hopstop contained this by itself, and {click.source} proves nobody: lift it in Slack"


_RULES: tuple[Callable[[Click, Gate, datetime], str], ...] = (
    _source,
    _who,
    _decided,
    _phase,
    _in_time,
    _same_card,
    _same_plan,
    _observing,
    _two,
    _enforced,
)
