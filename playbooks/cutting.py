"""From the question to the lift: what every runbook that may cut a chain has in common."""

from collections.abc import Sequence

from model.approval import Decision
from model.budget import OVER
from model.case import CaseState, CaseView, Resolution
from model.containment import Containment
from playbooks.steps import Steps, Woken


async def observe(steps: Steps) -> Resolution | None:
    """Observe mode: show the plan for as long as the chain may grow, and touch nothing."""
    steps.enter(CaseState.OBSERVED, "observe mode: the plan is shown, nothing is asked, nothing is changed")
    await steps.linger()
    if steps.outgrown():
        return None
    return await steps.close(CaseState.OBSERVED, "Observe mode: nothing was changed.")


async def ask_and_cut(case: CaseView, steps: Steps) -> Resolution | None:
    """Ask, or act first where settings let hopstop; cut what was approved, and hold it until it is lifted."""
    woken = Woken.NEW_HOPS
    while woken is Woken.NEW_HOPS:
        decision = None if await _enforce(steps) else await _ask(steps)
        if steps.outgrown() and not steps.standing():
            return None
        if decision is not None and decision.outcome != "approved" and not steps.standing():
            return await _stop(case, steps, decision)
        woken = await _hold(steps)

    if woken is Woken.LIFTED:
        steps.stand_down("lifted")
        return await steps.close(CaseState.LIFTED, "Contained, then lifted.")
    return await steps.close(CaseState.NOT_CONTAINED, "Not contained; a person took over.")


async def _enforce(steps: Steps) -> bool:
    """Contain first, then tell; false where a person has to be asked."""
    if not await steps.enforce():
        return False
    steps.say("enforce mode: contained before anybody is asked")
    if await _cut(steps):
        steps.page("contained by hopstop itself: look, and lift it if it is us")
    return True


async def _ask(steps: Steps) -> Decision | None:
    if not steps.plan().actions:
        steps.enter(CaseState.NOT_CONTAINED, "nothing in this chain can be contained by hopstop")
        return None
    decision = await steps.decide()
    if decision is None:
        return None
    if decision.outcome == "approved":
        await _cut(steps)
    elif steps.standing():
        state = CaseState.CONTAINED if steps.sound() else CaseState.NOT_CONTAINED
        steps.enter(state, f"the longer plan was {decision.outcome}; what is cut stays cut")
    return decision


async def _cut(steps: Steps) -> bool:
    """Carry out what was approved; whether all of it is contained. Whoever must act otherwise is paged."""
    steps.enter(CaseState.CONTAINING, "every hop and the origin at once")
    done = await steps.contain()
    failed = [one for one in done if not one.contained]
    if failed or not done:
        steps.enter(CaseState.NOT_CONTAINED, f"{len(failed)} of {len(done)} could not be contained")
        steps.page(_failure(failed))
        return False
    steps.enter(CaseState.CONTAINED, "read back from IAM and evaluated: old sessions are denied")
    steps.prove()
    return True


def _failure(failed: Sequence[Containment]) -> str:
    over = next((one.why for one in failed if one.why.startswith(OVER)), "")
    return f"not contained: {over}" if over else "containment failed; look now"


async def _hold(steps: Steps) -> Woken:
    woken = await steps.rest()
    while woken is Woken.RETRY:
        await _cut(steps)
        woken = await steps.rest()
    return woken


async def _stop(case: CaseView, steps: Steps, decision: Decision) -> Resolution:
    if decision.outcome == "denied":
        steps.stand_down("denied")
        if decision.until is not None:
            allowed = f"Allowed by {decision.by} until {decision.until:%Y-%m-%d}. Nothing was changed."
            return await steps.close(CaseState.SUPPRESSED, allowed)
        return await steps.close(CaseState.DENIED, f"Denied by {decision.by}. Nothing was changed.")
    if case.silence == "ticket":
        return await steps.close(CaseState.EXPIRED, "Nobody decided in time: the ticket stays. Nothing was changed.")
    steps.page("nobody decided in time; nothing was changed")
    return await steps.close(CaseState.EXPIRED, "Nobody decided in time: escalated. Nothing was changed.")
