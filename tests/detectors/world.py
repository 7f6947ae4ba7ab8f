"""Made-up CloudTrail: a few people and machines, record by record, and an ordinary month of theirs."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from detectors.judge import Judge, JudgedPoll
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.paper_store import PaperStore

TOOLS, SHARED, PROD = "111111111111", "222222222222", "333333333333"
MONDAY = datetime(2026, 8, 31, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
_NUMBERS = count(1)

Json = dict[str, Any]


def unique(prefix: str, name: str) -> str:
    """A unique id that belongs to a name."""
    return (prefix + "".join(c for c in name.upper() if c.isalpha())).ljust(21, "Q")[:21]


def role_arn(name: str, account: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


@dataclass(frozen=True)
class Actor:
    """Who signs a call: a user, or (with `session`) a role's session."""

    name: str
    account: str = TOOLS
    session: str = ""
    key: str = ""

    @property
    def arn(self) -> str:
        return role_arn(self.name, self.account) if self.session else f"arn:aws:iam::{self.account}:user/{self.name}"

    @property
    def id(self) -> str:
        prefix = "AROA" if self.session else "AIDA"
        return unique(prefix, self.name) + (f":{self.session}" if self.session else "")

    @property
    def identity(self) -> Json:
        fields = {
            "principalId": self.id,
            "accountId": self.account,
            "accessKeyId": self.key or unique("AKIA", self.name),
        }
        if not self.session:
            return {"type": "IAMUser", "arn": self.arn, "userName": self.name, **fields}
        issuer = {"type": "Role", "principalId": self.id.split(":")[0], "arn": self.arn, "accountId": self.account}
        session_arn = f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{self.session}"
        return {"type": "AssumedRole", "arn": session_arn, "sessionContext": {"sessionIssuer": issuer}, **fields}


def call(actor: Actor, at: datetime, name: str = "DescribeInstances", ip: str = "192.0.2.10") -> Json:
    """Any call."""
    return {
        "eventVersion": "1.11",
        "userIdentity": actor.identity,
        "eventTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "ec2.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": ip,
        "userAgent": "aws-cli/2.31.4 md/arch#arm64",
        "eventID": f"00000000-0000-4000-8000-{next(_NUMBERS):012}",
        "recipientAccountId": actor.account,
        "readOnly": True,
    }


def assume(
    actor: Actor, role: str, account: str, at: datetime, session: str = "s", denied: bool = False
) -> tuple[Json, Actor]:
    """The caller's record of an AssumeRole, and the session it made."""
    record = call(actor, at, "AssumeRole")
    made = Actor(role, account, session, key=f"ASIA{int(record['eventID'][-12:]):016}")
    record |= {
        "eventSource": "sts.amazonaws.com",
        "requestParameters": {"roleArn": role_arn(role, account), "roleSessionName": session},
    }
    if denied:
        return record | {"errorCode": "AccessDenied", "errorMessage": "no"}, made
    answer = {
        "credentials": {"accessKeyId": made.key, "sessionToken": "secret-token"},
        "assumedRoleUser": {"assumedRoleId": made.id},
    }
    return record | {"responseElements": answer}, made


def owners_copy(record: Json, account: str) -> Json:
    """The role owner's record of the same assumption."""
    who = record["userIdentity"]
    shared = {"sharedEventID": record["eventID"] + "-shared", "recipientAccountId": account}
    record.update(sharedEventID=shared["sharedEventID"])
    return (
        record
        | shared
        | {
            "eventID": record["eventID"].replace("0000-4", "0001-4"),
            "userIdentity": {"type": "AWSAccount", "principalId": who["principalId"], "accountId": who["accountId"]},
        }
    )


ANA = Actor("ana")
RUNNER = Actor("runner", session="i-0123456789", key="ASIARUNNERRUNNERRUNN")


def month(days: int = 30, start: datetime = MONDAY, seed: int = 1) -> list[Json]:
    """An ordinary month in Berlin: a developer by day, CI that refreshes every 50 minutes, a nightly job."""
    chance = random.Random(seed)
    records: list[Json] = []
    for day in range(days):
        date = (start + timedelta(days=day)).replace(tzinfo=BERLIN)
        if date.weekday() < 5:
            for hour in sorted(chance.sample(range(9, 18), 4)):
                at = date.replace(hour=hour, minute=chance.randrange(60))
                made, session = assume(ANA, "ci", TOOLS, at, "ana")
                records += [call(ANA, at - timedelta(seconds=5)), made, call(session, at + timedelta(seconds=9))]
                if hour in (10, 15):
                    deploying, deploy = assume(session, "deploy", SHARED, at + timedelta(seconds=30), "rel")
                    del deploying, deploy
        at = date.replace(hour=2, minute=30)
        job, data = assume(replace(RUNNER, name="nightly"), "warehouse", PROD, at, "export")
        records += [job, *(call(data, at + timedelta(seconds=n)) for n in (5, 9))]
    at = start
    while at < start + timedelta(days=days):
        ci, session = assume(RUNNER, "ci", TOOLS, at, "runner")
        records += [ci, call(session, at + timedelta(seconds=3))]
        local = at.astimezone(BERLIN)
        if local.weekday() < 5 and 9 <= local.hour < 18:
            deploying, deploy = assume(session, "deploy", SHARED, at + timedelta(seconds=20), "release")
            records += [deploying, owners_copy(deploying, SHARED), call(deploy, at + timedelta(seconds=33))]
        at += timedelta(minutes=50)
    return sorted(records, key=lambda record: str(record["eventTime"]))


def laptop(at: datetime) -> list[Json]:
    """The attack of the story: user → CI role → deploy role → production data, within two minutes."""
    first, ci = assume(ANA, "ci", TOOLS, at, "ana")
    second, deploy = assume(ci, "deploy", SHARED, at + timedelta(seconds=40), "ana")
    third, data = assume(deploy, "prod-data", PROD, at + timedelta(seconds=95), "ana")
    return [
        first,
        second,
        owners_copy(second, SHARED),
        third,
        owners_copy(third, PROD),
        call(data, at + timedelta(seconds=99)),
    ]


def night(day: int = 30) -> datetime:
    """02:47 in Berlin, that many days after the first Monday."""
    return (MONDAY + timedelta(days=day)).replace(tzinfo=BERLIN, hour=2, minute=47)


def read(records: Iterable[Json]) -> list[CloudTrailRecord | Unparsed]:
    return list(unwrap(json.dumps({"Records": list(records)}).encode()))


def new_judge(store: PaperStore | None = None, **organization: Any) -> Judge:
    """A judge that goes on from what the store holds."""
    described = Organization.model_validate({"time_zone": "Europe/Berlin", **organization})
    store = store or PaperStore()
    return Judge(Thresholds(), described, store, entry=store.last)


def judged(records: list[Json], judge: Judge | None = None, poll: int = 200) -> list[JudgedPoll]:
    """Every poll of a new judge, the end included."""
    judge = judge or new_judge()
    polls = [judge.judge(read(records[at : at + poll])) for at in range(0, len(records), poll)]
    return [*polls, judge.finish()]


def final(polls: Iterable[JudgedPoll]) -> list[Any]:
    """The findings at their last state."""
    return [*{finding.uid: finding for poll in polls for finding in poll.findings}.values()]
