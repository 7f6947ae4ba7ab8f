"""Log files read after the queue, from a made-up archive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from activities.ports import Missed
from activities.reconciling import AT_ONCE, FURTHEST, SETTLED, Reconciling, Span, missed
from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.envelopes import unwrap
from model.errors import HopstopError, Refused, Unavailable
from model.log_file import LogFile
from model.provenance import Trusted
from tests.model.records import CALLER, OWNER, assume, dumped, record

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
PATIENCE_S = 10


def read(*fields, account: str = CALLER) -> list[CloudTrailRecord | Unparsed]:
    """Records as the folder of an account gives them."""
    found = list(unwrap(dumped({"Records": list(fields)})))
    for each in found:
        each.envelope_account, each.envelope_source = account, "aws.cloudtrail"
    return found


@dataclass
class Shelf:
    """Files with the time they were written; an error where a file cannot be read."""

    kept: list[tuple[datetime, str, list[CloudTrailRecord | Unparsed] | HopstopError]] = field(default_factory=list)
    listing: HopstopError | None = None
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    listed: Event = field(default_factory=Event)

    def add(self, name: str, body, at: datetime = NOW - timedelta(hours=1)) -> None:
        self.kept.append((at, name, body))

    def files(self, since: datetime, until: datetime) -> Iterator[LogFile]:
        self.asked.append((since, until))
        self.listed.set()
        if self.listing:
            raise self.listing
        yield from (LogFile(name, 1, "", "") for at, name, _ in self.kept if since < at <= until)

    def records(self, file: LogFile) -> Iterable[CloudTrailRecord | Unparsed]:
        (body,) = (body for _, name, body in self.kept if name == file.name)
        if isinstance(body, HopstopError):
            raise body
        return body


def given(archive: Shelf, since=NOW - timedelta(hours=3), until=NOW, refused=None) -> list[Missed]:
    return list(missed(archive, Span(since, until), {} if refused is None else refused))


def ids(found: Iterable[Missed]) -> list[str]:
    return [item.id for each in found for item in each.records if isinstance(item, CloudTrailRecord)]


def test_what_the_watch_judges_is_given_and_the_last_says_up_to_when():
    archive = Shelf()
    archive.add("a", read(assume(eventID="1"), record(eventID="other")))
    archive.add("b", read(assume(eventID="2")))
    found = given(archive)
    assert ids(found) == ["1", "2"]
    assert [each.until for each in found] == [NOW]


def test_what_cannot_be_read_is_given_too():
    archive = Shelf()
    archive.add("a", [unparsed("not JSON", b"x")])
    (only,) = given(archive)
    assert [item.reason for item in only.records] == ["not JSON"]


@pytest.mark.parametrize(
    ("account", "accounts", "why"),
    [
        (OWNER, (), "its event came from another account than it names"),
        (CALLER, (OWNER,), "account `111111111111` is not one of the organisation"),
    ],
)
def test_a_record_that_cloudtrail_would_not_have_written_there_is_not_believed(account, accounts, why):
    archive = Shelf()
    archive.add("a", read(assume(), account=account))
    (only,) = missed(archive, Span(NOW - timedelta(hours=3), NOW, Trusted(frozenset(accounts))), {})
    assert [item.reason for item in only.records] == [f"not believed: {why}"]


def test_no_poll_gets_more_than_a_bounded_number():
    archive = Shelf()
    archive.add("a", read(*(assume(eventID=f"{n}") for n in range(2 * AT_ONCE + 1))))
    assert [len(each.records) for each in given(archive)] == [AT_ONCE, AT_ONCE, 1]


def test_a_file_that_aws_refuses_is_told_and_tried_again_while_the_others_are_read():
    archive = Shelf()
    archive.add("closed", Refused("AWS did not read `closed`"))
    archive.add("open", read(assume(eventID="1")))
    refused: dict[str, LogFile] = {}
    first = given(archive, refused=refused)
    assert [each.trouble for each in first] == ["AWS did not read `closed`", ""]
    assert ids(first) == ["1"]
    archive.kept[0] = (archive.kept[0][0], "closed", read(assume(eventID="2")))
    assert ids(given(archive, since=NOW - timedelta(seconds=1), refused=refused)) == ["2"]
    assert refused == {}


@pytest.mark.parametrize("error", [Refused("no"), Unavailable("later")])
def test_a_listing_that_fails_ends_the_round(error):
    with pytest.raises(type(error)):
        given(Shelf(listing=error))


def test_what_aws_cannot_answer_now_ends_the_round():
    archive = Shelf()
    archive.add("a", Unavailable("later"))
    with pytest.raises(Unavailable):
        given(archive)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def next_of(reconciling: Reconciling) -> Missed:
    """What comes next, waited for."""
    turn = Event()
    for _ in range(PATIENCE_S * 100):
        found = reconciling.next()
        if found is not None:
            return found
        turn.wait(0.01)
    pytest.fail("nothing came")


@pytest.fixture
def started():
    running: list[Reconciling] = []

    def start(archive: Shelf, since: datetime | None = None, every_s: float = 3600, clock=None) -> Reconciling:
        reconciling = Reconciling(archive, 3, every_s, now=clock or Clock())
        running.append(reconciling)
        reconciling.begin(since)
        return reconciling

    yield start
    for each in running:
        each.stop()


def test_it_reads_the_last_hours_but_for_what_may_still_come_through_the_queue(started):
    archive = Shelf()
    started(archive)
    assert archive.listed.wait(PATIENCE_S)
    assert archive.asked == [(NOW - timedelta(hours=3), NOW - SETTLED)]


@pytest.mark.parametrize(
    ("since", "from_when"),
    [(NOW - timedelta(hours=9), NOW - timedelta(hours=9)), (NOW - timedelta(days=99), NOW - FURTHEST)],
)
def test_it_goes_on_from_where_it_was_however_long_that_is_ago_within_a_week(started, since, from_when):
    archive = Shelf()
    started(archive, since)
    assert archive.listed.wait(PATIENCE_S)
    assert archive.asked[0][0] == from_when


def test_what_is_next_stays_so_until_it_is_done(started):
    archive = Shelf()
    archive.add("a", read(assume(eventID="1")))
    reconciling = started(archive)
    first = next_of(reconciling)
    assert reconciling.next() is first
    assert ids([first]) == ["1"]
    reconciling.done()
    assert reconciling.next() is None


def test_the_next_round_begins_where_the_last_ended(started):
    archive, clock = Shelf(), Clock()
    reconciling = started(archive, every_s=0.01, clock=clock)
    assert next_of(reconciling).until == NOW - SETTLED
    reconciling.done()
    clock.now += timedelta(minutes=15)
    assert next_of(reconciling).until == clock.now - SETTLED
    assert archive.asked[1] == (NOW - SETTLED, clock.now - SETTLED)


def test_a_round_that_failed_says_so_and_is_made_again(started):
    archive = Shelf(listing=Unavailable("AWS cannot be reached to list bucket `b`"))
    reconciling = started(archive, every_s=0.01)
    failed = next_of(reconciling)
    assert (failed.trouble, failed.until, failed.records) == ("AWS cannot be reached to list bucket `b`", None, ())
    archive.listing = None
    reconciling.done()
    while next_of(reconciling).until is None:
        reconciling.done()
    assert {asked[0] for asked in archive.asked} == {NOW - timedelta(hours=3)}


def test_a_mistake_of_ours_stops_nothing(started, caplog):
    archive = Shelf()
    archive.add("a", None)
    reconciling = started(archive, every_s=0.01)
    assert next_of(reconciling).trouble == "reading the log files failed: TypeError"
    assert "reading the log files failed" in caplog.text
