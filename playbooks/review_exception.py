"""Review an exception: somebody crossed a boundary that is not documented, and nothing else is odd. Whoever answers for
the architecture allows it for a while, with an end, or has it cut."""

from model.case import CaseView, Resolution
from model.confidence import Confidence
from playbooks.cutting import ask_and_cut, observe
from playbooks.steps import Steps


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Ask whether the crossing may be: a yes is an exception that ends, an approval of the plan cuts it off."""
    steps.enrich()
    steps.open_ticket()
    if case.mode == "observe":
        return await observe(steps)
    if case.finding.confidence is Confidence.HIGH:
        steps.page("somebody must say whether this crossing may be")
    else:
        await steps.enriched()
    steps.offer_exception()
    return await ask_and_cut(case, steps)
