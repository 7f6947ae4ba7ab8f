"""Ask first: for what is high without being a composite, and for what is medium. High is asked at once, and on-call is
paged; medium waits until the world has said what it knows, and wakes nobody."""

from model.case import CaseView, Resolution
from model.confidence import Confidence
from playbooks.cutting import ask_and_cut, observe
from playbooks.steps import Steps


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Ask those who may decide, with the plan at hand; what they approve is cut, proved and held."""
    steps.enrich()
    steps.open_ticket()
    if case.mode == "observe":
        return await observe(steps)
    if case.finding.confidence is Confidence.HIGH:
        steps.page("a decision is needed")
    else:
        await steps.enriched()
    return await ask_and_cut(case, steps)
