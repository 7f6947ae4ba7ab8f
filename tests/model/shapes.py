"""Every odd shape that records come in, each with what must be read from it."""

from typing import Any, NamedTuple

from model.cloudtrail import CloudTrailRecord
from tests.model.records import ALICE, CALLER, OWNER, assume, dumped, record, role_id, session

ANY_TIME = "no eventTime that can be read"
NO_NAME = "no eventName"
Told = dict[str, Any]


class Shape(NamedTuple):
    """A record's bytes, and what is read from them; or `reason`, why they cannot be read."""

    body: bytes
    told: Told
    reason: str = ""


def told(found: CloudTrailRecord, prefix: str = "") -> Told:
    """Every value of a record that is not empty, by its path."""
    values: Told = {}
    for name in found.__struct_fields__:
        value = getattr(found, name)
        if hasattr(value, "__struct_fields__"):
            values |= told(value, f"{prefix}{name}.") or {f"{prefix}{name}": {}}
        elif isinstance(value, list):
            values[prefix + name] = [told(item) for item in value]
        elif value is not None and name != "row":
            values[prefix + name] = value
    return values


BASE: Told = {
    "event_name": "DescribeInstances",
    "event_source": "ec2.amazonaws.com",
    "event_time": "2026-10-03T02:47:11Z",
    "event_id": "id-1",
    "user_identity.type": "IAMUser",
    "user_identity.principal_id": "AIDAALICE00000000001",
    "user_identity.arn": f"arn:aws:iam::{CALLER}:user/alice",
    "user_identity.account_id": CALLER,
    "user_identity.access_key_id": "AKIAALICE00000000001",
    "user_identity.user_name": "alice",
    "aws_region": "eu-west-1",
    "source_ip_address": "192.0.2.10",
    "user_agent": "aws-cli/2.15",
    "recipient_account_id": CALLER,
}
"""What is read of `record()`."""

ROLE = f"arn:aws:iam::{OWNER}:role/team/deploy"
ASSUMED: Told = {
    **BASE,
    "event_name": "AssumeRole",
    "event_source": "sts.amazonaws.com",
    "shared_event_id": "shared-ASIADEPLOY0000000001",
    "request_parameters.role_arn": ROLE,
    "request_parameters.role_session_name": "s1",
    "request_parameters.duration_seconds": 3600,
    "response_elements.credentials.access_key_id": "ASIADEPLOY0000000001",
    "response_elements.assumed_role_user.arn": f"arn:aws:sts::{OWNER}:assumed-role/deploy/s1",
    "response_elements.assumed_role_user.assumed_role_id": f"{role_id('deploy')}:s1",
}
"""What is read of `assume()`."""


def without(expected: Told, *starts: str) -> Told:
    return {path: value for path, value in expected.items() if not path.startswith(starts)}


def who(identity: Any, **read: Any) -> Shape:
    """A record with this userIdentity, of which `read` is read."""
    found = {f"user_identity{'.' if name else ''}{name}": value for name, value in read.items()}
    return Shape(dumped(record(userIdentity=identity)), without(BASE, "user_identity") | found)


def plain(fields: dict[str, Any], read: Told | None = None, base: Told = BASE) -> Shape:
    """A record with these fields, in which `read` is read differently; None: not at all."""
    expected = base | (read or {})
    return Shape(dumped(record(**fields)), {path: value for path, value in expected.items() if value is not None})


def raw(old: bytes, new: bytes, read: Told | None = None, **fields: Any) -> Shape:
    """A record in whose bytes something is replaced."""
    body = dumped(record(**fields))
    assert body.count(old) == 1, old
    return Shape(body.replace(old, new), BASE | (read or {}))


NOBODY = without(BASE, "user_identity")
SESSION = session()
ISSUER = SESSION["sessionContext"]["sessionIssuer"]
OF_SESSION = {
    "type": "AssumedRole",
    "principal_id": f"{role_id('deploy')}:s1",
    "arn": f"arn:aws:sts::{OWNER}:assumed-role/deploy/s1",
    "account_id": OWNER,
    "access_key_id": "ASIADEPLOY0000000001",
}
OF_ISSUER = {
    "session_context.session_issuer.principal_id": role_id("deploy"),
    "session_context.session_issuer.arn": ROLE,
    "session_context.session_issuer.account_id": OWNER,
    "session_context.session_issuer.user_name": "deploy",
}
DENIED = (
    f"User: arn:aws:iam::{CALLER}:user/alice is not authorized to perform: sts:AssumeRole on resource: {ROLE} "
    "because no resource-based policy allows the sts:AssumeRole action"
)
DEEP = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

IDENTITIES = {
    "userIdentity missing": Shape(dumped(record(userIdentity=...)), NOBODY),
    "userIdentity null": Shape(dumped(record(userIdentity=None)), NOBODY),
    "userIdentity a string": Shape(dumped(record(userIdentity="root")), NOBODY),
    "userIdentity a list": Shape(dumped(record(userIdentity=[ALICE])), NOBODY),
    "userIdentity empty": Shape(dumped(record(userIdentity={})), NOBODY | {"user_identity": {}}),
    "userIdentity without a type": Shape(
        dumped(record(userIdentity={k: v for k, v in ALICE.items() if k != "type"})),
        without(BASE, "user_identity.type"),
    ),
    "userIdentity without an arn": Shape(
        dumped(record(userIdentity={k: v for k, v in ALICE.items() if k != "arn"})), without(BASE, "user_identity.arn")
    ),
    "userIdentity without an account": Shape(
        dumped(record(userIdentity={k: v for k, v in ALICE.items() if k != "accountId"})),
        without(BASE, "user_identity.account_id"),
    ),
    "userIdentity as JSON text": who('{"type":"Root","accountId":"1"}', type="Root", account_id="1"),
    "userIdentity with numbers": who({"type": "Root", "accountId": 123}, type="Root", account_id="123"),
    "a role's session": Shape(
        dumped(record(userIdentity=SESSION)),
        NOBODY | {f"user_identity.{path}": value for path, value in (OF_SESSION | OF_ISSUER).items()},
    ),
    "sessionIssuer empty": who(
        {**SESSION, "sessionContext": {"sessionIssuer": {}}}, **OF_SESSION, **{"session_context.session_issuer": {}}
    ),
    "sessionIssuer null": who({**SESSION, "sessionContext": {"sessionIssuer": None}}, **OF_SESSION, session_context={}),
    "sessionIssuer a string": who(
        {**SESSION, "sessionContext": {"sessionIssuer": "x"}}, **OF_SESSION, session_context={}
    ),
    "AssumedRole without sessionContext": who(
        {k: v for k, v in SESSION.items() if k != "sessionContext"}, **OF_SESSION
    ),
    "sessionContext with more": who(
        {
            **SESSION,
            "sessionContext": {
                "sessionIssuer": ISSUER,
                "sourceIdentity": "jane",
                "assumedRoot": "true",
                "webIdFederationData": {},
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        **OF_SESSION,
        **OF_ISSUER,
        **{"session_context.source_identity": "jane", "session_context.assumed_root": "true"},
    ),
    "Identity Center": who(
        {"type": "IdentityCenterUser", "accountId": "1", "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:x"}},
        **{
            "type": "IdentityCenterUser",
            "account_id": "1",
            "on_behalf_of.user_id": "u-1",
            "on_behalf_of.identity_store_arn": "arn:x",
        },
    ),
    "invoked by a service": who(
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, type="AWSService", invoked_by="ec2.amazonaws.com"
    ),
    "GovCloud": who(
        {"type": "Root", "arn": "arn:aws-us-gov:iam::1:root"}, type="Root", arn="arn:aws-us-gov:iam::1:root"
    ),
    "China": who({"type": "Root", "arn": "arn:aws-cn:iam::1:root"}, type="Root", arn="arn:aws-cn:iam::1:root"),
}

FIELDS = {
    "as AWS writes it": plain({}),
    "parameters null": plain({"requestParameters": None, "responseElements": None}),
    "parameters missing": plain({"requestParameters": ..., "responseElements": ...}),
    "parameters the text null": plain({"requestParameters": "null", "responseElements": "null"}),
    "parameters a list": plain({"requestParameters": [1, 2]}),
    "parameters empty": plain(
        {"requestParameters": {}, "responseElements": {}}, {"request_parameters": {}, "response_elements": {}}
    ),
    "parameters as JSON text": plain(
        {"requestParameters": '{"roleArn": "arn:aws:iam::1:role/a"}'},
        {"request_parameters.role_arn": "arn:aws:iam::1:role/a"},
    ),
    "a role ARN that is an object": plain(
        {"requestParameters": {"roleArn": {"x": 1}, "durationSeconds": "900"}},
        {"request_parameters.duration_seconds": "900"},
    ),
    "resources null": plain({"resources": None}),
    "resources empty": plain({"resources": []}, {"resources": []}),
    "resources a string": plain({"resources": ROLE}, {"resources": [{"arn": ROLE}]}),
    "resources one object": plain({"resources": {"ARN": ROLE}}, {"resources": [{"arn": ROLE}]}),
    "resources in small letters": plain({"resources": [{"arn": ROLE}]}, {"resources": [{"small": ROLE}]}),
    "resources with ARNPrefix": plain({"resources": [{"ARNPrefix": "arn:aws:s3:::b/"}]}, {"resources": [{}]}),
    "resources with null": plain({"resources": [None, {"ARN": ROLE}]}, {"resources": [{}, {"arn": ROLE}]}),
    "resources without end": plain({"resources": [{"ARN": ROLE}] * 500}, {"resources": [{"arn": ROLE}] * 100}),
    "errorCode empty": plain({"errorCode": "", "errorMessage": ""}, {"error_code": "", "error_message": ""}),
    "errorCode alone": plain({"errorCode": "AccessDenied"}, {"error_code": "AccessDenied"}),
    "an error of a plain call": plain(
        {"errorCode": "AccessDenied", "errorMessage": "You may not"}, {"error_code": "AccessDenied"}
    ),
    "a sign-in that failed": plain(
        {
            "eventName": "ConsoleLogin",
            "eventSource": "signin.amazonaws.com",
            "eventType": "AwsConsoleSignIn",
            "errorMessage": "Failed authentication",
            "responseElements": {"ConsoleLogin": "Failure"},
        },
        {
            "event_name": "ConsoleLogin",
            "event_source": "signin.amazonaws.com",
            "event_type": "AwsConsoleSignIn",
            "error_message": "Failed authentication",
            "response_elements": {},
        },
    ),
    "eventTime in another form": plain(
        {"eventTime": "2026-10-03T04:47:11.500+02:00"}, {"event_time": "2026-10-03T04:47:11.500+02:00"}
    ),
    "eventTime a number": plain({"eventTime": 1_790_995_631_000}, {"event_time": "1790995631000"}),
    "address a service": plain({"sourceIPAddress": "AWS Internal"}, {"source_ip_address": "AWS Internal"}),
    "address a service's name": plain(
        {"sourceIPAddress": "ec2.amazonaws.com"}, {"source_ip_address": "ec2.amazonaws.com"}
    ),
    "address with zeros": plain({"sourceIPAddress": "255.18.064.253"}, {"source_ip_address": "255.18.064.253"}),
    "IPv6": plain({"sourceIPAddress": "2001:db8::1"}, {"source_ip_address": "2001:db8::1"}),
    "read only": plain({"readOnly": True}, {"read_only": True}),
    "read only as text": plain({"readOnly": "true"}, {"read_only": "true"}),
    "an account as a number": plain({"recipientAccountId": 111111111111}),
    "an agent in a list": plain({"userAgent": ["aws-cli/2"]}, {"user_agent": "aws-cli/2"}),
    "an agent without end": plain({"userAgent": "x y " * 62_500}, {"user_agent": "x y " * 256}),
    "a field without end": plain({"sourceIPAddress": "9" * 250_000}, {"source_ip_address": "9" * 2048}),
    "another field without end": plain({"requestParameters": {"policy": "x" * 250_000}}, {"request_parameters": {}}),
    "a name that is a number": plain({"eventName": 5}, {"event_name": "5"}),
    "no eventID": plain({"eventID": ...}, {"event_id": None}),
    "a NUL": plain({"userAgent": "a\x00b"}, {"user_agent": "a\x00b"}),
    "a lone surrogate in a field that is read": plain({"userAgent": "a\ud800b"}, {"user_agent": "a\ufffdb"}),
    "a lone surrogate elsewhere": plain({"requestParameters": {"x": "\udc00"}}, {"request_parameters": {}}),
    "a pair of surrogates": plain({"userAgent": "\U0001f600"}, {"user_agent": "\U0001f600"}),
    "a record in a parameter": plain(
        {"requestParameters": {"x": dumped(record("StopLogging")).decode(), "y": record("StopLogging")}},
        {"request_parameters": {}},
    ),
    **{
        f"version {version}": plain({"eventVersion": version})
        for version in (
            "1.0",
            "1.01",
            "1.02",
            "1.03",
            "1.04",
            "1.05",
            "1.06",
            "1.07",
            "1.08",
            "1.09",
            "1.10",
            "1.11",
            1.11,
        )
    },
}

ASSUMPTIONS = {
    "an assumption": Shape(dumped(assume()), ASSUMED),
    "an assumption that was denied": Shape(
        dumped(
            assume(
                requestParameters=None,
                responseElements=None,
                sharedEventID=...,
                errorCode="AccessDenied",
                errorMessage=DENIED,
            )
        ),
        without(ASSUMED, "request", "response", "shared") | {"error_code": "AccessDenied", "error_message": DENIED},
    ),
    "a switch of roles": plain(
        {
            "eventName": "SwitchRole",
            "responseElements": {"SwitchRole": "Success"},
            "additionalEventData": {"SwitchFrom": f"arn:aws:iam::{CALLER}:user/alice", "SwitchTo": "x"},
        },
        {
            "event_name": "SwitchRole",
            "response_elements.switch_role": "Success",
            "additional_event_data.switch_from": f"arn:aws:iam::{CALLER}:user/alice",
            "additional_event_data.switch_to": "x",
        },
    ),
    **{
        f"a duration of {shown}": Shape(
            dumped(record(requestParameters={"durationSeconds": "HERE"})).replace(b'"HERE"', written),
            BASE | ({"request_parameters.duration_seconds": read} if read is not None else {"request_parameters": {}}),
        )
        for shown, written, read in (
            ("900", b"900", 900),
            ("900.0", b"900.0", 900.0),
            ("many digits", b"9" * 5000, "9" * 2048),
            ("70 digits", b"9" * 70, "9" * 70),
            ("NaN", b"NaN", None),
            ("Infinity", b"Infinity", None),
            ("1e400", b"1e400", None),
            ("true", b"true", "true"),
        )
    },
}

BYTES = {
    "no UTF-8 in a field that is read": raw(b"aws-cli/2.15", b"a\xffb", {"user_agent": "a\ufffdb"}),
    "no UTF-8 elsewhere": raw(b"THERE", b"a\xff\xc3(", {"request_parameters": {}}, requestParameters={"x": "THERE"}),
    "a newline in a string": raw(b"aws-cli/2.15", b"a\tb", {"user_agent": "a\tb"}),
    "NaN elsewhere": raw(b'"THERE"', b"[NaN, -Infinity]", {"request_parameters": {}}, requestParameters={"x": "THERE"}),
    "a number without end": raw(b'"THERE"', b"9" * 9000, {"request_parameters": {}}, requestParameters={"x": "THERE"}),
    "depth without end": raw(b'"THERE"', DEEP, {"request_parameters": {}}, requestParameters={"x": "THERE"}),
    "an escaped name": raw(b'"eventName"', b'"event\\u004eame"'),
    "a name twice": raw(b'"eventName"', b'"eventName": "First", "eventName"'),
    "a name twice, of another type first": raw(b'"eventName"', b'"eventName": {"a": 1}, "eventName"'),
    "a name twice, in other letters after": raw(b'"eventTime"', b'"EVENTNAME": "Other", "eventTime"'),
    "a name twice, in other letters before": raw(b'"eventName"', b'"EVENTNAME": "Other", "eventName"'),
    "a name in other letters": raw(b'"userAgent"', b'"useragent": "Other", "userAgent"'),
    "a name only in other letters": plain(
        {"userAgent": ..., "useragent": "Other", "useridentity": {"type": "Root"}}, {"user_agent": None}
    ),
    "userIdentity twice": raw(b'"userIdentity"', b'"userIdentity": {"type": "Root", "invokedBy": "x"}, "userIdentity"'),
    "an envelope that it brings": raw(
        b'"eventTime"', b'"hopstop:envelope_account": "9", "hopstop:envelope_source": "aws.sts", "eventTime"'
    ),
}

UNREADABLE = {
    "no eventName": Shape(dumped(record(eventName=...)), {}, NO_NAME),
    "eventName null": Shape(dumped(record(eventName=None)), {}, NO_NAME),
    "eventName an object": Shape(dumped(record(eventName={"a": 1})), {}, NO_NAME),
    "a userIdentity that is cut off": Shape(
        dumped(record(userIdentity="{type=IAMUser, principalid=AIDA")), {}, "a userIdentity that cannot be read"
    ),
}

TIMELESS = {
    name: Shape(dumped(record(eventTime=time)), BASE, ANY_TIME)
    for name, time in (("no eventTime", ...), ("eventTime null", None), ("eventTime a word", "soon"), ("{}", {"a": 1}))
}
"""Records that only an EventBridge event dates."""

SHAPES = IDENTITIES | FIELDS | ASSUMPTIONS | BYTES | UNREADABLE
