"""The made-up traffic is what it says it is."""

from collections import Counter
from pathlib import Path

from bench.traffic import archive, messages
from integrations.trail_files import read_paths
from model.assumption import ApiCall, RoleAssumption
from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.normaliser import Normaliser

RECORDS = 5_000


def records() -> list[CloudTrailRecord]:
    read = [item for body in messages(RECORDS, 100) for item in unwrap(body)]
    return [record for record in read if isinstance(record, CloudTrailRecord)]


def test_every_message_is_one_readable_record() -> None:
    assert len(records()) == RECORDS


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    assert list(messages(300, 40)) == list(messages(300, 40))
    assert list(messages(300, 40)) != list(messages(300, 40, seed=8))


def test_messages_are_about_as_long_as_real_ones() -> None:
    lengths = [len(body) for body in messages(RECORDS, 100)]
    assert 2_500 < sum(lengths) / RECORDS < 2_800


def test_the_mix_is_the_one_that_is_stated() -> None:
    kinds: Counter[str] = Counter()
    for record in records():
        service = record.user_identity is not None and record.user_identity.type == "AWSService"
        assumes = record.event_name == "AssumeRole" and not service
        kinds["denied" if record.error else "assumed" if assumes else "other"] += 1
    assert 0.21 < kinds["assumed"] / RECORDS < 0.28
    assert 0.005 < kinds["denied"] / RECORDS < 0.015


def test_sessions_call_with_the_keys_they_were_given_and_both_copies_are_one_assumption() -> None:
    normaliser, minted, linked, calls = Normaliser(), set[str | None](), 0, 0
    copies = Counter(record.shared_event_id for record in records() if record.shared_event_id)
    for record in records():
        for item in normaliser.read(record):
            if isinstance(item, RoleAssumption):
                minted.add(item.new_key)
            elif isinstance(item, ApiCall):
                calls += 1
                linked += item.caller_key in minted
    assert linked > 0.85 * calls
    assert sum(count == 2 for count in copies.values()) > 0.95 * len(copies)


def test_a_few_records_come_twice() -> None:
    again = RECORDS - len({record.event_id for record in records()})
    assert 0 < again < RECORDS / 300


def test_time_goes_on_through_all_days() -> None:
    times = [record.time or 0.0 for record in records()]
    assert 18 * 86_400 < times[-1] - times[0] < 22 * 86_400


def test_assumptions_only_are_nothing_else() -> None:
    read = [item for body in messages(500, 60, only_assumptions=True) for item in unwrap(body)]
    assert {record.event_name for record in read if isinstance(record, CloudTrailRecord)} == {"AssumeRole"}


def test_an_archive_holds_the_same_records_as_the_messages(tmp_path: Path) -> None:
    made = archive(tmp_path, 800, 60, per_file=50)
    read = [item.event_id for _, item in read_paths([str(tmp_path)]) if isinstance(item, CloudTrailRecord)]
    sent = [item.event_id for body in messages(800, 60) for item in unwrap(body) if isinstance(item, CloudTrailRecord)]
    assert made.records == 800
    assert sorted(map(str, read)) == sorted(map(str, sent))
