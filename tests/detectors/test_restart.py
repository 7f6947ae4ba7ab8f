"""A judge that begins again from what was committed goes on as if nothing had been."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from detectors.judge import Judge, JudgedPoll
from detectors.memory import IDENTITY, LAG, PEER, ROLE
from model.confidence import Confidence
from model.journal import stamped, unstamped
from tests.detectors.paper_store import PaperStore
from tests.detectors.warned import finding
from tests.detectors.world import (
    ANA,
    PROD,
    RUNNER,
    TOOLS,
    Actor,
    Json,
    assume,
    call,
    final,
    laptop,
    month,
    new_judge,
    night,
    read,
)


def judge_all(
    records: list[Json], store: PaperStore, every: int = 200, restart_every: int = 0
) -> tuple[list[JudgedPoll], Judge]:
    """Every poll's outcome; the judge is thrown away after each `restart_every` polls and begins again."""
    judge, polls = new_judge(store), []
    for number, at in enumerate(range(0, len(records), every), 1):
        polls.append(judge.judge(read(records[at : at + every])))
        store.commit(judge.written(polls[-1].findings))
        if restart_every and number % restart_every == 0:
            judge = new_judge(store)
    polls.append(judge.finish())
    store.commit(judge.written(polls[-1].findings))
    return polls, judge


def deeds(at: datetime, n: int) -> list[Json]:
    """A user made by who never did, a stopped trail, and secrets read, some now and some after the next beginning;
    at first a word of GuardDuty."""
    made = call(ANA, at, "CreateUser") | {"eventSource": "iam.amazonaws.com", "requestParameters": {"userName": "eve"}}
    stopped = call(RUNNER, at, "StopLogging") | {"eventSource": "cloudtrail.amazonaws.com"}
    reads = [
        call(replace(RUNNER, name="nightly"), at, "GetSecretValue")
        | {"eventSource": "secretsmanager.amazonaws.com", "requestParameters": {"secretId": f"s{n}-{each}"}}
        for each in range(5)
    ]
    return [made, stopped, *reads, *([] if n else [finding(ANA, at)])]


def oddities(at: datetime) -> list[Json]:
    """Rounds, far enough apart for a judge to begin again between them: a door tried, a shortest session asked for, and
    a newcomer at a role that is not new, from somewhere else."""
    records: list[Json] = []
    for n in range(3):
        door = assume(ANA, f"door{n}", PROD, at, denied=True)[0]
        short = assume(RUNNER, "ci", TOOLS, at + timedelta(seconds=1))[0]
        short["requestParameters"]["durationSeconds"] = 900
        comer = assume(Actor("comer" + "abc"[n]), "warehouse", PROD, at + timedelta(seconds=2), denied=True)[0]
        moved = call(RUNNER, at + timedelta(seconds=3), ip="203.0.113.7")
        seconds = range(10, 14)
        many = [assume(RUNNER, "look", f"{n}{s:011}", at + timedelta(seconds=s))[0] for s in seconds]
        records += [door, short, comer, moved, *many, *deeds(at + timedelta(seconds=4), n)]
        records += [call(RUNNER, at + timedelta(seconds=5 + each)) for each in range(200)]
        at += timedelta(minutes=15)
    return records


@pytest.fixture(scope="module")
def records() -> list[Json]:
    return [*month(days=20), *laptop(night(20)), *oddities(night(20) + timedelta(hours=10))]


def test_whatever_is_cut_the_findings_are_the_same(records: list[Json]) -> None:
    steady, _ = judge_all(records, PaperStore(), every=60)
    cut, _ = judge_all(records, PaperStore(), every=60, restart_every=3)
    assert final(cut) == final(steady)
    assert any(f.confidence is Confidence.HIGH for f in final(cut))
    found = {name for finding in final(cut) for name in finding.detectors}
    assert found >= {"enumeration", "convergence", "short_sessions", "new_origin", "fan_out"}
    assert found >= {"after_assumption", "defence_evasion", "guardduty"}
    assert any("secrets within an hour" in finding.message for finding in final(cut))


def test_whatever_is_cut_the_memory_is_the_same(records: list[Json]) -> None:
    """Every document of a judge that never stopped, and of one that did at every turn, when all is written back."""
    one, other = PaperStore(), PaperStore()
    for store, restart in ((one, 0), (other, 2)):
        _, judge = judge_all(records, store, every=60, restart_every=restart)
        for _ in range(2 * LAG):
            store.commit(judge.written())
        assert store.entries.keys() <= {store.last}
    for kind in (IDENTITY, ROLE, PEER):
        assert {k: b[8:] for k, b in one.every(kind)} == {k: b[8:] for k, b in other.every(kind)}


def test_documents_of_a_released_store_are_taken_over(records: list[Json]) -> None:
    """They were not compressed."""
    store, plain = PaperStore(), PaperStore()
    for each in (store, plain):
        _, judge = judge_all(records, each, every=60)
        for _ in range(2 * LAG):
            each.commit(judge.written())
    for kind in (IDENTITY, ROLE, PEER):
        for key, document in plain.every(kind):
            plain.keep({(kind, key): stamped(*unstamped(document))})
    assert all(
        sum(len(d) for _, d in store.every(k)) < sum(len(d) for _, d in plain.every(k)) for k in (IDENTITY, ROLE)
    )
    attack = read(laptop(night(21)))
    assert new_judge(plain).judge(attack) == new_judge(store).judge(attack)


def test_documents_that_were_never_kept_are_made_again_from_the_journal(records: list[Json]) -> None:
    store, steady = PaperStore(forgetful=True), PaperStore()
    judge_all(records, store, every=60)
    judge_all(records, steady, every=60)
    first, second = new_judge(store), new_judge(steady)
    attack = read(laptop(night(21)))
    for again in (first, second):
        assert again.judge(attack).findings
    assert first.written().entry.changes == second.written().entry.changes


def test_a_record_that_was_judged_before_the_restart_is_passed_over(records: list[Json]) -> None:
    store = PaperStore()
    judge_all(records, store)
    again = new_judge(store)
    poll = again.judge(read(records[-50:]))
    assert (poll.findings, poll.anomalies, again.counts.unique, again.counts.records) == ((), (), 0, 50)


def test_the_hop_after_a_restart_joins_the_chain_from_before(records: list[Json]) -> None:
    store = PaperStore()
    attack = laptop(night(20))
    judge_all([*records[:-6], *attack[:3]], store)
    again = new_judge(store)
    found = again.judge(read(attack[3:])).findings
    assert [finding.hops for finding in found] == [3]
    assert found[0].origin.arn == "arn:aws:iam::111111111111:user/ana"


def test_the_copy_after_a_restart_is_no_second_assumption(records: list[Json]) -> None:
    store = PaperStore()
    attack = laptop(night(20))
    judge_all([*records[:-6], *attack[:4]], store)
    again = new_judge(store)
    again.judge(read(attack[4:5]), now=night(20).timestamp() + timedelta(hours=1).total_seconds())
    assert (again.counts.unique, again.counts.assumptions) == (1, 0)
