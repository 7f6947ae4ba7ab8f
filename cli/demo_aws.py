"""The demo's four accounts in the AWS stand-in: set up, attacked for real, and looked at afterwards."""

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.demo_organization import BOTO_AGENT, PRODUCTION, SECURITY, SHARED, TOOLS, Cast
from cli.demo_records import Caller, Json, Principal, Setting, assumption, call, envelope
from model.errors import Refused

REGION = "us-east-1"
BEYOND = ("555555555555", "666666666666")
"""Accounts that the deploy role comes to and the attacker has not yet."""
CONTAINING_ROLE = "hopstop/hopstop-containment"
BUCKET = "customer-records"
LAPTOP_IP = "198.51.100.23"

_ONE_ATTEMPT = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
_REFUSED = {"AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "ExpiredToken", "403"}
_CONTAINING = [
    *(f"iam:{verb}Role{rest}" for verb, rest in (("Get", ""), ("Tag", ""), ("Untag", ""))),
    *(f"iam:{verb}User" for verb in ("Get", "Tag", "Untag")),
    *(f"iam:List{kind}" for kind in ("RolePolicies", "RoleTags", "UserPolicies", "UserTags", "AccessKeys")),
    *(f"iam:{verb}{kind}Policy" for verb in ("Get", "Put", "Delete") for kind in ("Role", "User")),
    *("iam:ListAttachedRolePolicies", "iam:ListAttachedUserPolicies", "iam:GetLoginProfile", "iam:UpdateAccessKey"),
    "cloudtrail:LookupEvents",
]


@dataclass(frozen=True)
class Credentials:
    """One access key; its secret parts never show."""

    key: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Holder:
    """Credentials with whose they are."""

    caller: Caller
    credentials: Credentials


class Aws:
    """Clients of the stand-in. One boto3 session serves all: reading AWS's models is what takes long."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = boto3.Session(region_name=REGION)

    def client(self, service: str, who: Credentials) -> Any:
        """A client that tries once."""
        return self._session.client(
            service,
            endpoint_url=self._url,
            aws_access_key_id=who.key,
            aws_secret_access_key=who.secret,
            aws_session_token=who.token,
            config=_ONE_ATTEMPT,
        )

    def root(self, service: str, account: str) -> Any:
        """A client of an account's root: the stand-in takes the account's number for its key. For setting up only."""
        return self.client(service, Credentials(account, "set-up"))


@dataclass(frozen=True)
class Stage:
    """The accounts as they stand before the attack."""

    aws: "Aws"
    cast: Cast
    ana: Holder
    runner: Holder
    bystander: Holder
    nightly_role: Principal
    worker: Credentials
    external_id: str
    queue_url: str

    def client(self, service: str, who: Credentials) -> Any:
        """A client that tries once."""
        return self.aws.client(service, who)

    def root(self, service: str, account: str) -> Any:
        """A client of an account's root."""
        return self.aws.root(service, account)


@dataclass(frozen=True)
class Tried:
    """One call that was tried after the containment: by whom, and whether AWS let it pass."""

    who: str
    what: str
    allowed: bool


def set_up(url: str) -> Stage:
    """Make users, roles, the queue and the containing role in every account."""
    aws = Aws(url)
    tools, shared, production, security = (aws.root("iam", one) for one in (TOOLS, SHARED, PRODUCTION, SECURITY))
    ana, runner, bystander = (_user(tools, name) for name in ("ana", "ci-runner", "reporting"))
    developers = tuple(_user(tools, name).caller.principal for name in ("bo", "chidi", "dora", "emre", "fay", "gus"))
    ci_build = _role(tools, "ci-build", "/ci/", [ana.caller.principal, runner.caller.principal], ["sts:AssumeRole"])
    developer = _role(tools, "developer", "/people/", list(developers), ["ec2:Describe*", "logs:Describe*"])
    deploy = _role(shared, "deploy", "/ci/", [ci_build], ["sts:AssumeRole", "cloudformation:*"])
    nightly = _role(production, "nightly-export", "/jobs/", ["lambda.amazonaws.com"], ["sts:AssumeRole"])
    prod_data = _role(production, "prod-data", "/data/", [deploy, nightly], ["glue:*"])
    for account in BEYOND:
        _role(aws.root("iam", account), "deploy-target", "/ci/", [deploy], ["cloudformation:*"])
    _role(tools, "report-reader", "/people/", [bystander.caller.principal], [])
    aws.root("s3", PRODUCTION).create_bucket(Bucket=BUCKET)
    external_id = uuid.uuid4().hex
    worker = _user(security, "hopstop-worker")
    for iam in (tools, shared, production, security):
        _containing_role(iam, worker.caller.principal, external_id)
    # AWS asks for DeleteMessage also for a batch; the stand-in for an action of the batch's own name.
    sqs_actions = ("ReceiveMessage", "DeleteMessage*", "ChangeMessageVisibility*", "GetQueueAttributes", "SendMessage")
    may = _allow("sts:AssumeRole", *(f"sqs:{action}" for action in sqs_actions))
    security.put_user_policy(UserName="hopstop-worker", PolicyName="work", PolicyDocument=may)
    return Stage(
        aws=aws,
        cast=Cast(
            ana=ana.caller.principal,
            ana_key=ana.credentials.key,
            runner=runner.caller.principal,
            runner_key=runner.credentials.key,
            ci_build=ci_build,
            deploy=deploy,
            prod_data=prod_data,
            nightly=nightly,
            developers=developers,
            developer_role=developer,
        ),
        ana=ana,
        runner=runner,
        bystander=bystander,
        nightly_role=nightly,
        worker=worker.credentials,
        external_id=external_id,
        queue_url=_queue(aws.root("sqs", SECURITY)),
    )


def _queue(sqs: Any) -> str:
    """The queue of the records, with its dead-letter queue; its URL."""
    name = f"hopstop-records-{uuid.uuid4().hex[:6]}"
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 10})
    return str(sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"])


@dataclass
class Attack:
    """The laptop attack: ana's stolen key, the CI role, the deploy role, production data."""

    stage: Stage
    say: Callable[[str], None]
    hops: list[Holder] = field(default_factory=list)

    def play(self) -> None:
        """Every hop for real; its records go to the queue as CloudTrail would send them."""
        cast = self.stage.cast
        build = self._hop(self.stage.ana, cast.ci_build, "ana")
        self.say("ana's stolen key, from a strange address, became ci-build in tools")
        deploy = self._hop(build, cast.deploy, "deploy-4711")
        self.say("ci-build in tools became deploy in shared")
        data = self._hop(deploy, cast.prod_data, "deploy-4711")
        self.say("deploy in shared became prod-data in production")
        self.hops = [build, deploy, data]
        if not _passes(partial(_read, self.stage, data)):
            raise Refused("the attacker could not read production data before the containment")
        self._send([call(data.caller, "s3.amazonaws.com", "ListBuckets", self._setting(), str(uuid.uuid4()))])
        self.say("prod-data in production is reading customer records")

    def _hop(self, who: Holder, role: Principal, session: str) -> Holder:
        made = assume(self.stage, who, role, session)
        ids = (str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4()))
        self._send(assumption(who.caller, made.caller, self._setting(), ids))
        return made

    def _setting(self) -> Setting:
        return Setting(datetime.now(UTC), LAPTOP_IP, BOTO_AGENT)

    def _send(self, records: list[Json]) -> None:
        entries = [{"Id": str(n), "MessageBody": json.dumps(envelope(one))} for n, one in enumerate(records)]
        self.stage.root("sqs", SECURITY).send_message_batch(QueueUrl=self.stage.queue_url, Entries=entries)


def assume(stage: Stage, who: Holder, role: Principal, session: str) -> Holder:
    """One real AssumeRole; the session as its holder has it. Raises ClientError where AWS refuses."""
    sts = stage.client("sts", who.credentials)
    made = sts.assume_role(RoleArn=role.arn, RoleSessionName=session)["Credentials"]
    credentials = Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return Holder(Caller(role, credentials.key, session), credentials)


def attackers_next_calls(stage: Stage, hops: list[Holder]) -> list[Tried]:
    """What the attacker does next: use every hop's session, and mint a new one from each."""
    build, deploy, data = hops
    deeper = (
        ("ana's stolen key", stage.ana, stage.cast.ci_build),
        ("stolen ci-build session", build, stage.cast.deploy),
        ("stolen deploy session", deploy, stage.cast.prod_data),
    )
    found = []
    for who, holder, role in deeper:
        found.append(Tried(who, "list queues", _passes(partial(_use, stage, holder))))
        found.append(
            Tried(who, f"mint a new {role.name} session", _passes(partial(assume, stage, holder, role, "again")))
        )
    return [*found, Tried("stolen prod-data session", "read customer records", _passes(partial(_read, stage, data)))]


def legitimate_calls(stage: Stage) -> list[Tried]:
    """What the organisation's own work does next: fresh sessions by their usual callers, and a bystander's."""
    found: list[Tried] = []
    fresh = stage.runner
    for caller, role in (("ci-runner", stage.cast.ci_build), ("fresh ci-build session", stage.cast.deploy)):
        fresh, tried = _fresh(stage, fresh, caller, role)
        found.append(tried)
        if not tried.allowed:
            return found
    _, tried = _fresh(stage, fresh, "fresh deploy session", stage.cast.prod_data)
    return [*found, tried, Tried("bystander reporting", "list queues", _passes(partial(_use, stage, stage.bystander)))]


def untouched(stage: Stage) -> bool:
    """Whether the bystander and its role carry no policy or tag of hopstop's."""
    iam = stage.root("iam", TOOLS)
    policies = iam.list_user_policies(UserName="reporting")["PolicyNames"]
    policies += iam.list_role_policies(RoleName="report-reader")["PolicyNames"]
    return not any(name.startswith("hopstop") for name in policies)


def _fresh(stage: Stage, who: Holder, caller: str, role: Principal) -> tuple[Holder, Tried]:
    made = who
    try:
        made = assume(stage, who, role, f"fresh-{random.randrange(10**6)}")  # noqa: S311 - a name, not a secret
        allowed = _passes(partial(_use, stage, made))
    except ClientError:
        allowed = False
    return made, Tried(caller, f"a fresh {role.name} session, then list queues", allowed)


def _use(stage: Stage, who: Holder) -> Any:
    return stage.client("sqs", who.credentials).list_queues()


def _read(stage: Stage, who: Holder) -> Any:
    return stage.client("s3", who.credentials).list_objects_v2(Bucket=BUCKET)


def _passes(act: Callable[[], object]) -> bool:
    try:
        act()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _REFUSED:
            raise
        return False
    return True


def _user(iam: Any, name: str) -> Holder:
    made = iam.create_user(UserName=name)["User"]
    iam.put_user_policy(UserName=name, PolicyName="work", PolicyDocument=_allow("sts:AssumeRole", "sqs:ListQueues"))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    return Holder(Caller(Principal(made["Arn"], made["UserId"]), credentials.key), credentials)


def _role(iam: Any, name: str, path: str, trusted: "list[Principal | str]", may: list[str]) -> Principal:
    users = [one.arn for one in trusted if isinstance(one, Principal)]
    services = [one for one in trusted if isinstance(one, str)]
    principal = ({"AWS": users} if users else {}) | ({"Service": services} if services else {})
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_trust(principal))["Role"]
    allowed = _allow(*may, "sqs:ListQueues", "s3:ListBucket")
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=allowed)
    return Principal(made["Arn"], made["RoleId"])


def _containing_role(iam: Any, worker: Principal, external_id: str) -> None:
    path, name = CONTAINING_ROLE.split("/")
    trust = _trust({"AWS": worker.arn}, {"StringEquals": {"sts:ExternalId": external_id}})
    iam.create_role(RoleName=name, Path=f"/{path}/", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=name, PolicyName="contain", PolicyDocument=_allow(*_CONTAINING))


def _allow(*actions: str) -> str:
    return _document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def _trust(principal: Json, condition: Json | None = None) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return _document(statement | ({"Condition": condition} if condition else {}))


def _document(statement: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
