import random
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from detectors.judge import Judge
from model.baseline import digest
from model.cloudtrail import Unparsed
from model.confidence import Confidence
from model.journal import Lesson
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
    role_arn,
)

LOUD = (Confidence.MEDIUM, Confidence.HIGH)


def loud(findings):
    return [finding for finding in findings if finding.confidence in LOUD]


@pytest.fixture(scope="module")
def learned() -> PaperStore:
    """What a judge knows after the ordinary month."""
    store = PaperStore()
    judge = new_judge(store)
    judge.judge(read(month()), learn_only_before=night().timestamp())
    store.commit(judge.written())
    return store


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_an_ordinary_month_has_no_medium_or_high_finding(seed):
    assert loud(final(judged(month(seed=seed)))) == []


def test_a_month_after_learning_one_is_quiet_altogether(learned):
    following = month(start=MONDAY + timedelta(days=35), seed=9)
    assert loud(final(judged(following, new_judge(learned)))) == []


def test_the_laptop_attack_is_one_composite_finding_decided_at_the_third_hop(learned):
    findings = final(judged(laptop(night()), new_judge(learned)))
    assert len(findings) == 1
    found = findings[0]
    assert (found.confidence, found.severity, found.playbook) == ("high", "critical", "suspend_credentials")
    assert found.detectors == ("off_hours", "new_pair", "chain", "composite")
    assert found.detected == night() + timedelta(seconds=95)
    assert found.time == night()
    assert found.origin.arn == ANA.arn
    assert found.hops == 3
    assert found.roles == (role_arn("ci", TOOLS), role_arn("deploy", SHARED), role_arn("prod-data", PROD))
    assert found.target_accounts == (TOOLS, SHARED, PROD)
    hops = found.lineages[0].hops
    assert len(found.lineages) == 1
    assert [hop.role_id[:4] for hop in hops] == ["AROA"] * 3
    assert [hop.session_name for hop in hops] == ["ana"] * 3
    assert all(hop.access_key_id.startswith("ASIA") for hop in hops)
    assert len(found.records) == 5, "three hops, two of them with the owner's copy"


def test_nothing_of_a_session_token_is_in_a_finding(learned):
    findings = final(judged(laptop(night()), new_judge(learned)))
    assert "secret-token" not in "".join(finding.model_dump_json() for finding in findings)


def test_the_same_attack_by_day_is_medium(learned):
    findings = loud(final(judged(laptop(night().replace(hour=11)), new_judge(learned))))
    assert [finding.confidence for finding in findings] == ["medium"]
    assert "composite" not in findings[0].detectors


def test_two_hops_at_night_are_not_composite(learned):
    first, ci = assume(ANA, "ci", TOOLS, night(), "ana")
    second, _ = assume(ci, "deploy", SHARED, night() + timedelta(seconds=40), "ana")
    findings = final(judged([first, second], new_judge(learned)))
    assert [finding.confidence for finding in findings] == ["medium"]


def test_the_uid_is_the_same_whatever_the_order(learned):
    uids = set()
    for seed in range(6):
        records = laptop(night())
        template = {old["eventName"] + str(n): f"fixed-{n}" for n, old in enumerate(records)}
        for record, name in zip(records, template.values(), strict=True):
            record["eventID"] = name
        random.Random(seed).shuffle(records)
        findings = final(judged(records, new_judge(learned)))
        assert [finding.detectors[-1] for finding in findings] == ["composite"]
        uids.add(findings[0].uid)
    assert len(uids) == 1


def test_a_chain_within_one_second_written_newest_first_is_whole(learned):
    at = night()
    first, ci = assume(ANA, "ci", TOOLS, at, "ana")
    second, deploy = assume(ci, "deploy", SHARED, at, "ana")
    third, _ = assume(deploy, "prod-data", PROD, at, "ana")
    findings = final(judged([third, second, first], new_judge(learned)))
    assert [(f.hops, f.confidence) for f in findings] == [(3, "high")]


def test_a_finding_grows_poll_by_poll_and_keeps_its_uid(learned):
    polls = judged(laptop(night()), new_judge(learned), poll=1)
    states = [finding for poll in polls for finding in poll.findings]
    assert len({finding.uid for finding in states}) == 1
    ranks = [finding.confidence.rank for finding in states]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0
    assert ranks[-1] == 2


def test_a_late_first_hop_gives_the_chain_to_its_origin(learned):
    records = laptop(night())
    polls = judged([*records[1:], records[0]], new_judge(learned), poll=1)
    last = [finding for finding in final(polls) if finding.origin.arn == ANA.arn]
    assert [finding.hops for finding in last] == [3]
    assert "chain" in last[0].detectors


def test_a_late_owners_copy_adds_its_record(learned):
    records = laptop(night())
    judge = new_judge(learned)
    before = final([judge.judge(read(records[:2] + records[3:4]))])[0]
    after = final([judge.judge(read(records[2:3]))])[0]
    assert after.uid == before.uid
    assert set(after.records) - set(before.records) == {records[2]["eventID"]}


def test_an_unremarkable_hop_out_of_a_finding_joins_it(learned):
    judge = new_judge(learned)
    records = laptop(night())
    judge.judge(read(records))
    made = Actor("prod-data", PROD, "ana", key=records[3]["responseElements"]["credentials"]["accessKeyId"])
    further, _ = assume(made, "prod-data-2", PROD, night() + timedelta(minutes=5), "ana")
    found = final([judge.judge(read([further]))])
    assert found[0].hops == 4


def test_a_duplicate_changes_nothing(learned):
    records = laptop(night())
    judge = new_judge(learned)
    assert final([judge.judge(read(records))])
    judge.written()
    again = judge.judge(read(records))
    assert again.findings == again.anomalies == ()
    entry = judge.written().entry
    assert (entry.ids, entry.changes, entry.assumed) == ({}, b"", b"")


def test_a_restart_between_any_two_records_changes_nothing(learned):
    records = laptop(night())
    whole = final(judged(records, new_judge(learned)))[0]
    for cut in range(1, len(records)):
        store = deepcopy(learned)
        before = new_judge(store)
        states = list(before.judge(read(records[:cut])).findings)
        store.commit(before.written())
        after = new_judge(store)
        states += after.judge(read(records[cut:])).findings
        states += after.finish().findings
        assert (states[-1].uid, states[-1].hops, states[-1].detectors) == (whole.uid, 3, whole.detectors)
        assert set(states[-1].records) == set(whole.records)


def test_what_an_attack_did_is_not_learned(learned):
    judge = new_judge(learned)
    judge.judge(read(laptop(night())))
    for day in (31, 32, 33, 37):
        found = final([judge.judge(read(laptop(night(day))))])
        assert [finding.detectors for finding in found] == [("off_hours", "new_pair", "chain", "composite")], day


def test_what_is_ordinary_in_the_chains_of_a_finding_teaches_only_once_people_call_it_benign():
    """Ana goes to both roles herself; that the one takes the other is new and odd to nobody. By day the three hops
    before are medium: until somebody has said what they were, an attacker could make a habit of anything."""
    store = PaperStore()
    judge = new_judge(store)
    days = [(MONDAY + timedelta(days=day)).replace(hour=11) for day in range(29)]
    own = [assume(ANA, role, TOOLS, day, "ana")[0] for day in days for role in ("audit", "helper")]
    judge.judge(read([*month(), *own]), learn_only_before=night().timestamp())
    at = night().replace(hour=11)
    (found,) = final([judge.judge(read(laptop(at)))])
    assert found.confidence == "medium"
    assert learns_an_ordinary_hop(judge, at + timedelta(minutes=10)) is False
    judge.take_in([(1, Lesson(origin=found.origin.key, finding=found.uid, verdict="benign", told=at))])
    assert learns_an_ordinary_hop(judge, at + timedelta(minutes=20)) is True


def learns_an_ordinary_hop(judge: Judge, at: datetime) -> bool:
    """Whether the helper's role knows the audit role after it took that role for Ana, which nothing is odd about."""
    first, helper = assume(ANA, "helper", TOOLS, at, "ana")
    second, _ = assume(helper, "audit", TOOLS, at + timedelta(seconds=20), "ana")
    poll = judge.judge(read([first, second]))
    assert poll.anomalies == ()
    caller = f"role:{TOOLS}:{helper.id.split(':')[0]}"
    return digest(role_arn("audit", TOOLS)) in judge.baseline(caller).targets


def test_people_are_told_once_of_a_new_role_that_is_used_day_after_day(learned):
    judge = new_judge(learned)
    new = [assume(RUNNER, "backup", PROD, night(day).replace(hour=11), "run-7")[0] for day in (30, 31, 32, 33)]
    assert [finding.confidence for finding in final([judge.judge(read(new[:1]))])] == ["medium"]
    again = judge.judge(read(new[1:]))
    assert again.findings == ()
    assert {(a.quiet, a.confidence) for a in again.anomalies if a.detector == "new_pair"} == {(True, "low")}
    assert "told of before, on 2026-" in again.anomalies[0].message
    other = assume(RUNNER, "billing", PROD, night(34).replace(hour=11), "run-8")[0]
    assert [finding.confidence for finding in loud(final([judge.judge(read([other]))]))] == ["medium"]


def test_a_chain_that_people_were_told_of_is_a_composite_at_night_still(learned):
    judge = new_judge(learned)
    assert [f.confidence for f in final([judge.judge(read(laptop(night().replace(hour=11))))])] == ["medium"]
    assert judge.judge(read(laptop(night(31).replace(hour=11)))).findings == ()
    found = final([judge.judge(read(laptop(night(32))))])
    assert [finding.detectors[-1] for finding in found] == ["composite"]


def test_a_low_oddity_that_came_to_nothing_is_learned(learned):
    judge = new_judge(learned)
    late = night().replace(hour=22)
    assert final([judge.judge(read([assume(ANA, "ci", TOOLS, late, "ana")[0]]))])[0].confidence == "low"
    judge.judge(read([call(RUNNER, late + timedelta(hours=2))]))
    week_later = late + timedelta(days=7)
    assert judge.judge(read([assume(ANA, "ci", TOOLS, week_later, "ana")[0]])).findings == ()


def test_a_person_on_call_makes_no_finding_alone_but_still_counts(learned):
    duty = [{"person": "ana", "from": night() - timedelta(hours=5), "until": night() + timedelta(hours=5)}]
    alone = new_judge(learned, on_call=duty).judge(read([assume(ANA, "ci", TOOLS, night(), "ana")[0]]))
    assert alone.findings == ()
    assert [anomaly.detector for anomaly in alone.anomalies] == ["off_hours"]
    attack = final(judged(laptop(night()), new_judge(learned, on_call=duty)))
    assert [finding.confidence for finding in attack] == ["high"]


def test_what_services_assume_is_never_judged(learned):
    records = []
    for n in range(300):
        record, _ = assume(ANA, f"r{n}", PROD, night() + timedelta(seconds=n))
        record["userIdentity"] = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
        records.append(record)
    judge = new_judge(learned)
    poll = judge.judge(read(records))
    assert poll.findings == poll.anomalies == ()
    assert judge.counts.service_assumptions == 300


def test_a_lambda_that_runs_by_day_and_wakes_at_three_is_low():
    worker = Actor("worker", session="worker-function", key="ASIAWORKERWORKERWORK")
    days = [MONDAY + timedelta(days=day, hours=hour) for day in range(20) for hour in (8, 9, 10, 11)]
    judge = new_judge()
    judge.judge(read([call(worker, at) for at in days]))
    at = MONDAY + timedelta(days=21, hours=1)
    poll = judge.judge(read([call(worker, at), call(worker, at + timedelta(minutes=1))]))
    assert [(f.confidence, f.detectors) for f in poll.findings] == [("low", ("off_hours",))]


def test_before_learn_until_nothing_is_judged_and_everything_teaches():
    judge = new_judge()
    poll = judge.judge(read([*month(), *laptop(night())]), learn_only_before=night(31).timestamp())
    assert poll.findings == poll.anomalies == ()
    assert final([judge.judge(read(laptop(night(37))))]) == []


def test_trying_many_roles_puts_every_session_of_the_surge_in_the_finding(learned):
    records = [assume(ANA, f"role{n}", PROD, night() + timedelta(seconds=10 * n), f"s{n}")[0] for n in range(12)]
    found = loud(final(judged(records, new_judge(learned))))
    assert len(found) == 1
    assert {"velocity", "new_pair", "off_hours", "composite"} == set(found[0].detectors)
    assert len(found[0].lineages) == 12
    assert found[0].hops == 1


def test_unreadable_records_are_one_low_finding_an_hour_and_the_rest_goes_on(learned):
    broken = [Unparsed(reason="malformed JSON", size=9, digest=f"{n:064}", excerpt="") for n in range(3)]
    judge = new_judge(learned)
    records = read(laptop(night()))
    findings = final([judge.judge([*records[:2], *broken, *records[2:]]), judge.finish()])
    assert [(f.confidence, f.detectors[0]) for f in findings if "unreadable" in f.detectors] == [("low", "unreadable")]
    assert len(findings) == 2
    assert judge.counts.unparsed == 3


def test_a_hundred_unreadable_records_are_medium():
    broken = [Unparsed(reason="malformed JSON", size=9, digest=f"{n:064}", excerpt="") for n in range(100)]
    findings = final([new_judge().judge(broken, now=night().timestamp())])
    assert [(f.confidence, f.anomalies[0].observed) for f in findings] == [("medium", 100)]


def test_polls_of_any_size_give_the_same_findings():
    records = month() + laptop(night())
    records.sort(key=lambda record: record["eventTime"])
    wholes = final(judged(records, poll=10_000))
    smalls = final(judged(records, poll=37))
    assert [f.uid for f in wholes] == [f.uid for f in smalls]
    assert [f.detectors for f in wholes] == [f.detectors for f in smalls]


def test_only_the_owners_copy_ever_comes(learned):
    judge = new_judge(learned)
    record, _ = assume(replace(ANA, name="stranger", account="999999999999"), "deploy", SHARED, night())
    judge.judge(read([owners_copy(record, SHARED)]))
    assert judge.counts.assumptions == 0
    poll = judge.judge([], now=night().timestamp() + 600)
    assert judge.counts.assumptions == 1
    assert poll.findings[0].detectors == ("off_hours",)


SCANNER = Actor("scanner", session="i-0987654321", key="ASIASCANNERSCANNER01")


def scan(day: int) -> list[Json]:
    at = MONDAY + timedelta(days=day, hours=11)
    return [assume(SCANNER, "audit", f"{n:012}", at + timedelta(seconds=5 * n), "scan")[0] for n in range(10, 25)]


def test_a_daily_scanner_is_told_of_on_its_first_day_only_though_nobody_was_asked():
    found = final(judged([record for day in range(20) for record in scan(day)]))
    assert [(f.confidence, f.time.date()) for f in found if f.confidence != "low"] == [("high", MONDAY.date())]


def entry(person: str, account: str, at: datetime) -> Json:
    """A person enters an account through Identity Center's portal."""
    name = f"AWSReservedSSO_Developer_{int(account):016x}"
    arn = f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{name}"
    session = Actor(name, account, person, key=f"ASIA{account}{at.minute:04}")
    return call(session, at) | {
        "userIdentity": {"type": "SAMLUser", "principalId": f"idp:{person}", "userName": person},
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithSAML",
        "requestParameters": {"roleArn": arn, "roleSessionName": person},
        "responseElements": {
            "credentials": {"accessKeyId": session.key},
            "assumedRoleUser": {"assumedRoleId": session.id},
        },
    }


def portal_days(person: str, accounts: Sequence[str]) -> list[Json]:
    """Twenty working days in the same accounts."""
    return [
        entry(person, account, MONDAY + timedelta(days=day, hours=8 + place))
        for day in range(20)
        for place, account in enumerate(accounts)
    ]


def test_what_a_person_of_identity_center_does_in_many_accounts_is_one_finding():
    at = MONDAY + timedelta(days=20, hours=9)
    opened = [entry("ana@example.com", f"{n:012}", at + timedelta(minutes=n)) for n in range(30, 44)]
    usual = portal_days("ana@example.com", [f"{n:012}" for n in range(30, 33)])
    others = portal_days("bob@example.com", [f"{n:012}" for n in range(40, 43)])
    records = sorted([*usual, *others, *opened], key=lambda record: str(record["eventTime"]))
    (found,) = [f for f in final(judged(records)) if f.confidence != "low"]
    assert found.confidence == "high"
    assert {"velocity", "fan_out", "new_pair"} <= {*found.detectors}
    assert found.hops == 0
    assert found.origin.person == "ana@example.com"
    assert {record["eventID"] for record in opened[-4:]} <= {*found.records}
