"""The search, against made-up outcomes."""

import pytest

from detectors.tuning import KNOBS, Outcome, changed, knobs_of, search
from model.anomaly import DETECTORS
from model.thresholds import Thresholds

START = Thresholds()


def table(*, velocity: float = 0, new_pair: float = 0, caught=lambda _: frozenset()):
    """Alerts a week that shrink as the knobs of these detectors turn quieter; counts how often it is asked."""
    asked: list[Thresholds] = []

    def judged(thresholds: Thresholds) -> Outcome:
        asked.append(thresholds)
        fast = velocity * 10 / thresholds.velocity.quarter_factor
        pairs = new_pair * 5 / thresholds.new_pair.many
        alerts = {"velocity": round(fast), "new_pair": round(pairs)}
        return Outcome(fast + pairs, alerts, alerts, caught(thresholds))

    judged.asked = asked
    return judged


def test_the_keenest_within_the_budget_is_found():
    path = search(table(velocity=30), START, 20)
    assert path[-1].outcome.a_week == 20
    assert changed(START, path[-1].thresholds) == {"velocity.quarter_factor": (10, 15)}
    assert [step.changes for step in path] == [{}, {"velocity.quarter_factor": (10, 15)}]


def test_the_knob_that_helps_most_is_turned_first():
    path = search(table(velocity=10, new_pair=40), START, 40)
    assert changed(START, path[-1].thresholds) == {"new_pair.many": (5, 8)}


def test_a_step_that_loses_a_labelled_attack_is_taken_last():
    def caught(thresholds):
        return frozenset({"slow"} if thresholds.new_pair.many <= 5 else set())

    path = search(table(velocity=10, new_pair=40, caught=caught), START, 46.7)
    assert changed(START, path[-1].thresholds) == {"velocity.quarter_factor": (10, 15)}
    assert path[-1].outcome.caught == {"slow"}


def test_beyond_the_last_value_nothing_is_turned_and_the_rest_is_told():
    path = search(table(velocity=30, new_pair=30), START, 1)
    assert path[-1].outcome.a_week == pytest.approx(15 + 12.5)
    assert changed(START, path[-1].thresholds) == {"velocity.quarter_factor": (10, 20), "new_pair.many": (5, 12)}


def test_what_does_not_fire_is_not_tried():
    judged = table(velocity=30)
    search(judged, START, 20)
    assert {thresholds.chain for thresholds in judged.asked} == {START.chain}
    assert {thresholds.new_pair for thresholds in judged.asked} == {START.new_pair}


def test_with_room_in_the_budget_it_becomes_keener_and_only_where_that_shows():
    path = search(table(velocity=6), START, 8)
    assert changed(START, path[-1].thresholds) == {"velocity.quarter_factor": (10, 8)}
    assert path[-1].outcome.a_week == 7.5


def test_a_quiet_history_leaves_everything_alone():
    assert len(search(table(), START, 5)) == 1


def test_knobs_that_help_only_together_are_turned_together():
    def judged(thresholds):
        both = thresholds.velocity.quarter_factor >= 20 and thresholds.velocity.hour_factor >= 6
        either = thresholds.velocity.quarter_factor >= 20 or thresholds.velocity.hour_factor >= 6
        return Outcome(1.0 if both else 9.0 if either else 10.0, {"velocity": 10}, {"velocity": 10})

    assert search(judged, START, 2)[-1].outcome.a_week == 1


def test_a_knob_that_a_later_one_made_needless_is_turned_back():
    """The first knob's step is the larger one at first; then only the second one's end reaches the budget, alone."""

    def judged(thresholds):
        many, factor = thresholds.new_pair.many, thresholds.velocity.quarter_factor
        alerts = {5: 10.0, 8: 9.5, 12: 1.0}[many] - (1.0 if factor >= 15 and many < 12 else 0.0)
        return Outcome(alerts, {}, {"velocity": 4, "new_pair": 4})

    path = search(judged, START, 2)
    assert path[1].changes == {"velocity.quarter_factor": (10, 15)}
    assert path[-1].changes == {"velocity.quarter_factor": (15, 10)}
    assert changed(START, path[-1].thresholds) == {"new_pair.many": (5, 12)}


def test_tries_are_bounded():
    judged = table(velocity=30, new_pair=30)
    search(judged, START, 0, most=5)
    assert len(judged.asked) == 5


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: knob.name)
def test_every_knob_is_a_detectors_allowed_by_settings_and_holds_the_default(knob):
    assert knob.table in DETECTORS
    assert list(knob.values) == sorted(set(knob.values))
    assert getattr(getattr(START, knob.table), knob.key) in knob.values
    for value in knob.values:
        data = START.model_dump()
        data[knob.table][knob.key] = value
        assert Thresholds.model_validate(data)
    assert knob in knobs_of(knob.table)


def test_no_knob_touches_what_keeps_the_watch_safe():
    tables = {knob.table for knob in KNOBS}
    assert not tables & {"maturity", "learning", "weighing", "composite", "defence_evasion", "after_assumption"}
    names = {knob.name for knob in KNOBS}
    assert not names & {"velocity.absolute", "velocity.denied_share", "chain.high_hops"}
