"""A local Jira Cloud: REST v3, the same routes in v2, and pages that show the issues."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from standins import adf
from standins import contracts as judges
from standins.jira_api import JiraIssueApi, version_of
from standins.jira_issue import instant, issue_state, project_json, user_json
from standins.jira_page import issue_page, issues_page
from standins.jira_rules import FIELDS
from standins.jira_state import Issue, SeedIssue
from standins.vendor import Handler, Route, VendorError

_API = "/rest/api/{version:2|3|latest}"
_ISSUE = "/issue/{key}"
_SEARCH = frozenset({"jql", "maxResults", "fields", "expand"})
_CONTRACT_PATHS = tuple(
    f"/rest/api/3{path}"
    for path in (
        "/field",
        "/issue",
        "/issue/{issueIdOrKey}",
        "/issue/{issueIdOrKey}/comment",
        "/issue/{issueIdOrKey}/remotelink",
        "/issue/{issueIdOrKey}/transitions",
        "/myself",
        "/project",
        "/project/{projectIdOrKey}",
        "/search",
        "/search/jql",
        "/serverInfo",
    )
)


class JiraStandIn(JiraIssueApi):
    """Speaks to the jira library as a Jira Cloud site does. `projects` are the keys of those that exist.

    Routes for `fail`: server_info, myself, fields, projects, project, create, issue, edit, comments, comment,
    transitions, transition, remote_links, remote_link, search, search_post, legacy_search.
    """

    def __init__(
        self,
        projects: Sequence[str] = ("SEC", "CHANGE"),
        *,
        seed: Sequence[SeedIssue] = (),
        user: str = "hopstop@example.com",
        token: str = "jira-token",  # noqa: S107  (made up; it opens nothing)
        search_lag_s: float = 0.05,
        contracts: Path | None = None,
    ) -> None:
        super().__init__(projects, user)
        self.token = token
        self._contracts = contracts
        for given in seed:
            self._planted(given)
        self.known.lag_s = search_lag_s

    @property
    def issues(self) -> list[Issue]:
        """Every issue, oldest first."""
        return self.known.all

    def issue(self, key: str) -> Issue:
        """One issue by key; KeyError where there is none."""
        found = self.known.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def browse_url(self, key: str) -> str:
        """Where a browser sees the issue."""
        return f"{self.url}/browse/{key}"

    def routes(self) -> list[Route]:
        """The vendor's routes, and the stand-in's own pages."""
        return [
            _api("server_info", "GET", "/serverInfo", self._server_info),
            _api("myself", "GET", "/myself", self._myself, "expand"),
            _api("fields", "GET", "/field", self._fields),
            _api("projects", "GET", "/project", self._projects, "expand", "recent", "properties"),
            _api("project", "GET", "/project/{project}", self._project, "expand", "properties"),
            _api("create", "POST", "/issue", self._create, "updateHistory"),
            _api("issue", "GET", _ISSUE, self._get, "fields", "expand", "properties"),
            _api("edit", "PUT", _ISSUE, self._edit, "notifyUsers"),
            _api(
                "comments",
                "GET",
                f"{_ISSUE}/comment",
                self._comments,
                "startAt",
                "maxResults",
                "orderBy",
                "expand",
            ),
            _api("comment", "POST", f"{_ISSUE}/comment", self._comment, "expand"),
            _api("transitions", "GET", f"{_ISSUE}/transitions", self._transitions, "transitionId", "expand"),
            _api("transition", "POST", f"{_ISSUE}/transitions", self._transition),
            _api("remote_links", "GET", f"{_ISSUE}/remotelink", self._remote_links, "globalId"),
            _api("remote_link", "POST", f"{_ISSUE}/remotelink", self._remote_link),
            _api("search", "GET", "/search/jql", self._search, *_SEARCH, "nextPageToken"),
            _api("search_post", "POST", "/search/jql", self._search_post),
            _api("legacy_search", "GET", "/search", self._legacy_search, *_SEARCH, "startAt", "validateQuery"),
            Route("browse", "GET", "/browse/{key}", self._browse, checked=False),
            Route("page", "GET", "/", self._page, checked=False),
            Route("state", "GET", "/standin/state", self._state, checked=False),
        ]

    def error_body(self, status: int, message: str) -> dict[str, Any]:
        """Jira's ErrorCollection."""
        return {"errorMessages": [message], "errors": {}, "status": status}

    def authorise(self, request: web.Request) -> None:
        """Basic authentication with an e-mail address and an API token."""
        expected = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            raise VendorError(401, self.error_body(401, "You are not authenticated. Authentication required."))

    def contract_for(self, request: web.Request) -> tuple[judges.Contract, str] | None:
        """Jira Cloud's own description, where it is at hand; it describes v3 only."""
        if self._contracts is None or version_of(request) != "3" or _lists_links(request):
            return None
        return judges.jira_cloud(self._contracts, _CONTRACT_PATHS), request.path

    # The site

    async def _server_info(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "baseUrl": self.url,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100_000,
                "serverTime": instant(datetime.now(UTC)),
                "serverTitle": "Jira stand-in",
            }
        )

    async def _myself(self, _: web.Request) -> web.Response:
        return web.json_response(user_json(self.url, self.user))

    async def _fields(self, _: web.Request) -> web.Response:
        fields = [{"id": id_, "key": id_, "name": name, "custom": False} for id_, name in FIELDS.items()]
        return web.json_response(fields)

    async def _projects(self, _: web.Request) -> web.Response:
        return web.json_response([project_json(self.url, id_, key) for key, id_ in self.known.projects.items()])

    async def _project(self, request: web.Request) -> web.Response:
        wanted = request.match_info["project"]
        for key, id_ in self.known.projects.items():
            if wanted in (key, id_):
                return web.json_response(project_json(self.url, id_, key))
        raise VendorError(404, self.error_body(404, f"No project could be found with key '{wanted}'."))

    # Pages

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=issues_page(self.issues), content_type="text/html")

    async def _browse(self, request: web.Request) -> web.Response:
        found = self.known.get(request.match_info["key"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=issue_page(found, self.user), content_type="text/html")

    async def _state(self, _: web.Request) -> web.Response:
        shown = [issue_state(self.url, self.user, issue) for issue in self.issues]
        return web.json_response({"issues": shown, "violations": self.violations})

    def _planted(self, given: SeedIssue) -> None:
        issue = self.known.add(given.project, given.summary)
        issue.description = adf.text_document(given.description)
        issue.labels = list(given.labels)


def _api(name: str, method: str, path: str, handler: Callable[..., Any], *query: str) -> Route:
    served: Handler = handler
    return Route(name, method, _API + path, served, frozenset(query))


def _lists_links(request: web.Request) -> bool:
    """Jira answers a list of links with a list, though it describes one link: nobody can satisfy both."""
    return request.method == "GET" and request.path.endswith("/remotelink") and not request.query
