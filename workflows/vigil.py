"""Looking after a containment beside the case: the ratchet, what was undone, what was left behind, and the proof."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.containment import ContainRequest
from activities.enrichment import KeyQuestion, Looking, SessionQuestion
from activities.ports import KeyUse
from model.case import CaseState
from model.case_id import short_name
from model.containment import ActionKind
from model.lineage import Hop
from model.text import joined, role_label
from workflows.containing import Containments
from workflows.outside import reason
from workflows.record import CaseRecord
from workflows.steps import GRACE, LOOKS, MAX_REAPPLIED, PROOF, QUICK, patience

Enter = Callable[[CaseState, str], None]
Say = Callable[[str], None]

SETTLED = (CaseState.CONTAINED, CaseState.VERIFIED)
"""States in which a verdict of the watch may move the case: never while a question is open."""


class Vigil:
    """The watch of one run's containments."""

    def __init__(self, record: CaseRecord, containments: Containments) -> None:
        self._record = record
        self._containments = containments
        self._watching: asyncio.Task[None] | None = None
        self._reapplied = 0
        self._known: set[tuple[str, str, str | None]] = set()
        self._left: dict[str, None] = {}
        self._blind = ""

    async def stop(self) -> None:
        """End the watch, and wait for a write of its that is under way; what is contained stays so."""
        watching, self._watching = self._watching, None
        if watching is not None and not watching.done():
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def begin(self, enter: Enter, page: Say, stand_down: Say) -> None:
        """Look after the containment beside the case."""
        watch = self._watch if self._record.known is None else self._watch_closely
        self._watching = asyncio.create_task(watch(enter, page, stand_down))

    async def _watch_closely(self, enter: Enter, page: Say, stand_down: Say) -> None:
        self._known = {_session(hop) for hop in self._record.hops()}
        while True:
            for number, wait in enumerate(self._waits(), 1):
                await self._pass(wait, page)
                await self._sweep(page)
                if not await self._round(number) and not await self._again(page):
                    await self._settled()
                    enter(CaseState.NOT_CONTAINED, "the containment does not stand")
                    return
            used = await self._used_late()
            await self._settled()
            if not used:
                self._conclude(enter, stand_down)
                return
            enter(CaseState.CONTAINING, f"{role_label(used)} was used after its cut: cutting again")
            if not await self._again(page, "a contained session was used after its cut; cutting again"):
                enter(CaseState.NOT_CONTAINED, f"{role_label(used)} was used after its cut, and cutting again failed")
                return
            enter(CaseState.CONTAINED, "cut again, read back from IAM and evaluated")

    def _conclude(self, enter: Enter, stand_down: Say) -> None:
        """Whether the containment may be called proved."""
        left = f"the chain left {joined(tuple(self._left))}" if self._left else ""
        doubt = left or self._blind or ("" if self._containments.sound else "not everything is contained")
        if doubt:
            self._record.say(f"not proved: {doubt}")
            return
        enter(CaseState.VERIFIED, "no session of the chain was used after its cut")
        stand_down("contained and proved")

    def _waits(self) -> Iterator[timedelta]:
        """Between looks: 5 s, 30 s, 5 min; more of them for longer chains; and what CloudTrail takes to tell all."""
        yield from LOOKS
        further = range(len(LOOKS), max((len(line.hops) for line in self._record.lineages.values()), default=0))
        for _ in further:
            yield GRACE
        yield max(PROOF - GRACE * len(further), GRACE)

    async def _pass(self, wait: timedelta, page: Say) -> None:
        """Let time pass; whenever a record shows a session that was minted since, cut its role and those after it."""
        until = workflow.now() + wait
        while (left := until - workflow.now()) > timedelta(0):
            try:
                await workflow.wait_condition(
                    lambda: bool(self._fresh()),
                    timeout=left,
                    timeout_summary="look whether the containment still stands",
                )
            except TimeoutError:
                return
            await self._recut(page)

    def _fresh(self) -> tuple[Hop, ...]:
        """Sessions of contained roles that came to light since the last cut."""
        mine = {request.action.target for request in self._containments.held}
        return tuple(hop for hop in self._record.hops() if hop.role_arn in mine and _session(hop) not in self._known)

    async def _recut(self, page: Say) -> None:
        fresh = self._fresh()
        self._known |= {_session(hop) for hop in fresh}
        self._record.say(f"a record shows {len(fresh)} more session(s) of contained roles: cut again at once")
        if any(self._is_late(hop) for hop in fresh):
            page("a contained session minted another long after its cut; cutting again")
        depth = min(self._depth(hop.role_arn) for hop in fresh)
        await self._ratchet(depth)

    def _is_late(self, hop: Hop) -> bool:
        """Whether whoever minted it should have been cut off by then."""
        times = [done.cut or done.at for done in self._record.containments.values()]
        return any(cut is not None and hop.time > cut + GRACE for cut in times)

    async def _round(self, number: int) -> bool:
        """Whether everything still stands, then the ratchet's turn: a role's sessions may have been minted until its
        parent was cut, and each turn settles one hop more."""
        return await self._stand(self._containments.held) and await self._ratchet(number)

    async def _stand(self, requests: list[ContainRequest]) -> bool:
        return all(await asyncio.gather(*(self._containments.stands_on(one) for one in requests)))

    async def _ratchet(self, depth: int) -> bool:
        """Move the time of every revoked role from that hop on past whatever was minted meanwhile."""
        held = [one for one in self._containments.held if _is_timed(one) and self._depth(one.action.target) >= depth]
        if not held:
            return True
        self._record.say("cut again: whoever still held a parent may have minted a child meanwhile")
        return await self._containments.again([self._grown(request) for request in held], "cut again:")

    def _grown(self, request: ContainRequest) -> ContainRequest:
        """The request with every session of its role that is known by now."""
        action = request.action
        seen = {hop.session for hop in self._record.hops() if hop.role_arn == action.target and hop.role_id}
        sessions = tuple(sorted({*action.sessions, *seen}))
        grown = request.model_copy(update={"action": action.model_copy(update={"sessions": sessions})})
        self._containments.requests[action.key] = grown
        return grown

    def _depth(self, arn: str) -> int:
        """How many hops a role is from the origin, at most; the origin itself has its turn with the first."""
        depths = [
            number
            for line in self._record.lineages.values()
            for number, hop in enumerate(line.hops, 1)
            if hop.role_arn == arn
        ]
        return max(depths, default=1)

    async def _again(
        self, page: Say, why: str = "a containment was undone by somebody; it is being applied again"
    ) -> bool:
        self._reapplied += 1
        page(why)
        if self._reapplied > MAX_REAPPLIED:
            return False
        return await self._containments.again(self._containments.held)

    async def _sweep(self, page: Say) -> None:
        """Look for keys, users, roles and trust that the chain made and that outlast it."""
        uses = await asyncio.gather(*(self._use(question) for question in self._questions()))
        new = [deed for use in uses for deed in use.left if deed not in self._left]
        self._left.update(dict.fromkeys(new))
        if new:
            self._record.trouble("left behind", joined(new, 8))
            page(f"the chain left something behind that outlasts it: {joined(new)}; remove it by hand")

    def _questions(self) -> Iterator[KeyQuestion]:
        now = workflow.now()
        for hop in self._record.hops():
            if hop.access_key_id:
                yield KeyQuestion(arn=hop.role_arn, key=hop.access_key_id, since=hop.time, until=now, region=hop.region)
        first = min((hop.time for hop in self._record.hops()), default=now)
        for done in self._record.containments.values():
            for key in done.keys:
                yield KeyQuestion(arn=done.target, key=key, since=first, until=now)

    async def _use(self, question: KeyQuestion) -> KeyUse:
        summary = f"what a key of {short_name(question.arn, 30)} left"[:60]
        try:
            return await workflow.execute_activity_method(Looking.use, question, **patience(QUICK), summary=summary)
        except ActivityError as error:
            self._blind = f"CloudTrail: {reason(error)}"
            return KeyUse()

    async def _used_late(self) -> str:
        """Whose key still worked longer after its cut than IAM takes to tell everybody; empty where nobody's."""
        self._blind = "" if all(hop.access_key_id for hop in self._record.hops()) else _NAMELESS
        questions = list(self._questions())
        uses = await asyncio.gather(*(self._use(question) for question in questions))
        for question, use in zip(questions, uses, strict=True):
            cut = self._cut_of(question.arn)
            if use.last is not None and cut is not None and use.last > cut + GRACE:
                return question.arn
        return ""

    def _cut_of(self, arn: str) -> datetime | None:
        times = [done.cut or done.at for done in self._record.containments.values() if done.target == arn]
        return max((time for time in times if time is not None), default=None)

    async def _settled(self) -> None:
        await workflow.wait_condition(lambda: self._record.state in SETTLED)

    async def _watch(self, enter: Enter, page: Say, stand_down: Say) -> None:
        """The watch of cases that the first release opened."""
        for number, wait in enumerate(LOOKS):
            await workflow.sleep(wait, summary="look whether the containment still stands")
            # Whoever still held a parent may have minted a child after the child was cut: move its time past that.
            stands = await self._ratchet_all() if number == 0 else await self._stand(self._containments.held)
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
        elif unseen or not self._containments.sound:
            self._record.say(f"not proved: {unseen or 'not everything is contained'}")
        else:
            enter(CaseState.VERIFIED, "no session of the chain was used after its cut")
            stand_down("contained and proved")

    async def _ratchet_all(self) -> bool:
        revoked = [request for request in self._containments.held if _is_timed(request)]
        self._record.say("cut again: whoever still held a parent may have minted a child meanwhile")
        return await self._containments.again(revoked, "cut again:")

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


_NAMELESS = "not every record names its session's key, so not every session could be looked up"


def _session(hop: Hop) -> tuple[str, str, str | None]:
    return hop.role_arn, hop.session, hop.access_key_id


def _is_timed(request: ContainRequest) -> bool:
    return request.action.kind is ActionKind.REVOKE


def _hop_summary(hop: Hop) -> str:
    return f"use of {short_name(hop.role_arn, 36)} after its cut"[:60]
