"""Two people in sessions of one role and name: where no key tells whose a hop was, nobody is blamed for it."""

from datetime import timedelta

import pytest

from model.finding import Finding
from tests.detectors.test_late_hops import AT, deed
from tests.detectors.world import ANA, PROD, TOOLS, Actor, Json, assume, call, new_judge, owners_copy, read

MALLORY = Actor("mallory")


def collision(last: Actor = ANA) -> tuple[list[Json], Json, Json, Json]:
    """Both people's sessions of one name, the hop out of mallory's in the owner's and the caller's copy, the deed."""
    first = ANA if last is MALLORY else MALLORY
    one, early = assume(first, "ci", TOOLS, AT, "build")
    two, late = assume(last, "ci", TOOLS, AT + timedelta(seconds=60), "build")
    hop, prod = assume(late if last is MALLORY else early, "prod", PROD, AT + timedelta(seconds=90), "s2")
    return [one, two, call(early, AT + timedelta(seconds=70))], owners_copy(hop, PROD), hop, deed(prod, 300)


def outcome(*polls: list[Json]) -> dict[str | None, Finding]:
    """Whose findings with a deed are growing in the end, by the ARN of whoever is behind them."""
    judge = new_judge()
    last: dict[str, Finding] = {}
    for poll in polls:
        last |= {f.uid: f for f in judge.judge(read(poll)).findings}
    last |= {f.uid: f for f in judge.finish().findings}
    return {f.origin.arn: f for f in last.values() if "after_assumption" in f.detectors}


@pytest.mark.parametrize("last", [ANA, MALLORY])
def test_whose_hop_it_was_is_not_guessed(last):
    sessions, owners, _, used = collision(last)
    (finding,) = outcome([*sessions, owners, call(ANA, AT + timedelta(seconds=240)), used]).values()
    assert (finding.origin.session_name, finding.hops) == ("build", 1)


@pytest.mark.parametrize("last", [ANA, MALLORY])
def test_a_callers_copy_that_tells_moves_it_to_who_it_was(last):
    sessions, owners, callers, used = collision(last)
    later = call(ANA, AT + timedelta(seconds=240))
    found = outcome(sessions, [owners], [later], [used], [callers])
    assert found[MALLORY.arn].hops == 2
    assert ANA.arn not in found


def test_a_callers_copy_moves_what_the_only_session_known_was_blamed_for():
    sessions, owners, callers, used = collision()
    later = call(ANA, AT + timedelta(seconds=240))
    before = outcome(sessions[1:2], [owners], [later], [used])
    assert before[ANA.arn].hops == 2
    found = outcome(sessions[1:2], [owners], [later], [used], [callers, sessions[0]])
    assert found[MALLORY.arn].hops == 2
    assert callers["eventID"] not in found[ANA.arn].records


def test_one_person_in_several_sessions_of_a_name_is_no_riddle():
    one, _ = assume(ANA, "ci", TOOLS, AT, "build")
    two, ci = assume(ANA, "ci", TOOLS, AT + timedelta(seconds=60), "build")
    hop, prod = assume(ci, "prod", PROD, AT + timedelta(seconds=90), "s2")
    acting = call(ci, AT + timedelta(seconds=70))
    found = outcome([one, two, acting, owners_copy(hop, PROD), call(ANA, AT + timedelta(seconds=240)), deed(prod, 300)])
    assert [(arn, finding.hops) for arn, finding in found.items()] == [(ANA.arn, 2)]
