"""CloudTrail records as AWS writes them, for the demo: pure functions of who did what, when and from where."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

STS = "sts.amazonaws.com"


@dataclass(frozen=True)
class Principal:
    """A role or user as IAM has it: `unique_id` is AROA… or AIDA…."""

    arn: str
    unique_id: str

    @property
    def account(self) -> str:
        """The account that owns it."""
        return self.arn.split(":")[4]

    @property
    def name(self) -> str:
        """The name without its path."""
        return self.arn.rsplit("/", 1)[1]

    @property
    def is_user(self) -> bool:
        """Whether it is a user and not a role."""
        return ":user/" in self.arn


@dataclass(frozen=True)
class Caller:
    """Who signs a call: a user's long-term key, or (with `session`, its name) a session of a role."""

    principal: Principal
    key: str
    session: str = ""

    @property
    def id(self) -> str:
        """`aws:userid`, which is also a record's principalId."""
        unique = self.principal.unique_id
        return unique if self.principal.is_user else f"{unique}:{self.session}"

    @property
    def arn(self) -> str:
        """The ARN that records name: a user's own, or the STS ARN of a session, which drops the role's path."""
        who = self.principal
        return who.arn if who.is_user else f"arn:aws:sts::{who.account}:assumed-role/{who.name}/{self.session}"


@dataclass(frozen=True)
class Setting:
    """When and from where a call was made."""

    at: datetime
    ip: str
    agent: str
    region: str = "us-east-1"


def assumption(caller: Caller, made: Caller, setting: Setting, ids: tuple[str, str, str]) -> list[Json]:
    """A successful AssumeRole: the caller's copy and, across accounts, the owner's. `ids` are the shared id and
    both event ids."""
    asked = _asked(made.principal, made.session)
    answered = {
        "credentials": {"accessKeyId": made.key, "sessionToken": "made-up", "expiration": stamp(setting.at)},
        "assumedRoleUser": {"assumedRoleId": made.id, "arn": made.arn},
    }
    told = _record(setting, STS, "AssumeRole") | {
        "requestParameters": asked,
        "responseElements": answered,
        "resources": _resources(made.principal),
        "readOnly": True,
    }
    return _copies(told, caller, made.principal.account, ids)


def call(caller: Caller, source: str, name: str, setting: Setting, event_id: str) -> Json:
    """Any other call, in the caller's own account."""
    own = {"eventID": event_id, "recipientAccountId": caller.principal.account}
    read_only = name.startswith(("Get", "List", "Describe", "Lookup"))
    return _record(setting, source, name) | own | {"userIdentity": _identity(caller), "readOnly": read_only}


def service_assumption(service: str, made: Caller, setting: Setting, event_id: str) -> Json:
    """A service that starts a session of a role: most of what any trail holds."""
    who = {"type": "AWSService", "invokedBy": service}
    where = {"sourceIPAddress": service, "userAgent": service}
    return (
        _record(setting, STS, "AssumeRole")
        | where
        | {
            "eventID": event_id,
            "recipientAccountId": made.principal.account,
            "userIdentity": who,
            "requestParameters": _asked(made.principal, made.session),
            "responseElements": {"assumedRoleUser": {"assumedRoleId": made.id, "arn": made.arn}},
            "resources": _resources(made.principal),
            "readOnly": True,
        }
    )


def envelope(record: Json) -> Json:
    """The EventBridge event that carries a record to the queue."""
    source = "aws." + record["eventSource"].split(".", 1)[0]
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, record["eventID"])),
        "detail-type": "AWS API Call via CloudTrail",
        "source": source,
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def stamp(at: datetime) -> str:
    """A time as CloudTrail writes it: whole seconds, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _copies(told: Json, caller: Caller, owner: str, ids: tuple[str, str, str]) -> list[Json]:
    shared, first, second = ids
    home = caller.principal.account
    own = {"userIdentity": _identity(caller), "recipientAccountId": home, "eventID": first}
    if owner == home:
        return [told | own]
    stranger = {"type": "AWSAccount", "principalId": caller.id, "accountId": home}
    theirs = {"userIdentity": stranger, "recipientAccountId": owner, "eventID": second}
    return [told | own | {"sharedEventID": shared}, told | theirs | {"sharedEventID": shared}]


def _record(setting: Setting, source: str, name: str) -> Json:
    return {
        "eventVersion": "1.11",
        "eventTime": stamp(setting.at),
        "eventSource": source,
        "eventName": name,
        "awsRegion": setting.region,
        "sourceIPAddress": setting.ip,
        "userAgent": setting.agent,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
        "requestParameters": None,
        "responseElements": None,
    }


def _asked(role: Principal, session: str) -> Json:
    return {"roleArn": role.arn, "roleSessionName": session, "durationSeconds": 3600}


def _resources(role: Principal) -> list[Json]:
    return [{"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn}]


def _identity(caller: Caller) -> Json:
    who = caller.principal
    told: Json = {
        "type": "IAMUser" if who.is_user else "AssumedRole",
        "principalId": caller.id,
        "arn": caller.arn,
        "accountId": who.account,
        "accessKeyId": caller.key,
    }
    if who.is_user:
        return told | {"userName": who.name}
    issuer = {
        "type": "Role",
        "principalId": who.unique_id,
        "arn": who.arn,
        "accountId": who.account,
        "userName": who.name,
    }
    return told | {"sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}}
