"""The undos that a case has registered: which still run, which ended well, which somebody ended by hand."""

import asyncio

from temporalio import workflow
from temporalio.workflow import ChildWorkflowHandle

from activities.containment import Lifted
from activities.leasing import LiftOrder
from model.containment import Containment, target_of
from model.text import role_label
from workflows.lease import LeaseWorkflow
from workflows.record import CaseRecord
from workflows.steps import LIFTED_WITHIN

Lease = ChildWorkflowHandle[LeaseWorkflow, Lifted]


class Leases:
    """One lease for each containment, by its key. One that failed, was cancelled or terminated has lifted nothing."""

    def __init__(self, record: CaseRecord) -> None:
        self._record = record
        self._held: dict[str, Lease] = {}

    def add(self, target: str, lease: Lease) -> None:
        """Keep a lease that has begun."""
        self._held[target] = lease

    def is_running(self, target: str) -> bool:
        """Whether an undo waits for its time."""
        return target in self._held and not self._held[target].done()

    def is_open(self, target: str) -> bool:
        """Whether an undo was registered and has not ended well."""
        return target in self._held and not _ended_well(self._held[target])

    def lost(self) -> tuple[str, ...]:
        """Undos that ended without being done."""
        return tuple(t for t, lease in self._held.items() if lease.done() and not _ended_well(lease))

    @property
    def all_lifted(self) -> bool:
        """Whether there were undos, and every one has ended well."""
        return bool(self._held) and all(_ended_well(lease) for lease in self._held.values())

    async def tell_applied(self, done: Containment) -> None:
        """A containment was written again: its undo runs from there."""
        if self.is_running(done.key):
            await asyncio.gather(self._held[done.key].signal("applied", done), return_exceptions=True)

    async def lift(self, by: str, *, keys: bool) -> None:
        """Order every undo, and wait a while for them; what each said goes into the story."""
        running = [target for target in self._held if self.is_running(target)]
        orders = [self._held[target].signal("lift", LiftOrder(by=by, keys=keys)) for target in running]
        await asyncio.gather(*orders, return_exceptions=True)
        try:
            await workflow.wait_condition(
                lambda: all(self._held[target].done() for target in running),
                timeout=LIFTED_WITHIN,
                timeout_summary="say what could not be lifted",
            )
        except TimeoutError:
            self._record.say("not everything could be lifted: the undo's own page says why")
        for target in running:
            if not self.is_open(target):
                self._record.say(f"lifted {role_label(target_of(target))}: {self._held[target].result().said}")


def _ended_well(lease: Lease) -> bool:
    return lease.done() and not lease.cancelled() and lease.exception() is None
