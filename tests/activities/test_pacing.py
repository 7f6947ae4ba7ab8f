"""A case is not drowned in its own evidence."""

import pytest

from activities import pacing
from activities.pacing import EVERY_S, FREE, KEPT, Pace
from model.confidence import Confidence
from model.finding import Finding
from tests.workflows.attack import ORIGIN, finding


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def paced(clock: Clock) -> Pace:
    """A pace whose free signals are used up."""
    pace = Pace(clock)
    assert all(pace.allows(grown(number)) for number in range(FREE))
    return pace


def grown(records: int) -> Finding:
    return finding().model_copy(update={"records": tuple(str(n) for n in range(records))})


def test_after_five_hundred_mere_growth_waits_two_minutes() -> None:
    clock = Clock()
    pace = paced(clock)
    assert not pace.allows(grown(1000))
    clock.at += EVERY_S - 1
    assert not pace.allows(grown(1001))
    clock.at += 1
    assert pace.allows(grown(1002))
    assert not pace.allows(grown(1003))


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": ("arn:aws:iam::333333333333:role/another",)},
        {"confidence": Confidence.LOW},
        {"detectors": ("composite",)},
        {"uid": "another"},
        {"severity": "low"},
    ],
)
def test_what_says_something_new_never_waits(changes: dict[str, object]) -> None:
    pace = paced(Clock())
    assert pace.allows(finding().model_copy(update=changes))


def test_another_origin_is_not_held_up() -> None:
    pace = paced(Clock())
    other = ORIGIN.model_copy(update={"key": "user:other"})
    assert pace.allows(finding().model_copy(update={"origin": other}))


def test_what_was_not_heard_for_long_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "KEPT", 1)
    pace = paced(Clock())
    assert not pace.allows(grown(1))
    assert pace.allows(finding().model_copy(update={"origin": ORIGIN.model_copy(update={"key": "user:other"})}))
    assert pace.allows(grown(2))
    assert KEPT == 10_000


def test_a_run_can_never_fill_up_within_a_week() -> None:
    clock, week = Clock(), 7 * 86_400
    pace = Pace(clock)
    sent = 0
    while clock.at < week:
        sent += pace.allows(grown(3))
        clock.at += 10
    assert sent < 8_000
