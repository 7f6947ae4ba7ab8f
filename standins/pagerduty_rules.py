"""What PagerDuty's Events v2 takes: the rules of its description and of its documented limits."""

from collections.abc import Mapping
from typing import Any

from standins.pagerduty_state import SEVERITIES

_EVENT_FIELDS = {
    "routing_key",
    "event_action",
    "dedup_key",
    "payload",
    "client",
    "client_url",
    "links",
    "images",
}
_PAYLOAD_FIELDS = {
    "summary",
    "timestamp",
    "severity",
    "source",
    "component",
    "group",
    "class",
    "custom_details",
}
_CHANGE_FIELDS = {"routing_key", "payload", "links", "images"}
_CHANGE_PAYLOAD_FIELDS = {"summary", "timestamp", "source", "custom_details"}
_SUMMARY_LIMIT = 1024
_KEY_LIMIT = 255


def event_problems(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with a trigger, acknowledge or resolve event."""
    problems = [*_unknown("event", event, _EVENT_FIELDS), *_links(event)]
    action = event.get("event_action")
    if action not in ("trigger", "acknowledge", "resolve"):
        problems.append("'event_action' must be trigger, acknowledge or resolve")
    problems += _key_problems(event.get("dedup_key"), required=action != "trigger")
    if action == "trigger":
        problems += _payload_problems(event.get("payload"))
    return problems


def change_problems(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with a change event."""
    payload = event.get("payload")
    if not isinstance(payload, Mapping):
        return ["'payload' is missing or not an object"]
    return [
        *_unknown("event", event, _CHANGE_FIELDS),
        *_unknown("payload", payload, _CHANGE_PAYLOAD_FIELDS),
        *_links(event),
        *_summary(payload),
        *_details(payload),
    ]


def _payload_problems(payload: object) -> list[str]:
    if not isinstance(payload, Mapping):
        return ["'payload' is missing or not an object"]
    problems = [*_unknown("payload", payload, _PAYLOAD_FIELDS), *_summary(payload), *_details(payload)]
    if payload.get("severity") not in SEVERITIES:
        problems.append("'payload.severity' is invalid (must be critical, error, warning or info)")
    if not _filled(payload.get("source")):
        problems.append("'payload.source' is missing or blank")
    return problems


def _summary(payload: Mapping[str, Any]) -> list[str]:
    summary = payload.get("summary")
    if not _filled(summary):
        return ["'payload.summary' is missing or blank"]
    return ["'payload.summary' is too long"] if len(str(summary)) > _SUMMARY_LIMIT else []


def _details(payload: Mapping[str, Any]) -> list[str]:
    wrong = not isinstance(payload.get("custom_details", {}), Mapping)
    return ["'payload.custom_details' is not an object"] if wrong else []


def _key_problems(key: object, *, required: bool) -> list[str]:
    if key is None:
        return ["'dedup_key' is missing"] if required else []
    if not _filled(key):
        return ["'dedup_key' is not a string"]
    return ["'dedup_key' is too long"] if len(str(key)) > _KEY_LIMIT else []


def _links(event: Mapping[str, Any]) -> list[str]:
    links = event.get("links", [])
    if not isinstance(links, list) or not all(isinstance(each, Mapping) for each in links):
        return ["'links' is not a list of objects"]
    return [] if all(_web(each.get("href")) for each in links) else ["'links' have an href that is no web address"]


def _web(href: object) -> bool:
    return isinstance(href, str) and href.startswith(("http://", "https://"))


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _unknown(where: str, given: Mapping[str, Any], known: set[str]) -> list[str]:
    return [f"{where} has no field {name!r}" for name in sorted(set(given) - known)]
