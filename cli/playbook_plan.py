"""The containment plan of a finding as a case would make it, without a case and without doing anything."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from activities.surveying import Surveying, SurveyQuestion
from config import Settings
from integrations.aws import AwsClients
from integrations.aws_iam import AwsIam
from model.callers import StoredCallers
from model.containment import BY_SCP, Action, ActionKind, Cannot, ContainmentPlan, sessions_of
from model.containment_kinds import Knowledge
from model.containment_planner import plan_containment
from model.documents import Documents, Shelf
from model.errors import HopstopError
from model.finding import Finding
from model.frozen import Frozen
from model.label import caller_name
from model.organization import Organization
from model.quorum import why_two
from model.role_use import NAME_BYTES
from model.routing import select
from model.settings import CaseSettings
from model.spans import short
from model.text import role_label

_LATELY = timedelta(hours=1)
_NO_IAM = "IAM was not asked: this is planned from records alone; a case asks IAM first, and --ask-iam does it now"
_NO_CHAIN = "a printed finding has neither its chain nor unique ids: name the records too, for the plan of a case"


class PlannedAction(Frozen):
    """One action. `hits` names who else is cut off by it, of those who used the role in the hour before the finding."""

    kind: ActionKind
    target: str
    account: str
    scope: str
    sessions: tuple[str, ...]
    effect: str
    undo: str
    lifts: Literal["timer", "human"]
    hits: tuple[str, ...]


class PlanLine(Frozen):
    """What `hopstop playbook plan --json` prints. `hash` is what an approval has to repeat; null where the finding is
    known without its chain. `two` says why two people would have to approve (empty: one is enough). `iam` holds whom
    IAM told of."""

    type: Literal["plan"] = "plan"
    finding: str
    message: str
    playbook: str
    mode: str
    hash: str | None
    two: str
    iam: tuple[str, ...]
    actions: tuple[PlannedAction, ...]
    cannot: tuple[Cannot, ...]
    notes: tuple[str, ...]


def plan_of(
    finding: Finding, settings: Settings, described: Organization, ask_iam: bool, documents: Documents | None
) -> PlanLine:
    """The plan by hopstop.toml's routes, protection and accounts; `documents` tell who used a role lately."""
    file = settings.file.model_copy(update={"organization": described})
    case = settings.model_copy(update={"file": file}).for_cases()
    callers = StoredCallers(documents or Shelf())
    known = Knowledge(managed=case.managed_policy, always=case.managed_always, prepared=case.prepared)
    if not finding.lineages:
        return _line(finding, case, _by_hand(finding), known, callers, (_NO_CHAIN,))
    notes: tuple[str, ...] = (_NO_IAM,)
    if ask_iam:
        surveying = Surveying(AwsIam(AwsClients(settings.file.containment)), callers)
        known, notes = _asked(finding, surveying, case, known)
    plan = plan_containment(finding.lineages, case.guard.protected, case.accounts, known)
    return _line(finding, case, plan, known, callers, notes)


def _by_hand(finding: Finding) -> ContainmentPlan:
    """What is left to do where nothing tells which identity has a name."""
    names = [finding.origin.arn, *finding.roles]
    why, do = "no unique id of it is known here", "judge its records again, or check it and deny it by hand"
    return ContainmentPlan(
        actions=(), cannot=tuple(Cannot(target=name, why=why, do=do) for name in dict.fromkeys(names) if name)
    )


def _asked(
    finding: Finding, surveying: Surveying, case: CaseSettings, known: Knowledge
) -> tuple[Knowledge, tuple[str, ...]]:
    """What IAM says of each principal that could be contained, and of whom it says nothing."""
    plan = plan_containment(finding.lineages, case.guard.protected, case.accounts)
    facts, notes = [], []
    for action in plan.actions:
        question = SurveyQuestion(arn=action.target, since=finding.time - _LATELY, own=_own(finding))
        try:
            facts.append(surveying.survey(question))
        except HopstopError as error:
            notes.append(f"planned from records alone: {role_label(action.target)}: {error}")
    return known.model_copy(update={"facts": tuple(facts)}), tuple(notes)


def _line(
    finding: Finding,
    case: CaseSettings,
    plan: ContainmentPlan,
    known: Knowledge,
    callers: StoredCallers,
    notes: tuple[str, ...],
) -> PlanLine:
    route = select(finding, case.routes, case.tiers)
    return PlanLine(
        finding=finding.uid,
        message=finding.message,
        playbook=route.playbook,
        mode=route.mode,
        hash=plan.hash if finding.lineages else None,
        two=why_two(plan, route, case.approvals, case.guard.protected),
        iam=tuple(facts.arn for facts in known.facts),
        actions=tuple(_action(action, _hits(action, finding, callers)) for action in plan.actions),
        cannot=plan.cannot,
        notes=notes,
    )


def _action(action: Action, hits: tuple[str, ...]) -> PlannedAction:
    shown = {name: getattr(action, name) for name in PlannedAction.model_fields if name != "hits"}
    return PlannedAction(**shown, hits=hits)


def _hits(action: Action, finding: Finding, callers: StoredCallers) -> tuple[str, ...]:
    if action.scope != "role" or action.kind is ActionKind.DENY_USER or action.kind in BY_SCP:
        return ()
    own = {short(name, NAME_BYTES) for name in _own(finding)}
    seen = callers.sessions((action.target,), finding.time - _LATELY)
    return tuple(name for name in seen if short(name, NAME_BYTES) not in own)


def _own(finding: Finding) -> tuple[str, ...]:
    """The chain's own callers, as lists of a role's users show them."""
    return tuple(dict.fromkeys(_names(finding)))


def _names(finding: Finding) -> Iterator[str]:
    yield from (caller_name(line.origin) for line in finding.lineages)
    yield from (f"{hop.role_arn[:130]} ({hop.session_name[:64]})" for hop in sessions_of(finding.lineages))
