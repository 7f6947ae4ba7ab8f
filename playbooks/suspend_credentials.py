"""Suspend credentials: for a composite finding. With a person's consent, every session of the chain is cut off at
once, at every hop and at the origin; then it is proved, watched, and lifted when it is due."""

from model.approval import Decision
from model.case import CaseState, CaseView, Resolution
from playbooks.steps import Steps, Woken


async def run(case: CaseView, steps: Steps) -> Resolution | None:
    """Enrich and ask; on approval contain, prove, and wait until the containment is lifted."""
    steps.enrich()
    steps.open_ticket()
    if case.mode == "observe":
        return await _observe(steps)
    steps.page("a decision is needed")

    woken = Woken.NEW_HOPS
    while woken is Woken.NEW_HOPS:
        decision = await _ask(steps)
        if decision is not None and decision.outcome != "approved" and not steps.standing():
            return await _stop(steps, decision)
        woken = await _hold(steps)

    if woken is Woken.LIFTED:
        steps.stand_down("lifted")
        return await steps.close(CaseState.LIFTED, "Contained, then lifted.")
    return await steps.close(CaseState.NOT_CONTAINED, "Not contained; a person took over.")


async def _observe(steps: Steps) -> Resolution:
    steps.enter(CaseState.OBSERVED, "observe mode: the plan is shown, nothing is asked, nothing is changed")
    await steps.linger()
    return await steps.close(CaseState.OBSERVED, "Observe mode: nothing was changed.")


async def _ask(steps: Steps) -> Decision | None:
    if not steps.plan().actions:
        steps.enter(CaseState.NOT_CONTAINED, "nothing in this chain can be contained by hopstop")
        return None
    decision = await steps.decide()
    if decision.outcome == "approved":
        await _cut(steps)
    elif steps.standing():
        state = CaseState.CONTAINED if steps.sound() else CaseState.NOT_CONTAINED
        steps.enter(state, f"the longer plan was {decision.outcome}; what is cut stays cut")
    return decision


async def _cut(steps: Steps) -> None:
    steps.enter(CaseState.CONTAINING, "every hop and the origin at once")
    done = await steps.contain()
    failed = [one for one in done if not one.contained]
    if failed or not done:
        steps.enter(CaseState.NOT_CONTAINED, f"{len(failed)} of {len(done)} could not be contained")
        steps.page("containment failed; look now")
        return
    steps.enter(CaseState.CONTAINED, "read back from IAM and evaluated: old sessions are denied")
    steps.prove()


async def _hold(steps: Steps) -> Woken:
    woken = await steps.rest()
    while woken is Woken.RETRY:
        await _cut(steps)
        woken = await steps.rest()
    return woken


async def _stop(steps: Steps, decision: Decision) -> Resolution:
    if decision.outcome == "denied":
        steps.stand_down("denied")
        return await steps.close(CaseState.DENIED, f"Denied by {decision.by}. Nothing was changed.")
    steps.page("nobody decided in time; nothing was changed")
    return await steps.close(CaseState.EXPIRED, "Nobody decided in time: escalated. Nothing was changed.")
