"""Suspend credentials: for a composite finding. With a person's consent, or before it in enforce mode, every session of
the chain is cut off at once, at every hop and at the origin; then it is proved, watched, and lifted when it is due."""

from model.case import CaseView, Resolution
from playbooks.cutting import ask_and_cut, observe
from playbooks.steps import Steps


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Enrich, page and ask; on approval contain, prove, and wait until the containment is lifted."""
    steps.enrich()
    steps.open_ticket()
    if case.mode == "observe":
        return await observe(steps)
    if case.mode == "ask":
        steps.page("a decision is needed")
    return await ask_and_cut(case, steps)
