"""The canary: its record is known again, and nothing else hides behind it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.canary import AWAITED, PREFIX, Canary
from activities.coverage import Tally
from activities.watching import Watching, WatchOrder
from integrations.sqlite_store import SqliteStore
from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.errors import Unavailable
from model.watch_plan import Terms, WatchPlan
from tests.activities.paper_queue import PaperCases, PaperQueue, detail, event

ROLE = "arn:aws:iam::111111111111:role/hopstop/canary"


class PaperSts:
    """Gives keys; remembers the sessions that were asked for."""

    def __init__(self, then: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self.sessions: list[str] = []
        self.troubles: list[Exception] = []
        self._then = then

    def assume(self, role_arn: str, session_name: str) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        assert role_arn == ROLE
        self.sessions.append(session_name)
        key = f"ASIACANARY{len(self.sessions):06d}"
        self._then(sung(session_name, key))
        return key


def sung(session: str, key: str, role: str = ROLE, **more: object) -> dict[str, Any]:
    """CloudTrail's record of the call."""
    return detail(
        7_000_000 + int(key[-6:]) if key[-6:].isdigit() else 7_999_999,
        "AssumeRole",
        eventSource="sts.amazonaws.com",
        requestParameters={"roleArn": role, "roleSessionName": session},
        responseElements={"credentials": {"accessKeyId": key}},
        **more,
    )


def read(made: dict[str, Any]) -> CloudTrailRecord:
    (record,) = unwrap(event(made, source="aws.sts"))
    assert isinstance(record, CloudTrailRecord)
    return record


def test_the_record_of_our_own_call_is_caught_in_both_accounts_copies_and_its_way_is_timed() -> None:
    sts, tally = PaperSts(), Tally(Terms())
    canary = Canary(sts, ROLE)
    canary.send()
    record = read(sung(sts.sessions[0], "ASIACANARY000001"))
    assert sts.sessions[0].startswith(PREFIX)
    assert canary.caught(record, tally)
    assert canary.caught(record, tally)
    row = tally.row()
    assert row.canary
    assert row.canary_s is not None
    assert 0 <= row.canary_s < 5
    assert (datetime.now(UTC) - row.canary).total_seconds() < 5


@pytest.mark.parametrize(
    "change",
    [
        {"key": "ASIASOMEBODYELSE"},
        {"key": ""},
        {"session": PREFIX + "0" * 32},
        {"session": "ana"},
        {"role": "arn:aws:iam::111111111111:role/admin"},
        {"eventName": "AssumeRoleWithSAML"},
        {"eventSource": "evil.amazonaws.com"},
        {"errorCode": "AccessDenied"},
        {"responseElements": None},
        {"requestParameters": None},
    ],
)
def test_nothing_hides_behind_it(change: dict[str, Any]) -> None:
    sts, tally = PaperSts(), Tally(Terms())
    canary = Canary(sts, ROLE)
    canary.send()
    given = {"session": sts.sessions[0], "key": "ASIACANARY000001", "role": ROLE}
    named = {key: change.pop(key) for key in tuple(change) if key in given}
    made = sung(**{**given, **named}) | change
    assert not canary.caught(read(made), tally)
    assert tally.row().canary is None


def test_a_call_whose_answer_was_lost_is_not_known_again() -> None:
    sts, tally = PaperSts(), Tally(Terms())
    canary = Canary(sts, ROLE)
    sts.troubles = [Unavailable("STS does not answer")]
    with pytest.raises(Unavailable):
        canary.send()
    assert not canary.caught(read(sung("hopstop-canary-lost", "ASIACANARY000001")), tally)


def test_only_the_last_ones_are_waited_for() -> None:
    sts = PaperSts()
    canary = Canary(sts, ROLE)
    for _ in range(AWAITED + 1):
        canary.send()
    assert not canary.caught(read(sung(sts.sessions[0], "ASIACANARY000001")), Tally(Terms()))
    assert canary.caught(read(sung(sts.sessions[1], "ASIACANARY000002")), Tally(Terms()))


def test_without_a_role_there_is_none() -> None:
    assert not Canary(PaperSts(), "").flies
    assert not Canary(None, ROLE).flies
    assert Canary(PaperSts(), ROLE).flies


def test_the_watch_sends_it_sees_it_come_back_and_judges_it_never(tmp_path: Path) -> None:
    store, queue = SqliteStore(str(tmp_path / "store.db")), PaperQueue()
    sts = PaperSts(lambda made: queue.put(event(made, source="aws.sts")))
    plan = WatchPlan(canary_role=ROLE, terms=Terms(canary=True))
    watching = Watching(queue, store, PaperCases(), plan, "one", sts)
    row = ActivityEnvironment().run(watching.consume, WatchOrder(queue="records", span_s=2))
    assert (len(sts.sessions), row.messages, row.records, row.assumptions) == (1, 1, 0, 0)
    assert row.canary
    assert queue.bodies == {}
    store.close()


def test_a_canary_that_cannot_be_sent_is_said_and_stops_nothing(tmp_path: Path) -> None:
    store, queue = SqliteStore(str(tmp_path / "store.db")), PaperQueue(event(detail(1)))
    sts = PaperSts()
    sts.troubles = [Unavailable("STS does not answer")]
    watching = Watching(queue, store, PaperCases(), WatchPlan(canary_role=ROLE), "one", sts)
    row = ActivityEnvironment().run(watching.consume, WatchOrder(queue="records", span_s=1))
    assert (row.records, row.canary, row.trouble) == (1, None, "STS does not answer")
    store.close()
