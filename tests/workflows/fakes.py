"""The world on paper: every port, with what was done to it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.guarding import Keeper
from activities.ports import KeyUse, SnapshotFile, TicketRef
from model.approval import Approvers
from model.card import Card, Posted
from model.enrichment import Change, Enrichment, Person, SessionActivity
from model.errors import HopstopError, NotFound, Refused
from model.journal import Lesson
from model.lineage import Hop
from model.principal_state import InlinePolicy, PrincipalState
from model.scp import ScpState
from model.settings import Approvals, Deployer, Guard

T0 = datetime(2026, 3, 4, 2, 47, tzinfo=UTC)
DANA, EVE, ANA = "U0DANA", "U0EVE", "U0ANA"
TEAM = "T0TEAM"


class Troubles:
    """Errors to raise, by the name of the method, first come first raised."""

    def __init__(self) -> None:
        self.planned: dict[str, list[HopstopError]] = {}

    def plan(self, method: str, *errors: HopstopError) -> None:
        self.planned.setdefault(method, []).extend(errors)

    def meet(self, method: str) -> None:
        if self.planned.get(method):
            raise self.planned[method].pop(0)


class PaperIam(Troubles):
    """IAM in memory: principals by ARN, and a clock that a test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.principals: dict[str, PrincipalState] = {}
        self.clock = T0
        self.writes: list[tuple[str, str]] = []
        self.attachments: dict[str, tuple[str, ...]] = {}
        self.managed: dict[str, str] = {}

    def attached(self, arn: str) -> tuple[str, ...]:
        return self.attachments.get(arn, ())

    def has_console(self, arn: str) -> bool:
        return ":user/" in arn

    def managed_document(self, policy: str) -> str:
        if policy not in self.managed:
            raise NotFound("no such policy")
        return self.managed[policy]

    def attach(self, arn: str, policy: str) -> None:
        self.meet("attach")
        self.read(arn)
        self.attachments[arn] = tuple(dict.fromkeys((*self.attached(arn), policy)))

    def detach(self, arn: str, policy: str) -> None:
        self.meet("detach")
        self.attachments[arn] = tuple(one for one in self.attached(arn) if one != policy)

    def add(self, arn: str, unique_id: str, keys: tuple[tuple[str, bool], ...] = ()) -> None:
        name = arn.rsplit("/", 1)[-1]
        self.principals[arn] = PrincipalState(
            arn=arn, unique_id=unique_id, name=name, path="/", keys=keys, read_at=self.clock
        )

    def _change(self, arn: str, **changes: object) -> None:
        self.principals[arn] = self.read(arn).model_copy(update=changes)

    def read(self, arn: str) -> PrincipalState:
        self.meet("read")
        if arn not in self.principals:
            raise NotFound("no such principal")
        return self.principals[arn].model_copy(update={"read_at": self.clock})

    def put_policy(self, arn: str, name: str, document: str) -> None:
        self.meet("put_policy")
        self.writes.append((arn, name))
        kept = tuple(p for p in self.read(arn).policies if p.name != name)
        self._change(arn, policies=(*kept, InlinePolicy(name=name, document=document)))

    def delete_policy(self, arn: str, name: str) -> None:
        self.meet("delete_policy")
        self._change(arn, policies=tuple(p for p in self.read(arn).policies if p.name != name))

    def set_key(self, arn: str, key_id: str, active: bool) -> None:
        keys = tuple((k, active if k == key_id else was) for k, was in self.read(arn).keys)
        self._change(arn, keys=keys)

    def tag(self, arn: str, key: str, value: str) -> None:
        self.meet("tag")
        self._change(arn, tags=(*self.read(arn).tags, (key, value)))

    def untag(self, arn: str, key: str) -> None:
        self._change(arn, tags=tuple(t for t in self.read(arn).tags if t[0] != key))


class PaperScps(Troubles):
    """The two prepared SCPs in memory, the list of people attached to the root."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, str] = {}
        self.on: set[tuple[str, str]] = set()
        self.marks: dict[str, dict[str, str]] = {}

    def read(self, policy: str) -> ScpState:
        self.meet("read")
        if policy not in self.documents:
            raise NotFound("no such SCP")
        return ScpState(document=self.documents[policy], everywhere=True)

    def write(self, policy: str, document: str) -> None:
        self.meet("write")
        self.documents[policy] = document

    def attached(self, policy: str, account: str) -> bool:
        return (policy, account) in self.on

    def attach(self, policy: str, account: str) -> None:
        self.meet("attach")
        self.on.add((policy, account))

    def detach(self, policy: str, account: str) -> None:
        self.meet("detach")
        self.on.discard((policy, account))

    def tags(self, policy: str, on: str) -> tuple[tuple[str, str], ...]:
        return tuple(self.marks.get(on, {}).items())

    def tag(self, policy: str, on: str, key: str, value: str) -> None:
        self.marks.setdefault(on, {})[key] = value

    def untag(self, policy: str, on: str, key: str) -> None:
        self.marks.get(on, {}).pop(key, None)


class PaperTrail:
    """What sessions did: by role ARN."""

    def __init__(self) -> None:
        self.last: dict[str, datetime] = {}
        self.unseen: set[str] = set()
        self.left: dict[str, tuple[str, ...]] = {}

    def activity(self, hop: Hop, until: datetime) -> SessionActivity:
        assert until >= hop.time
        if hop.role_arn in self.unseen:
            raise Refused("CloudTrail does not let us look")
        return SessionActivity(session=hop.session, calls=(("GetObject", 3),), last=self.last.get(hop.role_arn))

    def use(self, arn: str, key: str, since: datetime, until: datetime, region: str | None) -> KeyUse:
        assert key
        assert until >= since
        return KeyUse(last=self.last.get(arn), left=self.left.get(arn, ()))


class PaperRecent:
    """Nobody else uses the roles, but one."""

    def sessions(self, role_arns: Sequence[str], since: datetime) -> tuple[str, ...]:
        assert role_arns
        assert since < T0 + timedelta(days=1)
        return ("user ci-runner",)


class PaperLedger:
    """The counter of containments, in memory."""

    def __init__(self) -> None:
        self.body: bytes | None = None

    def ledger(self) -> bytes | None:
        return self.body

    def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
        if self.body != before:
            return False
        self.body = after
        return True


class PaperSelf:
    """Who the worker is."""

    def patterns(self) -> tuple[str, ...]:
        return ("arn:*:iam::999999999999:role/*worker", "AROAEXAMPLEWORKER")


class PaperSwitch(Keeper):
    """Guard rules that a test can change at any moment, over the real keeper."""

    def __init__(self) -> None:
        self.rules = Guard()
        super().__init__(_Held(self), PaperSelf(), PaperLedger(), now=T0.timestamp)


class _Held:
    def __init__(self, switch: PaperSwitch) -> None:
        self._switch = switch

    def guard(self) -> Guard:
        return self._switch.rules


class PaperSnapshots:
    """IAM of the attacked accounts, where a test gives it."""

    def __init__(self) -> None:
        self.page: dict[str, object] = {}

    def version(self) -> datetime | None:
        return T0 if self.page else None

    def files(self) -> tuple[SnapshotFile, ...]:
        return (SnapshotFile("page.json", json.dumps(self.page).encode()),)


class PaperSchool(Troubles):
    """The lessons that reached the judge's store."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons: list[Lesson] = []

    def teach(self, lesson: Lesson) -> None:
        self.meet("teach")
        if lesson not in self.lessons:
            self.lessons.append(lesson)


class PaperSiem(Troubles):
    """Events that the SIEM got, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def send(self, event: dict[str, Any]) -> None:
        self.meet("send")
        assert event["metadata"]["uid"] not in [known["metadata"]["uid"] for known in self.events]
        self.events.append(event)


class PaperConversation(Troubles):
    """Slack on paper: the card as it stands, every card that was shown, every whisper."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[Card] = []
        self.posts = 0
        self.whispers: list[tuple[str, str]] = []
        self.asked: list[tuple[str, Card]] = []
        self.pictures: dict[str, bytes] = {}
        self.thread: dict[str, tuple[str, tuple[str, ...]]] = {}

    def post(self, card: Card) -> Posted:
        self.meet("post")
        self.posts += 1
        self.cards.append(card)
        return Posted(channel="C0SEC", ts="1.000100")

    def ask(self, user: str, card: Card) -> Posted:
        self.meet("ask")
        self.asked.append((user, card))
        return Posted(channel=f"D{user[1:]}", ts="2.000200")

    def update(self, posted: Posted, card: Card) -> None:
        self.meet("update")
        if posted.channel.startswith("D"):
            self.asked.append((f"U{posted.channel[1:]}", card))
            return
        assert posted.ts == "1.000100"
        self.cards.append(card)

    def reply(self, posted: Posted, key: str, text: str, mention: Sequence[str] = ()) -> None:
        self.meet("reply")
        assert posted.ts
        assert text
        self.thread.setdefault(key, (text, tuple(mention)))

    def picture(self, posted: Posted, key: str, alt: str, image: bytes) -> None:
        self.meet("picture")
        assert posted.ts
        assert alt
        self.pictures.setdefault(key, image)

    def whisper(self, channel: str, user: str, text: str) -> None:
        self.meet("whisper")
        assert channel
        self.whispers.append((user, text))

    def find(self, email: str) -> str | None:
        self.meet("find")
        return {"dana@example.com": DANA, "eve@example.com": EVE}.get(email)

    def approvers(self, approvals: Approvals) -> Approvers:
        self.meet("approvers")
        return Approvers(users=approvals.users, team=TEAM, said="`Dana`")


class PaperArtist:
    """Draws by writing the graph down, where it can draw at all."""

    def __init__(self) -> None:
        self.draws = True

    def draw(self, graph: str) -> bytes | None:
        return graph.encode() if self.draws else None


class PaperPager(Troubles):
    """Pages by key: every text, and whether it is resolved."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, list[str]] = {}
        self.resolved: set[str] = set()

    def page(self, key: str, summary: str, severity: str, details: dict[str, str], link: str) -> None:
        self.meet("page")
        assert severity
        assert details["case"] in key
        assert link == "" or link.startswith("http")
        self.pages.setdefault(key, []).append(summary)

    def resolve(self, key: str) -> None:
        self.meet("resolve")
        self.resolved.add(key)


class PaperDirectory:
    """Who is on call, and what was deployed."""

    def on_call(self) -> tuple[Person, ...]:
        return (Person(name="Dana Reyes"),)

    def on_call_of(self, schedules: Sequence[str]) -> tuple[Person, ...]:
        assert schedules
        return (Person(name="Dana Reyes", email="dana@example.com"), Person(name="Zoe", email="zoe@example.com"))

    def changes(self, since: datetime, until: datetime) -> tuple[Change, ...]:
        return (Change(summary="Deploy web 4.2", source="ci", at=since + (until - since) / 2),)


class PaperDeploys(Troubles):
    """What AWS deployed, in each account that it is asked for."""

    def deploys(self, deployer: Deployer, arn: str, since: datetime, until: datetime) -> Enrichment:
        self.meet(deployer)
        said = f"shop to {arn.split(':')[4]}: Succeeded"
        return Enrichment(changes=(Change(summary=said, source=deployer, at=since + (until - since) / 2),))


class PaperTickets(Troubles):
    """Tickets by label, with their text, and which are resolved."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, str] = {}
        self.text: dict[str, str] = {}
        self.links: dict[tuple[str, str], str] = {}
        self.resolved: set[str] = set()

    def open(self, label: str, summary: str, description: str) -> TicketRef:
        self.meet("open")
        assert summary
        key = self.labels.setdefault(label, f"SEC-{len(self.labels) + 1}")
        self.text[key] = description
        return TicketRef(key=key, link=f"http://127.0.0.1/browse/{key}")

    def update(self, key: str, description: str) -> None:
        self.meet("update")
        self.text[key] = description

    def comment(self, key: str, marker: str, text: str) -> None:
        self.meet("comment")
        assert key in self.text
        assert marker
        assert text

    def changes(self, since: datetime, until: datetime) -> tuple[Change, ...]:
        self.meet("changes")
        return (Change(summary="CHANGE-7 Rotate keys (Done)", source="Jira", at=since + (until - since) / 2),)

    def link(self, key: str, identity: str, title: str, url: str) -> None:
        self.meet("link")
        assert title
        self.links[key, identity] = url

    def resolve(self, key: str, text: str) -> None:
        self.meet("resolve")
        assert text
        self.resolved.add(key)
