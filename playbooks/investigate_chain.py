"""Investigate a chain: write down every hop and what each session did since it was minted; then ask, with that on the
table. Nothing is changed while it is looked at."""

from model.case import CaseView, Resolution
from model.confidence import Confidence
from playbooks.cutting import ask_and_cut, observe
from playbooks.steps import Steps


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Capture the whole chain, then ask those who may decide."""
    steps.enrich()
    steps.open_ticket()
    if case.finding.confidence is Confidence.HIGH and case.mode == "ask":
        steps.page("a chain is being looked at; a decision will be needed")
    await steps.capture()
    if case.mode == "observe":
        return await observe(steps)
    return await ask_and_cut(case, steps)
