"""Clients for any account, by really assuming the containing role."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSResponse

from integrations.aws import AwsClients, Place, as_session_name, place_of
from integrations.aws_errors import aws_errors
from model.errors import Malformed, NotFound, Refused, Unavailable
from model.settings import ContainmentSettings
from tests.integrations.aws_world import CONTAINMENT, World, make_world
from tests.servers import Ministack, free_port, ministack

__all__ = ["ministack"]

CASE = "case:ana:111111111111:0a1b2c3d"


@pytest.fixture(scope="module")
def world(ministack: Ministack) -> World:
    return make_world(ministack)


def there(world: World) -> Place:
    return Place("arn:aws", world.account)


def who_am_i(clients: AwsClients, place: Place) -> str:
    return str(clients.reach("sts", place).get_caller_identity()["Arn"])


def test_an_account_is_entered_under_the_cases_name(world: World) -> None:
    arn = who_am_i(world.clients(CASE), there(world))
    assert arn == f"arn:aws:sts::{world.account}:assumed-role/hopstop-containment/case-ana-111111111111-0a1b2c3d"


def test_a_wrong_external_id_is_refused_in_one_line(world: World) -> None:
    wrong = CONTAINMENT.model_copy(update={"external_id": "guess"})
    clients = AwsClients(wrong, base=world.base, endpoint=world.ministack.url)
    with pytest.raises(Refused, match=f"enter account `{world.account}`") as refused:
        clients.reach("iam", there(world))
    assert "\n" not in str(refused.value)


def test_one_assumption_serves_a_case_until_it_is_about_to_expire(world: World) -> None:
    asked: list[str] = []
    clock = [datetime.now(UTC)]
    base = world.ministack.session(world.base.get_credentials().access_key, world.base.get_credentials().secret_key)
    base.events.register(
        "before-call.sts.AssumeRole", lambda params, **_: asked.append(params["body"]["RoleSessionName"])
    )
    names = ["case:a"]
    clients = AwsClients(CONTAINMENT, lambda: names[0], base, world.ministack.url, lambda: clock[0])

    first = clients.reach("iam", there(world))
    assert clients.reach("iam", there(world)) is first
    clients.reach("cloudtrail", there(world), "eu-west-1")
    assert asked == ["case-a"]

    names[0] = "case:b"
    clients.reach("iam", there(world))
    assert asked == ["case-a", "case-b"]

    clock[0] += timedelta(minutes=56)
    assert clients.reach("iam", there(world)) is not first
    assert asked == ["case-a", "case-b", "case-b"]


@pytest.mark.parametrize("error", ["ExpiredToken", "ExpiredTokenException"])
def test_credentials_that_aws_takes_no_longer_are_renewed_at_the_next_call(world: World, error: str) -> None:
    clients = AwsClients(CONTAINMENT, lambda: CASE, world.base, world.ministack.url)
    first, elsewhere = clients.reach("iam", there(world)), clients.reach("cloudtrail", there(world))
    played = [error]

    def once(**_: object) -> AWSResponse | None:
        return _ended(played.pop()) if played else None

    first.meta.events.register("before-send.iam.ListRoles", once)
    with pytest.raises(Unavailable, match=error), aws_errors("list roles"):
        first.list_roles()
    second = clients.reach("iam", there(world))
    assert second is not first
    assert clients.reach("cloudtrail", there(world)) is not elsewhere
    assert second.get_role(RoleName="hopstop-containment")
    assert clients.reach("iam", there(world)) is second


def test_another_refusal_keeps_the_credentials(world: World) -> None:
    clients = AwsClients(CONTAINMENT, lambda: CASE, world.base, world.ministack.url)
    first = clients.reach("iam", there(world))
    with pytest.raises(NotFound), aws_errors("read"):
        first.get_role(RoleName="nobody")
    assert clients.reach("iam", there(world)) is first


def _ended(error: str) -> AWSResponse:
    text = f"<ErrorResponse><Error><Code>{error}</Code></Error></ErrorResponse>".encode()
    return AWSResponse("http://localhost", 403, {"content-type": "text/xml"}, _Raw(text))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._body


def test_without_a_role_only_the_own_account_is_reached(world: World) -> None:
    clients = AwsClients(ContainmentSettings(), base=world.base, endpoint=world.ministack.url)
    assert who_am_i(clients, Place("arn:aws", world.hub)).endswith("user/hopstop")
    with pytest.raises(Refused, match=r"containment\.role"):
        clients.reach("iam", there(world))


def test_an_aws_that_is_down_is_unavailable(world: World) -> None:
    clients = AwsClients(CONTAINMENT, base=world.base, endpoint=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="cannot be reached"):
        clients.reach("iam", there(world))


@pytest.mark.parametrize(
    ("name", "session"),
    [
        ("case:ana:111111111111:0a1b2c3d", "case-ana-111111111111-0a1b2c3d"),
        ("x", "x-"),
        ("", "--"),
        ("é`\n<!channel>", "-----channel-"),
        ("a" * 300, "a" * 64),
    ],
)
def test_session_names_keep_to_awss_alphabet(name: str, session: str) -> None:
    assert as_session_name(name) == session


@pytest.mark.parametrize(
    ("arn", "place", "home"),
    [
        ("arn:aws:iam::111111111111:role/a/b", Place("arn:aws", "111111111111"), "us-east-1"),
        ("arn:aws-cn:iam::111111111111:user/a", Place("arn:aws-cn", "111111111111"), "cn-north-1"),
        ("arn:aws-us-gov:iam::111111111111:user/a", Place("arn:aws-us-gov", "111111111111"), "us-gov-west-1"),
    ],
)
def test_an_arn_says_where_it_is(arn: str, place: Place, home: str) -> None:
    assert place_of(arn) == place
    assert place.home == home


@pytest.mark.parametrize(
    "arn", ["", "x", "arn:aws:iam::12:role/x", "arn:aws:s3:::bucket", "arn:aws:iam::111111111111:"]
)
def test_an_arn_without_an_account_is_malformed(arn: str) -> None:
    with pytest.raises(Malformed):
        place_of(arn)
