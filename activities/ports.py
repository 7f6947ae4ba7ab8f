"""What the activities need of the world; `integrations/` implements each, one vendor a file.

Every method may raise model.errors.Refused, Unavailable or Malformed, and nothing else. All are synchronous and are
called on worker threads.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from model.approval import Approvers
from model.budget import Claim
from model.card import Card, Posted
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.documents import Changes as DocumentChanges
from model.documents import Past
from model.enrichment import Change, Enrichment, Person, SessionActivity
from model.finding import Finding
from model.frozen import Frozen
from model.journal import Entry, Lead, Lesson
from model.lineage import Hop
from model.log_file import LogFile
from model.organization import Relationship
from model.principal_state import PrincipalState
from model.scp import ScpState
from model.settings import Approvals, Deployer, Guard


class Message(msgspec.Struct, frozen=True):
    """One message of the queue: its body, the handle of this receipt, when the queue got it, how often it was given."""

    body: bytes
    handle: str
    sent: datetime
    received: int = 1


class Queue(Protocol):
    """Where CloudTrail records arrive (SQS). A message that was received is hidden for a while and then comes again."""

    name: str

    def receive(self, wait_s: int, hide_s: int) -> Sequence[Message]:
        """Up to ten messages, hidden for `hide_s` seconds; empty after `wait_s` seconds without one."""
        ...

    def delete(self, messages: Sequence[Message]) -> None:
        """Forget messages. model.errors.Unavailable where some were kept: those come again."""
        ...

    def hide(self, messages: Sequence[Message], hide_s: int) -> Sequence[Message]:
        """Hide messages for so many seconds from now, 0 gives them back; those that could not be hidden any more."""
        ...

    def set_aside(self, message: Message, why: str) -> bool:
        """Copy a message to the dead-letter queue with the reason; False where the queue has none."""
        ...

    def set_aside_count(self) -> int | None:
        """About how many messages lie in the dead-letter queue; None where the queue has none."""
        ...


class Canaries(Protocol):
    """Makes one harmless call that CloudTrail records (STS)."""

    def assume(self, role_arn: str, session_name: str) -> str:
        """Assume the role for the shortest time and throw the credentials away; the new access key's id."""
        ...


class Ledger(Protocol):
    """Where containments are counted (the store): one small document that is only ever swapped whole."""

    def ledger(self) -> bytes | None:
        """The document now, strongly consistent; None where nothing was counted yet."""
        ...

    def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
        """Write it where it still is as `before`, atomically; False where somebody else was first."""
        ...


class Store(Past, Ledger, Protocol):
    """What is remembered of the record stream. One judge leads at a time; a deposed one can no longer write.

    `get` and `every` give documents as `commit` took them (stamped: model/journal.py).
    """

    def lead(self, holder: str, lease_s: float) -> Lead | None:
        """Take the lead, or None while another holder's lease runs.

        A lease has run out when its holder neither committed nor renewed for `lease_s` seconds of the caller's own
        clock, counted from when the caller first saw it so; the same holder takes its own lead again at once.
        """
        ...

    def renew(self, version: int) -> None:
        """Say that this judge still leads; a commit says it too. model.errors.Refused where another does."""
        ...

    def resign(self, version: int) -> None:
        """Let the next one lead without waiting, and commit no more; nothing happens where another already leads."""
        ...

    def close(self) -> None:
        """Let go of whatever is open; the next use opens it again."""
        ...

    def commit(self, version: int, entry: Entry, documents: DocumentChanges, folded: int) -> None:
        """Keep a poll whole or not at all; model.errors.Refused where another judge leads or the number is not next.

        After model.errors.Unavailable it may have been kept all the same: lead again and begin from what is there.
        model.errors.Malformed where an entry has more record ids than the store takes (150,000 in DynamoDB).
        `documents` are stamped copies, None where one is gone; they may be kept a little later than the entry. Entries
        up to number `folded` are in the documents that were kept before.
        """
        ...

    def unsent(self) -> tuple[Finding, ...]:
        """Findings that no case has acknowledged, oldest first; some at a time."""
        ...

    def acknowledge(self, findings: Sequence[Finding]) -> None:
        """These findings, exactly as given, have reached their cases."""
        ...

    def put_off(self, findings: Sequence[Finding]) -> None:
        """These were refused: `unsent` gives them again only after all others, an hour later at the earliest.

        One that grew meanwhile, or grows later, does not wait.
        """
        ...

    def teach(self, lesson: Lesson) -> None:
        """Keep what people said until a judge takes it in; the same lesson twice is one."""
        ...

    def lessons(self) -> tuple[tuple[int, Lesson], ...]:
        """Lessons that no entry has taken in, with their numbers, oldest first; at most 20, which fit one entry."""
        ...


class Archive(Protocol):
    """Where CloudTrail keeps every record in files, some minutes after it happened (S3)."""

    def files(self, since: datetime, until: datetime) -> Iterable[LogFile]:
        """The files that were written later than `since` and not later than `until`."""
        ...

    def records(self, file: LogFile) -> Iterable[CloudTrailRecord | Unparsed]:
        """Every record of a file; what cannot be read of it comes as Unparsed."""
        ...


class Missed(NamedTuple):
    """Records of log files that the queue may have missed, to be judged like the queue's.

    `until`: with these, everything that was written up to then has been given. `trouble`: why something is not here.
    """

    records: Sequence[CloudTrailRecord | Unparsed] = ()
    until: datetime | None = None
    trouble: str = ""


class Backlog(Protocol):
    """A second source of records beside the queue (activities/reconciling.py). Nothing in it waits."""

    def begin(self, since: datetime | None) -> None:
        """Read from there on, where nothing is read yet; None: from the settings' hours ago on."""
        ...

    def next(self) -> Missed | None:
        """What comes next, the same until `done`; None while there is nothing."""
        ...

    def done(self) -> None:
        """What `next` gave is committed."""
        ...


class Cases(Protocol):
    """Where findings go (Temporal)."""

    def open(self, finding: Finding) -> str:
        """Signal the case of the finding's origin, starting it where none is open; the case's id."""
        ...


class OnCall(Protocol):
    """Who is on call now (PagerDuty)."""

    def on_call(self) -> tuple[Person, ...]:
        """Everybody on call now, lowest escalation level first."""
        ...


class Roster(Protocol):
    """Who is on call in given schedules (PagerDuty)."""

    def on_call_of(self, schedules: Sequence[str]) -> tuple[Person, ...]:
        """Everybody on call now in one of the schedules, lowest escalation level first."""
        ...


class Changes(Protocol):
    """What was deployed or changed in a window (PagerDuty change events)."""

    def changes(self, since: datetime, until: datetime) -> tuple[Change, ...]:
        """The changes in the window, latest first."""
        ...


class Deploys(Protocol):
    """What AWS itself deployed (CodeDeploy, CodePipeline)."""

    def deploys(self, deployer: Deployer, arn: str, since: datetime, until: datetime) -> Enrichment:
        """Deployments that began in the window in the account of the ARN, and what of them could not be seen."""
        ...


class Pager(Protocol):
    """How somebody is woken (PagerDuty Events v2). One key is one page, however often it is sent."""

    def page(self, key: str, summary: str, severity: str, details: dict[str, str], link: str) -> None:
        """Trigger or update the page of this key; severity is critical, error, warning or info."""
        ...

    def resolve(self, key: str) -> None:
        """Resolve the page of this key."""
        ...


class TicketRef(Frozen):
    """A ticket's key and link."""

    key: str
    link: str


class Tickets(Protocol):
    """Where the work is kept (Jira). `label` is unique to the case: one label is one ticket, however often opened.

    `description` is plain text with code spans (model/text.py), lines parted by newlines.
    """

    def open(self, label: str, summary: str, description: str) -> TicketRef:
        """The label's ticket, opened where there is none."""
        ...

    def update(self, key: str, description: str) -> None:
        """Write the ticket's description anew."""
        ...

    def comment(self, key: str, marker: str, text: str) -> None:
        """Add a comment once: `marker` is in it, and a second call with the same marker adds nothing."""
        ...

    def link(self, key: str, identity: str, title: str, url: str) -> None:
        """Link the ticket to a page elsewhere; one identity is one link, however often it is set."""
        ...

    def resolve(self, key: str, text: str) -> None:
        """Move the ticket to a done state, where the project's workflow offers one."""
        ...


class Conversation(Protocol):
    """Where people are asked (Slack)."""

    def post(self, card: Card) -> Posted:
        """Post the case's message once: found again by its key (case and run) when the answer was lost."""
        ...

    def ask(self, user: str, card: Card) -> Posted:
        """Post a card to one person's direct messages, once. `user` is their id, or their e-mail address."""
        ...

    def update(self, posted: Posted, card: Card) -> None:
        """Show the card in place of what the message shows."""
        ...

    def reply(self, posted: Posted, key: str, text: str, mention: Sequence[str] = ()) -> None:
        """Add to the message's thread once per key; `mention` are ids of people whom it shall notify."""
        ...

    def picture(self, posted: Posted, key: str, alt: str, image: bytes) -> None:
        """Show a PNG in the message's thread once per key; `alt` tells it in words."""
        ...

    def whisper(self, channel: str, user: str, text: str) -> None:
        """Tell one user something that nobody else sees."""
        ...

    def find(self, email: str) -> str | None:
        """The id of the user with that e-mail address; None where there is none."""
        ...

    def approvers(self, approvals: Approvals) -> Approvers:
        """The users, groups expanded, and the team that may decide."""
        ...


class Artist(Protocol):
    """Whoever draws graphs (graphviz)."""

    def draw(self, graph: str) -> bytes | None:
        """A graph in graphviz's language as PNG; None where nothing here draws it."""
        ...


class Iam(Protocol):
    """Roles and users in any account that the containing role reaches. ARNs say which account."""

    def read(self, arn: str) -> PrincipalState:
        """The role or user now; model.errors.NotFound where it is gone."""
        ...

    def attached(self, arn: str) -> tuple[str, ...]:
        """The ARNs of the managed policies that are attached."""
        ...

    def has_console(self, arn: str) -> bool:
        """Whether a user has a password for the console; false for a role."""
        ...

    def managed_document(self, policy: str) -> str:
        """A managed policy as it is in force, as compact JSON; model.errors.NotFound where there is none."""
        ...

    def attach(self, arn: str, policy: str) -> None:
        """Attach a managed policy; the same once more changes nothing."""
        ...

    def detach(self, arn: str, policy: str) -> None:
        """Detach a managed policy; nothing happens where it is gone."""
        ...

    def put_policy(self, arn: str, name: str, document: str) -> None:
        """Write one inline policy of ours, together with what it denies already."""
        ...

    def delete_policy(self, arn: str, name: str) -> None:
        """Remove one inline policy; nothing happens where it is gone."""
        ...

    def set_key(self, arn: str, key_id: str, active: bool) -> None:
        """Make a user's access key active or inactive."""
        ...

    def tag(self, arn: str, key: str, value: str) -> None:
        """Tag the role or user."""
        ...

    def untag(self, arn: str, key: str) -> None:
        """Remove a tag; nothing happens where it is gone."""
        ...


class ServiceControls(Protocol):
    """Service control policies, in the management account; `policy` is an SCP's ARN, `account` an account's number."""

    def read(self, policy: str) -> ScpState:
        """The SCP now; model.errors.NotFound where there is none."""
        ...

    def write(self, policy: str, document: str) -> None:
        """Put a document in the SCP's place."""
        ...

    def attached(self, policy: str, account: str) -> bool:
        """Whether the SCP is attached to the account itself."""
        ...

    def attach(self, policy: str, account: str) -> None:
        """Attach the SCP to an account; the same once more changes nothing."""
        ...

    def detach(self, policy: str, account: str) -> None:
        """Detach the SCP; nothing happens where it is not attached."""
        ...

    def tags(self, policy: str, on: str) -> Sequence[tuple[str, str]]:
        """The tags of an account or (by its ARN) of the SCP; model.errors.NotFound where it is gone."""
        ...

    def tag(self, policy: str, on: str, key: str, value: str) -> None:
        """Set one tag."""
        ...

    def untag(self, policy: str, on: str, key: str) -> None:
        """Take one tag off; nothing happens where it is not there."""
        ...


class Trail(Protocol):
    """What was called (CloudTrail LookupEvents)."""

    def activity(self, hop: Hop, until: datetime) -> SessionActivity:
        """What the hop's session did from its minting until then, by its access key id, in the hop's account."""
        ...

    def use(self, arn: str, key: str, since: datetime, until: datetime, region: str | None) -> "KeyUse":
        """What an access key did in the principal's account, in a region (None: home) and where IAM is recorded."""
        ...


class KeyUse(Frozen):
    """What one access key did: its last call that succeeded (GetCallerIdentity left out, which nobody can deny), and
    what it made that outlasts it, each as the call and what it acted on."""

    last: datetime | None = None
    left: tuple[str, ...] = ()


class Recent(Protocol):
    """Who used a role lately, as the record stream showed it (the baseline store)."""

    def sessions(self, role_arns: Sequence[str], since: datetime) -> tuple[str, ...]:
        """Names of the callers (ARN and session name) that assumed one of the roles since then, most recent first."""
        ...


class StandingStill(NamedTuple):
    """A case or lease that does not go on: its ids, and why in plain words."""

    id: str
    run: str
    why: str


class OpenCases(Protocol):
    """What Temporal knows of cases and leases."""

    def stuck(self) -> tuple[StandingStill, ...]:
        """Those that stand still, or were ended from outside before their end."""
        ...


class Rules(Protocol):
    """Where the guard rules are written (settings)."""

    def guard(self) -> Guard:
        """The guard rules now; model.errors.Refused where they cannot be read."""
        ...


class Itself(Protocol):
    """Who this worker is in AWS (STS)."""

    def patterns(self) -> tuple[str, ...]:
        """What names the worker's own role or user (model/protection.py): its ARN's pattern and its unique id."""
        ...


class SnapshotFile(NamedTuple):
    """One file of IAM's configuration: what is in it, or why that cannot be had."""

    name: str
    data: bytes
    trouble: str = ""


class TrustDocuments(Protocol):
    """The documented trust that may change while the watch runs (a trust map's file)."""

    def changed(self) -> tuple[Relationship, ...] | None:
        """All that is documented there where that changed since this was asked last, at first too; else None.

        model.errors.Malformed where it changed to what cannot be read: what was given before still holds.
        """
        ...


class Snapshots(Protocol):
    """IAM as it was configured: account authorization details (files)."""

    def version(self) -> datetime | None:
        """When the youngest file was written, so it changes with them; None where none is named or there.

        model.errors.Unavailable where it cannot be looked at.
        """
        ...

    def files(self) -> Iterable[SnapshotFile]:
        """Every file."""
        ...


class Switch(Protocol):
    """The guard, asked at the moment of acting, not when a case began (activities/guarding.py)."""

    def guard(self) -> Guard:
        """The guard rules now; model.errors.Refused where they cannot be read."""
        ...

    def take(self, wanted: Sequence[Claim]) -> str:
        """Count these containments, all or none, each once however often; empty, or why the budget forbids them."""
        ...


class Siem(Protocol):
    """Where the organisation searches (a SIEM). `event` is JSON-ready; `metadata.uid` names it for deduplication."""

    def send(self, event: dict[str, object]) -> None:
        """Hand the event over; once it returns the collector has it."""
        ...
