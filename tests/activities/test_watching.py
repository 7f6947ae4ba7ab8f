"""The consumer: nothing lost, nothing twice, whatever fails in between."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities import holding, watching
from activities.coverage import Coverage
from activities.ports import Message, Missed
from activities.watching import Watching, WatchOrder
from detectors.judge import Judge
from integrations.sqlite_store import SqliteStore
from model.baseline import digest
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.confidence import Confidence
from model.envelopes import unwrap
from model.errors import HopstopError, Malformed, Refused, Unavailable
from model.finding import Finding
from model.journal import Entry
from model.organization import Organization
from model.watch_plan import WatchPlan
from tests.activities.paper_queue import NOW, PaperCases, PaperQueue, detail, event, file, record
from tests.workflows.attack import finding
from tests.workflows.fakes import PaperSiem

PLAN = WatchPlan()


class Store(SqliteStore):
    """A real store that may fail when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.troubles: dict[str, list[Exception | None]] = {}
        self.commits: list[Entry] = []
        self.ours = 0

    def commit(self, version, entry, documents, folded) -> None:  # type: ignore[no-untyped-def]
        self._meet("commit")
        super().commit(version, entry, documents, folded)
        self.commits.append(entry)
        self._meet("committed")

    def unsent(self) -> tuple[Finding, ...]:
        self._meet("unsent")
        return super().unsent()

    def _meet(self, method: str) -> None:
        trouble = self.troubles[method].pop(0) if self.troubles.get(method) else None
        if trouble is not None:
            raise trouble

    def known(self) -> int:
        """How many records are committed; each counts as often as it was."""
        return sum(len(list(ids)) for entry in self.commits for ids in entry.ids.values())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.db")
    yield made
    made.close()


class Bench:
    """A consumer over a paper queue and a real store."""

    def __init__(self, queue: PaperQueue, store: Store, plan: WatchPlan = PLAN, holder: str = "one") -> None:
        plan = plan.model_copy(update={"backoff_s": 0.3})
        self.queue, self.store, self.cases = queue, store, PaperCases()
        self.siem = PaperSiem()
        self.watching = Watching(queue, store, self.cases, plan, holder, siem=self.siem)
        self.env = ActivityEnvironment()

    def consume(self, seconds: float = 1) -> Coverage:
        """A whole span."""
        row = self.env.run(self.watching.consume, WatchOrder(queue="records", span_s=int(seconds)))
        assert isinstance(row, Coverage)
        return row

    def until(self, holds: Callable[[], bool], within_s: float = 10) -> Coverage:
        """A span that is told to stop as soon as something holds."""
        with ThreadPoolExecutor(1) as pool:
            running: Future[Coverage] = pool.submit(self.consume, 60)
            end = time.monotonic() + within_s
            while not holds() and not running.done():
                assert time.monotonic() < end, "it never happened"
                time.sleep(0.01)
            self.env.worker_shutdown()
            row = running.result(15)
        self.env = ActivityEnvironment()
        return row

    def until_empty(self) -> Coverage:
        return self.until(lambda: not self.queue.bodies)


def seeded(store: Store, *findings: Finding) -> None:
    lead = store.lead("seed", 5)
    assert lead
    store.commit(lead.version, Entry(number=lead.entry + 1, findings=findings), {}, 0)
    store.resign(lead.version)
    store.commits.clear()


def test_records_are_read_committed_and_deleted(store: Store) -> None:
    bench = Bench(PaperQueue(*[record(n) for n in range(25)]), store)
    row = bench.until_empty()
    assert (row.messages, row.records, row.duplicates, row.leads, row.trouble) == (25, 25, 0, 1, "")
    assert store.known() == 25
    assert row.read
    assert row.terms == WatchPlan().terms


def test_what_comes_again_after_a_lost_delete_is_passed_over(store: Store) -> None:
    queue = PaperQueue(record(1), record(2))
    queue.troubles["delete"] = [Unavailable("SQS does not answer")]
    bench = Bench(queue, store)
    first = bench.until(lambda: store.known() == 2)
    assert "SQS does not answer" in first.trouble
    assert len(queue.bodies) == 2
    queue.come_again()
    again = bench.until_empty()
    assert (again.messages, again.records, again.duplicates) == (2, 0, 2)
    assert store.known() == 2


def test_a_record_that_cannot_be_read_is_counted_and_kept_for_people(store: Store) -> None:
    broken = b'{"detail": {"eventName": "AssumeRole", "eventTime": 7'
    queue = PaperQueue(broken, b"\xff\x00", record(3))
    row = Bench(queue, store).until_empty()
    assert (row.unparsed, row.records, row.set_aside) == (2, 1, 2)
    assert queue.dead
    assert {body for body, _ in queue.dead} == {broken, b"\xff\x00"}
    assert [f.detectors for entry in store.commits for f in entry.findings][:1] == [("unreadable",)]


def test_a_whole_log_file_is_committed_in_polls_and_forgotten_after_the_last(store: Store) -> None:
    queue = PaperQueue(file(*range(250)))
    store.troubles["commit"] = []
    bench = Bench(queue, store, WatchPlan(accept_bare=True))
    deleted = queue.delete
    seen: list[int] = []

    def noting(messages: Sequence[Message]) -> None:
        seen.append(store.known())
        deleted(messages)

    queue.delete = noting  # type: ignore[method-assign]
    row = bench.until_empty()
    sizes = [sum(map(len, entry.ids.values())) for entry in store.commits if entry.ids]
    assert (sizes, seen, row.messages, row.records) == ([100, 100, 50], [250], 1, 250)


@pytest.mark.parametrize(("when", "known"), [("commit", 0), ("committed", 100)])
def test_a_failed_commit_in_the_middle_of_a_file_repeats_nothing_and_loses_nothing(
    store: Store, when: str, known: int
) -> None:
    """Whether it was refused, or kept and the answer lost."""
    queue = PaperQueue(file(*range(250)))
    bench = Bench(queue, store, WatchPlan(accept_bare=True))
    store.troubles[when] = [None, Unavailable("store is locked")]
    row = bench.until_empty()
    assert "locked" in row.trouble
    assert (store.known(), row.records + row.duplicates, row.duplicates) == (250, 250, known)
    assert queue.given == {"0": 1}


SECRET = "never to be shown".replace(" ", "-")


class Cursed(Store):
    """Whoever asks for one identity makes the judge stumble: a bug, as seen from outside of it."""

    whom = "cursed"

    def get(self, kind: str, key: str) -> bytes | None:
        if self.whom and self.whom in key.lower():
            raise ZeroDivisionError(SECRET)
        return super().get(kind, key)


def cursed(number: int) -> bytes:
    who = {"type": "IAMUser", "accountId": "111111111111", "arn": "arn:aws:iam::111111111111:user/cursed"}
    return event(detail(number, userIdentity={**who, "principalId": "AIDAEXAMPLECURSED", "userName": "cursed"}))


def test_a_record_that_no_judge_bears_is_found_and_laid_aside_and_all_others_are_judged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Cursed(tmp_path / "store.db")
    bodies = [record(n) for n in range(30)]
    queue = PaperQueue(*bodies[:17], cursed(99), *bodies[17:])
    row = Bench(queue, store).until_empty()
    assert (row.records, row.quarantined, row.set_aside) == (30, 1, 1)
    assert queue.dead == [(cursed(99), "could not be judged: ZeroDivisionError")]
    assert digest("00000000-0000-4000-8000-000000000099") not in {
        i for e in store.commits for h in e.ids.values() for i in h
    }
    assert any("could not be judged" in f.message for entry in store.commits for f in entry.findings)
    assert SECRET not in caplog.text + row.model_dump_json()
    store.close()


def test_without_a_dead_letter_queue_it_is_hidden_for_hours(tmp_path: Path) -> None:
    store = Cursed(tmp_path / "store.db")
    queue = PaperQueue(cursed(99), record(1), dead_letters=False)
    row = Bench(queue, store).until(lambda: ("0", holding.KEPT_HIDDEN_S) in queue.hides and len(queue.bodies) == 1)
    assert (row.records, row.quarantined, row.set_aside) == (1, 1, 0)
    assert list(queue.bodies) == ["0"]
    store.close()


def test_a_judge_that_bears_nothing_at_all_blames_no_record(tmp_path: Path) -> None:
    store = Cursed(tmp_path / "store.db")
    store.whom = "unreadable"
    queue = PaperQueue(cursed(1), record(2))
    store.get = _stumbling(store)  # type: ignore[method-assign]
    bench = Bench(queue, store)
    row = bench.until(lambda: "whatever it is given" in bench.watching._tally.row().trouble)
    assert (row.quarantined, queue.dead, len(queue.bodies), store.known()) == (0, [], 2, 0)
    del store.get
    store.whom = ""
    queue.come_again()
    assert bench.until_empty().records == 2
    store.close()


def _stumbling(store: Store) -> Callable[[str, str], bytes | None]:
    def get(kind: str, key: str) -> bytes | None:
        raise ZeroDivisionError(kind + key + store.__class__.__name__)

    return get


def test_nothing_is_received_while_the_store_is_silent_and_no_message_is_given_twice(store: Store) -> None:
    queue = PaperQueue(*[record(n) for n in range(5)])
    store.troubles["commit"] = [Unavailable("store is locked")] * 2
    bench = Bench(queue, store)
    asked: list[int] = []

    def given() -> bool:
        if bench.watching._tally.row().trouble and not asked:
            asked.append(queue.asked)
            queue.put(record(77))
        return not queue.bodies

    row = bench.until(given, 20)
    assert "locked" in row.trouble
    assert store.known() == 6
    assert max(queue.given.values()) == 1


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        ("receive", Unavailable("SQS does not answer")),
        ("receive", Refused("it is not allowed")),
        ("receive", ValueError("a bug")),
        ("delete", Unavailable("SQS does not answer")),
        ("delete", ValueError("a bug")),
        ("set_aside", Unavailable("SQS does not answer")),
        ("hide", Unavailable("SQS does not answer")),
    ],
)
def test_whatever_the_queue_does_nothing_is_lost_and_nothing_is_judged_twice(
    store: Store, method: str, trouble: Exception
) -> None:
    queue = PaperQueue(*[record(n) for n in range(12)], b"\xff\x00")
    queue.troubles[method] = [trouble]
    bench = Bench(queue, store, WatchPlan(hide_s=1))
    row = bench.until_empty()
    assert store.known() == 12
    assert row.records == 12
    assert queue.dead
    assert {body for body, _ in queue.dead} == {b"\xff\x00"}


@pytest.mark.parametrize("when", ["commit", "committed"])
@pytest.mark.parametrize(
    "trouble",
    [
        Unavailable("store is locked"),
        Malformed("store is damaged"),
        Refused("another judge leads"),
        ValueError("a bug"),
    ],
)
def test_whatever_the_store_does_nothing_is_lost_and_nothing_is_judged_twice(
    store: Store, when: str, trouble: Exception
) -> None:
    queue = PaperQueue(*[record(n) for n in range(12)])
    store.troubles[when] = [trouble]
    row = Bench(queue, store).until_empty()
    assert (store.known(), row.records + row.duplicates, row.quarantined) == (12, 12, 0)
    assert queue.dead == []


def test_a_message_that_waits_long_stays_hidden_until_it_is_committed(store: Store) -> None:
    queue = PaperQueue(record(1), record(2))
    store.troubles["commit"] = [Unavailable("store is locked")] * 6
    bench = Bench(queue, store, WatchPlan(hide_s=2))
    bench.until_empty()
    assert ("0", 2) in queue.hides
    assert queue.given == {"0": 1, "1": 1}


def test_a_message_that_can_be_hidden_no_longer_comes_again_and_is_judged_once(store: Store) -> None:
    queue = PaperQueue(record(1), record(2))
    queue.unhideable = {"0"}
    store.troubles["commit"] = [Unavailable("store is locked")] * 6
    bench = Bench(queue, store, WatchPlan(hide_s=2))
    bench.until_empty()
    assert store.known() == 2


def test_a_message_that_came_too_often_is_judged_apart(store: Store) -> None:
    queue = PaperQueue(*[record(n) for n in range(6)])
    queue.given = {"2": 7}
    Bench(queue, store).until_empty()
    sizes = sorted(sum(map(len, entry.ids.values())) for entry in store.commits if entry.ids)
    assert sum(sizes) == 6
    alone = digest("00000000-0000-4000-8000-000000000002")
    assert [[alone]] == [list(ids) for e in store.commits for ids in e.ids.values() if alone in ids]


def test_a_finding_outlives_a_silent_temporal_and_is_handed_over_once(store: Store) -> None:
    seeded(store, finding())
    bench = Bench(PaperQueue(), store)
    bench.cases.troubles = [Unavailable("Temporal does not answer")]
    row = bench.until(lambda: bool(bench.cases.opened))
    assert "Temporal does not answer" in row.trouble
    assert [one.uid for one in bench.cases.opened] == ["f-laptop"]
    bench.consume(1)
    assert len(bench.cases.opened) == 1


def test_records_are_judged_while_temporal_is_silent(store: Store) -> None:
    seeded(store, finding())
    bench = Bench(PaperQueue(record(1)), store)
    bench.cases.troubles = [Unavailable("Temporal does not answer")] * 50
    bench.until_empty()
    assert store.unsent()


def test_a_finding_that_is_refused_holds_up_no_other(store: Store) -> None:
    seeded(store, finding(), finding().model_copy(update={"uid": "f-other"}))
    bench = Bench(PaperQueue(), store)
    bench.cases.troubles = [Refused("Temporal refused: invalid argument")]
    row = bench.until(lambda: bool(bench.cases.opened))
    assert "refused" in row.trouble
    assert bench.cases.opened[0].uid == "f-other"


def test_a_low_finding_opens_no_case(store: Store) -> None:
    seeded(store, finding().model_copy(update={"confidence": Confidence.LOW}))
    bench = Bench(PaperQueue(), store)
    bench.until(lambda: store.unsent() == ())
    assert bench.cases.opened == []
    (event,) = bench.siem.events
    assert (event["class_uid"], event["confidence"], event["activity_name"]) == (2004, "Low", "Create")


@pytest.mark.parametrize("trouble", [Unavailable("the SIEM does not answer"), Refused("HTTP 401")])
def test_a_silent_siem_keeps_its_low_findings_and_holds_up_no_case(store: Store, trouble: HopstopError) -> None:
    low = finding().model_copy(update={"confidence": Confidence.LOW, "uid": "f-low"})
    seeded(store, low, low.model_copy(update={"uid": "f-low-too"}), finding())
    bench = Bench(PaperQueue(), store)
    bench.siem.plan("send", trouble)
    row = bench.until(lambda: bool(bench.cases.opened))
    assert "wait for the SIEM" in row.trouble
    assert bench.siem.events == []
    assert [one.uid for one in bench.cases.opened] == ["f-laptop"]
    assert bench.siem.planned["send"] == []


def test_a_second_worker_stands_by_receives_nothing_and_takes_over(store: Store) -> None:
    queue = PaperQueue()
    first, second = Bench(queue, store), Bench(queue, store, holder="two")
    first.consume(1)
    idle = PaperQueue(record(1))
    second = Bench(idle, store, holder="two")
    standing = second.consume(1)
    assert (standing.leads, standing.messages, idle.asked) == (0, 0, 0)
    assert standing.standby_s > 0
    first.watching.close()
    took = second.until_empty()
    assert (took.leads, took.records) == (1, 1)


def test_a_deposed_judge_commits_nothing_gives_its_messages_back_and_the_next_one_loses_none(store: Store) -> None:
    queue = PaperQueue(*[record(n) for n in range(5)])
    zombie = Bench(queue, store)
    zombie.consume(1)
    queue.put(*[record(n) for n in range(5, 8)])
    lead = store.lead("one", 5)
    assert lead
    store.resign(lead.version)
    new = store.lead("two", 5)
    assert new
    row = zombie.until(lambda: zombie.watching._tally.row().standby_s > 0)
    assert (row.records, row.standby_s > 0) == (0, True)
    assert store.known() == 5
    store.resign(new.version)
    assert Bench(queue, store, holder="three").until_empty().records == 3
    assert store.known() == 8


def test_between_spans_the_lead_is_kept_and_nothing_is_loaded_again(store: Store) -> None:
    bench = Bench(PaperQueue(record(1)), store)
    bench.consume(1)
    judge = bench.watching._judging._judge
    bench.queue.put(record(2))
    row = bench.consume(1)
    assert (row.leads, row.records) == (0, 1)
    assert bench.watching._judging._judge is judge


def test_a_worker_that_ends_waits_for_no_poll_and_gives_back_what_it_has_not_judged(store: Store) -> None:
    queue = PaperQueue(*[record(n) for n in range(40)])
    polling = threading.Event()
    released = threading.Event()
    receive = queue.receive

    def slow(wait_s: int, hide_s: int) -> Sequence[Message]:
        got = receive(0, hide_s)
        if not got:
            polling.set()
            released.wait(20)
            queue.put(record(99))
            return receive(0, hide_s)
        return got

    queue.receive = slow  # type: ignore[method-assign]
    store.troubles["commit"] = [Unavailable("store is locked")] * 50
    bench = Bench(queue, store)
    started = time.monotonic()
    row = bench.until(lambda: polling.is_set() and bool(bench.watching._tally.row().trouble))
    assert time.monotonic() - started < 9
    assert (row.records, store.known()) == (0, 0)
    assert {name for name, hide_s in queue.hides if hide_s == 0} >= {str(n) for n in range(40)}
    assert store.lead("two", 60)
    released.set()


def test_a_killed_attempt_s_counts_are_in_the_next_one_s_row_and_the_time_between_is_a_gap(store: Store) -> None:
    said = Coverage(since=NOW - timedelta(seconds=60), until=datetime.now(UTC) - timedelta(seconds=20), records=7)
    bench = Bench(PaperQueue(record(1)), store)
    details = [said.model_dump(mode="json")]
    bench.env.info = replace(bench.env.info, attempt=2, heartbeat_details=details)
    row = bench.until_empty()
    assert (row.since, row.records) == (said.since, 8)
    assert 19 < row.gap_s < 30


def test_progress_is_said_while_it_goes_on(store: Store) -> None:
    bench = Bench(PaperQueue(record(1)), store)
    beats: list[Coverage] = []
    bench.env.on_heartbeat = lambda *details: beats.append(details[0])
    bench.until(lambda: any(beat.records == 1 for beat in beats))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (file(1), "no event of AWS carried it"),
        (event(detail(1), source="com.evil"), "its event was not sent by AWS"),
        (event(detail(1, recipientAccountId="999999999999"), account="999999999999"), "`999999999999`"),
    ],
)
def test_what_did_not_come_from_aws_is_no_record_and_is_kept_for_people(store: Store, body: bytes, why: str) -> None:
    queue = PaperQueue(body, record(2))
    ours = Organization.model_validate({"accounts": {"111111111111": {}}})
    row = Bench(queue, store, WatchPlan(organization=ours)).until_empty()
    assert (row.records, row.unbelieved, row.unparsed, row.set_aside) == (1, 1, 0, 1)
    assert why in row.trouble
    assert queue.dead
    assert queue.dead[0][0] == body


class PaperBacklog:
    """Log files on paper."""

    def __init__(self, *records: CloudTrailRecord | Unparsed, until: datetime) -> None:
        self.left = [Missed(records, until)]
        self.since: list[datetime | None] = []

    def begin(self, since: datetime | None) -> None:
        self.since.append(since)

    def next(self) -> Missed | None:
        return self.left[0] if self.left else None

    def done(self) -> None:
        self.left.pop(0)


def test_what_only_the_log_files_have_is_judged_once_and_remembered_as_read(store: Store) -> None:
    until = datetime(2026, 3, 4, 12, tzinfo=UTC)
    bench = Bench(PaperQueue(record(1)), store)
    bench.until_empty()
    backlog = PaperBacklog(*unwrap(file(1, 2, 3)), until=until)
    bench.watching._backlog = backlog
    row = bench.until(lambda: not backlog.left)
    assert (row.missed, row.records, row.duplicates) == (2, 2, 0)
    assert backlog.since[0] is None
    bench.until(lambda: backlog.since[-1] == until)
    assert Judge(WatchPlan().thresholds, Organization(), store, entry=store.commits[-1].number)


def test_the_errors_that_ports_may_raise_are_the_ones_tried_here() -> None:
    ports = {error for error in HopstopError.__subclasses__() if error.__module__ == "model.errors"}
    assert ports == {Unavailable, Malformed, Refused}
    assert watching.SETTLE_S < 10


def test_an_attempt_that_was_given_up_and_still_runs_is_waited_for(store: Store) -> None:
    """Both are in this process, and so one holder: two at once would each commit."""
    bench = Bench(PaperQueue(record(1)), store)
    second = ActivityEnvironment()
    said = Coverage(since=NOW, until=NOW).model_dump(mode="json")
    second.info = replace(second.info, attempt=2, heartbeat_details=[said])
    beats: list[tuple[object, ...]] = []
    second.on_heartbeat = lambda *details: beats.append(details)
    with ThreadPoolExecutor(1) as pool:

        def both() -> bool:
            return bool(beats)

        waiting: list[Future[Coverage]] = []

        def begun() -> bool:
            if not waiting and bench.watching._one.locked():
                waiting.append(pool.submit(second.run, bench.watching.consume, WatchOrder(queue="records", span_s=1)))
            return both()

        first = bench.until(begun)
        row = waiting[0].result(15)
    assert (first.records, beats[0]) == (1, (said,))
    assert row.records == 0
