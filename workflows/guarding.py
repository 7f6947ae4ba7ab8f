"""Whether an approved plan may be carried out as a whole, asked right before it is."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.guarding import Guarding, Reservation
from model.containment import ContainmentPlan
from workflows.outside import is_final, reason
from workflows.record import CaseRecord
from workflows.steps import ANSWER, QUICK, patience


async def refused(record: CaseRecord, plan: ContainmentPlan) -> str:
    """Why nothing of the plan may be done; empty where all of it may.

    A store that stays silent decides nothing here: every single act asks it again, and is held up by it.
    """
    if record.observing:
        return "hopstop only observes here"
    wanted = Reservation(
        case=record.id, run=record.run, targets=tuple((action.target, action.account) for action in plan.actions)
    )
    try:
        why = await workflow.execute_activity_method(
            Guarding.reserve,
            wanted,
            **patience(QUICK),
            schedule_to_close_timeout=ANSWER,
            summary=f"count {len(plan.actions)} containments",
        )
    except ActivityError as error:
        return reason(error) if is_final(error) else ""
    return why
