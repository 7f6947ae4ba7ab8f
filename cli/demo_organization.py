"""Thirty ordinary days of a small organisation, as its CloudTrail tells them: pure and seeded."""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cli.demo_records import Caller, Json, Principal, Setting, assumption, call, service_assumption

TOOLS, SHARED, PRODUCTION, SECURITY = "111111111111", "222222222222", "333333333333", "444444444444"
ACCOUNTS = {TOOLS: "tools", SHARED: "shared", PRODUCTION: "production", SECURITY: "security"}
DAYS = 30
OFFICE_IP, RUNNER_IP, JOB_IP = "192.0.2.10", "192.0.2.40", "192.0.2.50"
CLI_AGENT = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7"
RUNNER_AGENT = "aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64"
BOTO_AGENT = "Boto3/1.40.45 md/Botocore#1.40.45 ua/2.1 os/linux#6.12 lang/python#3.13.7"


@dataclass(frozen=True)
class Cast:
    """Everybody who acts, as IAM knows them; the keys of the two users that have long-term ones."""

    ana: Principal
    ana_key: str
    runner: Principal
    runner_key: str
    ci_build: Principal
    deploy: Principal
    prod_data: Principal
    nightly: Principal
    developers: tuple[Principal, ...]
    developer_role: Principal


@dataclass
class _Days:
    """The making of the records; `chance` is the only source of ids and moments."""

    cast: Cast
    zone: tzinfo
    chance: random.Random
    records: list[Json] = field(default_factory=list)

    def moment(self, day: datetime, hour: float) -> datetime:
        """A moment of that local day, within ten minutes of the hour."""
        start = datetime.combine(day.date(), time(0), self.zone)
        return start + timedelta(hours=hour, seconds=self.chance.uniform(0, 600))

    def id(self) -> str:
        """The next event id."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def key(self) -> str:
        """The next temporary access key id."""
        return "ASIA" + "".join(self.chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))

    def assume(self, caller: Caller, role: Principal, session: str, setting: Setting) -> Caller:
        """One assumption; the session it made."""
        made = Caller(role, self.key(), session)
        self.records += assumption(caller, made, setting, (self.id(), self.id(), self.id()))
        return made

    def call(self, caller: Caller, service: str, name: str, setting: Setting, after_s: float) -> None:
        """One call by a session, some seconds after."""
        later = Setting(setting.at + timedelta(seconds=after_s), setting.ip, setting.agent, setting.region)
        self.records.append(call(caller, f"{service}.amazonaws.com", name, later, self.id()))


def ordinary_days(cast: Cast, now: datetime, zone: str, seed: int = 7) -> Iterator[tuple[datetime, list[Json]]]:
    """Each day's records in the order of their times, oldest day first, none later than ten minutes before `now`."""
    local = ZoneInfo(zone)
    today = now.astimezone(local)
    end = (now - timedelta(minutes=10)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    days = _Days(cast, local, random.Random(seed))  # noqa: S311 - a story, not a secret
    for back in range(DAYS, -1, -1):
        day = today - timedelta(days=back)
        days.records = []
        for habit in _HABITS:
            habit(days, day)
        told = [record for record in days.records if record["eventTime"] <= end]
        yield day, sorted(told, key=lambda record: str(record["eventTime"]))


def night_zone(now: datetime) -> str:
    """The fixed time zone in which it is between two and three at night now."""
    ahead = (2 - now.astimezone(UTC).hour) % 24
    offset = ahead if ahead <= 12 else ahead - 24
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


def _ana(days: _Days, day: datetime) -> None:
    """A person who looks into the CI role a few times in working hours."""
    if _weekend(day):
        return
    ana = Caller(days.cast.ana, days.cast.ana_key)
    for hour in sorted(days.chance.sample(range(9, 18), days.chance.randint(2, 5))):
        setting = Setting(days.moment(day, hour), OFFICE_IP, CLI_AGENT)
        days.call(ana, "sts", "GetCallerIdentity", setting, -4)
        build = days.assume(ana, days.cast.ci_build, "ana", setting)
        for number, name in enumerate(("BatchGetBuilds", "ListBuilds")):
            days.call(build, "codebuild", name, setting, 5 + number)


def _runner(days: _Days, day: datetime) -> None:
    """The CI runner renews its session every hour, and deploys in working hours."""
    runner = Caller(days.cast.runner, days.cast.runner_key)
    for hour in range(24):
        setting = Setting(days.moment(day, hour), RUNNER_IP, RUNNER_AGENT)
        build = days.assume(runner, days.cast.ci_build, f"runner-{days.chance.randint(1, 4)}", setting)
        days.call(build, "codebuild", "BatchGetBuilds", setting, 3)
        if 9 <= hour < 18 and not _weekend(day):
            _deploy(days, build, setting)


def _deploy(days: _Days, build: Caller, setting: Setting) -> None:
    later = Setting(setting.at + timedelta(seconds=40), setting.ip, setting.agent)
    deploy = days.assume(build, days.cast.deploy, f"deploy-{days.chance.randint(1000, 9999)}", later)
    for number, name in enumerate(("DescribeStacks", "CreateChangeSet", "ExecuteChangeSet")):
        days.call(deploy, "cloudformation", name, later, 2 + number)


def _nightly(days: _Days, day: datetime) -> None:
    """The job that reads production data, every morning at five."""
    setting = Setting(days.moment(day, 5), JOB_IP, BOTO_AGENT)
    job = Caller(days.cast.nightly, days.key(), "nightly-export")
    data = days.assume(job, days.cast.prod_data, "nightly-export", setting)
    days.call(data, "glue", "GetTables", setting, 8)


def _developers(days: _Days, day: datetime) -> None:
    """People at work: into their own role, some across the accounts."""
    if _weekend(day):
        return
    for number, person in enumerate(days.cast.developers):
        someone = Caller(person, f"AKIA{person.unique_id[4:20]}")
        for hour in sorted(days.chance.sample(range(8, 19), 3)):
            setting = Setting(days.moment(day, hour), f"192.0.2.{11 + number}", CLI_AGENT)
            work = days.assume(someone, days.cast.developer_role, person.name, setting)
            days.call(work, "ec2", "DescribeInstances", setting, 6)
            days.call(work, "logs", "DescribeLogGroups", setting, 9)


def _services(days: _Days, day: datetime) -> None:
    """AWS's own services, which start sessions all day long."""
    for hour in range(24):
        for service, role in _STARTED:
            owner = days.cast.deploy.account if role == "stack-role" else days.cast.prod_data.account
            principal = Principal(f"arn:aws:iam::{owner}:role/{role}", f"AROASERVICE{role[:5].upper():X<10}"[:21])
            setting = Setting(days.moment(day, hour + 0.5), service, service)
            made = Caller(principal, days.key(), f"{role}-{days.chance.randint(1000, 9999)}")
            days.records.append(service_assumption(service, made, setting, days.id()))


_STARTED = (
    ("lambda.amazonaws.com", "thumbnails"),
    ("ecs-tasks.amazonaws.com", "web"),
    ("cloudformation.amazonaws.com", "stack-role"),
    ("ec2.amazonaws.com", "workers"),
)
_HABITS: tuple[Callable[[_Days, datetime], None], ...] = (_ana, _runner, _nightly, _developers, _services)


def _weekend(day: datetime) -> bool:
    return day.weekday() >= 5
