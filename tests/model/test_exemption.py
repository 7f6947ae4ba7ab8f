from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from model.anomaly import Anomaly
from model.confidence import Confidence
from model.evidence import Evidence
from model.exemption import Exemption, expired, fits, senseless, spared, unspared
from model.identity import Identity, Kind
from model.lineage import Lineage

AT = datetime(2026, 9, 30, 10, tzinfo=UTC)
ROLE = "arn:aws:iam::222222222222:role/reader"
SCANNER = Identity(
    key="role:111111111111:AROASCANNER",
    kind=Kind.ROLE,
    arn="arn:aws:iam::111111111111:role/scanner",
    account="111111111111",
    session_name="nightly",
)


def oddity(
    detector: str = "velocity", at: datetime = AT, origin: Identity = SCANNER, role: str | None = ROLE
) -> Evidence:
    anomaly = Anomaly(
        detector=detector,
        time=at,
        confidence=Confidence.HIGH,
        observed=1,
        expected=0,
        threshold=0,
        window=None,
        message="many",
        records=("r1",),
    )
    return Evidence(
        subject="s", anomaly=anomaly, last=at, caller=SCANNER, target=role, lineages=(Lineage(origin=origin),)
    )


def exception(**fields: object) -> Exemption:
    given = {"identity": SCANNER.arn, "until": datetime(2026, 10, 1, tzinfo=UTC), "reason": "it scans"}
    return Exemption.model_validate(given | fields)


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({}, True),
        ({"detector": "velocity"}, True),
        ({"detector": "new_pair"}, False),
        ({"identity": "arn:aws:iam::*:role/scanner"}, True),
        ({"identity": "arn:aws:iam::111111111111:role/scan*"}, True),
        ({"identity": "arn:aws:iam::111111111111:role/scan"}, False),
        ({"identity": "role:111111111111:AROASCANNER"}, True),
        ({"identity": "role:111111111111:AROAOTHER"}, False),
        ({"role": "arn:aws:iam::*:role/reader"}, True),
        ({"role": "arn:aws:iam::*:role/admin"}, False),
        ({"session": "night*"}, True),
        ({"session": "day*"}, False),
        ({"until": AT}, False),
    ],
)
def test_what_an_exception_covers(fields, covered):
    assert exception(**fields).covers(oddity()) is covered


@pytest.mark.parametrize("detector", ["defence_evasion", "unreadable"])
def test_a_star_does_not_hide_the_watch_itself(detector):
    assert not exception().covers(oddity(detector))
    assert exception(detector=detector).covers(oddity(detector))


@pytest.mark.parametrize("detector", ["composite", "guardduty"])
def test_nothing_hides_what_weighs_the_others(detector):
    assert not exception().covers(oddity(detector))
    assert not exception(detector=detector).covers(oddity(detector))


def test_who_comes_to_the_excepted_role_from_elsewhere_gains_nothing():
    """The exception is the origin's; here the scanner role is only a hop of somebody else's chain."""
    ana = Identity(key="user:ana", kind=Kind.USER, arn="arn:aws:iam::111111111111:user/ana")
    assert not exception().covers(oddity(origin=ana))


def test_a_session_named_like_the_identity_gains_nothing():
    named = SCANNER.model_copy(update={"arn": "arn:aws:iam::111111111111:role/other", "session_name": SCANNER.arn})
    assert not exception(identity="arn:aws:iam::*:role/scanner").covers(oddity(origin=named))


@pytest.mark.parametrize(
    ("pattern", "text", "same"),
    [
        ("arn:aws:iam::1*:role/a", "arn:aws:iam::11:role/a", True),
        ("arn:aws:iam::*:role/a", "arn:aws:iam::2:role/x:role/a", False),
        ("arn:aws:iam::2:role/*", "arn:aws:iam::2:role/x/a", True),
        ("arn:aws:iam::2:role/[a]", "arn:aws:iam::2:role/a", False),
        ("arn:aws:iam::2:role/?", "arn:aws:iam::2:role/a", False),
        ("arn:aws:iam::2:role/a", None, False),
        ("web_identity:x:repo:o/r:*", "web_identity:x:repo:o/r:ref", True),
    ],
)
def test_a_star_stays_within_its_field_and_nothing_else_is_a_pattern(pattern, text, same):
    assert fits(pattern, text) is same


def test_what_is_spared_is_quiet_and_low_says_why_and_can_be_loud_again():
    before = oddity()
    quiet = spared(before, (exception(),))
    assert (quiet.anomaly.quiet, quiet.anomaly.confidence) == (True, "low")
    assert quiet.anomaly.message == "many; excepted until 2026-10-01 (it scans)"
    assert unspared(quiet) == before
    assert spared(before, (exception(detector="chain"),)) is before


@pytest.mark.parametrize("missing", ["until", "reason"])
def test_an_end_and_a_reason_have_to_be_there(missing):
    given = {"identity": SCANNER.arn, "until": AT, "reason": "it scans"}
    given.pop(missing)
    with pytest.raises(ValidationError, match=missing):
        Exemption.model_validate(given)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"identity": "*"}, "exceptions.0.identity"),
        ({"identity": "arn:aws:iam::*:role/*"}, "exceptions.0.identity"),
        ({"identity": "arn:*:*:*:*:*"}, "exceptions.0.identity"),
        ({"detector": "composite"}, "exceptions.0.detector"),
        ({"detector": "velocty"}, "exceptions.0.detector"),
        ({"role": "reader"}, "exceptions.0.role"),
    ],
)
def test_what_cannot_be_meant_is_one_line(fields, key):
    said = [*senseless((exception(**fields),))]
    assert len(said) == 1
    assert said[0].startswith(f"{key}: ")
    assert [*senseless((exception(),))] == []


def test_what_has_ended_is_said():
    lines = expired((exception(), exception(until=AT)), AT)
    assert len(lines) == 1
    assert lines[0].startswith("exceptions.1 (")
