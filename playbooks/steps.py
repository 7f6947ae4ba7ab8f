"""What a playbook can ask for. The case workflow does it for real; a test does it on paper."""

from enum import StrEnum
from typing import Protocol

from model.approval import Decision, Verb
from model.case import CaseState, CaseView, Resolution
from model.containment import Containment, ContainmentPlan


class Woken(StrEnum):
    """What ended a rest: everything was lifted, new hops came to light, a person asked to try again or took over."""

    LIFTED = "lifted"
    NEW_HOPS = "new_hops"
    RETRY = "retry"
    GIVEN_UP = "given_up"


class Steps(Protocol):
    """The verbs of a response. Each is durable: it survives a crash of the worker and never happens twice."""

    def plan(self) -> ContainmentPlan:
        """What would cut the chain as it is known now."""
        ...

    def enter(self, state: CaseState, said: str) -> None:
        """Move the case to a state, and say why in its story."""
        ...

    def say(self, text: str) -> None:
        """Add a line to the case's story."""
        ...

    def enrich(self) -> None:
        """Begin to gather what the world knows; the ask never waits for it."""
        ...

    def open_ticket(self) -> None:
        """Keep a ticket of the case from now on."""
        ...

    def page(self, why: str) -> None:
        """Wake whoever is on call: one page a case, its text the latest reason."""
        ...

    def stand_down(self, why: str) -> None:
        """Resolve the page."""
        ...

    async def enriched(self) -> None:
        """Wait until everything that was asked is known or given up: half a minute at most."""
        ...

    async def capture(self) -> None:
        """Write into the story what each session of the chain did since it was minted, a line a hop."""
        ...

    async def ask_person(self) -> Verb | None:
        """Ask the person whom the chain names whether it was them: MINE, NOT_MINE, or None where nobody is known or
        answers in time."""
        ...

    def offer_exception(self) -> None:
        """From now on a no to the plan allows what was found, until a date that the question names."""
        ...

    async def enforce(self) -> bool:
        """Whether the current plan may be carried out before anybody is asked; then it counts as approved."""
        ...

    async def decide(self) -> Decision | None:
        """Ask, and wait until those who may decide have decided on the current plan, or the deadline has passed.

        None: a stronger playbook takes over.
        """
        ...

    def outgrown(self) -> bool:
        """Whether the chain asks for another playbook or mode by now."""
        ...

    async def contain(self) -> tuple[Containment, ...]:
        """Register every undo, then carry out the approved plan, all at once; read back and evaluate each."""
        ...

    def prove(self) -> None:
        """Begin to watch the containment: re-apply what is gone, and say when it may be called proved."""
        ...

    def standing(self) -> tuple[str, ...]:
        """The principals on which something of this case may still lie."""
        ...

    def sound(self) -> bool:
        """Whether every one of them is contained."""
        ...

    async def rest(self) -> Woken:
        """Wait, contained or not, for what comes next."""
        ...

    async def linger(self) -> bool:
        """Wait an hour in which the chain may still grow; true as soon as another playbook must take over."""
        ...

    async def close(self, state: CaseState, summary: str) -> Resolution:
        """Say the last word everywhere; the case's result."""
        ...


class Playbook(Protocol):
    """A runbook: it touches the world only through its steps. None means that a stronger playbook takes over."""

    async def __call__(self, case: CaseView, steps: Steps, /) -> Resolution | None:
        """Run it to its end."""
        ...
