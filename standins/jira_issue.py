"""How a local Jira writes its things as JSON."""

from datetime import datetime
from typing import Any

from standins import adf
from standins.jira_state import STATUSES, Comment, Issue


def instant(when: datetime) -> str:
    """A time as Jira writes it; ISO 8601 with a colon in the offset, as its description says."""
    return when.isoformat(timespec="milliseconds")


def user_json(url: str, user: str) -> dict[str, Any]:
    """The one user, by whose token everything is done."""
    return {
        "self": f"{url}/rest/api/3/user?accountId=standin",
        "accountId": "standin",
        "accountType": "atlassian",
        "emailAddress": user,
        "displayName": "hopstop",
        "active": True,
        "timeZone": "UTC",
    }


def project_json(url: str, id_: str, key: str) -> dict[str, Any]:
    """A project."""
    return {
        "self": f"{url}/rest/api/3/project/{id_}",
        "id": id_,
        "key": key,
        "name": key,
        "simplified": False,
    }


def issue_json(url: str, issue: Issue, version: str, wanted: set[str]) -> dict[str, Any]:
    """An issue with the wanted fields; `*all` and `*navigable` are all of them."""
    fields = _fields(url, issue, version)
    everything = bool(wanted & {"*all", "*navigable"})
    shown = {name: value for name, value in fields.items() if everything or name in wanted}
    where = f"{url}/rest/api/{version}/issue/{issue.id}"
    return {"id": issue.id, "key": issue.key, "self": where, "fields": shown}


def comment_json(url: str, user: str, issue: Issue, comment: Comment, version: str) -> dict[str, Any]:
    """A comment; its body is a document in v3, text in v2."""
    author = {name: value for name, value in user_json(url, user).items() if name != "self"}
    return {
        "self": f"{url}/rest/api/{version}/issue/{issue.id}/comment/{comment.id}",
        "id": comment.id,
        "author": author,
        "updateAuthor": author,
        "body": comment.body if version == "3" else adf.plain_text(comment.body),
        "created": instant(comment.created),
        "updated": instant(comment.created),
        "jsdPublic": True,
    }


def issue_state(url: str, user: str, issue: Issue) -> dict[str, Any]:
    """Everything about an issue, with its texts as plain text."""
    return {
        **issue_json(url, issue, "2", {"*all"}),
        "comments": [comment_json(url, user, issue, each, "2")["body"] for each in issue.comments],
        "links": issue.links,
        "history": [what for _, what in issue.history],
    }


def transition_json(url: str, id_: str) -> dict[str, Any]:
    """A transition to a status; each is open from everywhere."""
    name = STATUSES[id_][1]
    return {
        "id": id_,
        "name": name,
        "to": _status(url, id_),
        "hasScreen": False,
        "isGlobal": True,
        "isInitial": False,
        "isConditional": False,
    }


def _fields(url: str, issue: Issue, version: str) -> dict[str, Any]:
    description = issue.description
    shown = description if version == "3" or description is None else adf.plain_text(description)
    return {
        "project": {"key": issue.project},
        "issuetype": {"name": issue.issue_type},
        "summary": issue.summary,
        "description": shown,
        "labels": issue.labels,
        "status": _status(url, issue.transition),
        "created": instant(issue.created),
        "updated": instant(issue.updated),
    }


def _status(url: str, transition: str) -> dict[str, Any]:
    id_, name, category = STATUSES[transition]
    where = f"{url}/rest/api/3/status/{id_}"
    numbers = {"new": 2, "indeterminate": 4, "done": 3}
    kind = {"id": numbers[category], "key": category, "name": name, "colorName": "medium-gray"}
    return {"self": where, "id": id_, "name": name, "statusCategory": kind}
