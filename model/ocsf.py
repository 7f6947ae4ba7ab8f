"""OCSF rows that were made from CloudTrail (API Activity, Authentication, Account Change), turned back into its fields.

Names are those of AWS's mappings for OCSF 1.0.0-rc.2, 1.1 and 1.5 (github.com/ocsf/examples, mappings/markdown/AWS).
They differ: what was `uid` and `uuid` became `uid_alt` and `uid`, so ARNs are told by their beginning.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any


def is_ocsf(value: Mapping[str, Any]) -> bool:
    """True for an OCSF row whose product is CloudTrail."""
    product = _at(value, "metadata", "product", "name")
    return isinstance(product, str) and "cloudtrail" in product.lower() and ("class_uid" in value or "api" in value)


def from_ocsf(value: Mapping[str, Any]) -> dict[str, Any]:
    """The record's fields as far as the row has them, by the names CloudTrail gives them."""
    rest = _unmapped(value.get("unmapped"))
    cloud = _at(value, "cloud", "account", "uid") or _at(value, "cloud", "account_uid")
    return {
        "eventName": _at(value, "api", "operation"),
        "eventSource": _at(value, "api", "service", "name"),
        "eventTime": value.get("time_dt") or _time(value.get("time")),
        "eventID": _at(value, "metadata", "uid"),
        "sharedEventID": rest.get("sharedEventID") or value.get("ref_event_uid"),
        "requestID": _at(value, "api", "request", "uid"),
        "eventType": rest.get("eventType") or _at(value, "metadata", "event_code"),
        "userIdentity": _user_identity(value, rest),
        "awsRegion": _at(value, "cloud", "region"),
        "sourceIPAddress": _at(value, "src_endpoint", "ip") or _at(value, "src_endpoint", "domain"),
        "userAgent": _at(value, "http_request", "user_agent"),
        "errorCode": _at(value, "api", "response", "error"),
        "errorMessage": _at(value, "api", "response", "error_message") or _at(value, "api", "response", "message"),
        "readOnly": rest.get("readOnly"),
        "recipientAccountId": rest.get("recipientAccountId") or cloud,
        "requestParameters": _asked(value, rest),
        "responseElements": _answered(value, rest),
        "additionalEventData": _part("additionalEventData", rest),
        "resources": [{"ARN": _at(each, "uid")} for each in _listed(value.get("resources"))] or None,
    }


def _user_identity(value: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    user = _at(value, "actor", "user") or {}
    arn, other = _told_apart(user)
    context = _part("userIdentity", rest).get("sessionContext")
    issued = _at(context, "sessionIssuer") or {}
    found = {
        "type": _at(user, "type"),
        "arn": arn,
        "principalId": other,
        "accountId": _at(user, "account", "uid") or _at(user, "account_uid"),
        "accessKeyId": _at(user, "credential_uid") or _at(value, "actor", "session", "credential_uid"),
        "userName": _at(user, "name"),
        "invokedBy": _at(value, "actor", "invoked_by"),
        "identityProvider": _at(value, "actor", "idp", "name"),
        "sessionContext": {
            "sourceIdentity": _at(context, "sourceIdentity"),
            "assumedRoot": _at(context, "assumedRoot"),
            "sessionIssuer": {
                "arn": _at(value, "actor", "session", "issuer") or _at(issued, "arn"),
                "principalId": _at(issued, "principalId"),
                "accountId": _at(issued, "accountId"),
                "userName": _at(issued, "userName"),
            },
        },
    }
    if found["type"] == "IdentityCenterUser":
        portal = {"userId": other, "identityStoreArn": _at(value, "actor", "idp", "uid")}
        return {**found, "principalId": None, "onBehalfOf": portal}
    return found


def _asked(value: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for. An Authentication row has the role that was asked for as its user."""
    found = {**_part("requestParameters", rest), **_dict(_at(value, "api", "request", "data"))}
    arn, _ = _told_apart(value.get("user"))
    if arn is not None and ":role/" in arn:
        found.setdefault("roleArn", arn)
        found.setdefault("roleSessionName", _at(value, "user", "name"))
    return found


def _answered(value: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered. An Authentication row has what was made as its session."""
    found = {**_part("responseElements", rest), **_dict(_at(value, "api", "response", "data"))}
    arn, other = _told_apart(value.get("session"))
    if arn is not None or other is not None:
        found.setdefault("assumedRoleUser", {"arn": arn, "assumedRoleId": other})
    key = _at(value, "session", "credential_uid")
    if key is not None:
        found.setdefault("credentials", {"accessKeyId": key})
    return found


def _told_apart(value: object) -> tuple[str | None, str | None]:
    """The ARN and the other id of a user or session."""
    texts = [text for key in ("uid", "uuid", "uid_alt") if isinstance(text := _at(value, key), str) and text]
    arn = next((text for text in texts if text.startswith("arn:")), None)
    return arn, next((text for text in texts if not text.startswith("arn:")), None)


def _part(name: str, rest: Mapping[str, Any]) -> dict[str, Any]:
    """One object of the record out of what was not mapped: whole, as JSON text, or by dotted names."""
    found = _dict(rest.get(name))
    for key, value in rest.items():
        first, *path = key.split(".", 8)
        if first != name or not path:
            continue
        inside = found
        for step in path[:-1]:
            nested = inside.get(step)
            inside[step] = inside = nested if isinstance(nested, dict) else {}
        inside[path[-1]] = value
    return found


def _dict(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return dict(value) if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return value[:1000] if isinstance(value, list) else []


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _time(milliseconds: object) -> str | None:
    if not isinstance(milliseconds, int | float) or not 0 < milliseconds < 4.2e12:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _unmapped(value: object) -> dict[str, Any]:
    """A map, or one of the lists of pairs that Parquet makes of one, or its JSON text."""
    if isinstance(value, list):
        return dict(_pairs(value))
    return _dict(value)


def _pairs(values: list[Any]) -> Iterator[tuple[str, Any]]:
    for pair in values:
        if isinstance(pair, list) and len(pair) == 2:
            yield str(pair[0]), pair[1]
        elif isinstance(pair, dict) and "key" in pair:
            yield str(pair["key"]), pair.get("value")
