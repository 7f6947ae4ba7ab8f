import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cli.demo_organization import DAYS, Cast, night_zone, ordinary_days
from cli.demo_records import Caller, Principal, Setting, assumption, envelope
from detectors.judge import Judge
from model.assumption import RoleAssumption
from model.cloudtrail import Unparsed
from model.envelopes import unwrap
from model.normaliser import Normaliser
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.paper_store import PaperStore

NOW = datetime(2026, 10, 6, 17, 42, tzinfo=UTC)
TOOLS, SHARED = "111111111111", "222222222222"


def role(name: str, account: str = TOOLS) -> Principal:
    return Principal(f"arn:aws:iam::{account}:role/ci/{name}", f"AROA{name.upper().replace('-', ''):X<17}")


def user(name: str) -> Principal:
    return Principal(f"arn:aws:iam::{TOOLS}:user/{name}", f"AIDA{name.upper().replace('-', ''):X<17}")


CAST = Cast(
    ana=user("ana"),
    ana_key="AKIAANA",
    runner=user("ci-runner"),
    runner_key="AKIARUNNER",
    ci_build=role("ci-build"),
    deploy=role("deploy", SHARED),
    prod_data=role("prod-data", "333333333333"),
    nightly=role("nightly-export", "333333333333"),
    developers=(user("bo"), user("chidi")),
    developer_role=role("developer"),
)
SETTING = Setting(NOW, "192.0.2.1", "aws-cli/2")


def every_record() -> list[dict]:
    return [record for _, day in ordinary_days(CAST, NOW, night_zone(NOW)) for record in day]


def read(records: list[dict]) -> list:
    normaliser = Normaliser()
    wrapped = (one for record in records for one in unwrap(json.dumps(envelope(record)).encode()))
    return [seen for one in wrapped for seen in normaliser.read(one)]


@pytest.mark.parametrize("hour", range(24))
def test_it_is_between_two_and_three_at_night_where_the_organisation_is(hour):
    now = datetime(2026, 3, 1, hour, 30, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(night_zone(now))).hour == 2


def test_the_same_seed_tells_the_same_story():
    assert every_record() == every_record()


def test_thirty_days_end_before_now_and_lie_in_order():
    times = [datetime.fromisoformat(record["eventTime"]) for record in every_record()]
    assert NOW - times[0] > timedelta(days=DAYS)
    assert max(times) <= NOW - timedelta(minutes=10)
    assert times == sorted(times)


def test_every_record_can_be_read_and_is_unlike_every_other():
    records = every_record()
    body = json.dumps({"Records": records}).encode()
    assert not [one for one in unwrap(body) if isinstance(one, Unparsed)]
    assert len({record["eventID"] for record in records}) == len(records)


def test_nobody_but_the_nightly_job_enters_production_data():
    callers = {seen.caller.key for seen in read(every_record()) if _enters(seen, CAST.prod_data)}
    assert callers == {f"role:333333333333:{CAST.nightly.unique_id}"}


def test_ana_works_by_day_and_never_at_the_weekend():
    zone = ZoneInfo(night_zone(NOW))
    hers = [seen for seen in read(every_record()) if _enters(seen, CAST.ci_build) and seen.caller.person == "ana"]
    local = [datetime.fromtimestamp(seen.time, zone) for seen in hers]
    assert len(hers) >= 40
    assert {at.hour for at in local} <= set(range(9, 19))
    assert all(at.weekday() < 5 for at in local)


def test_both_accounts_copies_are_one_assumption_of_the_caller():
    caller = Caller(CAST.ci_build, "ASIABUILD", "runner-1")
    copies = assumption(caller, Caller(CAST.deploy, "ASIADEPLOY", "d-1"), SETTING, ("shared", "first", "second"))
    assert [copy["recipientAccountId"] for copy in copies] == [TOOLS, SHARED]
    for order in (copies, copies[::-1]):
        seen = read(order)
        assert {one.caller.key for one in seen} == {f"role:{TOOLS}:{CAST.ci_build.unique_id}"}
        assert {one.role_arn for one in seen} == {CAST.deploy.arn}


def test_services_start_more_sessions_than_people_do():
    kinds = Counter(record["userIdentity"]["type"] for record in every_record() if record["eventName"] == "AssumeRole")
    assert kinds["AWSService"] > kinds["IAMUser"]


def test_the_laptop_attack_stands_out_from_the_days_before_it():
    organization = Organization(time_zone=night_zone(NOW))
    store = PaperStore()
    judge = Judge(Thresholds(), organization, store)
    for _, day in ordinary_days(CAST, NOW, organization.time_zone):
        judge.judge(unwrap(json.dumps({"Records": day}).encode()), NOW.timestamp())
        store.commit(judge.written())
    path = (
        Caller(CAST.ana, CAST.ana_key),
        Caller(CAST.ci_build, "ASIA1", "ana"),
        Caller(CAST.deploy, "ASIA2", "deploy-4711"),
        Caller(CAST.prod_data, "ASIA3", "deploy-4711"),
    )
    told = [
        record
        for hop, (caller, made) in enumerate(pairwise(path))
        for record in assumption(caller, made, SETTING, (f"s{hop}", f"a{hop}", f"b{hop}"))
    ]
    bodies = [json.dumps(envelope(record)).encode() for record in told]
    again = Judge(Thresholds(), organization, store, entry=store.last, now=NOW.timestamp())
    live = again.judge([one for body in bodies for one in unwrap(body)])
    (finding,) = live.findings
    assert "composite" in finding.detectors
    assert finding.lineages[0].path == tuple(each.principal.arn for each in path)


def _enters(seen, principal: Principal) -> bool:
    return isinstance(seen, RoleAssumption) and seen.role_arn == principal.arn
