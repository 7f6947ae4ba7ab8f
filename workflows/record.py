"""What a case knows of itself: plain state, changed only here."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import workflow

from model.approval import Decision, Judged, Vote
from model.case import CaseState, CaseView, LogLine
from model.containment import Containment, ContainmentPlan, sessions_of
from model.containment_kinds import Knowledge
from model.containment_planner import plan_containment
from model.elders import without_stale
from model.enrichment import Enrichment
from model.finding import Finding
from model.label import caller_name
from model.lineage import Hop, Lineage
from model.principal_state import PrincipalFacts
from model.quorum import why_two
from model.settings import Approvals, CaseSettings, Route
from model.suspects import called, suspects
from playbooks import select

MAX_FINDINGS = 500
MAX_LOG = 60
MAX_CLICKS = 50


class CaseRecord:
    """The state of one run of one case. `changes` counts its changes, so that others can wait for the next one."""

    def __init__(self, settings: CaseSettings, now: datetime) -> None:
        self.settings = settings
        self.id = workflow.info().workflow_id
        self.run = workflow.info().run_id.replace("-", "")[:8]
        self.opened = now
        self.state = CaseState.ENRICHING
        self.playbook = ""
        self.mode = ""
        self.findings: dict[str, Finding] = {}
        self.lineages: dict[tuple[str, ...], Lineage] = {}
        self.changes = 0
        self.joined = 0
        self.closed = False
        self.card_version = 0
        self.deadline: datetime | None = None
        self.decision: Decision | None = None
        self.enrichment: Enrichment | None = None
        self.enriched = False
        self.votes: tuple[Vote, ...] = ()
        self.enforced = False
        self.exception_days = 0
        self.guarded = workflow.patched("two-person-rule")
        self.known: Knowledge | None = None
        self._planned: tuple[tuple[Lineage, ...], Knowledge | None, ContainmentPlan] | None = None
        self.awaited = 0
        self.approved: ContainmentPlan | None = None
        self.containments: dict[str, Containment] = {}
        self.ticket: str | None = None
        self.ticket_link: str | None = None
        self.page: str | None = None
        self.troubles: dict[str, str] = {}
        self.log: list[LogLine] = []
        self.clicks: list[Judged] = []

    @property
    def finding(self) -> Finding:
        """The finding that weighs most; the latest of equals."""
        return max(self.findings.values(), key=lambda f: (f.confidence.rank, f.hops, f.last_time, f.uid))

    @property
    def route(self) -> Route:
        """The route of the finding that weighs most."""
        return select(self.finding, self.settings.routes, self.settings.tiers)

    @property
    def observing(self) -> bool:
        """Whether nothing may be done: by the route that is followed, or by the one that fits now."""
        return "observe" in (self.mode, self.route.mode)

    @property
    def why_two(self) -> str:
        """Why two people have to approve what is planned; empty where one is enough."""
        guard, approvals = self.settings.guard, self.settings.approvals
        return why_two(self.plan(), self.route, approvals, guard.protected) if self.guarded else ""

    @property
    def approvals(self) -> Approvals:
        """Who may decide on this route."""
        own = {name: getattr(self.route, name) for name in ("users", "groups", "schedules")}
        return self.settings.approvals.model_copy(update=own) if any(own.values()) else self.settings.approvals

    def voted(self) -> tuple[Vote, ...]:
        """Who has approved exactly what is planned now."""
        planned = self.plan().hash
        return tuple(vote for vote in self.votes if vote.plan == planned)

    @property
    def evidence(self) -> tuple[str, str]:
        """What the chain asks for as it is known now: the plan's hash, and the playbook."""
        return self.plan().hash, self.route.playbook

    @property
    def path(self) -> tuple[str, ...]:
        """The longest chain that is known, from its origin."""
        return max((lineage.path for lineage in self.lineages.values()), key=len, default=())

    def plan(self) -> ContainmentPlan:
        """What would cut every chain that is known now."""
        lineages, protected = tuple(self.lineages.values()), self.settings.guard.protected
        # Each wait of the case asks for it at every event: it is made anew only where the chain or IAM's word is new.
        if self._planned is None or self._planned[:2] != (lineages, self.known):
            self._planned = (
                lineages,
                self.known,
                plan_containment(lineages, protected, self.settings.accounts, self.known),
            )
        return self._planned[2]

    def targets(self) -> tuple[str, ...]:
        """Every principal of the chains that could be contained as far as records tell."""
        lineages, protected = tuple(self.lineages.values()), self.settings.guard.protected
        return tuple(one.target for one in plan_containment(lineages, protected, self.settings.accounts).actions)

    def learn(self, facts: PrincipalFacts) -> None:
        """Plan with what IAM says of a principal; too late for one whose containment is approved already."""
        approved = self.approved.actions if self.approved else ()
        if self.known is not None and facts.arn not in {action.target for action in approved}:
            self.known = self.known.model_copy(update={"facts": (*self.known.facts, facts)})
            self.changes += 1

    def callers_of_its_own(self) -> tuple[str, ...]:
        """The chains' own callers, as lists of a role's users show them (model/label.py)."""
        origins = (caller_name(line.origin) for line in self.lineages.values())
        hops = (f"{hop.role_arn[:130]} ({hop.session_name[:64]})" for hop in self.hops())
        return tuple(dict.fromkeys((*origins, *hops)))

    def shown_plan(self) -> ContainmentPlan:
        """The plan that people see and that their clicks must repeat: what is asked, later what was approved."""
        return self.approved if self.approved and self.state is not CaseState.WAITING else self.plan()

    def hops(self) -> tuple[Hop, ...]:
        """Every session of the chains, in the order of their minting."""
        return sessions_of(tuple(self.lineages.values()))

    def suspects(self, approvers: Sequence[str]) -> tuple[str, ...]:
        """The Slack ids of the people whom the chain's names belong to: they never decide."""
        origins = [finding.origin for finding in self.findings.values()]
        return suspects(origins, self.hops(), self.settings.approvals.people, approvers)

    @property
    def person(self) -> str | None:
        """The Slack id of the person behind the chain's origin, where settings know it."""
        return min(called({self.finding.origin.person}, self.settings.approvals.people), default=None)

    def exception_until(self, now: datetime) -> datetime | None:
        """When an exception that is given now would end; None where none is offered."""
        return now + timedelta(days=self.exception_days) if self.exception_days else None

    def join(self, finding: Finding) -> bool:
        """Take a finding in; whether it was news. The same finding twice is one."""
        known = self.findings.get(finding.uid)
        if known == finding:
            return False
        if known is None and len(self.findings) >= MAX_FINDINGS:
            self.trouble("findings", f"more than {MAX_FINDINGS}: the rest is only in the store")
            return False
        self.findings[finding.uid] = finding
        self.joined += 1
        for lineage in finding.lineages:
            self.lineages.setdefault(_chain(lineage), lineage)
        self._rekey()
        self.say(f"{'finding' if known is None else 'finding grew'}: {finding.message}")
        return True

    def _rekey(self) -> None:
        """Plan from the oldest ancestor that is known: a chain that another one tells from further back is left out."""
        kept = without_stale(tuple(self.lineages.values()))
        if len(kept) != len(self.lineages) and workflow.patched("rekeyed"):
            self.lineages = {_chain(line): line for line in kept}
            self.say("a late record shows who began the chain: it is planned from there on")

    def begin(self, route: Route) -> None:
        """Follow a route from now on."""
        self.playbook, self.mode, self.exception_days = route.playbook, route.mode, 0
        self.say(f"playbook {route.playbook}, mode {route.mode}")

    def say(self, text: str) -> None:
        """Add a line to the story."""
        self.log = [*self.log[-(MAX_LOG - 1) :], LogLine(at=workflow.now(), text=text)]
        self.changes += 1

    def enter(self, state: CaseState, said: str) -> None:
        """Move to a state."""
        self.state = state
        self.say(f"{state.replace('_', ' ')}: {said}")

    def judged(self, click: Judged) -> None:
        """Keep what became of a click."""
        self.clicks = [*self.clicks[-(MAX_CLICKS - 1) :], click]
        self.changes += 1

    def trouble(self, system: str, why: str) -> None:
        """Write down that a system fails, until `recovered`."""
        if self.troubles.get(system) != why:
            self.troubles[system] = why
            self.say(f"{system}: {why}")

    def recovered(self, system: str) -> None:
        """A system answers again."""
        if self.troubles.pop(system, None) is not None:
            self.say(f"{system} answers again")

    def view(self) -> CaseView:
        """The state as everybody sees it."""
        return CaseView(
            id=self.id,
            run=self.run,
            state=self.state,
            closed=self.closed,
            opened=self.opened,
            finding=self.finding,
            findings=len(self.findings),
            path=self.path,
            sessions=tuple((hop.role_arn, hop.session_name) for hop in self.hops()),
            playbook=self.playbook,
            mode=self.mode,
            plan=self.shown_plan(),
            awaited=self.awaited,
            enrichment=self.enrichment,
            card_version=self.card_version,
            deadline=self.deadline,
            decision=self.decision,
            containments=tuple(self.containments.values()),
            ticket=self.ticket,
            ticket_link=self.ticket_link,
            page=self.page,
            troubles=tuple(f"{system}: {why}" for system, why in self.troubles.items()),
            quorum=2 if self.why_two else 1,
            why_two=self.why_two,
            silence=self.route.silence,
            exception_days=self.exception_days,
            votes=self.voted(),
            log=tuple(self.log),
            clicks=tuple(self.clicks),
        )


def _chain(lineage: Lineage) -> tuple[str, ...]:
    sessions = (f"{hop.role_arn} {hop.session} {hop.access_key_id}" for hop in lineage.hops)
    return (lineage.origin.key, *sessions)
