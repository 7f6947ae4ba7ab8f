"""The queue, on a real one."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSResponse

from activities.ports import Message
from integrations.aws import AwsClients
from integrations.aws_sqs import SqsQueue
from model.errors import NotFound, Unavailable
from model.settings import ContainmentSettings
from tests.servers import Ministack, ministack

__all__ = ["ministack"]


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
        batch = bench.queue.receive(1)
        assert 0 < len(batch) <= 10
        got += batch
    assert {message.body for message in got} == {f"record {n}".encode() for n in range(23)}
    assert all(abs(datetime.now(UTC) - message.sent) < timedelta(seconds=60) for message in got)
    assert bench.queue.name == "records"

    bench.queue.delete(got)
    assert bench.held() == 0


def test_an_empty_queue_is_waited_for(bench: Bench) -> None:
    started = time.monotonic()
    assert bench.queue.receive(1) == ()
    assert time.monotonic() - started > 0.9


def test_a_message_ends_the_wait(bench: Bench) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bench.queue.receive, 20)
        bench.send(1)
        assert len(waiting.result(10)) == 1


def test_what_was_not_deleted_is_said_and_the_rest_is_gone(bench: Bench) -> None:
    bench.send(3)
    got = list(bench.queue.receive(1))
    stale = Message(body=b"", handle="no such handle", sent=got[0].sent)
    with pytest.raises(Unavailable, match="did not delete 1 message"):
        bench.queue.delete([*got, stale])
    assert bench.held() == 0


def test_a_half_failed_batch_is_tried_again_at_once(bench: Bench) -> None:
    bench.send(2)
    got = bench.queue.receive(1)
    asked: list[int] = []

    def fail_once(request: object, **_: object) -> AWSResponse | None:
        asked.append(1)
        failed = b'{"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","SenderFault":false,"Code":"InternalError"}]}'
        return AWSResponse(bench.url, 200, {}, Raw(failed)) if len(asked) == 1 else None

    bench.clients.own("sqs").meta.events.register("before-send.sqs.DeleteMessageBatch", fail_once)
    bench.queue.delete(got)
    assert len(asked) == 2
    assert bench.held() == 1


def test_a_queue_that_is_not_there_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFound, match="`gone`"):
        SqsQueue(bench.clients, bench.url.replace("records", "gone")).receive(0)


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
        SqsQueue(bench.clients, url).receive(0)
    assert asked == [region]
