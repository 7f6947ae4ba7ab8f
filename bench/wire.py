"""Records as CloudTrail writes them and EventBridge carries them: made from templates, so that millions are cheap."""

import base64
import random
import time
from typing import NamedTuple

from bench.organisation import Actor, Role

TLS = (
    '"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256",'
    '"clientProvidedHostHeader":"%s.%s.amazonaws.com","keyExchange":"x25519"}'
)


class Caller(NamedTuple):
    """Who signs a call: the userIdentity as JSON, the account, and what the owner of a role is told instead."""

    told: str
    account: str
    principal_id: str
    address: str
    agent: str
    region: str
    session: str


class Bodies:
    """Request parameters and answers of plain calls, a few of each size, ready made."""

    def __init__(self, chance: random.Random) -> None:
        self.reads = tuple(_filters(chance) for _ in range(32))
        self.writes = tuple((_tags(chance), _instances(chance)) for _ in range(32))


def stamp(at: float) -> str:
    """A time as CloudTrail writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def uuid(chance: random.Random) -> str:
    """A random id as AWS writes them."""
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def by_actor(actor: Actor, key: str, since: str) -> Caller:
    """An actor who signs with this key."""
    if actor.kind == "user":
        told = (
            f'{{"type":"IAMUser","principalId":"{actor.unique_id}","arn":"arn:aws:iam::{actor.account}:user/{actor.name}",'
            f'"accountId":"{actor.account}","accessKeyId":"{key}","userName":"{actor.name}","sessionContext":'
            f'{{"attributes":{{"creationDate":"{since}","mfaAuthenticated":"true"}}}}}}'
        )
        return Caller(told, actor.account, actor.unique_id, actor.address, actor.agent, actor.region, actor.name)
    told = session_identity(actor.account, actor.name, actor.role_arn, actor.unique_id, actor.session, key, since)
    principal = f"{actor.unique_id}:{actor.session}"
    return Caller(told, actor.account, principal, actor.address, actor.agent, actor.region, actor.session)


def by_session(role: Role, session: str, key: str, since: str, of: Caller) -> Caller:
    """The session of a role that somebody assumed."""
    told = session_identity(role.account, role.name, role.arn, role.unique_id, session, key, since)
    return Caller(told, role.account, f"{role.unique_id}:{session}", of.address, of.agent, of.region, session)


def session_identity(account: str, name: str, arn: str, unique: str, session: str, key: str, since: str) -> str:
    """The userIdentity of a role session."""
    return (
        f'{{"type":"AssumedRole","principalId":"{unique}:{session}",'
        f'"arn":"arn:aws:sts::{account}:assumed-role/{name}/{session}","accountId":"{account}","accessKeyId":"{key}",'
        f'"sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{unique}","arn":"{arn}",'
        f'"accountId":"{account}","userName":"{name}"}},"webIdFederationData":{{}},'
        f'"attributes":{{"creationDate":"{since}","mfaAuthenticated":"false"}}}}}}'
    )


def assumed(
    at: str, caller: Caller, role: Role, session: str, key: str, chance: random.Random
) -> list[tuple[str, str]]:
    """A successful AssumeRole: (recipient, record) of the caller's copy and, across accounts, of the owner's."""
    token = base64.b64encode(chance.randbytes(600)).decode()
    middle = (
        f'"requestParameters":{{"roleArn":"{role.arn}","roleSessionName":"{session}","durationSeconds":3600,'
        f'"externalId":"{role.unique_id[4:]}"}},"responseElements":{{"credentials":{{"accessKeyId":"{key}",'
        f'"sessionToken":"{token}","expiration":"{at}"}},"assumedRoleUser":{{"assumedRoleId":'
        f'"{role.unique_id}:{session}","arn":"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session}"}}}},'
    )
    target = f'"resources":[{{"accountId":"{role.account}","type":"AWS::IAM::Role","ARN":"{role.arn}"}}],'
    request = uuid(chance)
    if role.account == caller.account:
        tail = _tail(request, uuid(chance), role.account, "sts", caller.region, target)
        return [(role.account, _head(at, caller, "sts", "AssumeRole", caller.told) + middle + tail)]
    stranger = f'{{"type":"AWSAccount","principalId":"{caller.principal_id}","accountId":"{caller.account}"}}'
    extra = f'{target}"sharedEventID":"{uuid(chance)}",'
    return [
        (
            account,
            _head(at, caller, "sts", "AssumeRole", who)
            + middle
            + _tail(request, uuid(chance), account, "sts", caller.region, extra),
        )
        for account, who in ((caller.account, caller.told), (role.account, stranger))
    ]


def denied(at: str, caller: Caller, role: Role, chance: random.Random) -> str:
    """A denied AssumeRole, which names the role in its message only."""
    message = (
        f'"errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::{caller.account}:assumed-role/{caller.session}'
        f' is not authorized to perform: sts:AssumeRole on resource: {role.arn}",'
    )
    empty = '"requestParameters":null,"responseElements":null,'
    return (
        _head(at, caller, "sts", "AssumeRole", caller.told)
        + message
        + empty
        + _tail(uuid(chance), uuid(chance), caller.account, "sts", caller.region, "")
    )


def called(at: str, caller: Caller, service: str, name: str, bodies: Bodies, chance: random.Random) -> str:
    """Any other call."""
    reads = name.startswith(("Get", "List", "Describe", "BatchGet", "Filter"))
    asked, answered = (chance.choice(bodies.reads), "null") if reads else chance.choice(bodies.writes)
    middle = f'"requestParameters":{asked},"responseElements":{answered},'
    tail = _tail(uuid(chance), uuid(chance), caller.account, service, caller.region, "", read_only=reads)
    return _head(at, caller, service, name, caller.told) + middle + tail


def by_service(at: str, role: Role, key: str, chance: random.Random) -> str:
    """A service that starts a session of a role."""
    who = '{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}'
    caller = Caller(who, role.account, "", "lambda.amazonaws.com", "lambda.amazonaws.com", "us-east-1", "function")
    return assumed(at, caller, role, "function", key, chance)[0][1]


def carried(record: str, account: str, service: str, at: str, event: str) -> bytes:
    """The EventBridge event that carries a record."""
    return (
        f'{{"version":"0","id":"{event}","detail-type":"AWS API Call via CloudTrail","source":"aws.{service}",'
        f'"account":"{account}","time":"{at}","region":"us-east-1","resources":[],"detail":{record}}}'
    ).encode()


def _head(at: str, caller: Caller, service: str, name: str, who: str) -> str:
    return (
        f'{{"eventVersion":"1.11","userIdentity":{who},"eventTime":"{at}","eventSource":"{service}.amazonaws.com",'
        f'"eventName":"{name}","awsRegion":"{caller.region}","sourceIPAddress":"{caller.address}",'
        f'"userAgent":"{caller.agent}",'
    )


def _tail(
    request: str, event: str, account: str, service: str, region: str, extra: str, *, read_only: bool = True
) -> str:
    return (
        f'"requestID":"{request}","eventID":"{event}","readOnly":{"true" if read_only else "false"},{extra}'
        f'"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{account}",'
        f'"eventCategory":"Management",{TLS % (service, region)}}}'
    )


def _filters(chance: random.Random) -> str:
    items = ",".join(
        f'{{"name":"tag:{name}","valueSet":{{"items":[{{"value":"{name}-{chance.getrandbits(32):08x}"}},'
        f'{{"value":"{name}-{chance.getrandbits(32):08x}"}}]}}}}'
        for name in ("environment", "service", "team", "owner", "cluster", "cost-center", "release")
    )
    sets = ",".join(f'{{"instanceId":"i-{chance.getrandbits(68):017x}"}}' for _ in range(chance.randint(2, 9)))
    return f'{{"maxResults":1000,"instancesSet":{{"items":[{sets}]}},"filterSet":{{"items":[{items}]}}}}'


def _tags(chance: random.Random) -> str:
    items = ",".join(
        f'{{"key":"{name}","value":"{chance.getrandbits(64):016x}"}}'
        for name in ("service", "team", "release", "owner")
    )
    resource = f'{{"resourceId":"i-{chance.getrandbits(68):017x}"}}'
    return f'{{"resourcesSet":{{"items":[{resource}]}},"tagSet":{{"items":[{items}]}}}}'


def _instances(chance: random.Random) -> str:
    items = ",".join(
        f'{{"instanceId":"i-{chance.getrandbits(68):017x}","imageId":"ami-{chance.getrandbits(68):017x}",'
        f'"instanceState":{{"code":0,"name":"pending"}},"privateIpAddress":"10.0.{chance.randrange(256)}.7",'
        f'"subnetId":"subnet-{chance.getrandbits(68):017x}","monitoring":{{"state":"disabled"}}}}'
        for _ in range(chance.randint(3, 5))
    )
    reservation = f'"requestId":"{uuid(chance)}","reservationId":"r-{chance.getrandbits(68):017x}"'
    return f'{{{reservation},"instancesSet":{{"items":[{items}]}}}}'
