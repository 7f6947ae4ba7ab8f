"""OCSF API Activity rows that were made from CloudTrail, turned back into CloudTrail's own fields."""

from datetime import UTC, datetime
from typing import Any


def is_ocsf(value: dict[str, Any]) -> bool:
    """True for an OCSF row whose product is CloudTrail."""
    product = _at(value, "metadata", "product", "name")
    return isinstance(product, str) and "cloudtrail" in product.lower() and isinstance(value.get("api"), dict)


def from_ocsf(value: dict[str, Any]) -> dict[str, Any]:
    """The record's fields as far as the row has them, by the names CloudTrail gives them."""
    unmapped = _unmapped(value.get("unmapped"))
    return {
        "eventName": _at(value, "api", "operation"),
        "eventSource": _at(value, "api", "service", "name"),
        "eventTime": value.get("time_dt") or _time(value.get("time")),
        "eventID": _at(value, "metadata", "uid") or _at(value, "metadata", "event_code"),
        "sharedEventID": unmapped.get("sharedEventID"),
        "requestID": _at(value, "api", "request", "uid"),
        "eventType": unmapped.get("eventType"),
        "userIdentity": _user_identity(value, unmapped),
        "awsRegion": _at(value, "cloud", "region"),
        "sourceIPAddress": _at(value, "src_endpoint", "ip") or _at(value, "src_endpoint", "domain"),
        "userAgent": _at(value, "http_request", "user_agent"),
        "errorCode": _at(value, "api", "response", "error"),
        "errorMessage": _at(value, "api", "response", "error_message") or _at(value, "api", "response", "message"),
        "readOnly": unmapped.get("readOnly"),
        "recipientAccountId": unmapped.get("recipientAccountId") or _at(value, "cloud", "account", "uid"),
        "requestParameters": _at(value, "api", "request", "data"),
        "responseElements": _at(value, "api", "response", "data"),
        "resources": value.get("resources"),
    }


def _user_identity(value: dict[str, Any], unmapped: dict[str, Any]) -> dict[str, Any]:
    user = _at(value, "actor", "user") or {}
    names = [_at(user, key) for key in ("uid", "uuid", "uid_alt")]
    texts = [name for name in names if isinstance(name, str)]
    prefix = "userIdentity.sessionContext."
    return {
        "type": _at(user, "type"),
        "arn": next((name for name in texts if name.startswith("arn:")), None),
        "principalId": next((name for name in texts if not name.startswith("arn:")), None),
        "accountId": _at(user, "account", "uid") or _at(user, "account_uid"),
        "accessKeyId": _at(user, "credential_uid") or _at(value, "actor", "session", "credential_uid"),
        "userName": _at(user, "name"),
        "invokedBy": _at(value, "actor", "invoked_by"),
        "sessionContext": {
            "sourceIdentity": unmapped.get(prefix + "sourceIdentity"),
            "sessionIssuer": {
                "arn": _at(value, "actor", "session", "issuer"),
                "principalId": unmapped.get(prefix + "sessionIssuer.principalId"),
            },
        },
    }


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _time(milliseconds: object) -> str | None:
    if not isinstance(milliseconds, int | float) or not 0 < milliseconds < 4.2e12:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _unmapped(value: object) -> dict[str, Any]:
    """A map, or the list of pairs that Parquet makes of one."""
    if isinstance(value, list):
        return {str(pair[0]): pair[1] for pair in value if isinstance(pair, list) and len(pair) == 2}
    return value if isinstance(value, dict) else {}
