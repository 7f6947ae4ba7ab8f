"""The guard, asked at the moment of acting: who is protected, whether the switch is off, whether the budget holds."""

import time
from collections.abc import Callable, Sequence

from temporalio import activity

from activities.ports import Itself, Ledger, Rules, Switch
from model.budget import OVER, Claim, claim, read, spend, written
from model.errors import Unavailable
from model.frozen import Frozen
from model.settings import Guard

TRIES = 50
"""How often two that count at the same moment give way to each other."""


class Keeper:
    """Implements activities.ports.Switch: the rules of settings, our own roles, and the counter in the store.

    `now` is the time of day in seconds since 1970 UTC; `pause` waits so many seconds.
    """

    def __init__(
        self,
        rules: Rules,
        itself: Itself,
        ledger: Ledger,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rules = rules
        self._itself = itself
        self._ledger = ledger
        self._now = now
        self._pause = pause

    def guard(self) -> Guard:
        """The rules as settings hold them now, with whoever this worker is among the protected."""
        guard = self._rules.guard()
        return guard.model_copy(update={"protected": (*guard.protected, *self._itself.patterns())})

    def take(self, wanted: Sequence[Claim]) -> str:
        """Count containments, all or none; empty where the budget holds them, else why not."""
        budget = self._rules.guard().budget
        for attempt in range(TRIES):
            before = self._ledger.ledger()
            known = read(before)
            after = spend(known, wanted, budget, int(self._now()))
            if isinstance(after, str):
                return after
            if after == known or self._ledger.swap_ledger(before, written(after)):
                return ""
            self._pause(0.002 * (attempt + 1))
        raise Unavailable("the budget in the store is in use; trying again")


class Reservation(Frozen):
    """The principals that one run of one case means to contain: each with its account."""

    case: str
    run: str
    targets: tuple[tuple[str, str], ...]


class Guarding:
    """Whether a whole plan may be carried out now."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    @activity.defn(name="Guard: take from budget")
    def reserve(self, wanted: Reservation) -> str:
        """Count the whole plan or nothing of it; why not, empty where it was counted. Twice is once."""
        if self._switch.guard().stop:
            return "the kill switch is on (guard.stop in hopstop.toml): nothing is contained"
        why = self._switch.take([claim(wanted.case, wanted.run, *target) for target in wanted.targets])
        return f"{OVER}: {why}" if why else ""
