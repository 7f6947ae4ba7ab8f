"""CloudTrail records as AWS writes them: pure, in AWS's order of fields."""

from typing import NamedTuple

from simulator.chance import Chance
from simulator.days import expiration, stamp
from simulator.principals import Caller, Json, Place, Role, session_arn

STS = "sts.amazonaws.com"
CONSOLE = "signin.amazonaws.com"
_READS = ("Get", "List", "Describe", "Lookup", "BatchGet", "Head", "Search", "Filter")
_DATA = frozenset(("GetObject", "PutObject", "Invoke", "PutEvents", "GetItem", "PutItem", "Query"))
_TOKEN = "HIDDEN_DUE_TO_SECURITY_REASONS"  # noqa: S105 - what a reader finds in its place


class Moment(NamedTuple):
    """When, where from, and who draws the ids."""

    at: int
    place: Place
    chance: Chance


class Asked(NamedTuple):
    """What STS is asked for."""

    role: Role
    session: str
    duration: int | None = 3600
    source_identity: str | None = None
    external_id: str | None = None


def record(moment: Moment, source: str, name: str, told: Json, account: str) -> Json:
    """Any record; the caller of this adds what differs."""
    at, place, chance = moment
    seen: Json = {
        "eventVersion": "1.11",
        "userIdentity": told,
        "eventTime": stamp(at),
        "eventSource": source,
        "eventName": name,
        "awsRegion": place.region,
        "sourceIPAddress": place.ip,
        "userAgent": place.agent,
        "requestParameters": None,
        "responseElements": None,
        "requestID": chance.id(),
        "eventID": chance.id(),
        "readOnly": name.startswith(_READS) or name.startswith("Assume"),
        "eventType": "AwsApiCall",
        "managementEvent": name not in _DATA,
        "recipientAccountId": account,
        "eventCategory": "Data" if name in _DATA else "Management",
    }
    if not place.ip.endswith(".amazonaws.com"):
        seen["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{source.split('.', 1)[0]}.{place.region}.amazonaws.com",
        }
    return seen


def refused(seen: Json, caller: Caller, action: str, resource: str) -> Json:
    """The same, denied."""
    why = f"User: {caller.told.get('arn', caller.id)} is not authorized to perform: {action} on resource: {resource}"
    return seen | {"errorCode": "AccessDenied", "errorMessage": why, "responseElements": None}


def assumed(moment: Moment, caller: Caller, asked: Asked, key: str) -> list[Json]:
    """AssumeRole that worked: the caller's copy, and the owner's where that is another account. Who is an outsider has
    no copy here."""
    request, role = _request(asked), asked.role
    seen = record(moment, STS, "AssumeRole", caller.told, caller.account)
    seen |= {
        "requestParameters": request,
        "responseElements": _answer(moment.at, asked, key),
        "resources": [_resource(role)],
    }
    if role.account == caller.account:
        return [seen]
    shared = {"sharedEventID": moment.chance.id()}
    theirs = seen | shared | _stranger(moment.chance, caller, role.account)
    return [seen | shared, theirs] if caller.told else [theirs]


def denied(moment: Moment, caller: Caller, asked: Asked) -> list[Json]:
    """AssumeRole that was refused: one record, of the caller's account, and the role stands in its message only."""
    seen = record(moment, STS, "AssumeRole", caller.told, caller.account)
    return [refused(seen, caller, "sts:AssumeRole", asked.role.arn)]


def by_saml(moment: Moment, mail: str, asked: Asked, key: str, provider: str) -> Json:
    """AssumeRoleWithSAML, as Identity Center makes it when somebody opens an account."""
    role, qualifier = asked.role, "bm9uZSBvZiB0aGlzIGlzIHJlYWw="
    told = {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:{mail}",
        "userName": mail,
        "identityProvider": qualifier,
    }
    principal = f"arn:aws:iam::{role.account}:saml-provider/{provider}"
    request = {
        "sAMLAssertionID": f"_{moment.chance.hex(8)}-{moment.chance.hex(12)}",
        "roleSessionName": asked.session,
        "durationSeconds": asked.duration,
        "roleArn": role.arn,
        "principalArn": principal,
    }
    answer = _answer(moment.at, asked, key) | {
        "subjectType": "persistent",
        "issuer": "https://portal.sso.eu-central-1.amazonaws.com/saml/assertion/example",
        "nameQualifier": qualifier,
        "subject": mail,
        "audience": "https://signin.aws.amazon.com/saml",
    }
    resources = [_resource(role), {"accountId": role.account, "type": "AWS::IAM::SAMLProvider", "ARN": principal}]
    seen = record(moment, STS, "AssumeRoleWithSAML", told, role.account)
    return seen | {"requestParameters": request, "responseElements": answer, "resources": resources}


def by_web(moment: Moment, provider: str, subject: str, asked: Asked, key: str) -> Json:
    """AssumeRoleWithWebIdentity; `provider` is its host and path."""
    role = asked.role
    arn = f"arn:aws:iam::{role.account}:oidc-provider/{provider}"
    told = {
        "type": "WebIdentityUser",
        "principalId": f"{arn}:{STS}:{subject}",
        "userName": subject,
        "identityProvider": arn,
    }
    answer = _answer(moment.at, asked, key) | {
        "subjectFromWebIdentityToken": subject,
        "provider": arn,
        "audience": STS,
    }
    seen = record(moment, STS, "AssumeRoleWithWebIdentity", told, role.account)
    return seen | {
        "requestParameters": _request(asked),
        "responseElements": answer,
        "resources": [_resource(role)],
    }


def by_service(moment: Moment, service: str, asked: Asked, key: str) -> Json:
    """A service that starts a session of a role: most of what any trail holds."""
    seen = record(moment, STS, "AssumeRole", {"type": "AWSService", "invokedBy": service}, asked.role.account)
    return seen | {
        "requestParameters": {"roleArn": asked.role.arn, "roleSessionName": asked.session},
        "responseElements": {"credentials": _credentials(key, moment.at + 43_200)},
        "resources": [_resource(asked.role)],
        "sharedEventID": moment.chance.id(),
    }


def switched(moment: Moment, caller: Caller, made: Caller) -> list[Json]:
    """SwitchRole of the console: in the account that was left and in the one that was entered."""
    result = {"SwitchRole": "Success"}
    left = record(moment, CONSOLE, "SwitchRole", _without_key(caller.told), caller.account)
    entered = record(moment, CONSOLE, "SwitchRole", _without_key(made.told), made.account)
    to = {"SwitchTo": made.hops[-1], "RedirectTo": f"https://{moment.place.region}.console.aws.amazon.com/console/home"}
    came = {"SwitchFrom": caller.told["arn"], "RedirectTo": to["RedirectTo"]}
    kind = {"eventType": "AwsConsoleSignIn", "readOnly": False, "responseElements": result}
    return [left | kind | {"additionalEventData": to}, entered | kind | {"additionalEventData": came}]


def _without_key(told: Json) -> Json:
    kept = ("type", "principalId", "arn", "accountId", "userName")
    return {name: told[name] for name in kept if name in told}


def _stranger(chance: Chance, caller: Caller, owner: str) -> Json:
    who = {"type": "AWSAccount", "principalId": caller.id, "accountId": caller.account}
    return {"userIdentity": who, "recipientAccountId": owner, "eventID": chance.id()}


def _request(asked: Asked) -> Json:
    request: Json = {"roleArn": asked.role.arn, "roleSessionName": asked.session}
    if asked.duration is not None:
        request["durationSeconds"] = asked.duration
    if asked.source_identity:
        request["sourceIdentity"] = asked.source_identity
    if asked.external_id:
        request["externalId"] = asked.external_id
    return request


def _answer(at: int, asked: Asked, key: str) -> Json:
    role = asked.role
    answer: Json = {
        "credentials": _credentials(key, at + (asked.duration or 3600)),
        "assumedRoleUser": {"assumedRoleId": f"{role.id}:{asked.session}", "arn": session_arn(role, asked.session)},
    }
    if asked.source_identity:
        answer["sourceIdentity"] = asked.source_identity
    return answer


def _credentials(key: str, until: int) -> Json:
    return {"accessKeyId": key, "sessionToken": _TOKEN, "expiration": expiration(until)}


def _resource(role: Role) -> Json:
    return {"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn}
