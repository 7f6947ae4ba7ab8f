"""What a session did before it was known how it came to be: the finding is its true origin's all the same."""

from datetime import timedelta
from itertools import combinations

import pytest

from detectors.judge import Judge
from model.finding import Finding
from tests.detectors.paper_store import PaperStore
from tests.detectors.world import ANA, PROD, SHARED, Actor, Json, assume, call, new_judge, night, owners_copy, read

AT = night()


def deed(actor: Actor, seconds: float, name: str = "CreateUser") -> Json:
    fields = {"eventSource": "iam.amazonaws.com", "requestParameters": {"userName": "eve"}, "readOnly": False}
    return call(actor, AT + timedelta(seconds=seconds), name) | fields


def chain_and_deed() -> list[Json]:
    first, deploy = assume(ANA, "deploy", SHARED, AT, "s1")
    second, prod = assume(deploy, "prod", PROD, AT + timedelta(seconds=20), "s2")
    return [first, second, deed(prod, 50), deed(prod, 55, "CreateAccessKey")]


def of_ana(*polls: list[Json], restart: bool = False) -> Finding:
    """The one finding of the person behind it all, at its last state; nobody else's is still growing."""
    store = PaperStore()
    judge = new_judge(store)
    last: dict[str, Finding] = {}
    for poll in polls:
        found = judge.judge(read(poll)).findings
        last |= {finding.uid: finding for finding in found}
        store.commit(judge.written(found))
        judge = new_judge(store) if restart else judge
    last |= {finding.uid: finding for finding in judge.finish().findings}
    (mine,) = [finding for finding in last.values() if finding.origin.arn == ANA.arn]
    assert growing(judge) == [mine.origin.key]
    return mine


def growing(judge: Judge) -> list[str]:
    return [key for key, track in judge._memory.tracks.items() if track.evidence]


SPLITS = [each for size in range(1, 4) for each in combinations(range(4), size)]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("late", SPLITS)
def test_a_deed_seen_before_its_hops_is_the_same_persons_finding(late, restart):
    records = chain_and_deed()
    polls = [[r for n, r in enumerate(records) if n not in late], [records[n] for n in late]]
    told, whole = of_ana(*polls, restart=restart), of_ana(records)
    assert (told.uid, told.hops, told.confidence) == (whole.uid, 2, whole.confidence)
    assert set(told.records) == {record["eventID"] for record in records}
    messages = {anomaly.message for anomaly in told.anomalies}
    assert messages == {anomaly.message for anomaly in whole.anomalies}
    assert not any("no hop in sight" in message for message in messages)


def test_a_callers_copy_that_comes_after_the_deed_takes_it_to_the_caller():
    first, deploy = assume(ANA, "deploy", SHARED, AT, "s1")
    second, prod = assume(deploy, "prod", PROD, AT + timedelta(seconds=20), "s2")
    owners = owners_copy(second, PROD)
    later = [call(ANA, AT + timedelta(seconds=s)) for s in (200, 400)]
    told = of_ana([owners], [later[0]], [later[1]], [deed(prod, 500)], [second], [first])
    assert (told.hops, "after_assumption" in told.detectors) == (2, True)


def test_an_odd_call_whose_hop_comes_after_it_was_learned_is_still_evidence():
    first, deploy = assume(ANA, "deploy", SHARED, AT, "s1")
    later = [call(ANA, AT + timedelta(minutes=n)) for n in (30, 62, 70)]
    told = of_ana([deed(deploy, 50)], *([each] for each in later), [first])
    assert "after_assumption" in told.detectors


OUTSIDER = Actor("mallory", account="999999999999")


def outsiders(minutes: float, between: int = 0) -> list[Json]:
    """Only the owner's copy of an outsider's hop, and a deed that much later, among others' calls."""
    hop, deploy = assume(OUTSIDER, "deploy", SHARED, AT, "s1")
    step = 60 * minutes / (between + 1)
    others = [call(ANA, AT + timedelta(seconds=step * n)) for n in range(1, between + 1)]
    return [owners_copy(hop, SHARED), *others, deed(deploy, 60 * minutes)]


@pytest.mark.parametrize("known", [{}, {"accounts": {SHARED: {"name": "shared"}, "111111111111": {"name": "tools"}}}])
@pytest.mark.parametrize("minutes", [0.5, 30])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_an_outsiders_deed_is_one_finding_however_its_records_are_split(minutes, size, known):
    records = outsiders(minutes, between=20)
    judge = new_judge(**known)
    polls = [judge.judge(read(records[at : at + size])) for at in range(0, len(records), size)]
    states = [finding for poll in [*polls, judge.finish()] for finding in poll.findings]
    assert {(finding.origin.account, finding.hops) for finding in states} == {(OUTSIDER.account, 1)}
    assert len({finding.uid for finding in states}) == 1
    assert "after_assumption" in states[-1].detectors


def test_a_deed_two_hops_from_where_an_owners_copy_waits_is_the_outsiders():
    hop, deploy = assume(OUTSIDER, "deploy", SHARED, AT, "s1")
    second, prod = assume(deploy, "prod", PROD, AT + timedelta(seconds=20), "s2")
    states = new_judge().judge(read([owners_copy(hop, SHARED), second, deed(prod, 50)])).findings
    assert {(finding.origin.account, finding.hops) for finding in states} == {(OUTSIDER.account, 2)}


def test_nothing_waits_for_an_account_that_is_not_the_organisations():
    hop = owners_copy(assume(OUTSIDER, "deploy", SHARED, AT)[0], SHARED)
    known = new_judge(accounts={SHARED: {"name": "shared"}})
    known.judge(read([hop]), now=AT.timestamp() + 5)
    assert known.counts.assumptions == 1
    own = new_judge(accounts={SHARED: {"name": "shared"}, OUTSIDER.account: {"name": "ours"}})
    own.judge(read([hop]), now=AT.timestamp() + 5)
    assert own.counts.assumptions == 0


def test_a_callers_copy_after_a_deed_that_ended_the_wait_tells_who_it_was():
    first, deploy = assume(ANA, "deploy", SHARED, AT, "s1")
    second, prod = assume(deploy, "prod", PROD, AT + timedelta(seconds=20), "s2")
    told = of_ana([first, owners_copy(second, PROD), deed(prod, 50)], [second])
    assert (told.hops, "after_assumption" in told.detectors) == (2, True)
