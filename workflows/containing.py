"""Carrying out a plan: every undo registered first, every principal at once, then watched until it is proved."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError
from temporalio.workflow import ActivityCancellationType, ChildWorkflowCancellationType, ParentClosePolicy

from activities.containment import Containing, ContainRequest
from activities.enrichment import Looking, SessionQuestion
from model.case import CaseState
from model.case_id import lease_id, short_name
from model.containment import Action, ActionKind, Containment, ContainmentPlan, policy_name
from model.lineage import Hop
from model.text import role_label
from workflows.lease import LeaseInput, LeaseWorkflow
from workflows.leases import Leases
from workflows.outside import is_final, reason
from workflows.people import People
from workflows.record import CaseRecord
from workflows.steps import ANSWER, GRACE, LOOKS, MAX_REAPPLIED, PATIENT, PROOF, QUICK, TOLERANCE, patience

Enter = Callable[[CaseState, str], None]
Say = Callable[[str], None]

SETTLED = (CaseState.CONTAINED, CaseState.VERIFIED)
"""States in which a verdict of the watch may move the case: never while a question is open."""


class Containments:
    """The containments of one run of a case, and their leases."""

    def __init__(self, record: CaseRecord, people: People) -> None:
        self._record = record
        self._people = people
        self.leases = Leases(record)
        self._requests: dict[str, ContainRequest] = {}
        self._cuts: dict[str, datetime | None] = {}
        self._watching: asyncio.Task[None] | None = None
        self._reapplied = 0

    @property
    def standing(self) -> tuple[str, ...]:
        """Principals on which something of this case may still lie: their undo has not ended well."""
        return tuple(target for target in self._requests if self.leases.is_open(target))

    @property
    def sound(self) -> bool:
        """Whether everything that stands is contained."""
        known = self._record.containments
        return all(target in known and known[target].contained for target in self.standing)

    @property
    def silent(self) -> bool:
        """Whether something is not contained only because AWS did not answer."""
        return any(done.silent for done in self._record.containments.values())

    async def apply(self, plan: ContainmentPlan) -> tuple[Containment, ...]:
        """Every action of the plan at once."""
        await self.stop_watching()
        return await self._all(self._cut(action) for action in plan.actions)

    def refuse(self, plan: ContainmentPlan, why: str) -> tuple[Containment, ...]:
        """Nothing more of the plan is done; what an earlier one did stays as it is."""
        known = self._record.containments
        for action in plan.actions:
            if action.target not in known or not known[action.target].contained:
                request = ContainRequest(case=self._record.id, run=self._record.run, action=action)
                known[action.target] = self._with_past(_failed(request, why))
        self._record.say(f"nothing was done: {why}")
        return tuple(known[action.target] for action in plan.actions)

    async def _all(self, writes: Iterable[Coroutine[Any, Any, Containment]]) -> tuple[Containment, ...]:
        """Carry out several writes at once, then tell of all of them at once."""
        done = [self._with_past(one) for one in await asyncio.gather(*writes)]
        for one in done:
            self._record.containments[one.target] = one
            self._record.say(_outcome(one))
        await asyncio.gather(*(self._extend(one) for one in done))
        return tuple(done)

    def _with_past(self, done: Containment) -> Containment:
        """A write that failed does not undo what an earlier one did: its cut and its keys are still true."""
        before = self._record.containments.get(done.target)
        if before is None:
            return done
        keys = tuple(dict.fromkeys((*before.keys, *done.keys)))
        return done.model_copy(update={"cut": done.cut or before.cut, "keys": keys})

    async def _cut(self, action: Action) -> Containment:
        request = self._requests.get(action.target) or await self._prepare(action)
        self._requests[action.target] = request
        try:
            await self._hold_lease(request)
        except WorkflowAlreadyStartedError:
            return _failed(request, "its undo could not be registered, so nothing was done")
        return await self._write(request)

    async def _prepare(self, action: Action) -> ContainRequest:
        request = ContainRequest(case=self._record.id, run=self._record.run, action=action)
        if action.kind is not ActionKind.DENY_USER:
            return request
        try:
            keys = await workflow.execute_activity_method(
                Containing.active_keys, action, **patience(QUICK), summary=_short("keys of", action)
            )
        except ActivityError:
            return request
        return request.model_copy(update={"keys": keys})

    async def _hold_lease(self, request: ContainRequest) -> None:
        if self.leases.is_running(request.action.target):
            return
        seconds = self._record.settings.lift_after_s if request.action.lifts == "timer" else None
        handle = await workflow.start_child_workflow(
            LeaseWorkflow.run,
            LeaseInput(request=request, lifts_after_s=seconds),
            id=lease_id(self._record.id, self._record.run, request.action.target),
            parent_close_policy=ParentClosePolicy.ABANDON,
            cancellation_type=ChildWorkflowCancellationType.ABANDON,
            static_summary=_short("undo of", request.action),
        )
        self.leases.add(request.action.target, handle)

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
        first = self._cuts.setdefault(done.target, done.cut)
        later = first is not None and done.cut is not None and done.cut - first > timedelta(minutes=1)
        more_keys = {*done.keys} - {*self._requests[done.target].keys}
        if later or more_keys:
            await self.leases.tell_applied(done)

    async def renew(self) -> None:
        """Register anew every undo that somebody ended by hand before it was done."""
        for target in self.leases.lost():
            self._record.say(f"the undo of {role_label(target)} was ended by hand: it is registered anew")
            await self._hold_lease(self._requests[target])

    async def lift(self, by: str, *, keys: bool) -> tuple[str, ...]:
        """Undo everything; the principals on which something of ours is left."""
        await self.stop_watching()
        await self.renew()
        await self.leases.lift(by, keys=keys)
        return self.standing

    async def stop_watching(self) -> None:
        """End the watch, and wait for a write of its that is under way; what is contained stays so."""
        watching, self._watching = self._watching, None
        if watching is not None and not watching.done():
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def watch(self, enter: Enter, page: Say, stand_down: Say) -> None:
        """Look after the containment beside the case."""
        self._watching = asyncio.create_task(self._watch(enter, page, stand_down))

    async def _watch(self, enter: Enter, page: Say, stand_down: Say) -> None:
        for number, wait in enumerate(LOOKS):
            await workflow.sleep(wait, summary="look whether the containment still stands")
            # Whoever still held a parent may have minted a child after the child was cut: move its time past that.
            stands = await self._ratchet() if number == 0 else await self._stands()
            if not stands and not await self._again(page):
                await self._settled()
                enter(CaseState.NOT_CONTAINED, "the containment does not stand")
                return
        await workflow.sleep(PROOF, summary="CloudTrail has told all by then: prove it")
        used, unseen = await self._used_after_the_cut()
        if used:
            page("a contained session was used after its cut; look now")
        await self._settled()
        if used:
            enter(CaseState.NOT_CONTAINED, f"{role_label(used)} was used after its cut")
        elif unseen or not self.sound:
            self._record.say(f"not proved: {unseen or 'not everything is contained'}")
        else:
            enter(CaseState.VERIFIED, "no session of the chain was used after its cut")
            stand_down("contained and proved")

    async def _settled(self) -> None:
        await workflow.wait_condition(lambda: self._record.state in SETTLED)

    def _held(self) -> list[ContainRequest]:
        return [self._requests[target] for target in self.standing]

    async def _ratchet(self) -> bool:
        revoked = [request for request in self._held() if request.action.kind is ActionKind.REVOKE]
        self._record.say("cut again: whoever still held a parent may have minted a child meanwhile")
        done = await self._all(self._write(request, "cut again:") for request in revoked)
        return all(one.contained for one in done)

    async def _stands(self) -> bool:
        return all(await asyncio.gather(*(self._stands_on(request) for request in self._held())))

    async def _stands_on(self, request: ContainRequest) -> bool:
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

    async def _again(self, page: Say) -> bool:
        self._reapplied += 1
        page("a containment was undone by somebody; it is being applied again")
        if self._reapplied > MAX_REAPPLIED:
            return False
        done = await self._all(self._write(request) for request in self._held())
        return all(one.contained for one in done)

    async def _used_after_the_cut(self) -> tuple[str, str]:
        """The role of a session that was used too late, and why nothing could be seen; both empty when all is well."""
        for hop in self._record.hops():
            done = self._record.containments.get(hop.role_arn)
            if done is None or done.cut is None:
                continue
            question = SessionQuestion(hop=hop, until=workflow.now())
            try:
                seen = await workflow.execute_activity_method(
                    Looking.session, question, **patience(QUICK), summary=_hop_summary(hop)
                )
            except ActivityError as error:
                return "", f"CloudTrail: {reason(error)}"
            if any(one.last is not None and one.last > done.cut + GRACE for one in seen.activity):
                return hop.role_arn, ""
        return "", ""


def _failed(request: ContainRequest, why: str, *, silent: bool = False) -> Containment:
    policy = policy_name(request.case, request.run)
    target, kind = request.action.target, request.action.kind
    return Containment(target=target, kind=kind, policy=policy, why=why, silent=silent)


def _outcome(done: Containment) -> str:
    if not done.contained:
        return f"{role_label(done.target)} NOT contained: {done.why}"
    cut = f"sessions before {done.cut:%H:%M:%S} UTC denied" if done.cut else "everything denied"
    keys = f", {len(done.keys)} access key(s) inactive" if done.keys else ""
    note = f"; {done.note}" if done.note else ""
    return f"{role_label(done.target)} contained: {cut}{keys}; read back and evaluated{note}"


def _short(verb: str, action: Action) -> str:
    return f"{verb} {short_name(action.target, 40)} in {action.account}"[:60]


def _hop_summary(hop: Hop) -> str:
    return f"use of {short_name(hop.role_arn, 36)} after its cut"[:60]
