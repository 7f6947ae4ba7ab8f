"""What a plan needs to know of a principal before anybody is asked to approve it."""

from datetime import datetime

from temporalio import activity

from activities.ports import Iam, Recent
from model.errors import HopstopError
from model.frozen import Frozen
from model.principal_state import PrincipalFacts, doors_of, room_of
from model.role_use import NAME_BYTES
from model.spans import short

MOST_OTHERS = 20


class SurveyQuestion(Frozen):
    """A role or user by its ARN; since when others count as using it, and who in it belongs to the chain."""

    arn: str
    since: datetime
    own: tuple[str, ...] = ()


class Surveying:
    """Asks IAM and the record stream."""

    def __init__(self, iam: Iam, recent: Recent) -> None:
        self._iam = iam
        self._recent = recent

    @activity.defn(name="AWS: read principal for the plan")
    def survey(self, question: SurveyQuestion) -> PrincipalFacts:
        """What IAM says of it now, and who else used it lately."""
        state = self._iam.read(question.arn)
        return PrincipalFacts(
            arn=question.arn,
            found=state.arn,
            unique_id=state.unique_id,
            room=room_of(state),
            attached=len(self._iam.attached(question.arn)),
            doors=doors_of(state.trust),
            others=self._others(question),
            console=self._iam.has_console(question.arn),
        )

    def _others(self, question: SurveyQuestion) -> tuple[str, ...] | None:
        try:
            seen = self._recent.sessions((question.arn,), question.since)
        except HopstopError:
            return None
        own = {short(name, NAME_BYTES) for name in question.own}
        return tuple(name for name in seen if short(name, NAME_BYTES) not in own)[:MOST_OTHERS]
