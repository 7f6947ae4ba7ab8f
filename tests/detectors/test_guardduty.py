"""What GuardDuty says joins what goes on, whichever comes first."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from detectors.guardduty import guardduty, is_about
from detectors.witnesses import LATEST, MOST, Witnesses
from model.assumed import Warned, decode, encode
from model.deeds import FINDING
from model.envelopes import unwrap
from model.spans import DAY
from tests.detectors.deeds import LAMBDA, call
from tests.detectors.made import ANA, NOW
from tests.detectors.warned import TYPE, finding
from tests.detectors.world import (
    ANA as WORLD_ANA,
)
from tests.detectors.world import PROD, Actor, Json, assume, final, month, new_judge, night, read


def opened(*events: Json) -> list:
    return [item for event in events for item in unwrap(json.dumps(event).encode())]


def judged(*polls: list) -> list:
    judge = new_judge()
    for records in (month(days=20)[at : at + 200] for at in range(0, 1400, 200)):
        judge.judge(read(records))
    return final([*(judge.judge(poll) for poll in polls), judge.finish()])


def visit(at: datetime) -> tuple[Json, Actor]:
    """Ana comes to a role in another account that is new to her."""
    return assume(WORLD_ANA, "prod-data", PROD, at, "ana")


AT = night(20) + timedelta(hours=8)


def told_of(findings: list) -> list:
    return [
        (str(f.confidence), sorted({*f.detectors}))
        for f in findings
        if f.time.replace(tzinfo=UTC) > AT - timedelta(days=2)
    ]


def test_alone_it_is_low() -> None:
    (found,) = judged(opened(finding(WORLD_ANA, AT)))[-1:]
    assert (str(found.confidence), found.detectors, found.playbook) == ("low", ("guardduty",), "record_only")
    assert TYPE in found.message
    assert "attackers" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("who", "hours"),
    [("origin", -20), ("origin", -2), ("origin", 0), ("origin", 20), ("session", 0), ("session", 2), ("session", 20)],
)
def test_within_a_day_it_raises_what_goes_on_by_a_step(who: str, hours: int) -> None:
    made, session = visit(AT)
    warning = opened(finding(WORLD_ANA if who == "origin" else session, AT + timedelta(hours=hours, seconds=30)))
    polls = ([*read([made])], warning) if hours >= 0 else (warning, [*read([made])])
    alone = judged([*read([visit(AT)[0]])])[-1]
    found = max(judged(*polls), key=lambda f: len(f.detectors))
    assert str(alone.confidence) == "medium"
    assert "guardduty" not in alone.detectors
    assert "guardduty" in found.detectors
    assert str(found.confidence) == "high"


def test_a_day_later_it_is_alone_again() -> None:
    made, _ = visit(AT)
    found = judged([*read([made])], opened(finding(WORLD_ANA, AT + timedelta(hours=25))))
    assert not any({"guardduty", "new_pair"} <= {*f.detectors} for f in found)


def test_somebody_else_is_somebody_else() -> None:
    made, _ = visit(AT)
    found = judged([*read([made])], opened(finding(Actor("bob"), AT)))
    assert not any({"guardduty", "new_pair"} <= {*f.detectors} for f in found)


def test_it_teaches_nothing() -> None:
    judge = new_judge()
    judge.judge(opened(finding(Actor("bob"), AT)))
    assert judge.written().entry.ids
    assert judge.identities == 0


def test_an_anomaly_says_what_and_when() -> None:
    warning = call("guardduty:x", ANA, on=TYPE, part="8.0")
    found = guardduty(warning, NOW + 60)
    assert (found.observed, str(found.confidence), found.time.timestamp()) == (TYPE, "low", NOW + 60)
    assert "severity `8.0`, 2026-09-30 10:00 UTC" in found.message


@pytest.mark.parametrize(
    ("key", "session", "at", "about"),
    [
        (LAMBDA.key, "vending", NOW, True),
        (LAMBDA.key, None, NOW + DAY, True),
        (LAMBDA.key, "other", NOW, False),
        (LAMBDA.key, "vending", NOW + DAY + 1, False),
        (LAMBDA.key, "vending", NOW - DAY - 1, False),
        ("role:other", "vending", NOW, False),
    ],
)
def test_whom_it_is_about(key: str, session: str | None, at: float, about: bool) -> None:
    assert is_about(call("guardduty:x", LAMBDA), key, session, at, DAY) is about


def test_witnesses_are_bounded_and_come_back_from_the_log() -> None:
    told = Witnesses()
    for n in range(LATEST + 3):
        told.add(call("guardduty:x", ANA, NOW + n, on=f"t{n}"))
    told.add(call("guardduty:x", ANA, NOW + 99, on="t5"))
    again = Witnesses()
    again.restore(decode(encode([Warned(warning) for warning in told.of([ANA], NOW)])))
    names = [warning.on for warning in again.of([ANA, ANA], NOW)]
    assert names == ["t3", "t4", "t6", "t7", "t8", "t9", "t10", "t5"]
    assert again.of([LAMBDA], NOW) == again.of([ANA], NOW - 2 * DAY) == []
    for n in range(MOST):
        told.add(call("guardduty:x", ANA.model_copy(update={"key": f"user:{n}"})))
    assert told.of([ANA], NOW) == []


def test_a_finding_is_never_mistaken_for_a_call() -> None:
    (record,) = opened(finding(WORLD_ANA, AT))
    assert (record.event_name, record.event_source, record.envelope_source) == (
        FINDING, "guardduty.amazonaws.com", "aws.guardduty",
    )  # fmt: skip
