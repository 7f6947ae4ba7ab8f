"""The consumer: nothing lost, nothing twice, whatever fails in between."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ports import Message
from activities.watching import Coverage, Watching, WatchOrder
from integrations.sqlite_store import SqliteStore
from model.confidence import Confidence
from model.errors import HopstopError, Refused, Unavailable
from model.finding import Finding
from model.organization import Organization
from model.thresholds import Thresholds
from tests.workflows.attack import finding

NOW = datetime.now(UTC).replace(microsecond=0)


class PaperQueue:
    """A queue that gives every message again until it is deleted."""

    name = "records"

    def __init__(self, *bodies: bytes) -> None:
        self.waiting = {str(n): Message(body=body, handle=str(n), sent=NOW) for n, body in enumerate(bodies)}
        self.hidden: set[str] = set()
        self.given = 0
        self.troubles: dict[str, list[HopstopError]] = {}

    def receive(self, wait_s: int) -> Sequence[Message]:
        assert wait_s >= 0
        self.meet("receive")
        out = [m for handle, m in self.waiting.items() if handle not in self.hidden][:10]
        self.hidden |= {message.handle for message in out}
        self.given += len(out)
        return out

    def delete(self, messages: Sequence[Message]) -> None:
        self.meet("delete")
        for message in messages:
            self.waiting.pop(message.handle, None)

    def come_again(self) -> None:
        self.hidden.clear()

    def meet(self, method: str) -> None:
        if self.troubles.get(method):
            raise self.troubles[method].pop(0)


class PaperCases:
    """Temporal on paper: every finding that reached it."""

    def __init__(self) -> None:
        self.opened: list[Finding] = []
        self.troubles: list[HopstopError] = []

    def open(self, finding: Finding) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        self.opened.append(finding)
        return "case:x:unknown:00000000"


def record(number: int) -> bytes:
    made = {
        "eventVersion": "1.08",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventTime": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.1",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEANA",
            "arn": "arn:aws:iam::111111111111:user/ana",
            "accountId": "111111111111",
            "userName": "ana",
        },
    }
    return json.dumps({"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": made}).encode()


def watching(queue: PaperQueue, store: SqliteStore, cases: PaperCases) -> Watching:
    return Watching(queue, store, cases, Thresholds(), Organization())


def consume(watcher: Watching, seconds: int = 1) -> Coverage:
    row = ActivityEnvironment().run(watcher.consume, WatchOrder(queue="records", span_s=seconds))
    assert isinstance(row, Coverage)
    return row


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(str(tmp_path / "store.db"))


def test_records_are_read_committed_and_deleted(store: SqliteStore) -> None:
    queue = PaperQueue(*[record(n) for n in range(25)])
    row = consume(watching(queue, store, PaperCases()))
    assert (row.messages, row.records, row.trouble) == (25, 25, "")
    assert queue.waiting == {}


def test_what_comes_again_after_a_lost_delete_is_skipped(store: SqliteStore) -> None:
    queue = PaperQueue(record(1), record(2))
    queue.troubles["delete"] = [Unavailable("SQS does not answer")]
    first = consume(watching(queue, store, PaperCases()))
    assert "SQS does not answer" in first.trouble
    assert len(queue.waiting) == 2
    queue.come_again()
    again = consume(watching(queue, store, PaperCases()))
    assert (again.messages, again.records) == (2, 0)
    assert queue.waiting == {}


def test_a_record_that_cannot_be_read_is_counted_and_the_queue_goes_on(store: SqliteStore) -> None:
    queue = PaperQueue(b'{"detail": {"eventName": "AssumeRole", "eventTime": 7', b"\xff\x00", record(3))
    row = consume(watching(queue, store, PaperCases()))
    assert row.unparsed >= 1
    assert row.records >= 2
    assert queue.waiting == {}


def test_a_finding_outlives_a_silent_temporal_and_is_handed_over_once(store: SqliteStore) -> None:
    version = store.lead()
    store.commit(version, ["r"], {}, [finding()])
    cases = PaperCases()
    cases.troubles = [Unavailable("Temporal does not answer")]
    row = consume(watching(PaperQueue(), store, cases), seconds=4)
    assert "Temporal does not answer" in row.trouble
    assert [one.uid for one in cases.opened] == ["f-laptop"]
    consume(watching(PaperQueue(), store, cases))
    assert len(cases.opened) == 1


def test_records_are_still_consumed_while_temporal_is_silent(store: SqliteStore) -> None:
    store.commit(store.lead(), ["r"], {}, [finding()])
    cases = PaperCases()
    cases.troubles = [Unavailable("Temporal does not answer")] * 50
    queue = PaperQueue(record(1))
    consume(watching(queue, store, cases), seconds=3)
    assert queue.waiting == {}
    assert store.unsent()


def test_a_finding_that_is_refused_holds_up_no_other(store: SqliteStore) -> None:
    other = finding().model_copy(update={"uid": "f-other"})
    store.commit(store.lead(), ["r"], {}, [finding(), other])
    cases = PaperCases()
    cases.troubles = [Refused("Temporal refused: invalid argument")]
    row = consume(watching(PaperQueue(), store, cases))
    assert "refused" in row.trouble
    assert cases.opened[0].uid == "f-other"


def test_a_low_finding_opens_no_case(store: SqliteStore) -> None:
    low = finding().model_copy(update={"confidence": Confidence.LOW})
    store.commit(store.lead(), ["r"], {}, [low])
    cases = PaperCases()
    consume(watching(PaperQueue(), store, cases))
    assert cases.opened == []
    assert store.unsent() == ()


def test_a_deposed_judge_commits_nothing_and_begins_again(store: SqliteStore) -> None:
    queue = PaperQueue(record(1))
    watcher = watching(queue, store, PaperCases())
    receive = queue.receive

    def overtaken(wait_s: int) -> Sequence[Message]:
        queue.receive = receive  # type: ignore[method-assign]
        store.lead()
        return receive(wait_s)

    queue.receive = overtaken  # type: ignore[method-assign]
    row = consume(watcher, seconds=1)
    assert row.records == 0
    assert "lead" in row.trouble
    assert len(queue.waiting) == 1
    queue.come_again()
    assert consume(watcher).records == 1
