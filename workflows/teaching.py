"""What a closed case teaches: whether what was found was theirs after all."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.teaching import Teaching, Verdicts
from model.journal import Lesson
from workflows.outside import reason
from workflows.record import CaseRecord
from workflows.steps import GLIMPSE

TRUSTED_FOR = timedelta(days=30)
"""How long what people call theirs counts as usual without being done again."""


async def teach(record: CaseRecord) -> None:
    """Tell the judge what a verified decision said of each finding; a store that stays silent is only written down."""
    lessons = lessons_of(record)
    if not lessons or not workflow.patched("lessons"):
        return
    summary = f"teach the judge: {lessons[0].verdict.replace('_', ' ')}"
    try:
        await workflow.execute_activity_method(Teaching.take, Verdicts(lessons=lessons), **GLIMPSE, summary=summary)
    except ActivityError as error:
        record.trouble("store", f"the verdict was not learned: {reason(error)}")


def lessons_of(record: CaseRecord) -> tuple[Lesson, ...]:
    """A case that was denied ("It is us") is benign in every finding, one that was approved a true positive.

    Nobody's word and an unverified one teach nothing.
    """
    decision = record.decision
    if decision is None or not decision.verified or decision.outcome == "expired":
        return ()
    guilty = record.approved is not None
    return tuple(
        Lesson(
            origin=finding.origin.key,
            finding=finding.uid,
            verdict="true_positive" if guilty else "benign",
            told=decision.at,
            until=None if guilty else decision.until or decision.at + TRUSTED_FOR,
        )
        for finding in record.findings.values()
    )
