"""Carrying out a plan: every undo registered first, every principal at once."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError
from temporalio.workflow import ActivityCancellationType, ChildWorkflowCancellationType, ParentClosePolicy

from activities.containment import Containing, ContainRequest
from activities.leasing import LeaseInput
from model.case_id import lease_id, short_name
from model.containment import Action, ActionKind, Containment, ContainmentPlan, target_of
from model.text import role_label
from workflows.lease import LeaseWorkflow
from workflows.leases import Leases
from workflows.outside import is_final, reason
from workflows.record import CaseRecord
from workflows.steps import ANSWER, PATIENT, QUICK, TOLERANCE, patience


class Containments:
    """The containments of one run of a case, and their leases; each by its action's key."""

    def __init__(self, record: CaseRecord) -> None:
        self._record = record
        self.leases = Leases(record)
        self.requests: dict[str, ContainRequest] = {}
        self._cuts: dict[str, datetime | None] = {}

    @property
    def standing(self) -> tuple[str, ...]:
        """Where something of this case may still lie: its undo has not ended well."""
        return tuple(key for key in self.requests if self.leases.is_open(key))

    @property
    def held(self) -> list[ContainRequest]:
        """The requests behind that."""
        return [self.requests[key] for key in self.standing]

    @property
    def sound(self) -> bool:
        """Whether everything that stands is contained."""
        known = self._record.containments
        return all(key in known and known[key].contained for key in self.standing)

    @property
    def silent(self) -> bool:
        """Whether something is not contained only because AWS did not answer."""
        return any(done.silent for done in self._record.containments.values())

    async def apply(self, plan: ContainmentPlan) -> tuple[Containment, ...]:
        """Every action of the plan at once."""
        return await self._all(self._cut(action) for action in plan.actions)

    def refuse(self, plan: ContainmentPlan, why: str) -> tuple[Containment, ...]:
        """Nothing more of the plan is done; what an earlier one did stays as it is."""
        known = self._record.containments
        for action in plan.actions:
            if action.key not in known or not known[action.key].contained:
                request = ContainRequest(case=self._record.id, run=self._record.run, action=action)
                known[action.key] = self._with_past(_failed(request, why))
        self._record.say(f"nothing was done: {why}")
        return tuple(known[action.key] for action in plan.actions)

    async def again(self, requests: Iterable[ContainRequest], verb: str = "") -> bool:
        """Write these once more, all at once; whether all of them are contained."""
        done = await self._all(self._write(request, verb) for request in requests)
        return all(one.contained for one in done)

    async def _all(self, writes: Iterable[Coroutine[Any, Any, Containment]]) -> tuple[Containment, ...]:
        """Carry out several writes at once, then tell of all of them at once."""
        done = [self._with_past(one) for one in await asyncio.gather(*writes)]
        for one in done:
            self._record.containments[one.key] = one
            self._record.say(outcome(one))
        await asyncio.gather(*(self._extend(one) for one in done))
        return tuple(done)

    def _with_past(self, done: Containment) -> Containment:
        """A write that failed does not undo what an earlier one did: its cut and its keys are still true."""
        before = self._record.containments.get(done.key)
        if before is None:
            return done
        keys = tuple(dict.fromkeys((*before.keys, *done.keys)))
        return done.model_copy(update={"cut": done.cut or before.cut, "at": done.at or before.at, "keys": keys})

    async def _cut(self, action: Action) -> Containment:
        request = self.requests.get(action.key) or await self._prepare(action)
        if self._record.known is not None:
            # The chain may have more sessions by now than when the request was made.
            request = request.model_copy(update={"action": action})
        self.requests[action.key] = request
        try:
            await self._hold_lease(request)
        except WorkflowAlreadyStartedError:
            return _failed(request, "its undo could not be registered, so nothing was done")
        return await self._write(request)

    async def _prepare(self, action: Action) -> ContainRequest:
        request = ContainRequest(case=self._record.id, run=self._record.run, action=action)
        if not action.unique_id.startswith("AIDA"):
            return request
        try:
            keys = await workflow.execute_activity_method(
                Containing.active_keys, action, **patience(QUICK), summary=_short("keys of", action)
            )
        except ActivityError:
            return request
        return request.model_copy(update={"keys": keys})

    async def _hold_lease(self, request: ContainRequest) -> None:
        action, settings = request.action, self._record.settings
        if self.leases.is_running(action.key):
            return
        timed = action.lifts == "timer"
        reminds = self._record.known is not None and not timed and "pagerduty" in settings.systems
        handle = await workflow.start_child_workflow(
            LeaseWorkflow.run,
            LeaseInput(
                request=request,
                lifts_after_s=settings.lift_after_s if timed else None,
                reminds_after_s=settings.lift_after_s if reminds else None,
            ),
            id=lease_id(self._record.id, self._record.run, action.target, action.key),
            parent_close_policy=ParentClosePolicy.ABANDON,
            cancellation_type=ChildWorkflowCancellationType.ABANDON,
            static_summary=_short("undo of", action),
        )
        self.leases.add(action.key, handle)

    async def _write(self, request: ContainRequest, verb: str = "") -> Containment:
        """One write: tried at once, then for two minutes; what is silent longer counts as not contained."""
        try:
            done = await self._once(request, QUICK, ANSWER * 4, verb)
        except ActivityError as error:
            if is_final(error):
                return _failed(request, reason(error))
            self._record.trouble("AWS", f"{reason(error)}; trying again until it answers")
        else:
            self._record.recovered("AWS")
            return done
        try:
            done = await self._once(request, PATIENT, TOLERANCE, verb)
        except ActivityError as error:
            return _failed(request, reason(error), silent=not is_final(error))
        self._record.recovered("AWS")
        return done

    async def _once(self, request: ContainRequest, retry: RetryPolicy, within: timedelta, verb: str) -> Containment:
        action = request.action
        return await workflow.execute_activity_method(
            Containing.contain,
            request,
            **patience(retry),
            schedule_to_close_timeout=within,
            # A write under way cannot be called back: a lift must come after it, never before.
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=_short(verb or action.kind.replace("_", " "), action),
        )

    async def _extend(self, done: Containment) -> None:
        """Tell the lease where a later cut makes it last longer, or where more keys were turned off."""
        first = self._cuts.setdefault(done.key, done.cut)
        later = first is not None and done.cut is not None and done.cut - first > timedelta(minutes=1)
        more_keys = {*done.keys} - {*self.requests[done.key].keys}
        if later or more_keys:
            await self.leases.tell_applied(done)

    async def renew(self) -> None:
        """Register anew every undo that somebody ended by hand before it was done."""
        for key in self.leases.lost():
            self._record.say(f"the undo of {role_label(target_of(key))} was ended by hand: it is registered anew")
            await self._hold_lease(self.requests[key])

    async def lift(self, by: str, *, keys: bool) -> tuple[str, ...]:
        """Undo everything; where something of ours is left."""
        await self.renew()
        await self.leases.lift(by, keys=keys)
        return self.standing

    async def stands_on(self, request: ContainRequest) -> bool:
        """Whether one containment stands. AWS being silent at this moment is no sign that it does not."""
        try:
            seen = await workflow.execute_activity_method(
                Containing.read_back, request, **patience(QUICK), summary=_short("look at", request.action)
            )
        except ActivityError as error:
            self._record.trouble("AWS", f"a containment could not be looked at: {reason(error)}")
            return not is_final(error)
        self._record.recovered("AWS")
        return seen.contained


def _failed(request: ContainRequest, why: str, *, silent: bool = False) -> Containment:
    action = request.action
    return Containment(target=action.target, kind=action.kind, policy=request.policy, why=why, silent=silent)


def outcome(done: Containment) -> str:
    """What became of one action, in a line."""
    if not done.contained:
        return f"{role_label(done.target)} NOT contained: {done.why}"
    denied = "everything denied, new sessions too" if done.kind is not ActionKind.DENY_USER else "everything denied"
    cut = f"sessions before {done.cut:%H:%M:%S} UTC denied" if done.cut else denied
    keys = f", {len(done.keys)} access key(s) inactive" if done.keys else ""
    note = f"; {done.note}" if done.note else ""
    return f"{role_label(done.target)} contained: {cut}{keys}; read back and evaluated{note}"


def _short(verb: str, action: Action) -> str:
    return f"{verb} {short_name(action.target, 40)} in {action.account}"[:60]
