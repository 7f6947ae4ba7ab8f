"""The queue, on a real one."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse

from activities.ports import Message
from integrations.aws import AwsClients
from integrations.aws_sqs import LONGEST_WAIT_S, SqsQueue
from model.errors import HopstopError, NotFound, Refused, Unavailable
from model.settings import ContainmentSettings
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

HIDE_S = 30


class Raw:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self.body]


class Bench:
    """An account with one empty queue."""

    def __init__(self, ministack: Ministack) -> None:
        root = ministack.root(ministack.new_account())
        self.sqs = ministack.client("sqs", root)
        self.url = self.sqs.create_queue(QueueName="records")["QueueUrl"]
        self.clients = AwsClients(ContainmentSettings(), base=root, endpoint=ministack.url)
        self.queue = SqsQueue(self.clients, self.url)

    def send(self, count: int) -> None:
        for n in range(count):
            self.sqs.send_message(QueueUrl=self.url, MessageBody=f"record {n}")

    def with_dead_letters(self, most: int = 10) -> tuple[str, str]:
        dead = self.sqs.create_queue(QueueName="records-dead")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": most})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"RedrivePolicy": policy})
        return arn, dead

    def held(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in found.values())


@pytest.fixture
def bench(ministack: Ministack) -> Bench:
    return Bench(ministack)


def test_messages_come_with_their_time_and_go_when_deleted(bench: Bench) -> None:
    bench.send(23)
    got: list[Message] = []
    while len(got) < 23:
        batch = bench.queue.receive(1, HIDE_S)
        assert 0 < len(batch) <= 10
        got += batch
    assert {message.body for message in got} == {f"record {n}".encode() for n in range(23)}
    assert all(abs(datetime.now(UTC) - message.sent) < timedelta(seconds=60) for message in got)
    assert bench.queue.name == "records"

    bench.queue.delete(got)
    assert bench.held() == 0


def test_an_empty_queue_is_waited_for(bench: Bench) -> None:
    started = time.monotonic()
    assert bench.queue.receive(1, HIDE_S) == ()
    assert time.monotonic() - started > 0.9


def test_a_message_ends_the_wait(bench: Bench) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bench.queue.receive, 20, HIDE_S)
        bench.send(1)
        assert len(waiting.result(10)) == 1


def test_what_was_not_deleted_is_said_and_the_rest_is_gone(bench: Bench) -> None:
    bench.send(3)
    got = list(bench.queue.receive(1, HIDE_S))
    stale = Message(body=b"", handle="no such handle", sent=got[0].sent)
    with pytest.raises(Unavailable, match="did not delete 1 message"):
        bench.queue.delete([*got, stale])
    assert bench.held() == 0


def answering(body: bytes, bench: Bench, operation: str, status: int = 200) -> list[int]:
    """The first call of an operation is answered so; how often it was asked."""
    asked: list[int] = []

    def answer(request: object, **_: object) -> AWSResponse | None:
        asked.append(1)
        return AWSResponse(bench.url, status, {}, Raw(body)) if len(asked) == 1 else None

    bench.clients.own("sqs").meta.events.register(f"before-send.sqs.{operation}", answer)
    return asked


def test_of_a_half_failed_batch_each_is_asked_for_alone(bench: Bench) -> None:
    bench.send(2)
    got = bench.queue.receive(1, HIDE_S)
    failed = b'{"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","SenderFault":false,"Code":"InternalError"}]}'
    batches = answering(failed, bench, "DeleteMessageBatch")
    bench.queue.delete(got)
    assert (len(batches), bench.held()) == (1, 1)


def test_what_is_hidden_on_does_not_come_again_and_what_is_given_back_does_at_once(bench: Bench) -> None:
    bench.send(2)
    kept, back = bench.queue.receive(1, 1)
    assert list(bench.queue.hide([kept], HIDE_S)) == []
    assert list(bench.queue.hide([back], 0)) == []
    (again,) = bench.queue.receive(1, HIDE_S)
    assert (again.body, again.received) == (back.body, 2)
    bench.queue.delete([kept, again])
    assert bench.held() == 0


def test_what_cannot_be_hidden_any_more_is_told(bench: Bench) -> None:
    bench.send(1)
    (one,) = bench.queue.receive(1, HIDE_S)
    gone = Message(body=b"", handle="no such handle", sent=one.sent)
    assert list(bench.queue.hide([one, gone], HIDE_S)) == [gone]


def test_a_message_is_set_aside_with_its_reason_where_the_queue_says(bench: Bench) -> None:
    arn, dead = bench.with_dead_letters()
    assert arn.endswith(":records-dead")
    bench.send(1)
    (one,) = bench.queue.receive(1, HIDE_S)
    assert bench.queue.set_aside(one, "could not be judged: `x`\nForged: line")
    assert bench.queue.set_aside_count() == 1
    kept = bench.sqs.receive_message(QueueUrl=dead, MessageAttributeNames=["All"])["Messages"][0]
    assert kept["Body"] == "record 0"
    assert kept["MessageAttributes"]["hopstop-reason"]["StringValue"] == "could not be judged: 'x' Forged: line"


def test_a_queue_without_one_says_so(bench: Bench) -> None:
    bench.send(1)
    (one,) = bench.queue.receive(1, HIDE_S)
    assert not bench.queue.set_aside(one, "why")
    assert bench.queue.set_aside_count() is None


def test_a_message_that_was_given_too_often_goes_there_by_itself(bench: Bench) -> None:
    bench.with_dead_letters(most=2)
    bench.send(1)
    for times in (1, 2):
        (one,) = bench.queue.receive(1, HIDE_S)
        assert one.received == times
        bench.queue.hide([one], 0)
    assert bench.queue.receive(0, HIDE_S) == ()
    assert bench.queue.set_aside_count() == 1


@pytest.mark.parametrize(
    ("error", "kind", "fix"),
    [
        ("AccessDenied", Refused, "docs/security.md"),
        ("AWS.SimpleQueueService.NonExistentQueue", NotFound, "HOPSTOP_QUEUE_URL"),
        ("QueueDoesNotExist", NotFound, "HOPSTOP_QUEUE_URL"),
        ("OverLimit", Unavailable, "docs/operations.md"),
        ("InternalError", Unavailable, "InternalError"),
    ],
)
def test_what_only_people_can_mend_is_said_with_the_fix(
    bench: Bench, error: str, kind: type[HopstopError], fix: str
) -> None:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{error}", "message": "no"}).encode()
    answering(body, bench, "ReceiveMessage", 400)
    with pytest.raises(kind, match=fix):
        bench.queue.receive(0, HIDE_S)


def test_a_long_poll_is_shorter_than_the_client_s_patience(bench: Bench) -> None:
    client = bench.clients.own("sqs").meta.config
    assert client.read_timeout > LONGEST_WAIT_S
    assert client.retries["total_max_attempts"] == 1


def test_a_queue_that_is_not_there_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFound, match="`gone`"):
        SqsQueue(bench.clients, bench.url.replace("records", "gone")).receive(0, HIDE_S)


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111111111111/q", "eu-west-1"),
        ("http://127.0.0.1:4566/111111111111/q", "us-east-1"),
    ],
)
def test_the_region_is_the_queues_own(bench: Bench, url: str, region: str) -> None:
    asked: list[str] = []
    bench.clients.own("sqs", "eu-west-1").meta.events.register("before-call.sqs", lambda **_: asked.append("eu-west-1"))
    bench.clients.own("sqs").meta.events.register("before-call.sqs", lambda **_: asked.append("us-east-1"))
    with pytest.raises(NotFound):
        SqsQueue(bench.clients, url).receive(0, HIDE_S)
    assert asked == [region]


def test_the_documentation_lists_exactly_the_actions_that_are_called() -> None:
    root = Path(__file__).parents[2]
    code = (root / "integrations" / "aws_sqs.py").read_text("utf-8")
    called = {name.removesuffix("_batch") for name in re.findall(r"_sqs\(\)\.(\w+)\(", code)}
    actions = {"sqs:" + "".join(part.title() for part in name.split("_")) for name in called}
    page = (root / "docs" / "security.md").read_text("utf-8").split("<!-- actions:worker -->")[1].split("###")[0]
    assert actions == set(re.findall(r"sqs:\w+", page))
