"""What Jira takes as an issue's fields, by its documented limits."""

from collections.abc import Mapping
from typing import Any

from standins import adf

FIELDS = {
    "project": "Project",
    "issuetype": "Issue Type",
    "summary": "Summary",
    "description": "Description",
    "labels": "Labels",
    "status": "Status",
    "comment": "Comment",
    "created": "Created",
    "updated": "Updated",
}
ISSUE_TYPES = {"10100": "Task", "10101": "Bug", "10102": "Incident"}
_TEXT_LIMIT = 32_767
_SUMMARY_LIMIT = 255


def create_problems(fields: Mapping[str, Any], projects: Mapping[str, str], version: str) -> dict[str, str]:
    """What is wrong with the fields of a new issue, by field."""
    found = _required(fields)
    if project_key(fields.get("project"), projects) is None:
        found["project"] = "Specify a valid project ID or key"
    if issue_type(fields.get("issuetype")) is None:
        found["issuetype"] = "Specify an issue type"
    return found | edit_problems(fields, version)


def edit_problems(fields: Mapping[str, Any], version: str) -> dict[str, str]:
    """What is wrong with the given fields, by field."""
    found = {
        name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
        for name in set(fields) - {"project", "issuetype", "summary", "description", "labels"}
    }
    if "summary" in fields:
        found |= _summary(fields["summary"])
    if fields.get("description") is not None:
        found |= _description(fields["description"], version)
    return found | _labels(fields.get("labels", []))


def body_problems(body: object, version: str) -> list[str]:
    """What is wrong with a description or comment: a document in v3, text in v2."""
    if version != "3":
        if not isinstance(body, str):
            return ["Operation value must be a string"]
        return _too_long(body)
    found = adf.problems(body)
    return found or _too_long(adf.plain_text(body) if isinstance(body, Mapping) else "")


def project_key(given: object, projects: Mapping[str, str]) -> str | None:
    """The project's key from {key} or {id}."""
    if not isinstance(given, Mapping):
        return None
    ids = {id_: key for key, id_ in projects.items()}
    key = given.get("key", ids.get(str(given.get("id"))))
    return key if key in projects else None


def issue_type(given: object) -> str | None:
    """The issue type's name from {name} or {id}."""
    if not isinstance(given, Mapping):
        return None
    name = given.get("name", ISSUE_TYPES.get(str(given.get("id"))))
    return name if name in ISSUE_TYPES.values() else None


def _required(fields: Mapping[str, Any]) -> dict[str, str]:
    return {} if "summary" in fields else {"summary": "You must specify a summary of the issue."}


def _summary(summary: object) -> dict[str, str]:
    if not isinstance(summary, str) or not summary.strip():
        return {"summary": "You must specify a summary of the issue."}
    if "\n" in summary or "\r" in summary:
        return {"summary": "The summary is invalid because it contains newline characters."}
    return {"summary": "Summary can't exceed 255 characters."} if len(summary) > _SUMMARY_LIMIT else {}


def _description(body: object, version: str) -> dict[str, str]:
    wrong = body_problems(body, version)
    return {"description": wrong[0]} if wrong else {}


def _labels(labels: object) -> dict[str, str]:
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return {"labels": "data was not an array of strings"}
    spaced = [label for label in labels if not label or any(c.isspace() for c in label) or len(label) > _SUMMARY_LIMIT]
    return {"labels": f"The label '{spaced[0][:40]}' contains spaces which is invalid."} if spaced else {}


def _too_long(text: str) -> list[str]:
    limit = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    return [limit] if len(text) > _TEXT_LIMIT else []
