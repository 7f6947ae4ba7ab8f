"""When two people have to approve, and who acts before anybody is asked. Pure."""

from collections.abc import Sequence

from model.containment import ActionKind, ContainmentPlan
from model.finding import Finding
from model.protection import is_protected
from model.settings import ENFORCEABLE, Approvals, Route
from model.text import plural


def wide(plan: ContainmentPlan, approvals: Approvals, protected: Sequence[str]) -> str:
    """Why one approval is not enough for this plan; empty where it is. Settings take no account out of that."""
    if len(plan.actions) > approvals.wide:
        return f"the plan cuts off {plural(len(plan.actions), 'principal')}"
    asked = (ActionKind.QUARANTINE, *approvals.two_for)
    heavy = next((action.kind for action in plan.actions if action.kind in asked), None)
    if heavy is not None:
        return f"the action {heavy} stops legitimate use as well"
    if any(is_protected(one.target, protected) for one in plan.cannot):
        return "the chain touches a protected principal"
    return ""


def why_two(plan: ContainmentPlan, route: Route, approvals: Approvals, protected: Sequence[str]) -> str:
    """Why two people have to approve; empty where one is enough."""
    return "settings ask for two" if route.quorum > 1 else wide(plan, approvals, protected)


def acts_first(finding: Finding, route: Route, two: str) -> bool:
    """Whether the plan is carried out before anybody is asked: only in enforce mode, only for what is surest, and
    never where two people would have to approve."""
    return route.mode == "enforce" and not two and not ENFORCEABLE.isdisjoint(finding.detectors)
