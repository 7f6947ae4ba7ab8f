"""The verbs of a response, done for real: the Steps of a playbook inside a case workflow."""

import contextlib
from datetime import datetime, timedelta

from temporalio import workflow

from model.approval import ANSWERS, Approvers, Click, Decision, Judged, Verb, Vote
from model.case import CaseState, Resolution
from model.containment import Containment, ContainmentPlan
from model.cooling import evidence_of
from model.gate import Gate, completes, judge
from model.lineage import Hop
from model.quorum import acts_first
from model.text import code
from playbooks.steps import Woken
from workflows.capturing import captured
from workflows.containing import Containments
from workflows.guarding import refused
from workflows.inquiry import inquire
from workflows.people import People
from workflows.record import CaseRecord
from workflows.steps import AGAIN, ANSWER, GLANCE, GROWTH
from workflows.survey import Survey
from workflows.teaching import teach
from workflows.vigil import Vigil

_OPEN_TO = {
    CaseState.WAITING: (Verb.APPROVE, Verb.DENY, Verb.PAGE),
    CaseState.CONTAINED: (Verb.LIFT,),
    CaseState.VERIFIED: (Verb.LIFT,),
    CaseState.NOT_CONTAINED: (Verb.RETRY, Verb.LIFT, Verb.PAGE),
}


class Response:
    """What a playbook asks for, over one case's record."""

    def __init__(self, record: CaseRecord, people: People) -> None:
        self._record = record
        self._people = people
        self._containments = Containments(record)
        self._vigil = Vigil(record, self._containments)
        self._survey = Survey(record)
        self._asked = ""
        self._wish: Verb | None = None
        self._wisher = ""
        self._keys = False
        self._closed_on: tuple[str, str] | None = None
        self._seen: set[str] = set()
        self._enriching = False

    def gate(self) -> Gate:
        """What would be accepted of a click now."""
        record = self._record
        return Gate(
            run=record.run,
            card=record.card_version,
            plan=record.shown_plan().hash,
            verbs=(*self._open(), *self._people.open_answers),
            deadline=record.deadline if record.state is CaseState.WAITING else None,
            approvers=self._people.approvers,
            sources=record.settings.approvals.sources,
            suspects=record.suspects(self._people.approvers.users),
            decided=_decided(record.decision),
            person=self._people.person,
            quorum=2 if record.why_two else 1,
            voted=tuple(vote.user for vote in self._voted()),
            enforced=record.enforced,
            observing=record.guarded and record.observing,
        )

    def _open(self) -> tuple[Verb, ...]:
        if self._record.closed:
            return ()
        verbs = _OPEN_TO.get(self._record.state, ())
        return verbs if self._record.approved else tuple(verb for verb in verbs if verb is not Verb.RETRY)

    def click(self, click: Click) -> None:
        """Judge a click, answer it, and obey it where it counts. The same click again changes nothing."""
        if click.id in self._seen:
            return
        self._seen.add(click.id)
        gate = self.gate()
        judged = judge(click, gate, workflow.now())
        self._record.judged(judged)
        self._record.say(_told(judged, self._who(click)))
        self._people.answer(judged)
        if judged.accepted:
            self._obey(judged, gate)

    def _who(self, click: Click) -> str:
        return _who(click, self._people.approvers)

    def _obey(self, judged: Judged, gate: Gate) -> None:
        click = judged.click
        if click.verb is Verb.PAGE:
            self._people.page(f"asked for by {self._who(click)}")
        elif click.verb in ANSWERS:
            self._people.heard(click.verb)
        elif click.verb in (Verb.LIFT, Verb.RETRY):
            self._wish, self._wisher, self._keys = click.verb, self._who(click), click.keys
        elif click.verb is Verb.APPROVE and not completes(click, gate):
            self._vote(click)
        else:
            self._decide(judged)

    def _voted(self) -> tuple[Vote, ...]:
        """The approvals of what is planned now, without those whom a later finding named."""
        suspects = self._record.suspects(self._people.approvers.users)
        return tuple(vote for vote in self._record.voted() if vote.user not in suspects)

    def _vote(self, click: Click) -> None:
        """The first of two approvals: nothing is decided by it."""
        vote = Vote(user=click.user, name=self._who(click), plan=self._record.plan().hash)
        self._record.votes = (*self._voted(), vote)
        self._record.changes += 1

    def _decide(self, judged: Judged) -> None:
        click, plan = judged.click, self._record.plan()
        approved = click.verb is Verb.APPROVE
        self._record.decision = Decision(
            outcome="approved" if approved else "denied",
            by=" and ".join((*(vote.name for vote in self._voted() if approved), self._who(click))),
            source=click.source,
            verified=click.source == "slack",
            reason=click.reason,
            plan=plan.hash,
            at=judged.at,
            until=None if approved or click.source != "slack" else self._record.exception_until(judged.at),
        )
        if approved:
            self._record.approved = plan

    def plan(self) -> ContainmentPlan:
        """The plan for the chain as it is known now; a rest ends when the chain outgrows it."""
        plan = self._record.plan()
        self._asked = plan.hash
        return plan

    def enter(self, state: CaseState, said: str) -> None:
        """Move the case; its message has a new version."""
        self._record.card_version += 1
        self._record.enter(state, said)

    def say(self, text: str) -> None:
        """Add a line to the story."""
        self._record.say(text)

    def enrich(self) -> None:
        """Gather in the background."""
        if not self._enriching:
            self._enriching = True
            if workflow.patched("plans-know-iam"):
                self._people.spawn(self._survey.begin())
            self._people.spawn(inquire(self._record))

    async def enriched(self) -> None:
        """Wait until the inquiry is over, or its questions' time is."""
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._record.enriched or self.outgrown(),
                timeout=GLANCE + ANSWER,
                timeout_summary="ask with what is known by then",
            )

    async def capture(self) -> None:
        """Look up every session of the chain, all at once."""
        for line in await captured(self._record):
            self._record.say(line)

    async def ask_person(self) -> Verb | None:
        """Ask by direct message, and wait half of the route's patience for an answer."""
        person = self._record.person
        if person is None:
            self._record.say("nobody can be asked whether it was them: approvals.people has no Slack id for the name")
            return None
        self._people.ask_person(person)
        self.enter(CaseState.ENRICHING, "the person whom the chain names was asked whether it was them")
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._people.person_said is not None or self.outgrown(),
                timeout=timedelta(seconds=self._record.route.patience_s / 2),
                timeout_summary="no answer: ask those who decide",
            )
        return self._people.person_said

    def offer_exception(self) -> None:
        """A no allows what was found, for the route's days."""
        self._record.exception_days = self._record.route.exception_days

    def open_ticket(self) -> None:
        """Keep a ticket from now on."""
        self._people.open_ticket()

    def page(self, why: str) -> None:
        """Wake whoever is on call."""
        self._people.page(why)

    def stand_down(self, why: str) -> None:
        """Let them sleep again."""
        self._people.stand_down(why)

    async def enforce(self) -> bool:
        """Take the plan as decided by settings, before anybody is asked; false where it has to be asked about."""
        record = self._record
        if record.mode == "enforce" and workflow.patched("enforce-knows-iam"):
            await self._survey.first(whole=True)
        plan = record.plan()
        self._asked = plan.hash
        if not plan.actions or record.mode != "enforce" or not acts_first(record.finding, record.route, record.why_two):
            return False
        record.enforced, record.approved = True, plan
        record.decision = Decision(outcome="approved", by="settings (enforce)", plan=plan.hash, at=workflow.now())
        return True

    async def decide(self) -> Decision | None:
        """Open the gate, then ask; each new plan is asked for anew, within the same deadline."""
        record = self._record
        record.votes = ()
        await self._survey.first()
        record.decision, record.deadline = None, workflow.now() + timedelta(seconds=record.route.patience_s)
        self.enter(CaseState.WAITING, f"asked; decide until {record.deadline:%H:%M:%S} UTC")
        self._people.ask_anew()
        known = record.hops()
        while not await self._decided_or_grown(record.plan().hash, record.deadline):
            if self._taken_over():
                return None
            self.enter(CaseState.WAITING, self._why_changed(known))
            known = record.hops()
        decision = self._decision() or self._expired()
        self._asked = decision.plan or record.plan().hash
        return decision

    def _why_changed(self, known: tuple[Hop, ...]) -> str:
        """Why another plan is asked about: the chain has more sessions than `known`, or IAM said more of it."""
        if self._record.hops() == known and workflow.patched("iam-changed-the-plan"):
            return "IAM answered: the plan and the question changed, the chain did not"
        return "the chain grew: the plan and the question changed"

    def _taken_over(self) -> bool:
        """Whether another playbook has to answer now; never where something of this one stands."""
        return self.outgrown() and not self.standing()

    def outgrown(self) -> bool:
        """Whether the chain asks for another playbook or mode by now."""
        record = self._record
        return record.guarded and (record.route.playbook, record.route.mode) != (record.playbook, record.mode)

    async def _decided_or_grown(self, asked: str, deadline: datetime) -> bool:
        """Whether the question is over, by a decision or by its deadline; false when the plan or the playbook changed
        first."""
        record = self._record
        try:
            await workflow.wait_condition(
                lambda: record.decision is not None or record.plan().hash != asked or self._taken_over(),
                timeout=max(deadline - workflow.now(), timedelta(0)),
                timeout_summary="nobody decided: escalate, change nothing",
            )
        except TimeoutError:
            return True
        return record.decision is not None

    def _decision(self) -> Decision | None:
        return self._record.decision

    def _expired(self) -> Decision:
        self._record.decision = Decision(outcome="expired", by="nobody", at=workflow.now())
        return self._record.decision

    async def contain(self) -> tuple[Containment, ...]:
        """Carry out the plan that was approved, and no other."""
        self._wish = None
        approved = self._record.approved
        if approved is None:
            return ()
        refusal = await refused(self._record, approved) if self._record.guarded else ""
        if refusal:
            return self._containments.refuse(approved, refusal)
        await self._vigil.stop()
        return await self._containments.apply(approved)

    def prove(self) -> None:
        """Watch the containment beside the case."""
        self._vigil.begin(self.enter, self._people.page, self._people.stand_down)

    def standing(self) -> tuple[str, ...]:
        """Where something of this case may still lie."""
        return self._containments.standing

    def sound(self) -> bool:
        """Whether all of that is contained."""
        return self._containments.sound

    async def rest(self) -> Woken:
        """Wait for a lift, a retry, a longer chain, or the leases' end; an undo ended by hand is registered anew."""
        self._wish = None
        while True:
            woken = await self._next()
            if woken is not None:
                return woken

    async def _next(self) -> Woken | None:
        leases = self._containments.leases
        failed = self._record.state is CaseState.NOT_CONTAINED
        try:
            await workflow.wait_condition(
                lambda: self._wish is not None or leases.all_lifted or bool(leases.lost()) or self._is_longer(),
                timeout=AGAIN if failed and self._containments.silent else None,
                timeout_summary="AWS was silent: carry out the approved plan again",
            )
        except TimeoutError:
            return Woken.RETRY
        if leases.lost():
            await self._containments.renew()
            self._people.page("an undo was ended by hand; it is registered anew")
            return None
        if self._wish is not None:
            return Woken.RETRY if self._wish is Verb.RETRY else await self._lift()
        return Woken.LIFTED if leases.all_lifted else Woken.NEW_HOPS

    def _is_longer(self) -> bool:
        return self._record.plan().hash != self._asked

    async def _lift(self) -> Woken | None:
        """Lift everything; nothing when something is left, so that the case stays open and can be lifted again."""
        before, self._wish = self._record.state, None
        self.enter(CaseState.LIFTING, f"asked for by {self._wisher}")
        await self._vigil.stop()
        left = await self._containments.lift(self._wisher, keys=self._keys)
        if left:
            self.enter(CaseState.NOT_CONTAINED, f"{len(left)} could not be lifted; lift again")
            self._people.page("a lift is not complete; look now")
            return None
        return Woken.GIVEN_UP if before is CaseState.NOT_CONTAINED else Woken.LIFTED

    async def linger(self) -> bool:
        """Stay open while the chain's anomalies are still weighed together."""
        while not self._outgrown():
            if not await self._grows():
                return False
        return True

    def _outgrown(self) -> bool:
        return self.outgrown() or self._record.route.playbook != self._record.playbook

    async def _grows(self) -> bool:
        """Whether a finding joined within the time in which anomalies are weighed together."""
        joined = self._record.joined
        try:
            await workflow.wait_condition(
                lambda: self._record.joined != joined,
                timeout=GROWTH,
                timeout_summary="the chain is quiet: close the case",
            )
        except TimeoutError:
            return False
        return True

    @property
    def unfinished(self) -> bool:
        """Whether a finding came after the last word that asks for another plan or another playbook."""
        return self._record.evidence != self._closed_on

    def reopen(self) -> None:
        """Go on with a case whose last word was not the last."""
        self._record.closed = False
        self.say("the chain grew while the case was closing: it goes on")

    async def close(self, state: CaseState, summary: str) -> Resolution:
        """The last word, everywhere; then the result."""
        record = self._record
        await self._vigil.stop()
        record.closed = True
        self._closed_on = record.evidence
        self.enter(state, summary)
        unseen = await self._people.finish(lambda: self.unfinished)
        await teach(record)
        return Resolution(
            state=state,
            finding=record.finding.uid,
            summary=summary,
            decision=record.decision,
            containments=tuple(record.containments.values()),
            ticket=record.ticket,
            page=record.page,
            not_done=(*(f"{one.target}: {one.why}" for one in record.plan().cannot), *unseen),
            evidence=tuple(evidence_of(one) for one in record.findings.values()) if record.guarded else (),
        )


def _decided(decision: Decision | None) -> str:
    if decision is None:
        return ""
    if decision.outcome == "expired":
        return f"the deadline passed at {decision.at:%H:%M:%S} UTC; the question was escalated"
    return f"already {decision.outcome} by {decision.by} at {decision.at:%H:%M:%S} UTC"


def _who(click: Click, approvers: Approvers) -> str:
    names = {
        "slack": approvers.name(click.user) if click.user in approvers.users else code(click.user, 20),
        "cli": f"{code(click.user or 'somebody', 40)} (CLI, unverified)",
        "ui": "Temporal UI (unverified)",
    }
    return names[click.source]


def _told(judged: Judged, who: str) -> str:
    click = judged.click
    reason = f" ({code(click.reason)})" if click.reason else ""
    accepted = "accepted" if judged.why == f"{click.verb} accepted" else judged.why
    outcome = accepted if judged.accepted else f"refused: {judged.why}"
    return f"{click.verb} by {who}{reason}: {outcome}"
