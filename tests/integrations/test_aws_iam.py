"""Containment through IAM, on a server that enforces it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from integrations.aws import Place
from integrations.aws_iam import AwsIam, compact
from model.errors import Malformed, NotFound, Refused, Unavailable
from tests.integrations.aws_world import World, allow, make_world
from tests.model.denials import EVERYTHING, cut_of, revoke
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

POLICY = "hopstop-ana-111111111111-00000000-0a1b2c3d"


@pytest.fixture(scope="module")
def world(ministack: Ministack) -> World:
    return make_world(ministack)


@pytest.fixture(scope="module")
def iam(world: World) -> AwsIam:
    return AwsIam(world.clients())


def cut_after(world: World, iam: AwsIam, arn: str) -> datetime:
    """A revocation time that covers every session there is, by AWS's clock and without waiting for it."""
    return iam.read(arn).read_at + timedelta(seconds=1)


def wait_past(iam: AwsIam, arn: str, moment: datetime) -> None:
    while iam.read(arn).read_at <= moment:
        pass


def test_an_attackers_session_is_denied_and_a_fresh_one_works(world: World, iam: AwsIam) -> None:
    person = world.user("ana")
    role, bystander = world.role("deploy"), world.role("report")
    attacker, other = world.assume(person, role, "ana"), world.assume(person, bystander, "ana")
    assert world.allowed(attacker)

    cut = cut_after(world, iam, role)
    iam.put_policy(role, POLICY, revoke(cut))

    assert not world.allowed(attacker)
    assert world.allowed(other)
    wait_past(iam, role, cut)
    assert world.allowed(world.assume(person, role, "fresh"))


def test_lifting_removes_exactly_what_was_added(world: World, iam: AwsIam) -> None:
    person, role = world.user("bo"), world.role("lifted")
    session = world.assume(person, role, "bo")
    iam.put_policy(role, POLICY, revoke(cut_after(world, iam, role)))
    assert not world.allowed(session)

    iam.delete_policy(role, POLICY)
    iam.delete_policy(role, POLICY)

    assert world.allowed(session)
    assert [policy.name for policy in iam.read(role).policies] == ["work"]


def test_a_user_is_denied_everything_and_its_keys_are_off(world: World, iam: AwsIam) -> None:
    person = world.user("cy")
    arn = f"arn:aws:iam::{world.account}:user/people/cy"
    key = person.get_credentials().access_key
    token = world.ministack.client("sts", person).get_session_token()["Credentials"]
    minted = world.ministack.session(token["AccessKeyId"], token["SecretAccessKey"], token["SessionToken"])
    assert world.allowed(minted)

    iam.put_policy(arn, POLICY, EVERYTHING)
    assert not world.allowed(person)
    assert not world.allowed(minted)

    iam.set_key(arn, key, False)
    assert iam.read(arn).keys == ((key, False),)
    iam.delete_policy(arn, POLICY)
    assert not world.allowed(person)
    iam.set_key(arn, key, True)
    assert world.allowed(person)


def test_a_role_is_read_with_policies_tags_and_awss_own_time(world: World, iam: AwsIam) -> None:
    role = world.role("read")
    iam.tag(role, "hopstop-contained", "case:ana:111111111111:00000000")
    iam.put_policy(role, POLICY, revoke(datetime(2026, 10, 3, 2, 47, tzinfo=UTC)))

    state = iam.read(role)

    assert (state.arn, state.name, state.path, state.unique_id[:4]) == (role, "read", "/ci/", "AROA")
    assert state.tags == (("hopstop-contained", "case:ana:111111111111:00000000"),)
    documents = {policy.name: policy.document for policy in state.policies}
    assert documents[POLICY] == revoke(datetime(2026, 10, 3, 2, 47, tzinfo=UTC))
    assert state.read_at.microsecond == 0
    assert abs(datetime.now(UTC) - state.read_at) < timedelta(seconds=30)

    iam.untag(role, "hopstop-contained")
    iam.untag(role, "hopstop-contained")
    assert iam.read(role).tags == ()


@pytest.mark.parametrize("name", ["role/ci/gone", "user/gone"])
def test_what_is_gone_is_not_found(world: World, iam: AwsIam, name: str) -> None:
    arn = f"arn:aws:iam::{world.account}:{name}"
    document = revoke(datetime(2026, 10, 3, tzinfo=UTC)) if name.startswith("role") else EVERYTHING
    with pytest.raises(NotFound):
        iam.read(arn)
    with pytest.raises(NotFound):
        iam.put_policy(arn, POLICY, document)
    iam.delete_policy(arn, POLICY)


def test_somebody_elses_policy_under_our_name_is_left(world: World, iam: AwsIam) -> None:
    role = world.role("foreign")
    world.iam.put_role_policy(RoleName="foreign", PolicyName=POLICY, PolicyDocument=allow("sqs:*"))
    before = iam.read(role).policies

    with pytest.raises(Refused, match="changed by somebody else"):
        iam.put_policy(role, POLICY, revoke(datetime(2026, 10, 3, tzinfo=UTC)))
    with pytest.raises(Refused, match="changed by somebody else"):
        iam.delete_policy(role, POLICY)
    with pytest.raises(Refused, match="not hopstop's"):
        iam.delete_policy(role, "work")

    assert iam.read(role).policies == before


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("work", revoke(datetime(2026, 10, 3, tzinfo=UTC))),
        (POLICY, allow("*")),
        (POLICY, EVERYTHING),
        (POLICY, "not json"),
    ],
)
def test_only_our_own_policies_are_ever_written(world: World, iam: AwsIam, name: str, document: str) -> None:
    with pytest.raises(Malformed):
        iam.put_policy(f"arn:aws:iam::{world.account}:role/hopstop/hopstop-containment", name, document)


def test_a_revocation_only_moves_forward(world: World, iam: AwsIam) -> None:
    role = world.role("ratchet")
    late, early = datetime(2026, 10, 3, 2, 48, tzinfo=UTC), datetime(2026, 10, 3, 2, 47, tzinfo=UTC)
    for cut in (early, late, early):
        iam.put_policy(role, POLICY, revoke(cut))
    (ours,) = (policy for policy in iam.read(role).policies if policy.name == POLICY)
    assert cut_of(ours.document) == late


def test_two_cases_on_one_role_do_not_free_each_other(world: World, iam: AwsIam) -> None:
    person, role = world.user("di"), world.role("shared")
    session = world.assume(person, role, "di")
    document = revoke(cut_after(world, iam, role))
    names = [f"hopstop-case-{n}" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: iam.put_policy(role, name, document), names))

    assert {policy.name for policy in iam.read(role).policies} == {"work", *names}
    for name in names[1:]:
        iam.delete_policy(role, name)
    assert not world.allowed(session)


def scripted(world: World, operation: str, status: int, code: str, message: str = "said") -> AwsIam:
    """An IAM whose one operation always answers so."""
    base = world.base.get_credentials()
    session = boto3.Session(base.access_key, base.secret_key, region_name="us-east-1")
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"

    class Raw:
        def stream(self, **_: object) -> list[bytes]:
            return [body.encode()]

    def answer(**_: object) -> AWSResponse:
        return AWSResponse(world.ministack.url, status, {}, Raw())

    clients = world.clients(base=session)
    place_client = clients.reach("iam", _place(world))
    place_client.meta.events.register(f"before-send.iam.{operation}", answer)
    return AwsIam(clients)


def _place(world: World) -> Place:
    return Place("arn:aws", world.account)


def test_a_full_quota_is_refused_and_said(world: World) -> None:
    role = world.role("full")
    iam = scripted(world, "PutRolePolicy", 409, "LimitExceeded")
    with pytest.raises(Refused, match="quota of 10,240 characters"):
        iam.put_policy(role, POLICY, revoke(datetime(2026, 10, 3, tzinfo=UTC)))


def test_throttling_is_tried_again_by_who_asked(world: World) -> None:
    with pytest.raises(Unavailable, match="Throttling"):
        scripted(world, "GetRole", 400, "Throttling").read(world.role("busy"))


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:iam::1:role/x",
        "arn:aws:sts::111111111111:assumed-role/x/y",
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:role/../x\n",
        "arn:aws:iam::111111111111:user/a b",
    ],
)
def test_what_is_not_a_role_or_user_is_malformed(iam: AwsIam, arn: str) -> None:
    with pytest.raises(Malformed):
        iam.read(arn)


@pytest.mark.parametrize("given", ["%7B%22a%22%3A%20%221%2B1%22%7D", '{"a":  "1+1"}', {"a": "1+1"}])
def test_documents_are_compact_json_however_they_come(given: object) -> None:
    assert compact(given) == json.dumps({"a": "1+1"}, separators=(",", ":"))
