"""Jira by the jira library, REST v3 (Cloud) or v2 (Server and Data Center): where the work is kept."""

import math
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from jira import JIRA
from jira.exceptions import JIRAError, NotJIRAInstanceError
from requests.exceptions import RequestException

from activities.ports import TicketRef
from integrations.jira_body import Api, body_of
from integrations.vendor_answers import (
    AnswerLost,
    refused_by,
    retry_after_s,
    unreachable_or_unreadable,
    without_secrets,
)
from model.enrichment import Change
from model.errors import HopstopError, Malformed, Unavailable

SDK_ERRORS = (
    JIRAError,
    NotJIRAInstanceError,
    RequestException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    NotImplementedError,
)

_VENDOR = "Jira"
_CONNECT_TIMEOUT_S = 3.05
_SUMMARY_LIMIT = 255  # Jira refuses longer ones, and line breaks
_LABEL_LIMIT = 255  # and whitespace
_COMMENTS_READ = 100
_LOOKS = 8
_CLOCKS = timedelta(minutes=1)  # Jira's clock and ours
_USUAL_ENDS = ("done", "resolved", "closed")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,79}")
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,79}-[0-9]{1,18}")
_LABEL = re.compile(rf"[A-Za-z0-9_.:-]{{1,{_LABEL_LIMIT}}}")

Answer = TypeVar("Answer")


class JiraTickets:
    """The port Tickets. One label is one issue, also when an answer is lost on the way.

    Jira's search shows a new issue late. So a create whose answer was lost is looked for until `settle_s`
    seconds have passed, and only then reported as Unavailable: whoever tries again searches an index that has
    caught up. For a worker that dies between a create and its answer the same holds if the next attempt comes
    no sooner than `settle_s` later.
    """

    def __init__(
        self,
        url: str,
        user: str,
        token: str,
        project: str,
        issue_type: str = "Task",
        *,
        api: Api = "3",
        changes: str = "",
        settle_s: float = 10.0,
        timeout_s: float = 10.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._secret = token
        self._project = _fitting(_PROJECT, project, "Jira project key")
        self._issue_type = issue_type
        self._settle_s = settle_s
        self._pause = pause
        self._changes = _fitting(_PROJECT, changes, "Jira project key") if changes else ""
        self._api = api
        self._body = body_of(api)
        self._client = _client(self._url, user, token, timeout_s, api)

    def open(self, label: str, summary: str, description: str) -> TicketRef:
        """The issue with this label, made where there is none."""
        wanted = _fitting(_LABEL, label, "label")
        known = self._find(wanted)
        if known is not None:
            return known
        try:
            return self._create(wanted, summary, description)
        except AnswerLost as error:
            failure = error
        made = self._look_for(wanted)
        if made is not None:
            return made
        raise Unavailable(str(failure), failure.retry_after_s)

    def update(self, key: str, description: str) -> None:
        """Give the issue this description."""
        body = self._body.written(description)

        def change() -> None:
            self._client.issue(_fitting(_KEY, key, "issue key"), fields="summary").update(fields={"description": body})

        self._ask("change the issue", change)

    def comment(self, key: str, marker: str, text: str) -> None:
        """Add a comment once, with the marker as a line of its own: by that line it is known again."""
        line = self._plainly(marker)
        if not line or "\n" in line:
            raise Malformed("a comment's marker is one line that is not empty")
        if any(line in said.split("\n") for said in self._said(key)):
            return
        marked = line in self._plainly(text).split("\n")
        self._say(key, text if marked else f"{text}\n{marker}")

    def resolve(self, key: str, text: str) -> None:
        """Say `text` once and move the issue to a done state; where the workflow offers none, only say it."""
        if self._plainly(text) not in self._said(key):
            self._say(key, text)
        if not self._is_done(key):
            self._finish(key)

    def link(self, key: str, identity: str, title: str, url: str) -> None:
        """Link the issue to a page elsewhere; `identity` makes it one link however often it is set."""
        target = {"url": url, "title": title[:_SUMMARY_LIMIT]}
        self._ask(
            "link the issue",
            lambda: self._client.add_remote_link(
                _fitting(_KEY, key, "issue key"), target, globalId=identity[:_LABEL_LIMIT]
            ),
        )

    def changes(self, since: datetime, until: datetime) -> tuple[Change, ...]:
        """Issues of the change project that were touched in the window, at most ten, newest first."""
        minutes = max(1, math.ceil((datetime.now(UTC) - since).total_seconds() / 60))
        # By minutes ago: a date would be read in the time zone of the account that asks.
        jql = f'project = "{self._changes}" AND updated >= "-{minutes}m" ORDER BY created DESC'
        found = self._ask("search for changes", lambda: self._search(jql))
        read = (self._ask("read a change", lambda id_=id_: self._change(id_)) for id_ in found)  # type: ignore[misc]
        return tuple(change for change in read if since <= change.at <= until + _CLOCKS)

    def _change(self, id_: str) -> Change:
        issue = self._client.issue(id_, fields="summary,status,updated")
        fields = issue.raw["fields"]
        said = f"{issue.key} {fields['summary']} ({fields['status']['name']})"
        at = datetime.fromisoformat(fields["updated"])
        return Change(summary=said, source="Jira", at=at, link=self._reference(str(issue.key)).link)

    # Opening

    def _find(self, label: str) -> TicketRef | None:
        """The oldest issue with the label that search shows; the label is read from the issue, never late."""
        jql = f'project = "{self._project}" AND labels = "{label}" ORDER BY created ASC'
        page = self._ask("search for the issue", lambda: self._search(jql))
        for id_ in page:
            key, labels = self._ask("read the issue", lambda id_=id_: self._labels(id_))  # type: ignore[misc]
            if label in labels:
                return self._reference(key)
        return None

    def _search(self, jql: str) -> list[str]:
        if self._api == "2":
            found: Any = self._client.search_issues(jql, maxResults=10, fields="labels", json_result=True)
            return [str(issue["id"]) for issue in found["issues"]]
        # No fields: with any, the library first asks for the list of all fields.
        page = self._client.enhanced_search_issues(jql, maxResults=10, fields=[], json_result=True)
        return [str(issue["id"]) for issue in page["issues"]]

    def _labels(self, id_: str) -> tuple[str, list[str]]:
        issue = self._client.issue(id_, fields="labels")
        return str(issue.key), [str(label) for label in issue.fields.labels]

    def _create(self, label: str, summary: str, description: str) -> TicketRef:
        fields = {
            "project": {"key": self._project},
            "issuetype": {"name": self._issue_type},
            "summary": _one_line(summary),
            "description": self._body.written(description),
            "labels": [label],
        }
        # prefetch would read the issue again, and raise where only that failed.
        made = self._ask("create the issue", lambda: self._client.create_issue(fields=fields, prefetch=False))
        return self._reference(str(made.key))

    def _look_for(self, label: str) -> TicketRef | None:
        for _ in range(_LOOKS):
            self._pause(self._settle_s / _LOOKS)
            try:
                found = self._find(label)
            except Unavailable:
                continue
            if found is not None:
                return found
        return None

    def _reference(self, key: str) -> TicketRef:
        return TicketRef(key=key, link=f"{self._url}/browse/{key}")

    # Saying and finishing

    def _said(self, key: str) -> list[str]:
        """The newest comments as plain text."""
        wanted = _fitting(_KEY, key, "issue key")
        comments = self._ask(
            "read the comments",
            lambda: self._client.comments(wanted, max_results=_COMMENTS_READ, order_by="-created"),
        )
        return [self._body.read(comment.raw.get("body")) for comment in comments]

    def _say(self, key: str, text: str) -> None:
        body = self._body.written(text)
        self._ask("comment on the issue", lambda: self._client.add_comment(key, body))

    def _plainly(self, text: str) -> str:
        return self._body.read(self._body.written(text))

    def _is_done(self, key: str) -> bool:
        issue = self._ask("read the issue", lambda: self._client.issue(key, fields="status"))
        status: Mapping[str, Any] = issue.raw["fields"]["status"]
        return _is_end(status)

    def _finish(self, key: str) -> None:
        offered = self._ask("read the transitions", lambda: self._client.transitions(key))
        ends = [each for each in offered if _is_end(each.get("to") or {})]
        if not ends:
            return
        best = min(ends, key=lambda each: str(each["name"]).lower() not in _USUAL_ENDS)
        # By name: given an id, the library sends a number where Jira's description wants a string.
        self._ask("move the issue", lambda: self._client.transition_issue(key, best["name"]))

    def _ask(self, doing: str, ask: Callable[[], Answer]) -> Answer:
        """What `ask` returns. Ours is raised outside the handler, so that it drags nothing along."""
        try:
            return ask()
        except SDK_ERRORS as error:
            failure = as_ours(error, doing, self._secret)
        raise failure


def as_ours(error: BaseException, doing: str, secret: str = "") -> HopstopError:
    """One exception of the SDK as one of ours; the text is one line that holds no credential."""
    status = getattr(error, "status_code", None)
    if not isinstance(error, JIRAError) or not isinstance(status, int) or status < 300:
        return unreachable_or_unreadable(_VENDOR, doing, error)
    headers = {} if error.response is None else error.response.headers
    why = without_secrets(error.text or "", secret)
    return refused_by(_VENDOR, doing, status, why, retry_after_s(headers))


def _client(url: str, user: str, token: str, timeout_s: float, api: Api) -> JIRA:
    """A client that asks nothing yet, tries everything once and waits no longer than it is told."""
    client = JIRA(
        server=url,
        basic_auth=(user, token),
        options={"rest_api_version": api},
        get_server_info=False,
        max_retries=0,
        timeout=(_CONNECT_TIMEOUT_S, timeout_s),
        logging=False,
    )
    # Search by token exists on Cloud only, and the library has not asked the server what it is.
    client.deploymentType = "Cloud" if api == "3" else "Server"
    # Else the first link asks for the site's application links, which only its administrators may see.
    client._applicationlinks = []  # noqa: SLF001
    return client


def _is_end(status: Mapping[str, Any]) -> bool:
    return (status.get("statusCategory") or {}).get("key") == "done"


def _one_line(summary: str) -> str:
    sound = " ".join(summary.encode("utf-8", "replace").decode().replace("`", "").split())
    return sound[:_SUMMARY_LIMIT] or "hopstop case"


def _fitting(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise Malformed(f"not a {what} that Jira takes: {text[:60]!r}")
    return text
