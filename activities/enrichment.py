"""What the world knows of a finding: each question on its own, so that one silent system holds up nothing."""

from datetime import datetime

from temporalio import activity

from activities.ports import Changes, Deploys, KeyUse, OnCall, Recent, Trail
from model.enrichment import Enrichment
from model.frozen import Frozen
from model.lineage import Hop
from model.settings import Deployer


class Window(Frozen):
    """A span of time, and the role ARNs that are of interest in it."""

    since: datetime
    until: datetime
    roles: tuple[str, ...] = ()


class SessionQuestion(Frozen):
    """One session of the chain, and until when to look."""

    hop: Hop
    until: datetime


class KeyQuestion(Frozen):
    """One access key of a principal of the chain, and the span to look at."""

    arn: str
    key: str
    since: datetime
    until: datetime
    region: str | None = None


class DeployQuestion(Frozen):
    """What one deployer did in the account of the ARN, in a span of time."""

    deployer: Deployer
    arn: str
    since: datetime
    until: datetime


class Staffing:
    """Asks the paging system."""

    def __init__(self, on_call: OnCall, changes: Changes) -> None:
        self._on_call = on_call
        self._changes = changes

    @activity.defn(name="PagerDuty: find who is on call")
    def on_call(self) -> Enrichment:
        """Who is on call now."""
        people = self._on_call.on_call()
        return Enrichment(on_call=people, missing=() if people else ("nobody is on call",))

    @activity.defn(name="PagerDuty: find deploys and changes")
    def changes(self, window: Window) -> Enrichment:
        """What was deployed or changed in the window."""
        return Enrichment(changes=self._changes.changes(window.since, window.until))


class ChangeTickets:
    """Asks the ticket system for changes that people planned."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    @activity.defn(name="Jira: find change tickets")
    def changes(self, window: Window) -> Enrichment:
        """The change tickets that were touched in the window."""
        return Enrichment(changes=self._changes.changes(window.since, window.until))


class Deploying:
    """Asks AWS what it deployed."""

    def __init__(self, deploys: Deploys) -> None:
        self._deploys = deploys

    @activity.defn(name="AWS: find deploys")
    def deploys(self, question: DeployQuestion) -> Enrichment:
        """What one deployer did in one account of the chain."""
        return self._deploys.deploys(question.deployer, question.arn, question.since, question.until)


class Looking:
    """Asks CloudTrail and the record stream."""

    def __init__(self, trail: Trail, recent: Recent) -> None:
        self._trail = trail
        self._recent = recent

    @activity.defn(name="CloudTrail: look up session activity")
    def session(self, question: SessionQuestion) -> Enrichment:
        """What one session of the chain did since it was minted."""
        hop = question.hop
        found = self._trail.activity(hop, question.until)
        named = f"{hop.role_arn.rsplit('/', 1)[-1]} in {hop.account} as {hop.session_name}"
        return Enrichment(activity=(found.model_copy(update={"session": named}),))

    @activity.defn(name="CloudTrail: look what a key left")
    def use(self, question: KeyQuestion) -> KeyUse:
        """When a key of the chain last worked, and what it made that outlasts it."""
        return self._trail.use(question.arn, question.key, question.since, question.until, question.region)

    @activity.defn(name="Store: find others who use the roles")
    def others(self, window: Window) -> Enrichment:
        """Who else assumed the chain's roles in the window: they are hit when the roles' sessions are revoked."""
        return Enrichment(also_hit=self._recent.sessions(window.roles, window.since))
