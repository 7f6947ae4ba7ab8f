"""Confirm with the person: ask whoever the chain names whether it was them. Their word is evidence and decides nothing
that would be cut: a no wakes on-call, a yes is written down, and what is high is asked about all the same."""

from model.approval import Verb
from model.case import CaseState, CaseView, Resolution
from model.confidence import Confidence
from playbooks.cutting import ask_and_cut, observe
from playbooks.steps import Steps


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Was this you? Then ask those who may decide, unless it was them and nothing about it is high."""
    steps.enrich()
    steps.open_ticket()
    if case.mode == "observe":
        return await observe(steps)
    answer = await steps.ask_person()
    if answer is Verb.MINE and case.finding.confidence is not Confidence.HIGH:
        return await _theirs(steps)
    steps.page(_WHY[answer])
    return await ask_and_cut(case, steps)


_WHY = {
    Verb.NOT_MINE: "the person says that it was not them; a decision is needed",
    Verb.MINE: "the person says that it was them, and it is grave; a decision is needed",
    None: "the person has not answered; a decision is needed",
}


async def _theirs(steps: Steps) -> Resolution | None:
    steps.enter(CaseState.OBSERVED, "the person says that it was them: written down, nothing is changed")
    if await steps.linger():
        return None
    return await steps.close(CaseState.OBSERVED, "The person said that it was them. Nothing was changed.")
