"""What AWS may answer, at the first write and at the read-back of every kind of containment, and at its lift: on a
server that enforces IAM, with the answer played once. Whatever happens, nothing is called contained that is not, and
trying again ends with one policy, and a lift with none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from activities.containment import Containing, ContainRequest, Lifted, LiftRequest
from integrations.aws import place_of
from integrations.aws_iam import AwsIam
from model.containment import Action, ActionKind, Containment
from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable, WrongTarget
from tests.activities.test_containment_enforced import CASE, DENY_ALL, RUN
from tests.integrations.aws_world import World, make_world, trust
from tests.servers import Ministack, ministack
from tests.workflows.fakes import PaperSwitch

__all__ = ["ministack"]

KINDS = {
    "role": (ActionKind.REVOKE, {}, "PutRolePolicy"),
    "session": (ActionKind.REVOKE, {"scope": "session"}, "PutRolePolicy"),
    "close": (ActionKind.CLOSE, {}, "PutRolePolicy"),
    "managed": (ActionKind.MANAGED, {}, "AttachRolePolicy"),
    "user": (ActionKind.DENY_USER, {}, "PutUserPolicy"),
}
AGAIN: dict[str, tuple[str, int]] = {
    "throttled": ("Throttling", 400),
    "broken": ("InternalFailure", 500),
    "unavailable": ("ServiceUnavailable", 503),
    "somebody else writes": ("ConcurrentModification", 409),
    "its credentials ended": ("ExpiredToken", 403),
    "the answer is lost": ("", 0),
}
"""What passes: tried again, it is contained."""
FINAL: dict[str, tuple[str, int, type[HopstopError]]] = {
    "gone": ("NoSuchEntity", 404, NotFound),
    "full": ("LimitExceeded", 409, Refused),
    "not understood": ("MalformedPolicyDocument", 400, Malformed),
    "AWS's own role": ("UnmodifiableEntity", 400, Refused),
    "denied": ("AccessDenied", 403, Refused),
}
"""What does not pass by itself: said, with AWS's word."""

_NUMBERS = iter(range(1000))


@dataclass
class Bench:
    """One role or user to contain, and the client whose answers are played."""

    world: World
    containing: Containing
    client: Any
    action: Action
    played: list[str] = field(default_factory=list)

    @property
    def request(self) -> ContainRequest:
        return ContainRequest(case=CASE, run=RUN, action=self.action)

    @property
    def name(self) -> str:
        return self.action.target.rsplit("/", 1)[-1]

    def contain(self) -> Containment:
        return self.containing.contain(self.request)

    def lift(self) -> Lifted:
        return self.containing.lift(LiftRequest(request=self.request))

    def play(self, operation: str, error: str, status: int, after: str = "") -> None:
        """Answer the next call so, once; `after`: only once that operation was called."""
        ready = [not after]
        if after:
            self.client.meta.events.register(f"before-send.iam.{after}", lambda **_: ready.__setitem__(0, True))

        def once() -> bool:
            if not ready[0] or self.played:
                return False
            self.played.append(operation)
            return True

        if error:
            answer = _answer(error, status)
            self.client.meta.events.register(f"before-send.iam.{operation}", lambda **_: answer if once() else None)
        else:
            self.client.meta.events.register(f"after-call.iam.{operation}", lambda **_: _lost() if once() else None)

    def ours(self) -> list[str]:
        """Every policy of ours and prepared policy that is on it."""
        word, iam = ("User" if self.action.kind is ActionKind.DENY_USER else "Role"), self.world.iam
        lower, named = word.lower(), {f"{word}Name": self.name}
        inline = getattr(iam, f"list_{lower}_policies")(**named)["PolicyNames"]
        attached = getattr(iam, f"list_attached_{lower}_policies")(**named)["AttachedPolicies"]
        return [one for one in inline if one.startswith("hopstop-")] + [one["PolicyName"] for one in attached]

    def tags(self) -> list[str]:
        word = "user" if self.action.kind is ActionKind.DENY_USER else "role"
        listed = getattr(self.world.iam, f"list_{word}_tags")(**{f"{word.title()}Name": self.name})["Tags"]
        return [one["Key"] for one in listed]


def _answer(error: str, status: int) -> AWSResponse:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{error}</Code><Message>played</Message></Error>"
        "<RequestId>r</RequestId></ErrorResponse>"
    ).encode()
    return AWSResponse("http://localhost", status, {"content-type": "text/xml"}, _Raw(body))


def _lost() -> None:
    raise ReadTimeoutError(endpoint_url="http://localhost")


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, **_: Any) -> bytes:
        return self._body


@pytest.fixture(scope="module")
def world(ministack: Ministack) -> World:
    made = make_world(ministack)
    made.iam.create_policy(PolicyName="hopstop-deny", Path="/hopstop/", PolicyDocument=DENY_ALL.read_text())
    return made


@pytest.fixture
def bench(world: World) -> Callable[[str], Bench]:
    def make(kind: str) -> Bench:
        number, (what, changes, _) = next(_NUMBERS), KINDS[kind]
        clients = world.clients(f"{CASE}{number}")
        if what is ActionKind.DENY_USER:
            world.user(f"t{number}")
            found = world.iam.get_user(UserName=f"t{number}")["User"]
            target, unique_id = found["Arn"], found["UserId"]
        else:
            target = world.role(f"t{number}")
            unique_id = world.iam.get_role(RoleName=f"t{number}")["Role"]["RoleId"]
        managed = f"arn:aws:iam::{world.account}:policy/hopstop/hopstop-deny" if what is ActionKind.MANAGED else ""
        action = Action(
            kind=what, target=target, account=world.account, unique_id=unique_id, effect="cut", undo="lift",
            lifts="timer" if what is ActionKind.REVOKE else "human", managed=managed,
            sessions=(f"{unique_id}:attacker",),
        ).model_copy(update=changes)  # fmt: skip
        return Bench(world, Containing(AwsIam(clients), PaperSwitch()), clients.reach("iam", place_of(target)), action)

    return make


def read_of(kind: str) -> str:
    return "GetUser" if KINDS[kind][0] is ActionKind.DENY_USER else "GetRole"


@pytest.mark.parametrize("at", ["write", "read-back"])
@pytest.mark.parametrize("trouble", AGAIN)
@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_is_tried_again_and_ends_contained_once(
    bench: Callable[[str], Bench], kind: str, trouble: str, at: str
) -> None:
    made, write = bench(kind), KINDS[kind][2]
    made.play(*((write, *AGAIN[trouble]) if at == "write" else (read_of(kind), *AGAIN[trouble], write)))
    with pytest.raises(Unavailable):
        made.contain()
    assert len(made.played) == 1
    done = made.contain()
    assert (done.contained, done.why) == (True, "")
    assert len(made.ours()) == 1
    assert made.lift().clean
    assert (made.ours(), made.tags()) == ([], [])


@pytest.mark.parametrize("at", ["write", "read-back"])
@pytest.mark.parametrize("trouble", FINAL)
@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_pass_is_said_and_is_not_contained(
    bench: Callable[[str], Bench], kind: str, trouble: str, at: str
) -> None:
    made, write = bench(kind), KINDS[kind][2]
    error, status, ours = FINAL[trouble]
    made.play(*((write, error, status) if at == "write" else (read_of(kind), error, status, write)))
    with pytest.raises(HopstopError) as raised:
        made.contain()
    assert type(raised.value) is ours
    assert error in str(raised.value) or "quota" in str(raised.value) or "as AWS allows" in str(raised.value)
    assert len(made.ours()) == (at == "read-back")
    assert made.containing.read_back(made.request).contained is (at == "read-back")
    assert made.lift().clean
    assert (made.ours(), made.tags()) == ([], [])


@pytest.mark.parametrize("trouble", AGAIN)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lift_is_tried_again_and_leaves_nothing(bench: Callable[[str], Bench], kind: str, trouble: str) -> None:
    made, write = bench(kind), KINDS[kind][2]
    assert made.contain().contained
    made.play(write.replace("Put", "Delete").replace("Attach", "Detach"), *AGAIN[trouble])
    with pytest.raises(Unavailable):
        made.lift()
    assert made.lift().clean
    assert (made.ours(), made.tags()) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_lift_that_is_refused_is_not_called_clean(bench: Callable[[str], Bench], kind: str) -> None:
    made, write = bench(kind), KINDS[kind][2]
    assert made.contain().contained
    made.play(write.replace("Put", "Delete").replace("Attach", "Detach"), "AccessDenied", 403)
    with pytest.raises(Refused, match="AccessDenied"):
        made.lift()
    assert len(made.ours()) == 1
    assert made.containing.read_back(made.request).contained


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "user"])
@pytest.mark.parametrize("when", ["before", "between the write and its read-back"])
def test_a_role_that_was_made_again_under_its_name_is_never_called_contained(
    bench: Callable[[str], Bench], kind: str, when: str
) -> None:
    made, write = bench(kind), KINDS[kind][2]
    if when == "before":
        _made_again(made)
    else:
        made.client.meta.events.register(f"after-call.iam.{write}", lambda **_: _made_again(made))
    with pytest.raises(WrongTarget):
        made.contain()
    assert made.ours() == []
    assert made.lift().clean
    assert made.ours() == []


def _made_again(made: Bench) -> None:
    iam, name = made.world.iam, made.name
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)
    iam.create_role(RoleName=name, Path="/ci/", AssumeRolePolicyDocument=trust(made.world.account))
