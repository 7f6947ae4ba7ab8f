"""What docs/evasion.md says of who knows the code: each way around a check, and what still catches it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from model.cloudtrail import Unparsed
from tests.detectors.paper_store import PaperStore
from tests.detectors.world import (
    ANA,
    MONDAY,
    PROD,
    RUNNER,
    SHARED,
    TOOLS,
    Actor,
    Json,
    assume,
    call,
    final,
    judged,
    laptop,
    month,
    new_judge,
    night,
    owners_copy,
    read,
)

DAY = timedelta(days=1)
NOON = night(31).replace(hour=13, minute=0)
"""A Thursday, when Ana and CI are at work."""


@pytest.fixture(scope="module")
def learned() -> PaperStore:
    """What a judge knows after an ordinary month."""
    store = PaperStore()
    judge = new_judge(store)
    judge.judge(read(month()), learn_only_before=night().timestamp())
    store.commit(judge.written())
    return store


def found_in(records: list[Json], learned: PaperStore, **organization) -> list:
    return sorted(final(judged(records, new_judge(learned, **organization))), key=lambda found: found.time)


def iam(actor: Actor, name: str, at: datetime) -> Json:
    record = call(actor, at, name)
    return record | {"eventSource": "iam.amazonaws.com", "readOnly": False, "requestParameters": {"userName": "eve"}}


def test_waiting_between_hops_ends_with_the_session_and_the_chain_is_as_deep(learned):
    """A chained session lives an hour; however slow, the third hop is the third."""
    first, ci = assume(ANA, "ci", TOOLS, NOON, "ana")
    second, deploy = assume(ci, "deploy", SHARED, NOON + timedelta(minutes=58), "ana")
    third, _ = assume(deploy, "prod-data", PROD, NOON + timedelta(minutes=116), "ana")
    found = found_in([first, second, owners_copy(second, SHARED), third, owners_copy(third, PROD)], learned)
    assert [(f.confidence, f.hops) for f in found] == [("medium", 3)]
    assert "chain" in found[0].detectors


def test_many_identities_that_each_do_little_are_each_asked_about(learned):
    people = [replace(ANA, name=name) for name in ("bob", "eve", "joe")]
    habits = [
        assume(who, "ci", TOOLS, MONDAY + DAY * day + timedelta(hours=8 + n), who.name)[0]
        for day in range(30)
        for n, who in enumerate(people)
    ]
    stolen = [assume(who, f"vault{n}", PROD, NOON + timedelta(minutes=n), who.name)[0] for n, who in enumerate(people)]
    found = [f for f in found_in([*habits, *stolen], learned) if f.confidence != "low"]
    assert [f.confidence for f in found] == ["medium"] * 3
    assert len({f.origin.key for f in found}) == 3


def visits(days: int, at: datetime = NOON) -> list[Json]:
    """The same new role once a day."""
    return [assume(RUNNER, "vault", PROD, at + DAY * day, "release")[0] for day in range(days)]


def test_warming_a_role_up_is_told_of_on_the_first_day_and_teaches_nothing_for_a_week(learned):
    found = found_in(visits(6), learned)
    assert [f.confidence for f in found] == ["medium"]
    assert found[0].time.date() == NOON.date()


def test_what_people_were_told_of_counts_together_with_more_until_it_is_learned(learned):
    """The fourth visit of a role that is being warmed up ends with a new user."""
    record, session = assume(RUNNER, "vault", PROD, NOON + 3 * DAY, "release")
    found = found_in([*visits(3), record, iam(session, "CreateUser", NOON + 3 * DAY + timedelta(seconds=30))], learned)
    assert found[-1].confidence == "high"
    assert {"new_pair", "after_assumption"} <= {*found[-1].detectors}


def test_on_known_ways_at_known_hours_the_deed_is_what_is_new(learned):
    record, ci = assume(ANA, "ci", TOOLS, NOON, "ana")
    assert found_in([record, call(ci, NOON + timedelta(seconds=9))], learned) == []
    (found,) = found_in([record, iam(ci, "CreateUser", NOON + timedelta(seconds=9))], learned)
    assert (found.confidence, found.detectors) == ("high", ("after_assumption",))


def test_who_breaks_the_parser_is_counted_and_told_of(learned):
    judge = new_judge(learned)
    broken = [Unparsed("not JSON", 1, f"{n:064x}", "{") for n in range(120)]
    poll = judge.judge([*read([call(ANA, NOON)]), *broken])
    assert [(f.confidence, f.detectors) for f in poll.findings] == [("medium", ("unreadable",))]


def test_a_flood_of_refusals_hides_no_chain(learned):
    flood = [
        assume(ANA, f"{n:03}\u202e<b>`|", SHARED, night() - timedelta(seconds=400 - n), "ana", denied=True)[0]
        for n in range(390)
    ]
    (found,) = [f for f in found_in([*flood, *laptop(night())], learned) if f.confidence != "low"]
    assert {"enumeration", "chain", "composite"} <= {*found.detectors}
    assert found.hops == 3


def test_whoever_is_on_call_is_not_above_suspicion(learned):
    """Neither is who only says so: a session's name may be chosen."""
    shift = {"person": "ana", "from": night() - timedelta(hours=5), "until": night() + timedelta(hours=5)}
    (found,) = found_in(laptop(night()), learned, on_call=[shift])
    assert "composite" in found.detectors


def test_one_account_fewer_than_a_fan_out_is_five_new_roles(learned):
    """Nine accounts of an hour; only who takes four and waits stays medium."""
    nine = [assume(ANA, "audit", f"{n:012}", NOON + timedelta(minutes=n), "ana")[0] for n in range(20, 29)]
    (found,) = found_in(nine, learned)
    assert (found.confidence, "fan_out" in found.detectors, "new_pair" in found.detectors) == ("high", False, True)
    (found,) = found_in(nine[:4], learned)
    assert found.confidence == "medium"


def test_a_key_that_goes_along_is_seen_where_it_comes_out(learned):
    """The build server's own session, used from elsewhere with another tool, on the way it always goes."""
    record, session = assume(RUNNER, "ci", TOOLS, NOON, "runner")
    moved = call(session, NOON + timedelta(minutes=2), ip="198.51.100.66") | {"userAgent": "python-requests/2.31"}
    (found,) = found_in([record, moved], learned)
    assert (found.confidence, found.detectors) == ("medium", ("new_origin",))
