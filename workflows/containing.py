"""Carrying out a plan: every undo registered first, every principal at once, then watched until it is proved."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ChildWorkflowCancellationType, ChildWorkflowHandle, ParentClosePolicy

from activities.containment import Containing, ContainRequest, Lifted
from activities.enrichment import Looking, SessionQuestion
from model.case import CaseState
from model.case_id import lease_id, short_name
from model.containment import Action, ActionKind, Containment, ContainmentPlan, policy_name
from model.lineage import Hop
from model.text import role_label
from workflows.lease import LeaseInput, LeaseWorkflow, LiftOrder
from workflows.outside import persist, reason
from workflows.people import People
from workflows.record import CaseRecord
from workflows.steps import GRACE, LOOKS, MAX_REAPPLIED, PROOF, QUICK, patience

Lease = ChildWorkflowHandle[LeaseWorkflow, Lifted]
Enter = Callable[[CaseState, str], None]


class Containments:
    """The containments of one run of a case, and their leases."""

    def __init__(self, record: CaseRecord, people: People) -> None:
        self._record = record
        self._people = people
        self._leases: dict[str, Lease] = {}
        self._requests: dict[str, ContainRequest] = {}
        self._cuts: dict[str, datetime | None] = {}
        self._watching: asyncio.Task[None] | None = None
        self._reapplied = 0

    @property
    def standing(self) -> tuple[str, ...]:
        """Principals that are contained and whose lease still runs."""
        return tuple(
            target
            for target, done in self._record.containments.items()
            if done.contained and target in self._leases and not self._leases[target].done()
        )

    @property
    def all_lifted(self) -> bool:
        """Whether there were leases and every one has ended."""
        return bool(self._leases) and all(lease.done() for lease in self._leases.values())

    async def apply(self, plan: ContainmentPlan) -> tuple[Containment, ...]:
        """Every action of the plan at once."""
        self.stop_watching()
        return await self._all([self._cut(action) for action in plan.actions])

    async def _all(self, writes: "list[Coroutine[Any, Any, Containment]]") -> tuple[Containment, ...]:
        """Carry out several writes at once, then tell of all of them at once."""
        done = await asyncio.gather(*writes)
        for one in done:
            self._record.containments[one.target] = one
            self._record.say(_outcome(one))
        await asyncio.gather(*(self._extend(one) for one in done))
        return tuple(done)

    async def _cut(self, action: Action) -> Containment:
        request = self._requests.get(action.target) or await self._prepare(action)
        self._requests[action.target] = request
        await self._hold_lease(request)
        return await self._write(request)

    async def _prepare(self, action: Action) -> ContainRequest:
        request = ContainRequest(case=self._record.id, run=self._record.run, action=action)
        if action.kind is not ActionKind.DENY_USER:
            return request
        keys = await persist(
            self._record,
            "AWS",
            lambda retry: workflow.execute_activity_method(
                Containing.active_keys, action, **patience(retry), summary=_short("keys of", action)
            ),
        )
        return request if isinstance(keys, str) else request.model_copy(update={"keys": keys})

    async def _hold_lease(self, request: ContainRequest) -> None:
        target = request.action.target
        if target in self._leases and not self._leases[target].done():
            return
        seconds = self._record.settings.lift_after_s if request.action.lifts == "timer" else None
        self._leases[target] = await workflow.start_child_workflow(
            LeaseWorkflow.run,
            LeaseInput(request=request, lifts_after_s=seconds),
            id=lease_id(self._record.id, self._record.run, target),
            parent_close_policy=ParentClosePolicy.ABANDON,
            cancellation_type=ChildWorkflowCancellationType.ABANDON,
            static_summary=_short("undo of", request.action),
        )

    async def _write(self, request: ContainRequest) -> Containment:
        action = request.action
        result = await persist(
            self._record,
            "AWS",
            lambda retry: workflow.execute_activity_method(
                Containing.contain, request, **patience(retry), summary=_short(action.kind.replace("_", " "), action)
            ),
        )
        return _failed(request, result) if isinstance(result, str) else result

    async def _extend(self, done: Containment) -> None:
        """Tell the lease where a later cut makes it last longer, or where more keys were turned off."""
        first = self._cuts.setdefault(done.target, done.cut)
        later = first is not None and done.cut is not None and done.cut - first > timedelta(minutes=1)
        more_keys = {*done.keys} - {*self._requests[done.target].keys}
        if done.contained and (later or more_keys):
            await self._leases[done.target].signal("applied", done)

    async def lift(self, by: str, *, keys: bool) -> None:
        """Undo everything, and wait until it is undone."""
        self.stop_watching()
        running = [lease for lease in self._leases.values() if not lease.done()]
        await asyncio.gather(*(lease.signal("lift", LiftOrder(by=by, keys=keys)) for lease in running))
        results = await asyncio.gather(*self._leases.values())
        for target, lifted in zip(self._leases, results, strict=True):
            self._record.say(f"lifted {role_label(target)}: {lifted.said}")

    def stop_watching(self) -> None:
        """Let the watch end; what is contained stays so."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def watch(self, enter: Enter, page: Callable[[str], None], stand_down: Callable[[str], None]) -> None:
        """Look after the containment beside the case."""
        self._watching = asyncio.create_task(self._watch(enter, page, stand_down))

    async def _watch(self, enter: Enter, page: Callable[[str], None], stand_down: Callable[[str], None]) -> None:
        for number, wait in enumerate(LOOKS):
            await workflow.sleep(wait, summary="look whether the containment still stands")
            # Whoever still held a parent may have minted a child after the child was cut: move its time past that.
            stands = await self._ratchet() if number == 0 else await self._stands()
            if not stands and not await self._again(enter, page):
                return
        await workflow.sleep(PROOF, summary="CloudTrail has told all by then: prove it")
        used, unseen = await self._used_after_the_cut()
        if used:
            enter(CaseState.NOT_CONTAINED, f"{role_label(used)} was used after its cut")
            page("a contained session was used after its cut; look now")
        elif unseen:
            self._record.say(f"not proved: {unseen}")
        else:
            enter(CaseState.VERIFIED, "no session of the chain was used after its cut")
            stand_down("contained and proved")

    async def _ratchet(self) -> bool:
        held = [r for r in self._requests.values() if r.action.target in self.standing]
        done = await self._all([self._write(r) for r in held if r.action.kind is ActionKind.REVOKE])
        return all(one.contained for one in done)

    async def _stands(self) -> bool:
        looked = [
            await persist(
                self._record,
                "AWS",
                lambda retry, request=request: workflow.execute_activity_method(  # type: ignore[misc]
                    Containing.read_back,
                    request,
                    **patience(retry),
                    summary=_short("look at", request.action),
                ),
            )
            for target, request in self._requests.items()
            if target in self.standing
        ]
        return all(not isinstance(one, str) and one.contained for one in looked)

    async def _again(self, enter: Enter, page: Callable[[str], None]) -> bool:
        self._reapplied += 1
        page("a containment was undone by somebody; it is being applied again")
        if self._reapplied <= MAX_REAPPLIED:
            held = [r for r in self._requests.values() if r.action.target in self.standing]
            done = await self._all([self._write(r) for r in held])
            if all(one.contained for one in done):
                return True
        enter(CaseState.NOT_CONTAINED, "the containment does not stand")
        return False

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


def _failed(request: ContainRequest, why: str) -> Containment:
    policy = policy_name(request.case, request.run)
    return Containment(target=request.action.target, kind=request.action.kind, policy=policy, why=why)


def _outcome(done: Containment) -> str:
    if not done.contained:
        return f"{role_label(done.target)} NOT contained: {done.why}"
    cut = f"sessions before {done.cut:%H:%M:%S} UTC denied" if done.cut else "everything denied"
    keys = f", {len(done.keys)} access key(s) inactive" if done.keys else ""
    return f"{role_label(done.target)} contained: {cut}{keys}; read back and evaluated"


def _short(verb: str, action: Action) -> str:
    return f"{verb} {short_name(action.target, 40)} in {action.account}"[:60]


def _hop_summary(hop: Hop) -> str:
    return f"use of {short_name(hop.role_arn, 36)} after its cut"[:60]
