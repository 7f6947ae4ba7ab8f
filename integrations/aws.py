"""boto3 clients for any account: the containing role is assumed once per account and case, and kept."""

import functools
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from integrations.aws_errors import aws_errors
from model.errors import Malformed, Refused
from model.settings import ContainmentSettings
from model.text import code

# Temporal retries, not boto3; SQS holds a long poll for up to 20 s.
ONE_ATTEMPT = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=20,
)
# Role chaining caps a session at 1 h (AWS).
SESSION_S = 3600
SPARE = timedelta(minutes=5)
MOST_KEPT = 512
NEVER = datetime.max.replace(tzinfo=UTC)

_ARN = re.compile(r"(arn:aws[a-z-]*):[a-z0-9-]*:[a-z0-9-]*:(\d{12}):.+", re.DOTALL)
_NOT_IN_SESSION_NAMES = re.compile(r"[^\w+=,.@-]", re.ASCII)
# Where a partition's global services (IAM, STS without a region) live and record their calls.
_HOME = {"arn:aws": "us-east-1", "arn:aws-us-gov": "us-gov-west-1", "arn:aws-cn": "cn-north-1"}


@dataclass(frozen=True)
class Place:
    """Which account of which partition: `partition` is an ARN's beginning, such as `arn:aws`."""

    partition: str
    account: str

    @property
    def home(self) -> str:
        """The region in which the partition's global services record their calls."""
        return _HOME.get(self.partition, "us-east-1")


def place_of(arn: str) -> Place:
    """The account of an ARN; Malformed where it names none."""
    found = _ARN.fullmatch(arn)
    if not found:
        raise Malformed(f"{code(arn)} is not an ARN with an account in it")
    return Place(found[1], found[2])


def session_of(
    key: str | None = None, secret: str | None = None, token: str | None = None, region: str | None = None
) -> boto3.Session:
    """A session with these credentials, else the environment's. All share what was read of AWS's descriptions: each
    would read them again, a quarter of a second for every account that a chain came to."""
    made = botocore.session.get_session()
    made.register_component("data_loader", _loader())
    return boto3.Session(key, secret, token, region_name=region, botocore_session=made)


@functools.cache
def _loader() -> Loader:
    loader: Loader = botocore.session.get_session().get_component("data_loader")
    return loader


@dataclass(frozen=True)
class _Entered:
    session: boto3.Session
    until: datetime


@dataclass(frozen=True)
class _Kept:
    client: Any
    until: datetime


Key = tuple[str, ...]
Kept = TypeVar("Kept", _Entered, _Kept)


class AwsClients:
    """Clients by service and account. Safe to share between threads.

    `who` names the work at hand (the case) at the moment of a call: it is the session name that the account's
    own CloudTrail shows. `base` holds the worker's own credentials. `endpoint` is for several worlds in one
    process: boto3 reads AWS_ENDPOINT_URL by itself. `missing_role` says what to do where no role is set.
    """

    def __init__(
        self,
        containment: ContainmentSettings,
        who: Callable[[], str] = lambda: "hopstop",
        base: boto3.Session | None = None,
        endpoint: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        missing_role: str = "set containment.role in hopstop.toml",
    ) -> None:
        self._containment = containment
        self._who = who
        self._base = base
        self._endpoint = endpoint
        self._now = now
        self._missing_role = missing_role
        self._entered: OrderedDict[Key, _Entered] = OrderedDict()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._own_account: str | None = None
        self._lock = threading.RLock()

    def own(self, service: str, region: str | None = None) -> Any:
        """A client with the worker's own credentials."""
        with self._lock, aws_errors(f"make a client of {service}"):
            return self._client(("own",), _Entered(self._session(), NEVER), service, region)

    def reach(self, service: str, place: Place, region: str | None = None) -> Any:
        """A client that acts in an account; Refused where the account does not let us in."""
        if not self._containment.role:
            self._check_own(place)
            return self.own(service, region)
        key = (place.partition, place.account, as_session_name(self._who()))
        with self._lock:
            entered = self._alive(self._entered, key)
        entered = entered or self._assume(place, key)
        with self._lock, aws_errors(f"make a client of {service}"):
            return self._client(key, entered, service, region)

    def _assume(self, place: Place, key: Key) -> _Entered:
        role = f"{place.partition}:iam::{place.account}:role/{self._containment.role.strip('/')}"
        external = {"ExternalId": self._containment.external_id} if self._containment.external_id else {}
        with aws_errors(f"enter account {code(place.account)} as {code(role, 200)}"):
            answer = self.own("sts").assume_role(
                RoleArn=role, RoleSessionName=key[-1], DurationSeconds=SESSION_S, **external
            )
        made = answer["Credentials"]
        with self._lock:
            session = session_of(
                made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], self._session().region_name
            )
            return _keep(self._entered, key, _Entered(session, made["Expiration"] - SPARE))

    def _forget(self, key: Key) -> None:
        """Enter the account anew at the next call: AWS no longer takes these credentials, whatever their time says."""
        with self._lock:
            self._entered.pop(key, None)
            for kept in [kept for kept in self._kept if kept[: len(key)] == key]:
                del self._kept[kept]

    def _check_own(self, place: Place) -> None:
        """Names of roles repeat from account to account: never act on the one that happens to be here."""
        if self._own_account is None:
            with aws_errors("ask who we are"):
                self._own_account = str(self.own("sts").get_caller_identity()["Account"])
        if place.account != self._own_account:
            ours, theirs = code(self._own_account), code(place.account)
            raise Refused(f"our credentials are of account {ours} and do not reach {theirs}: {self._missing_role}")

    def _session(self) -> boto3.Session:
        if self._base is None:
            self._base = session_of()
        return self._base

    def _client(self, key: Key, entered: _Entered, service: str, region: str | None) -> Any:
        region = region or entered.session.region_name or "us-east-1"
        wanted = (*key, service, region)
        kept = self._alive(self._kept, wanted)
        if kept is None:
            client = entered.session.client(
                service, region_name=region, endpoint_url=self._endpoint, config=ONE_ATTEMPT
            )
            kept = _keep(self._kept, wanted, _Kept(client, entered.until))
            client.meta.events.register("after-call", lambda parsed, **_: self._forget(key) if _ended(parsed) else None)
        return kept.client

    def _alive(self, cache: "OrderedDict[Key, Kept]", key: Key) -> "Kept | None":
        found = cache.get(key)
        if found is None or found.until <= self._now():
            cache.pop(key, None)
            return None
        cache.move_to_end(key)
        return found


def _ended(parsed: Any) -> bool:
    """Whether AWS answered that the credentials have ended."""
    error = parsed.get("Error", {}) if isinstance(parsed, dict) else {}
    return str(error.get("Code", "")).startswith("ExpiredToken")


def _keep(cache: "OrderedDict[Key, Kept]", key: Key, value: Kept) -> Kept:
    cache[key] = value
    while len(cache) > MOST_KEPT:
        cache.popitem(last=False)
    return value


def as_session_name(name: str) -> str:
    """A role session name (2 to 64 of AWS's characters) that shows which case is at work."""
    return _NOT_IN_SESSION_NAMES.sub("-", name)[:64].ljust(2, "-")
