"""What AWS deployed in an account, as it tells it; botocore holds each answer to AWS's own model."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from integrations.aws import Place
from integrations.aws_deploys import MOST, PIPELINES, AwsDeploys
from model.enrichment import Enrichment
from model.errors import Unavailable
from model.settings import Deployer
from model.text import code
from tests.integrations.aws_world import World, make_world
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

NOON = datetime(2026, 10, 3, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> [pay](https://evil.example) *now*\u202e\x00" + "A" * 300


@pytest.fixture
def world(ministack: Ministack) -> World:
    return make_world(ministack)


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self.body]


Answer = dict[str, Any]


class Account:
    """An account whose answers are written down, by operation; what was asked is kept."""

    def __init__(self, world: World, regions: tuple[str, ...] = ()) -> None:
        self.world, self.regions, self.clients = world, regions, world.clients()
        self.asked: list[tuple[str, Answer]] = []

    def answers(self, region: str, operation: str, give: Callable[[Answer], tuple[int, Answer]]) -> None:
        service = "codepipeline" if "Pipeline" in operation else "codedeploy"

        def answer(request: Any, **_: object) -> AWSResponse:
            asked = json.loads(request.body)
            self.asked.append((operation, asked))
            status, body = give(asked)
            return AWSResponse("http://x", status, {}, Raw(json.dumps(body).encode()))  # type: ignore[arg-type]

        client = self.clients.reach(service, Place("arn:aws", self.world.account), region)
        client.meta.events.register(f"before-send.{service}.{operation}", answer)

    def says(self, operation: str, body: Answer, status: int = 200, region: str = "us-east-1") -> None:
        self.answers(region, operation, lambda _: (status, body))

    def deploys(self, deployer: Deployer) -> Enrichment:
        arn = f"arn:aws:iam::{self.world.account}:role/ci/deploy"
        return AwsDeploys(self.clients, self.regions).deploys(
            deployer, arn, NOON - timedelta(hours=2), NOON + timedelta(minutes=1)
        )


def deployment(number: int, minute: int = 0, **more: Any) -> Answer:
    return {
        "applicationName": "shop",
        "deploymentGroupName": "production",
        "deploymentId": f"d-{number}",
        "status": "Succeeded",
        "creator": "user",
        "createTime": (NOON - timedelta(minutes=minute)).timestamp(),
    } | more


def test_deployments_of_the_window_are_told_latest_first(world: World) -> None:
    account = Account(world)
    account.says("ListDeployments", {"deployments": ["d-1", "d-2"]})
    account.says("BatchGetDeployments", {"deploymentsInfo": [deployment(1, 40), deployment(2, 3, status="Failed")]})

    found = account.deploys("codedeploy")

    assert [change.summary for change in found.changes] == [
        f"shop to production: Failed by user, account {world.account}",
        f"shop to production: Succeeded by user, account {world.account}",
    ]
    assert found.missing == ()
    assert found.changes[0].at == NOON - timedelta(minutes=3)
    assert found.changes[0].link.endswith("/codesuite/codedeploy/deployments/d-2?region=us-east-1")
    (_, listed), (_, read) = account.asked
    assert listed["createTimeRange"] == {
        "start": (NOON - timedelta(hours=2)).timestamp(),
        "end": (NOON + timedelta(minutes=1)).timestamp(),
    }
    assert read == {"deploymentIds": ["d-1", "d-2"]}


def test_without_a_deployment_nothing_more_is_asked(world: World) -> None:
    account = Account(world)
    account.says("ListDeployments", {"deployments": []})
    assert account.deploys("codedeploy") == Enrichment()
    assert len(account.asked) == 1


def test_pipelines_tell_what_ran_in_the_window_and_who_began_it(world: World) -> None:
    account = Account(world)
    starter = "arn:aws:iam::111111111111:user/ana"
    account.says("ListPipelines", {"pipelines": [{"name": "release", "updated": NOON.timestamp()}]})
    ran = [
        {
            "pipelineExecutionId": str(hours),
            "status": "InProgress",
            "startTime": (NOON - timedelta(hours=hours)).timestamp(),
            "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": starter},
        }
        for hours in (1, 3)
    ]
    account.says("ListPipelineExecutions", {"pipelineExecutionSummaries": ran})

    (only,) = account.deploys("codepipeline").changes

    began = f"began by StartPipelineExecution {starter}"
    assert only.summary == f"release: InProgress, {began}, account {world.account}"
    assert only.source == "CodePipeline"


def test_what_is_too_much_to_read_is_said(world: World) -> None:
    account = Account(world)
    account.says("ListDeployments", {"deployments": [f"d-{n}" for n in range(100)], "nextToken": "more"})
    account.answers(
        "us-east-1",
        "BatchGetDeployments",
        lambda asked: (200, {"deploymentsInfo": [deployment(n) for n, _ in enumerate(asked["deploymentIds"])]}),
    )
    many = account.deploys("codedeploy")
    assert len(many.changes) == MOST
    assert many.missing == (f"deploys: more of CodeDeploy in account `{world.account}` than are read here",)

    touched = [{"name": f"p{n}", "updated": (NOON + timedelta(seconds=n)).timestamp()} for n in range(60)]
    account.says("ListPipelines", {"pipelines": touched})
    account.says("ListPipelineExecutions", {"pipelineExecutionSummaries": []})
    assert "only 20" in account.deploys("codepipeline").missing[0]
    read = [asked["pipelineName"] for operation, asked in account.asked if operation == "ListPipelineExecutions"]
    assert read == [f"p{n}" for n in range(59, 59 - PIPELINES, -1)]


@pytest.mark.parametrize(
    ("deployer", "operation"), [("codedeploy", "ListDeployments"), ("codepipeline", "ListPipelines")]
)
@pytest.mark.parametrize("error", ["ThrottlingException", "InternalFailure", "ServiceUnavailable"])
def test_throttled_or_silent_is_asked_again_by_whoever_asked(
    world: World, deployer: Deployer, operation: str, error: str
) -> None:
    account = Account(world)
    account.says(operation, {"__type": error, "message": "Rate exceeded"}, 400 if "Throttl" in error else 500)
    with pytest.raises(Unavailable, match="account"):
        account.deploys(deployer)
    assert len(account.asked) == 1


def test_a_region_that_lets_us_not_look_hides_no_other(world: World) -> None:
    account = Account(world, ("eu-west-1", "us-east-1"))
    refused = {"__type": "AccessDeniedException", "message": "not authorized to perform codedeploy:ListDeployments"}
    account.says("ListDeployments", refused, 400, "eu-west-1")
    account.says("ListDeployments", {"deployments": ["d-1"]})
    account.says("BatchGetDeployments", {"deploymentsInfo": [deployment(1)]})
    found = account.deploys("codedeploy")
    assert len(found.changes) == 1
    (missing,) = found.missing
    assert missing.startswith("deploys: ")
    assert "list the deployments" in missing


def test_what_a_deployer_typed_is_bounded_and_stays_text(world: World) -> None:
    account = Account(world)
    account.says("ListDeployments", {"deployments": ["../d&x"]})
    odd = deployment(1, applicationName=HOSTILE, deploymentId="../d&x", creator=HOSTILE, status=HOSTILE)
    account.says("BatchGetDeployments", {"deploymentsInfo": [odd, {"deploymentId": "d-2"}]})
    account.says("ListPipelines", {"pipelines": [{"name": "a/../b?x=#y"}]})
    ran = {"startTime": NOON.timestamp(), "trigger": {"triggerDetail": HOSTILE}}
    account.says("ListPipelineExecutions", {"pipelineExecutionSummaries": [ran]})

    changes = (*account.deploys("codedeploy").changes, *account.deploys("codepipeline").changes)

    assert len(changes) == 3
    for change in changes:
        assert len(change.summary) < 500
        assert not {"\u202e", "\x00"} & set(change.summary)
        shown = code(change.summary, 120)
        assert shown.startswith("`")
        assert "<" not in shown
    assert changes[0].link.endswith("/deployments/..%2Fd%26x?region=us-east-1")
    assert changes[2].link.endswith("/pipelines/a%2F..%2Fb%3Fx%3D%23y/view?region=us-east-1")
