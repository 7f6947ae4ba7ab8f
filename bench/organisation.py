"""Who acts in the made-up organisation, and what each is used to: seeded, and nothing in it is anybody's."""

import random
from itertools import accumulate
from typing import NamedTuple

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ZIPF = 0.9
"""The n-th busiest acts n^-0.9 times as often as the busiest."""
AT_HOME = 0.95
REGIONS = ("us-east-1", "eu-central-1", "us-west-2", "ap-southeast-2")
_CLI = (
    "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/pyimpl#CPython"
    " m/E,Z,b,n cfg/retry-mode#standard md/installer#exe sid/a1b2c3d4 md/command#{} md/prompt#off"
)
_BOTO = (
    "Boto3/1.40.45 md/Botocore#1.40.45 ua/2.1 os/linux#6.12.40-63.114.amzn2023.x86_64 md/arch#x86_64"
    " lang/python#3.13.7 md/pyimpl#CPython m/Z,b,D cfg/retry-mode#legacy Botocore/1.40.45 {}"
)
_GO = "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64 api/{}#1.38.6 m/E,g"
_TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.15.0"
    " (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1 {}"
)
_WORKLOADS = (_BOTO, _GO, _TERRAFORM)
_CALLS = {
    "ec2": ("DescribeInstances", "DescribeVolumes", "DescribeSecurityGroups", "CreateTags", "RunInstances"),
    "s3": ("GetBucketPolicy", "ListBuckets", "GetBucketLocation", "PutBucketTagging"),
    "kms": ("Decrypt", "GenerateDataKey", "DescribeKey"),
    "logs": ("DescribeLogGroups", "CreateLogStream", "FilterLogEvents"),
    "dynamodb": ("DescribeTable", "UpdateTable"),
    "ecr": ("GetAuthorizationToken", "BatchGetImage"),
    "ecs": ("ListTasks", "DescribeTasks", "UpdateService"),
    "lambda": ("GetFunction20150331v2", "ListFunctions20150331"),
    "cloudformation": ("DescribeStacks", "ExecuteChangeSet"),
    "iam": ("GetRole", "ListRoles"),
    "sts": ("GetCallerIdentity",),
    "ssm": ("GetParameters", "DescribeParameters"),
    "secretsmanager": ("GetSecretValue",),
    "sqs": ("GetQueueAttributes",),
    "athena": ("StartQueryExecution", "GetQueryResults"),
    "codebuild": ("BatchGetBuilds", "StartBuild"),
    "monitoring": ("DescribeAlarms", "PutMetricAlarm"),
}
_ALL_CALLS = tuple((service, name) for service, names in _CALLS.items() for name in names)
_PURPOSES = ("deploy", "read-only", "data-export", "backup", "support", "build", "audit", "operations")


class Role(NamedTuple):
    """A role that is assumed: what its sessions call, and the role that some of them go on to."""

    account: str
    name: str
    arn: str
    unique_id: str
    calls: tuple[tuple[str, str], ...]
    next: int


class Actor(NamedTuple):
    """Who starts a chain: a user, a person of Identity Center or a workload. `first` and `hours` say when awake."""

    kind: str
    account: str
    name: str
    unique_id: str
    role_arn: str
    session: str
    key: str
    address: str
    agent: str
    region: str
    roles: tuple[int, ...]
    first: int
    hours: int


class Organisation(NamedTuple):
    """`weights` are running sums over the actors, the busiest first."""

    accounts: tuple[str, ...]
    actors: tuple[Actor, ...]
    roles: tuple[Role, ...]
    weights: tuple[float, ...]


def organisation(identities: int, chance: random.Random) -> Organisation:
    """Of the identities a quarter are assumed roles, a quarter people (half of them IAM users), half workloads."""
    count = max(4, identities)
    accounts = tuple(f"{chance.randrange(10**11, 10**12)}" for _ in range(min(200, max(4, count // 25))))
    roles = tuple(_role(number, count // 4, accounts, chance) for number in range(count // 4))
    actors = [_actor(number, accounts, roles, chance) for number in range(count - len(roles))]
    weights = accumulate((place + 1) ** -ZIPF for place in range(len(actors)))
    return Organisation(accounts, tuple(actors), roles, tuple(weights))


def key(chance: random.Random, start: str = "ASIA") -> str:
    """An access key id."""
    return start + "".join(chance.choices(LETTERS, k=16))


def _role(number: int, count: int, accounts: tuple[str, ...], chance: random.Random) -> Role:
    account = chance.choice(accounts)
    name = f"{_PURPOSES[number % len(_PURPOSES)]}-{number}"
    arn = f"arn:aws:iam::{account}:role/platform/{name}"
    calls = tuple(chance.sample(_ALL_CALLS, 8))
    return Role(account, name, arn, key(chance, "AROA"), calls, chance.randrange(count))


def _actor(number: int, accounts: tuple[str, ...], roles: tuple[Role, ...], chance: random.Random) -> Actor:
    """Most live in the account of the role they use most. The busiest workloads work all day, others for four hours."""
    count = 3 * len(roles)
    kind = ("workload", "workload", "person", "workload", "user", "workload")[number % 6]
    wanted = chance.choice((1, 1, 1, 2, 2, 3))
    habits = tuple(dict.fromkeys(int(len(roles) * chance.random() ** 2) for _ in range(wanted)))
    account = roles[habits[0]].account if chance.random() < AT_HOME else chance.choice(accounts)
    named = _NAMED[kind](number, account, chance)
    agent = chance.choice(_WORKLOADS) if kind == "workload" else _CLI
    address = (
        f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" if kind == "workload" else f"192.0.2.{number % 254}"
    )
    always = number < count // 10 and kind == "workload"
    first, hours = (0, 24) if always else (chance.randrange(6, 18), 4)
    region = REGIONS[number % 7 % len(REGIONS)]
    return Actor(kind, account, *named, address, agent.format(f"x{number}"), region, habits, first, hours)


def _user(number: int, _: str, chance: random.Random) -> tuple[str, str, str, str, str]:
    return f"person{number}", key(chance, "AIDA"), "", "", key(chance, "AKIA")


def _person(number: int, account: str, _: random.Random) -> tuple[str, str, str, str, str]:
    name = f"AWSReservedSSO_Developer_{int(account):016x}"
    arn = f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{name}"
    return name, f"AROASSO{account}AA", arn, f"person{number}@example.com", ""


def _workload(number: int, account: str, chance: random.Random) -> tuple[str, str, str, str, str]:
    name = f"service-{number}"
    return name, key(chance, "AROA"), f"arn:aws:iam::{account}:role/workloads/{name}", f"i-{number:017x}", ""


_NAMED = {"user": _user, "person": _person, "workload": _workload}
