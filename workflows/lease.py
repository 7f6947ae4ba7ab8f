"""The undo of one containment: registered before the act, alive until it is undone, whatever becomes of the case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from activities.containment import Containing, Lifted, LiftRequest
from activities.leasing import LeaseInput, LiftOrder
from model.case_id import short_name
from model.containment import Containment
from model.text import code, role_label
from workflows.reminders import Reminders
from workflows.signals import decode
from workflows.steps import OVERDUE, PATIENT, SECOND_SWEEP, patience


@workflow.defn(name="Lease")
class LeaseWorkflow:
    """Waits for its time or for a person, then removes exactly what the containment added."""

    @workflow.init
    def __init__(self, lease: LeaseInput) -> None:
        self._lease = lease
        self._due = self._after(workflow.now())
        self._order: LiftOrder | None = None
        self._reminders = Reminders(lease.request, lease.reminds_after_s, workflow.now())
        self._keys = lease.request.keys

    def _after(self, start: datetime) -> datetime | None:
        seconds = self._lease.lifts_after_s
        return None if seconds is None else start + timedelta(seconds=seconds)

    @workflow.signal
    def applied(self, raw: RawValue) -> None:
        """The containment was written (again): the time runs from its cut."""
        done = decode(raw, Containment)
        if done is None:
            self._unread("applied")
            return
        self._keys = tuple(dict.fromkeys((*self._keys, *done.keys)))
        if done.cut is not None:
            self._due = self._after(max(done.cut, workflow.now()))

    @workflow.signal
    def lift(self, raw: RawValue) -> None:
        """Undo now."""
        order = decode(raw, LiftOrder)
        if order is None:
            self._unread("lift")
            return
        self._order = order

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, _args: Sequence[RawValue]) -> None:
        """Keep a trace of a signal that means nothing here."""
        self._unread(name)

    def _unread(self, name: str) -> None:
        workflow.set_current_details(f"A signal {code(name)} could not be read and was ignored.")

    @workflow.run
    async def run(self, _lease: LeaseInput) -> Lifted:
        """Wait, then undo until it is undone."""
        while True:
            await self._due_or_ordered()
            lifted = await self._undo(self._order)
            if lifted is not None:
                self._reminders.stop()
                await workflow.sleep(SECOND_SWEEP, summary="look once more for a write that came late")
                await self._undo(None)
                return lifted
            self._order, self._due = None, self._due and workflow.now() + OVERDUE

    async def _due_or_ordered(self) -> None:
        while self._order is None and not self._is_due():
            workflow.set_current_details(self._waiting())
            await self._until_something_changes(self._due)
            self._reminders.look(workflow.now())

    def _is_due(self) -> bool:
        return self._due is not None and self._due <= workflow.now()

    async def _until_something_changes(self, due: datetime | None) -> None:
        name = short_name(self._lease.request.action.target, 36)
        wakes = due if due is not None else self._reminders.next
        does = "lift" if due is not None else "remind of"
        try:
            await workflow.wait_condition(
                lambda: self._order is not None or self._due != due,
                timeout=None if wakes is None else wakes - workflow.now(),
                timeout_summary=f"{does} the containment of {name}"[:60],
            )
        except TimeoutError:
            return

    def _waiting(self) -> str:
        when = f"lifts by itself at {self._due:%Y-%m-%d %H:%M} UTC" if self._due else "a person must lift it"
        return f"{role_label(self._lease.request.action.target)} is contained; {when}."

    async def _undo(self, order: LiftOrder | None) -> Lifted | None:
        """What was undone; nothing where AWS refused, so that it is tried again."""
        keys = self._keys if order is not None and order.keys else ()
        try:
            return await workflow.execute_activity_method(
                Containing.lift,
                LiftRequest(request=self._lease.request, keys=keys),
                **patience(PATIENT),
                summary="remove what the containment added",
            )
        except ActivityError as error:
            why = error.cause.message if isinstance(error.cause, ApplicationError) else "AWS did not answer"
            workflow.set_current_details(f"**Not lifted**: {why}. Signal `lift` tries again.")
            return None
