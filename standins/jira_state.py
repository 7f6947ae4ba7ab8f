"""What a local Jira remembers: projects, issues, and a search index that lags behind."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from standins.jql import Query

STATUSES = {
    "11": ("10000", "To Do", "new"),
    "21": ("10001", "In Progress", "indeterminate"),
    "31": ("10002", "Done", "done"),
}


@dataclass(frozen=True)
class SeedIssue:
    """An issue that is there from the start, such as a change ticket."""

    project: str
    summary: str
    description: str = ""
    labels: tuple[str, ...] = ()


@dataclass
class Comment:
    """A comment; `body` is an Atlassian document."""

    id: str
    body: dict[str, Any]
    created: datetime


@dataclass
class Issue:
    """An issue; `description` is an Atlassian document or None, `transition` the last one done."""

    id: str
    key: str
    project: str
    issue_type: str
    summary: str
    created: datetime
    searchable_at: float
    description: dict[str, Any] | None = None
    labels: list[str] = field(default_factory=list)
    transition: str = "11"
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    comments: list[Comment] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    history: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The name of the issue's status."""
        return STATUSES[self.transition][1]

    def note(self, what: str) -> None:
        """Add a line to the issue's history."""
        self.updated = datetime.now(UTC)
        self.history.append((self.updated, what))


class Issues:
    """Every issue of every project. A new one is found by key at once and by search `lag_s` seconds later."""

    def __init__(self, projects: Mapping[str, str], lag_s: float) -> None:
        self.projects = dict(projects)
        self.lag_s = lag_s
        self.all: list[Issue] = []

    def add(self, project: str, summary: str, issue_type: str = "Task") -> Issue:
        """Open an issue under the project's next key."""
        number = 1 + sum(issue.project == project for issue in self.all)
        issue = Issue(
            id=str(10_000 + len(self.all)),
            key=f"{project}-{number}",
            project=project,
            issue_type=issue_type,
            summary=summary,
            created=datetime.now(UTC),
            searchable_at=time.monotonic() + self.lag_s,
        )
        issue.note("created")
        self.all.append(issue)
        return issue

    def get(self, id_or_key: str) -> Issue | None:
        """An issue by its id or key."""
        return next((issue for issue in self.all if id_or_key in (issue.id, issue.key)), None)

    def search(self, query: Query) -> list[Issue]:
        """Indexed issues for which every clause holds."""
        now = time.monotonic()
        found = [issue for issue in self.all if issue.searchable_at <= now and _matches(issue, query)]
        return found[::-1] if query.newest_first else found


def _matches(issue: Issue, query: Query) -> bool:
    return all(
        _is_fresh(issue, int(value)) if name == "updated" else value.lower() in _values(issue, name)
        for name, value in query.clauses
    )


def _is_fresh(issue: Issue, minutes: int) -> bool:
    return datetime.now(UTC) - issue.updated <= timedelta(minutes=minutes)


def _values(issue: Issue, name: str) -> list[str]:
    values = {
        "project": [issue.project],
        "labels": issue.labels,
        "issuetype": [issue.issue_type],
        "status": [issue.status],
    }
    return [value.lower() for value in values[name]]
