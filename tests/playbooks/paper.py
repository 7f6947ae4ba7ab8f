"""A response on paper: what a runbook asks for, in order, and answers that a test has written before."""

from collections.abc import Iterable
from datetime import UTC, datetime

from model.approval import Decision, Verb
from model.case import CaseState, CaseView, Resolution
from model.confidence import Confidence
from model.containment import ActionKind, Cannot, Containment, ContainmentPlan
from model.containment_planner import plan_containment
from model.settings import Mode
from playbooks.steps import Woken
from tests.workflows.attack import ROLES, finding

NOW = datetime(2026, 3, 4, 2, 50, tzinfo=UTC)
PLAN = plan_containment(finding().lineages)
NOTHING = ContainmentPlan(actions=(), cannot=(Cannot(target=ROLES[0], why="foreign", do="tell them"),))

APPROVED = Decision(outcome="approved", by="Dana", source="slack", verified=True, at=NOW)
DENIED = Decision(outcome="denied", by="Dana", source="slack", verified=True, at=NOW)
ALLOWED = DENIED.model_copy(update={"until": datetime(2026, 4, 3, tzinfo=UTC)})
EXPIRED = Decision(outcome="expired", by="nobody", at=NOW)


def case(mode: Mode = "ask", confidence: Confidence = Confidence.HIGH, silence: str = "escalate") -> CaseView:
    """A case as a runbook meets it."""
    return CaseView(
        id="case:ana:111111111111:0123abcd",
        run="run12345",
        state=CaseState.ENRICHING,
        opened=NOW,
        finding=finding(3, confidence),
        playbook="any",
        mode=mode,
        silence=silence,
    )


def done(contained: bool = True, why: str = "") -> Containment:
    """What became of one action."""
    return Containment(target=ROLES[0], kind=ActionKind.REVOKE, policy="hopstop-x", contained=contained, why=why)


class PaperSteps:
    """Implements playbooks.steps.Steps; every script is used up in order."""

    def __init__(
        self,
        decisions: Iterable[Decision | None] = (),
        cuts: Iterable[tuple[Containment, ...]] = (),
        wakes: Iterable[Woken] = (),
        *,
        person: Verb | None = None,
        acts_first: Iterable[bool] = (),
        plan: ContainmentPlan = PLAN,
        grows: bool = False,
    ) -> None:
        self._decisions, self._cuts, self._wakes = list(decisions), list(cuts), list(wakes)
        self._person, self._acts_first, self._plan, self._grows = person, list(acts_first), plan, grows
        self._standing: tuple[str, ...] = ()
        self._sound = True
        self.did: list[str] = []
        self.states: list[CaseState] = []
        self.pages: list[str] = []

    def plan(self) -> ContainmentPlan:
        return self._plan

    def enter(self, state: CaseState, said: str) -> None:
        assert said
        self.states.append(state)
        self.did.append(str(state))

    def say(self, text: str) -> None:
        assert text

    def enrich(self) -> None:
        self.did.append("enrich")

    async def enriched(self) -> None:
        self.did.append("enriched")

    async def capture(self) -> None:
        self.did.append("capture")

    async def ask_person(self) -> Verb | None:
        self.did.append("ask person")
        return self._person

    def offer_exception(self) -> None:
        self.did.append("offer exception")

    async def enforce(self) -> bool:
        return bool(self._acts_first) and self._acts_first.pop(0)

    def open_ticket(self) -> None:
        self.did.append("ticket")

    def page(self, why: str) -> None:
        self.pages.append(why)
        self.did.append("page")

    def stand_down(self, why: str) -> None:
        assert why
        self.did.append("stand down")

    async def decide(self) -> Decision | None:
        self.did.append("decide")
        return self._decisions.pop(0)

    async def contain(self) -> tuple[Containment, ...]:
        self.did.append("contain")
        made = self._cuts.pop(0)
        self._standing = (*self._standing, *(one.target for one in made if one.contained))
        self._sound = all(one.contained for one in made)
        return made

    def prove(self) -> None:
        self.did.append("prove")

    def standing(self) -> tuple[str, ...]:
        return self._standing

    def sound(self) -> bool:
        return self._sound

    def outgrown(self) -> bool:
        return self._grows

    async def rest(self) -> Woken:
        self.did.append("rest")
        return self._wakes.pop(0)

    async def linger(self) -> bool:
        self.did.append("linger")
        return self._grows

    async def close(self, state: CaseState, summary: str) -> Resolution:
        assert not self._decisions
        assert not self._cuts
        assert not self._wakes
        self.did.append(f"close {state}")
        return Resolution(state=state, finding="f-laptop", summary=summary)
