"""A chain over three accounts on a server that enforces IAM: cut at every hop, whatever is minted meanwhile."""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from activities.containment import Containing, ContainRequest
from activities.surveying import Surveying, SurveyQuestion
from integrations.aws import AwsClients, place_of
from integrations.aws_iam import AwsIam
from model.containment import ActionKind, Containment, ContainmentPlan
from model.containment_kinds import Knowledge
from model.containment_planner import plan_containment
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage
from tests.integrations.aws_world import CONTAINING, CONTAINMENT, EXTERNAL_ID, World, allow, trust
from tests.servers import Ministack, ministack
from tests.workflows.fakes import PaperSwitch

__all__ = ["ministack"]

CASE, RUN = "case:ana:111111111111:0123abcd", "run12345"
HOPS = 5


class Others:
    """Who else used each role lately."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def sessions(self, role_arns: Any, since: datetime) -> tuple[str, ...]:
        assert role_arns
        assert since
        return self.names


class Meddling(AwsIam):
    """IAM, and an attacker who acts after each of our writes."""

    def __init__(self, clients: AwsClients, meddle: Callable[[], None]) -> None:
        super().__init__(clients)
        self.meddle = meddle

    def put_policy(self, arn: str, name: str, document: str) -> None:
        super().put_policy(arn, name, document)
        meddle, self.meddle = self.meddle, _rest
        meddle()


def _rest() -> None:
    """The attacker acts once between two of our writes."""


@dataclass
class Chain:
    """A user of the first of three accounts, and five roles in them, each of which assumes the next."""

    ministack: Ministack
    worlds: list[World]
    user: boto3.Session
    user_name: str
    roles: list[str]
    sessions: list[boto3.Session] = field(default_factory=list)
    hops: list[Hop] = field(default_factory=list)
    places: dict[int, list[boto3.Session]] = field(default_factory=dict)

    def assume(self, caller: boto3.Session, role: str, name: str) -> boto3.Session:
        return self.worlds[0].assume(caller, role, name)

    def climb(self, name: str) -> None:
        """Hop from the user through every role, and remember it as records would show it."""
        caller = self.user
        for role in self.roles:
            caller = self.assume(caller, role, name)
            self.keep(len(self.hops) + 1, caller)
            who = self.ministack.client("sts", caller).get_caller_identity()
            self.hops.append(
                Hop(role_arn=role, account=role.split(":")[4], role_id=who["UserId"].split(":")[0], session_name=name,
                    access_key_id=caller.get_credentials().access_key, time=datetime.now(UTC))
            )  # fmt: skip

    def mint(self, number: int) -> None:
        """At every hop, whatever still works of what was minted last mints once more, under another name."""
        for place, role in enumerate(self.roles):
            for caller in [self.user] if place == 0 else self.places.get(place, [])[-2:]:
                try:
                    made = self.assume(caller, role, f"again-{number}")
                except ClientError:
                    continue
                self.keep(place + 1, made)

    def keep(self, place: int, session: boto3.Session) -> None:
        self.sessions.append(session)
        self.places.setdefault(place, []).append(session)

    def lineage(self) -> Lineage:
        account = self.worlds[0].account
        user = self.worlds[0].iam.get_user(UserName=self.user_name)["User"]
        origin = Identity(key="u", kind=Kind.USER, arn=user["Arn"], account=account, unique_id=user["UserId"])
        return Lineage(origin=origin, hops=tuple(self.hops[: len(self.roles)]))

    def usable(self) -> list[boto3.Session]:
        return [session for session in (self.user, *self.sessions) if self.worlds[0].allowed(session)]


def build(ministack: Ministack) -> Chain:
    hub = ministack.new_account()
    accounts = [ministack.new_account() for _ in range(3)]
    iam = ministack.client("iam", ministack.root(hub))
    iam.create_user(UserName="hopstop")
    iam.put_user_policy(UserName="hopstop", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
    key = iam.create_access_key(UserName="hopstop")["AccessKey"]
    base = ministack.session(key["AccessKeyId"], key["SecretAccessKey"])
    worlds = [World(ministack, hub, account, base) for account in accounts]
    for world in worlds:
        containing = trust(hub, {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}})
        world.iam.create_role(RoleName="hopstop-containment", Path="/hopstop/", AssumeRolePolicyDocument=containing)
        world.iam.put_role_policy(RoleName="hopstop-containment", PolicyName="p", PolicyDocument=CONTAINING.read_text())
    roles, before = [], accounts[0]
    for number, world in enumerate([*worlds, *worlds][:HOPS]):
        name = f"hop{number}"
        made = world.iam.create_role(RoleName=name, Path="/ci/", AssumeRolePolicyDocument=trust(before))
        world.iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=allow("sqs:*", "sts:*"))
        roles.append(str(made["Role"]["Arn"]))
        before = world.account
    return Chain(ministack, worlds, worlds[0].user("ana"), "ana", roles)


@pytest.fixture
def chain(ministack: Ministack) -> Chain:
    made = build(ministack)
    made.climb("attack")
    return made


def planned(chain: Chain, iam: AwsIam, others: tuple[str, ...]) -> ContainmentPlan:
    surveying, lines = Surveying(iam, Others(others)), (chain.lineage(),)
    targets = [action.target for action in plan_containment(lines).actions]
    facts = tuple(surveying.survey(SurveyQuestion(arn=arn, since=datetime.now(UTC))) for arn in targets)
    return plan_containment(lines, known=Knowledge(facts=facts))


def carry_out(
    containing: Containing, plan: ContainmentPlan, only: Callable[[ActionKind], bool] = bool
) -> Iterator[Containment]:
    requests = [ContainRequest(case=CASE, run=RUN, action=action) for action in plan.actions if only(action.kind)]
    with ThreadPoolExecutor(len(requests)) as pool:
        yield from pool.map(containing.contain, requests)


SHARED = pytest.mark.parametrize("others", [(), ("arn:aws:iam::111111111111:user/bo",)], ids=["alone", "shared"])


@SHARED
def test_no_hop_can_be_used_and_none_can_be_minted_again(chain: Chain, others: tuple[str, ...]) -> None:
    bystanders = [world.assume(world.user("by"), world.role("aside"), "by") for world in chain.worlds]
    containing = Containing(AwsIam(chain.worlds[0].clients(CASE)), PaperSwitch())
    plan = planned(chain, containing._iam, others)
    assert len(plan.actions) == HOPS + 1
    assert {action.scope for action in plan.actions[1:]} == {"session" if others else "role"}
    assert all(done.contained for done in carry_out(containing, plan))
    chain.mint(0)
    assert chain.usable() == []
    assert all(world.allowed(session) for world, session in zip(chain.worlds, bystanders, strict=True))


@SHARED
def test_an_attacker_who_mints_between_every_two_writes_ends_with_nothing(
    chain: Chain, others: tuple[str, ...]
) -> None:
    numbers = itertools.count()
    iam = Meddling(chain.worlds[0].clients(CASE), _rest)
    containing = Containing(iam, PaperSwitch())
    plan = planned(chain, iam, others)
    # The worst order: from the last hop back to the origin, so that every parent still lives while its child is cut.
    for action in reversed(plan.actions):
        iam.meddle = lambda: chain.mint(next(numbers))
        containing.contain(ContainRequest(case=CASE, run=RUN, action=action))
    minted = len(chain.sessions)
    assert minted > HOPS
    for depth in range(HOPS):
        for action in plan.actions[1 + depth :]:
            containing.contain(ContainRequest(case=CASE, run=RUN, action=action))
    chain.mint(next(numbers))
    assert chain.usable() == []


def test_a_fresh_session_works_on_every_hop_that_was_cut(chain: Chain) -> None:
    containing = Containing(AwsIam(chain.worlds[0].clients(CASE)), PaperSwitch())
    plan = planned(chain, containing._iam, ("arn:aws:iam::111111111111:user/bo",))
    cut = max(done.cut for done in carry_out(containing, plan) if done.cut)
    while containing._iam.read(chain.roles[0]).read_at < cut:
        time.sleep(0.05)
    caller = chain.worlds[0].user("bo")
    for role in chain.roles:
        caller = chain.assume(caller, role, "fresh")
        assert chain.worlds[0].allowed(caller)


def test_a_session_name_in_every_account_says_the_case(chain: Chain) -> None:
    clients = AwsClients(CONTAINMENT, lambda: CASE, chain.worlds[0].base, chain.ministack.url)
    for world in chain.worlds:
        place = next(role for role in chain.roles if role.split(":")[4] == world.account)
        arn = clients.reach("sts", place_of(place)).get_caller_identity()["Arn"]
        assert arn.endswith("/hopstop-containment/case-ana-111111111111-0123abcd")


def test_five_hops_over_three_accounts_are_contained_within_two_seconds(chain: Chain) -> None:
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy > 1.5:
        pytest.skip(f"{busy:.1f} processes want each core: no time to measure on")
    plan = planned(chain, AwsIam(chain.worlds[0].clients("case:warm:111111111111:00000000")), ())
    containing = Containing(AwsIam(chain.worlds[0].clients(CASE)), PaperSwitch())
    started = time.monotonic()
    assert all(done.contained for done in carry_out(containing, plan))
    assert time.monotonic() - started < 2
