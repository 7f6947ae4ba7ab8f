from math import inf

import pytest

from model.archive_learning import Reader, Reading, Window, set_aside, short_id
from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.envelopes import unwrap
from model.sts import Sighting, sighting
from tests.model.records import ALICE, assume, dumped, record, session

TRAILS = "cloudtrail.amazonaws.com"
ALWAYS = Window(-inf, inf)


def read(*fields) -> list[CloudTrailRecord | Unparsed]:
    return list(unwrap(dumped({"Records": list(fields)})))


def at(time: str, id_: str, **fields):
    return record(eventTime=f"2026-10-03T{time}Z", eventID=id_, **fields)


def reading(*fields, window=ALWAYS, **how):
    reader = Reader(**how)
    reader.read(read(*fields), window)
    return reader.finish()


def aside_of(found: Reading) -> list[str]:
    return [each.made.records[0] if isinstance(each, Sighting) else each.record for each in set_aside(found)]


def test_what_is_set_aside_arrives_as_the_records_say_it():
    """Another process read them: identities are the same values, each once."""
    told = [assume(eventID="1"), record(eventName="GetSessionToken", eventSource="sts.amazonaws.com", eventID="2")]
    told += [
        assume(eventID="3", errorCode="AccessDenied"),
        record(eventName="StopLogging", eventSource=TRAILS, eventID="4"),
    ]
    arrived = list(set_aside(reading(*told)))
    assert arrived == [sighting(each) for each in read(*told)]
    assert arrived[0].made.caller is arrived[2].made.caller


def test_calls_that_a_baseline_cannot_tell_apart_are_one_line():
    found = reading(at("02:10:00", "1"), at("02:59:59", "2", userAgent="aws-cli/2.99"), at("02:01:00", "3"))
    (calls,) = found.calls
    assert (calls.count, calls.last % 3600, calls.network, calls.tool, calls.region) == (
        3,
        3599,
        "192.0.2",
        "aws-cli",
        "eu-west-1",
    )


@pytest.mark.parametrize(
    "other",
    [
        {"eventTime": "2026-10-03T03:00:00Z"},
        {"sourceIPAddress": "203.0.113.9"},
        {"userAgent": "Boto3/1.34"},
        {"awsRegion": "us-east-1"},
        {"userIdentity": ALICE | {"principalId": "AIDABOB0000000000001", "userName": "bob"}},
    ],
)
def test_calls_that_differ_in_what_a_baseline_keeps_are_lines_of_their_own(other):
    assert len(reading(at("02:10:00", "1"), at("02:11:00", "2") | other).calls) == 2


@pytest.mark.parametrize(
    ("fields", "aside"),
    [
        (assume(), True),
        (record("GetSessionToken", eventSource="sts.amazonaws.com"), True),
        (record("CreateUser", eventSource="iam.amazonaws.com", userIdentity=session()), True),
        (record("CreateUser", eventSource="iam.amazonaws.com"), True),
        (record("DeleteUser", eventSource="iam.amazonaws.com"), False),
        (record("DescribeInstances", userIdentity=session()), False),
    ],
)
def test_what_needs_its_neighbours_is_set_aside(fields, aside):
    found = reading(fields)
    assert (aside_of(found), len(found.calls)) == (([fields["eventID"]], 0) if aside else ([], 1))


def test_calls_of_watched_times_are_set_aside():
    early, late = at("02:00:00", "1"), at("05:00:00", "2")
    begin = read(late)[0].time
    found = reading(early, late, watched=[Window(begin - 60, begin + 60)])
    assert aside_of(found) == ["2"]


def test_services_are_counted_and_teach_nothing():
    service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    found = reading(assume(userIdentity=service, eventID="1"), record(userIdentity=service, eventID="2"))
    assert (found.services, found.service_assumptions, found.calls, found.aside) == (2, 1, [], b"")


def test_a_record_that_was_read_before_is_read_once():
    twice = at("02:00:00", "abc-1")
    found = reading(twice, twice, at("02:00:01", "2"), skip=[short_id("2")])
    assert (found.records, found.again, sum(calls.count for calls in found.calls)) == (3, 2, 1)
    assert [one for ids in found.ids.values() for one in ids] == [short_id("abc-1")]


def test_what_cannot_be_read_is_counted():
    reader = Reader()
    assert reader.read([unparsed("broken", b"x")], ALWAYS)
    assert (reader.finish().unparsed, reader.reading.records) == (1, 1)


def test_only_the_windows_records_are_learned_and_a_file_that_goes_on_is_told():
    records = read(at("02:00:00", "1"), at("03:00:00", "2"), at("04:00:00", "3"))
    first, last = records[0].time, records[2].time
    reader = Reader()
    assert reader.read(records, Window(-inf, last + 1))
    assert sum(calls.count for calls in reader.finish().calls) == 3
    cut = Reader()
    assert not cut.read(records, Window(first + 1, last))
    assert sum(calls.count for calls in cut.finish().calls) == 1


@pytest.mark.parametrize("name", ["", "not-hex", "none-123", "é", "0" * 400])
def test_any_id_has_a_short_form(name):
    assert 0 <= short_id(name) < 1 << 63
    assert short_id(name) == short_id(name)


def test_ids_that_differ_in_any_place_differ_in_short():
    ids = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(500)]
    ids += [f"00000000-0000-4000-8000-{n:012x}" for n in range(500)]
    assert len({short_id(one) for one in ids}) == 999
