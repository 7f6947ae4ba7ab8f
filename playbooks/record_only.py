"""Record only: nobody is asked and nothing is touched; the case says what was seen and what would have been done."""

from model.case import CaseState, CaseView, Resolution
from playbooks.steps import Steps


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Show the finding and keep a ticket while the chain may still grow; close as observed."""
    steps.enrich()
    steps.open_ticket()
    steps.enter(CaseState.OBSERVED, f"{case.finding.confidence} confidence: recorded, nobody is asked")
    if await steps.linger():
        return None
    return await steps.close(CaseState.OBSERVED, "Recorded. Nothing was changed.")
