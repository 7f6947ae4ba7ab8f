"""What a session did, as CloudTrail tells it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSResponse

from integrations.aws import Place
from integrations.aws_trail import AwsTrail, error_code
from model.errors import Malformed, Unavailable
from model.lineage import Hop
from tests.integrations.aws_world import World, make_world
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

NOON = datetime(2026, 10, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(ministack: Ministack) -> World:
    return make_world(ministack)


def hop(world: World, key: str | None, time: datetime, region: str | None = None) -> Hop:
    role = f"arn:aws:iam::{world.account}:role/ci/deploy"
    return Hop(
        role_arn=role,
        account=world.account,
        role_id="AROA1",
        session_name="ana",
        access_key_id=key,
        time=time,
        region=region,
    )


def test_the_calls_of_one_session_and_no_other_are_counted(world: World) -> None:
    person, role = world.user("ana"), world.role("deploy")
    session, other = world.assume(person, role, "ana"), world.assume(person, role, "other")
    started = datetime.now(UTC)
    for _ in range(3):
        assert world.allowed(session)
    world.allowed(other)

    found = AwsTrail(world.clients()).activity(
        hop(world, session.get_credentials().access_key, started), datetime.now(UTC) + timedelta(minutes=1)
    )

    assert found.session == "AROA1:ana"
    assert found.calls == (("ListQueues", 3),)
    assert found.last is not None
    assert abs(found.last - started) < timedelta(seconds=60)


def test_a_session_whose_key_is_not_known_cannot_be_looked_up(world: World) -> None:
    with pytest.raises(Malformed, match="access key id"):
        AwsTrail(world.clients()).activity(hop(world, None, NOON), NOON)


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self.body]


class Scripted:
    """LookupEvents that gives `pages` for each region and keeps what it was asked."""

    def __init__(self, world: World, pages: dict[str, list[list[dict[str, object]]]], status: int = 200) -> None:
        self.clients = world.clients()
        self.asked: list[tuple[str, dict[str, object]]] = []
        for region, given in pages.items():
            self._script(world, region, given, status)

    def _script(self, world: World, region: str, given: list[list[dict[str, object]]], status: int) -> None:
        def answer(request, **_: object) -> AWSResponse:
            asked = json.loads(request.body)
            self.asked.append((region, asked))
            page = int(asked.get("NextToken", 0))
            body: dict[str, object] = {"Events": given[page]}
            if page + 1 < len(given):
                body["NextToken"] = str(page + 1)
            if status != 200:
                body = {"__type": "ThrottlingException", "message": "Rate exceeded"}
            return AWSResponse("http://x", status, {}, Raw(json.dumps(body).encode()))

        client = self.clients.reach("cloudtrail", Place("arn:aws", world.account), region)
        client.meta.events.register("before-send.cloudtrail.LookupEvents", answer)


def event(uid: str, name: str, minute: int = 0, **record: object) -> dict[str, object]:
    time = NOON + timedelta(minutes=minute)
    return {
        "EventId": uid,
        "EventName": name,
        "EventTime": time.timestamp(),
        "CloudTrailEvent": json.dumps(record),
    }


def test_two_regions_and_all_pages_are_read_and_nothing_is_counted_twice(world: World) -> None:
    script = Scripted(
        world,
        {
            "eu-west-1": [
                [event("1", "GetObject", 1), event("2", "GetObject", 9, errorCode="AccessDenied")],
                [
                    event("3", "ListBuckets", 2),
                    event("4", "RunInstances", 8, errorCode="Client.UnauthorizedOperation"),
                ],
            ],
            "us-east-1": [[event("1", "GetObject", 1), event("5", "CreateUser", 3)]],
        },
    )
    found = AwsTrail(script.clients).activity(hop(world, "ASIA1", NOON, "eu-west-1"), NOON + timedelta(hours=1))
    assert found.calls == (("GetObject", 2), ("CreateUser", 1), ("ListBuckets", 1), ("RunInstances", 1))
    assert found.denied == 2
    assert found.last == NOON + timedelta(minutes=3)
    assert [region for region, _ in script.asked] == ["eu-west-1", "eu-west-1", "us-east-1"]
    first = script.asked[0][1]
    assert first["LookupAttributes"] == [{"AttributeKey": "AccessKeyId", "AttributeValue": "ASIA1"}]
    assert (first["StartTime"], first["EndTime"]) == (NOON.timestamp() - 1, NOON.timestamp() + 3600)


def test_a_busy_session_is_read_up_to_the_bound(world: World) -> None:
    pages = [[event(f"{page}-{n}", "GetObject") for n in range(50)] for page in range(20)]
    script = Scripted(world, {"us-east-1": pages})
    found = AwsTrail(script.clients, pages=3).activity(hop(world, "ASIA1", NOON), NOON)
    assert found.calls == (("GetObject", 150),)
    assert len(script.asked) == 3


def test_throttling_is_unavailable(world: World) -> None:
    script = Scripted(world, {"us-east-1": [[]]}, status=400)
    with pytest.raises(Unavailable):
        AwsTrail(script.clients).activity(hop(world, "ASIA1", NOON), NOON)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ('{"errorCode":"AccessDenied"}', "AccessDenied"),
        ("{}", ""),
        ('{"errorCode":7}', ""),
        ("[]", ""),
        ("not json", ""),
        (None, ""),
        ("[" * 100_000, ""),
    ],
)
def test_an_error_code_is_read_from_whatever_comes(record: object, code: str) -> None:
    assert error_code(record) == code
