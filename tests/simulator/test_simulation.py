import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pytest

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.organization import read_organization
from simulator.attacks import ATTACKS
from simulator.days import DAY, midnight, stamp
from simulator.delivery import LATEST_S, LogFile
from simulator.description import organization
from simulator.simulation import Simulation
from simulator.world import world

FIRST = date(2026, 3, 2)
ROOT = Path(__file__).parents[2]
DIGEST = """
from datetime import date
from hashlib import sha256
from simulator.attacks import ATTACKS
from simulator.description import organization
from simulator.simulation import Simulation
from simulator.world import world

made = Simulation(world(1, date(2026, 3, 2), 1, 8), data_events=True)
made.attack([*ATTACKS.values()])
digest = sha256(organization(made.world).encode())
for file in made.files():
    digest.update(file.path.encode() + file.body)
print(digest.hexdigest(), made.labels())
"""


def simulated(days=2, accounts=8, seed=1, attacks=(), *, data_events=False, learn_days=None):
    made = Simulation(
        world(seed, FIRST, days, accounts),
        data_events=data_events,
        learn_days=days * 4 // 5 if learn_days is None else learn_days,
    )
    made.attack([ATTACKS[name] for name in attacks])
    return [*made.files()], made


def records(files: list[LogFile]):
    return [record for file in files for record in msgspec.json.decode(file.body)["Records"]]


def kind(record):
    """What a broken record has no more."""
    who = record["userIdentity"]
    return who["type"] if isinstance(who, dict) else ""


@pytest.fixture(scope="module")
def two_days():
    return simulated()


@pytest.fixture(scope="module")
def attacked():
    return simulated(10, 12, seed=3, attacks=ATTACKS, data_events=True, learn_days=2)


def test_the_same_seed_gives_the_same_bytes(two_days):
    assert simulated()[0] == two_days[0]


def test_another_seed_gives_another_organisation(two_days):
    other, _ = simulated(1, seed=2)
    accounts = {record["recipientAccountId"] for record in records(two_days[0])}
    assert accounts.isdisjoint(record["recipientAccountId"] for record in records(other))


def test_the_same_seed_gives_the_same_bytes_whatever_hashes_are(two_days):
    digests = {subprocess.run(
        [sys.executable, "-c", DIGEST], env={"PYTHONHASHSEED": number, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    ).stdout for number in ("1", "2")}  # fmt: skip
    assert len(digests) == 1


def test_an_attack_changes_nothing_about_ordinary_life(two_days):
    quiet = {record["eventID"] for record in records(two_days[0])}
    files, made = simulated(attacks=["deep"])
    (label,) = made.labels()
    assert {record["eventID"] for record in records(files)} == quiet | set(label.records)


def test_a_file_lies_where_cloudtrail_puts_it(two_days):
    files, made = two_days
    for file in files:
        logs, org, account, trail, region, *day, name = file.path.split("/")
        assert (logs, org, trail) == ("AWSLogs", made.world.org_id, "CloudTrail")
        assert name.startswith(f"{account}_CloudTrail_{region}_{''.join(day)}T")
        assert name.endswith(".json.gz")
        assert len(name.removesuffix(".json.gz").rsplit("_", 1)[1]) == 16
        assert {(r["recipientAccountId"], r["awsRegion"]) for r in records([file])} == {(account, region)}
    assert len({file.path for file in files}) == len(files)


def test_records_come_late_and_out_of_order_within_a_file(two_days):
    shuffled = 0
    for file in two_days[0]:
        closed = file.path.rsplit("_", 2)[1]
        times = [record["eventTime"] for record in records([file]) if record["eventTime"]]
        assert max(times)[:16].replace("-", "").replace(":", "") <= closed
        shuffled += times != sorted(times)
    assert shuffled > len(two_days[0]) / 4


def test_a_record_comes_at_most_a_quarter_of_an_hour_late_mostly(two_days):
    late = Counter()
    for file in two_days[0]:
        closed = file.path.rsplit("_", 2)[1]
        at = f"{closed[:4]}-{closed[4:6]}-{closed[6:11]}:{closed[11:13]}"
        for record in records([file]):
            late[record["eventTime"] >= stamp(_seconds(at) - LATEST_S)] += 1
    assert late[False] < late[True] / 1000


def _seconds(at: str) -> int:
    day, rest = at.split("T")
    return midnight(date.fromisoformat(day)) + int(rest[:2]) * 3600 + int(rest[3:5]) * 60


def test_both_accounts_tell_of_an_assumption_across_them(two_days):
    pairs: dict[str, list] = {}
    for record in records(two_days[0]):
        if record["eventName"] == "AssumeRole" and kind(record) != "AWSService":
            pairs.setdefault(record.get("sharedEventID", record["eventID"]), []).append(record)
    both = [pair for pair in pairs.values() if len(pair) == 2]
    assert len(both) > 100
    for one, two in both:
        caller, owner = (one, two) if two["userIdentity"]["type"] == "AWSAccount" else (two, one)
        assert caller["eventID"] != owner["eventID"]
        assert owner["userIdentity"] == {
            "type": "AWSAccount",
            "principalId": caller["userIdentity"]["principalId"],
            "accountId": caller["recipientAccountId"],
        }
        assert owner["recipientAccountId"] == owner["resources"][0]["accountId"] != caller["recipientAccountId"]


def test_most_assumptions_are_services(two_days):
    kinds = Counter(kind(r) for r in records(two_days[0]) if r["eventName"].startswith("AssumeRole"))
    assert kinds["AWSService"] > sum(kinds.values()) / 2
    assert set(kinds) >= {"AWSService", "AssumedRole", "SAMLUser", "WebIdentityUser", "AWSAccount"}


def test_every_record_can_be_read(attacked):
    files, _ = attacked
    read = [item for file in files for item in unwrap(file.body)]
    broken = [item for item in read if isinstance(item, Unparsed)]
    assert len(read) == sum(file.records for file in files)
    assert len(broken) < len(read) / 10_000
    assert {type(item) for item in read} <= {CloudTrailRecord, Unparsed}


def test_without_attacks_there_are_no_labels(two_days):
    assert two_days[1].labels() == []


def test_every_attack_is_labelled_with_records_that_are_there(attacked):
    files, made = attacked
    by_id = {record["eventID"]: record for record in records(files)}
    labels = {label.name: label for label in made.labels()}
    assert set(labels) == set(ATTACKS)
    begins = made.world.begin + 2 * DAY
    for label in labels.values():
        assert label.records
        assert set(label.records) <= set(by_id)
        assert begins <= label.first <= label.deciding < made.world.end
        times = {by_id[each]["eventTime"] for each in label.records}
        assert min(times) >= stamp(label.first)
        assert stamp(label.deciding) in times
        assert label.origin.startswith("arn:aws:iam::")
        assert label.hops[0] == label.origin
        assert label.confidence in {"low", "medium", "high"}


def test_data_events_are_told_only_when_asked_for(attacked, two_days):
    told = {record["eventName"] for record in records(attacked[0]) if record["eventCategory"] == "Data"}
    assert {"PutEvents", "GetObject", "Invoke"} <= told
    assert {record["eventCategory"] for record in records(two_days[0])} == {"Management"}


def test_days_have_a_rhythm():
    files, made = simulated(7, 8)
    people = Counter()
    for record in records(files):
        if record["eventName"] == "AssumeRoleWithSAML":
            people[record["eventTime"][:10]] += 1
    weekend = people["2026-03-07"] + people["2026-03-08"]
    assert weekend < sum(people.values()) / 7
    assert {person.zone for person in made.world.people} == {"Europe/Berlin", "America/New_York", "Asia/Kolkata"}


@pytest.mark.parametrize("accounts", [5, 12, 60])
def test_the_description_can_be_read_and_names_everybody(accounts):
    made = world(4, FIRST, 30, accounts)
    read = read_organization(organization(made))
    assert read.org_id == made.org_id
    assert set(read.accounts) == {account.id for account in made.accounts}
    assert {account.environment for account in read.accounts.values()} >= {"prod", "dev", "management", "tools"}
    assert read.on_call
    assert [duty.since for duty in read.on_call] == sorted(duty.since for duty in read.on_call)
    assert sum(each.until is not None for each in read.trust) == 1


def test_memory_does_not_grow_with_the_days():
    def peak(days: int) -> int:
        made = Simulation(world(1, FIRST, days, 5))
        tracemalloc.start()
        for _ in made.files():
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(9) < 1.5 * peak(3)
