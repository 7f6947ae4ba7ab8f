"""A local Jira Cloud: REST v3, the same routes in v2, and pages that show the issues."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from standins import adf
from standins import contracts as judges
from standins.jira_issue import comment_json, instant, issue_json, project_json, transition_json, user_json
from standins.jira_page import issue_page, issues_page
from standins.jira_rules import FIELDS, body_problems, create_problems, edit_problems, issue_type, project_key
from standins.jira_state import STATUSES, Comment, Issue, Issues, SeedIssue
from standins.jql import JqlError, parse
from standins.vendor import Handler, Route, VendorError, VendorStandIn, json_object

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


class JiraStandIn(VendorStandIn):
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
        super().__init__()
        self.user = user
        self.token = token
        ids = {key: str(10_200 + place) for place, key in enumerate(projects)}
        self._issues = Issues(ids, lag_s=0.0)
        self._contracts = contracts
        for given in seed:
            self._planted(given)
        self._issues.lag_s = search_lag_s

    @property
    def issues(self) -> list[Issue]:
        """Every issue, oldest first."""
        return self._issues.all

    def issue(self, key: str) -> Issue:
        """One issue by key; KeyError where there is none."""
        found = self._issues.get(key)
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
            _api(
                "legacy_search", "GET", "/search", self._legacy_search, *_SEARCH, "startAt", "validateQuery"
            ),
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
            raise VendorError(
                401, self.error_body(401, "You are not authenticated. Authentication required.")
            )

    def contract_for(self, request: web.Request) -> tuple[judges.Contract, str] | None:
        """Jira Cloud's own description, where it is at hand; it describes v3 only."""
        if self._contracts is None or _version(request) != "3" or _lists_links(request):
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
        return web.json_response(
            [project_json(self.url, id_, key) for key, id_ in self._issues.projects.items()]
        )

    async def _project(self, request: web.Request) -> web.Response:
        wanted = request.match_info["project"]
        for key, id_ in self._issues.projects.items():
            if wanted in (key, id_):
                return web.json_response(project_json(self.url, id_, key))
        raise VendorError(404, self.error_body(404, f"No project could be found with key '{wanted}'."))

    # Issues

    async def _create(self, request: web.Request) -> web.Response:
        body = await json_object(self, request)
        fields, version = body.get("fields"), _version(request)
        if not isinstance(fields, dict):
            self.violate(400, "create: there are no fields")
        self._refuse("create", create_problems(fields, self._issues.projects, version))
        project = project_key(fields["project"], self._issues.projects) or ""
        issue = self._issues.add(project, fields["summary"], issue_type(fields["issuetype"]) or "")
        issue.labels = list(fields.get("labels", []))
        issue.description = _document(fields.get("description"), version)
        made = {"id": issue.id, "key": issue.key, "self": f"{self.url}/rest/api/{version}/issue/{issue.id}"}
        return web.json_response(made, status=201)

    async def _get(self, request: web.Request) -> web.Response:
        wanted = _listed(request.query.getall("fields", ["*all"]))
        return web.json_response(issue_json(self.url, self._issue(request), _version(request), wanted))

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body, version = self._issue(request), await json_object(self, request), _version(request)
        fields = body.get("fields", {})
        if body.get("update"):
            self.violate(400, "edit: only fields are understood here, not update")
        self._refuse("edit", edit_problems(fields, version))
        issue.summary = fields.get("summary", issue.summary)
        issue.labels = list(fields.get("labels", issue.labels))
        if "description" in fields:
            issue.description = _document(fields["description"], version)
        issue.note(f"{', '.join(sorted(fields))} changed")
        return web.Response(status=204)

    async def _comments(self, request: web.Request) -> web.Response:
        issue, version = self._issue(request), _version(request)
        start, size = self._number(request, "startAt", 0), self._number(request, "maxResults", 5000)
        ordered = issue.comments[::-1] if request.query.get("orderBy") == "-created" else issue.comments
        shown = [
            comment_json(self.url, self.user, issue, each, version) for each in ordered[start : start + size]
        ]
        page = {"comments": shown, "startAt": start, "maxResults": size, "total": len(issue.comments)}
        return web.json_response(page)

    async def _comment(self, request: web.Request) -> web.Response:
        issue, body, version = self._issue(request), await json_object(self, request), _version(request)
        wrong = body_problems(body.get("body"), version)
        self._refuse("comment", {"comment": wrong[0]} if wrong else {})
        document = _document(body["body"], version) or {}
        comment = Comment(str(10_000 + len(issue.comments)), document, datetime.now(UTC))
        issue.comments.append(comment)
        issue.note("comment added")
        return web.json_response(comment_json(self.url, self.user, issue, comment, version), status=201)

    async def _transitions(self, request: web.Request) -> web.Response:
        self._issue(request)
        wanted = request.query.get("transitionId")
        shown = [transition_json(self.url, id_) for id_ in STATUSES if wanted in (None, id_)]
        return web.json_response({"expand": "transitions", "transitions": shown})

    async def _transition(self, request: web.Request) -> web.Response:
        issue, body = self._issue(request), await json_object(self, request)
        wanted = body.get("transition", {}).get("id")
        if str(wanted) not in STATUSES:
            raise VendorError(400, self.error_body(400, "It is not possible to perform this transition."))
        before, issue.transition = issue.status, str(wanted)
        issue.note(f"status: {before} → {issue.status}")
        return web.Response(status=204)

    async def _remote_links(self, request: web.Request) -> web.Response:
        issue, wanted = self._issue(request), request.query.get("globalId")
        if wanted is None:
            return web.json_response(issue.links)
        for each in issue.links:
            if each.get("globalId") == wanted:
                return web.json_response(each)
        raise VendorError(404, self.error_body(404, f"No remote link with global id '{wanted}'."))

    async def _remote_link(self, request: web.Request) -> web.Response:
        issue, body = self._issue(request), await json_object(self, request)
        target = body.get("object")
        if not isinstance(target, dict) or not all(
            isinstance(target.get(name), str) for name in ("url", "title")
        ):
            self.violate(400, "remote_link: object needs a url and a title")
        known = [each for each in issue.links if each.get("globalId") == body.get("globalId", "")]
        number = known[0]["id"] if known else 10_000 + len(issue.links)
        where = f"{self.url}/rest/api/{_version(request)}/issue/{issue.key}/remotelink/{number}"
        issue.links = [each for each in issue.links if each not in known] + [
            {**body, "id": number, "self": where}
        ]
        issue.note(f"link {'changed' if known else 'added'}: {target['title']}")
        return web.json_response({"id": number, "self": where}, status=200 if known else 201)

    # Search

    async def _search(self, request: web.Request) -> web.Response:
        size, token = self._number(request, "maxResults", 50), request.query.get("nextPageToken", "")
        return self._page_of(
            request, request.query.get("jql", ""), size, token, request.query.getall("fields", [])
        )

    async def _search_post(self, request: web.Request) -> web.Response:
        body = await json_object(self, request)
        size, token = int(body.get("maxResults", 50)), str(body.get("nextPageToken", ""))
        return self._page_of(request, str(body.get("jql", "")), size, token, body.get("fields", []))

    def _page_of(
        self, request: web.Request, jql: str, size: int, token: str, fields: Sequence[str]
    ) -> web.Response:
        found = self._found(jql)
        start = int(token) if token.isdecimal() else 0
        wanted = _listed(fields)
        shown = [_hit(self.url, issue, _version(request), wanted) for issue in found[start : start + size]]
        end = start + size
        rest = {"nextPageToken": str(end)} if end < len(found) else {}
        return web.json_response({"issues": shown, "isLast": not rest, **rest})

    async def _legacy_search(self, request: web.Request) -> web.Response:
        found = self._found(request.query.get("jql", ""))
        start, size = self._number(request, "startAt", 0), self._number(request, "maxResults", 50)
        wanted = _listed(request.query.getall("fields", ["*all"]))
        shown = [
            issue_json(self.url, issue, _version(request), wanted) for issue in found[start : start + size]
        ]
        page = {"issues": shown, "startAt": start, "maxResults": size, "total": len(found)}
        return web.json_response(page)

    def _found(self, jql: str) -> list[Issue]:
        try:
            return self._issues.search(parse(jql))
        except JqlError as error:
            self.violate(400, str(error))

    # Pages

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=issues_page(self.issues), content_type="text/html")

    async def _browse(self, request: web.Request) -> web.Response:
        found = self._issues.get(request.match_info["key"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=issue_page(found, self.user), content_type="text/html")

    async def _state(self, _: web.Request) -> web.Response:
        shown = [issue_json(self.url, issue, "2", {"*all"}) for issue in self.issues]
        return web.json_response({"issues": shown, "violations": self.violations})

    # What the handlers share

    def _issue(self, request: web.Request) -> Issue:
        found = self._issues.get(request.match_info["key"])
        if found is None:
            raise VendorError(
                404, self.error_body(404, "Issue does not exist or you do not have permission to see it.")
            )
        return found

    def _number(self, request: web.Request, name: str, default: int) -> int:
        given = request.query.get(name, str(default))
        if not given.isdecimal():
            self.violate(400, f"{name} is not a number")
        return int(given)

    def _refuse(self, route: str, problems: dict[str, str]) -> None:
        if problems:
            self.violations.extend(
                f"{route}: {name}: {problem}" for name, problem in sorted(problems.items())
            )
            raise VendorError(400, {"errorMessages": [], "errors": problems})

    def _planted(self, given: SeedIssue) -> None:
        issue = self._issues.add(given.project, given.summary)
        issue.description = adf.text_document(given.description)
        issue.labels = list(given.labels)


def _api(name: str, method: str, path: str, handler: Callable[..., Any], *query: str) -> Route:
    served: Handler = handler
    return Route(name, method, _API + path, served, frozenset(query))


def _lists_links(request: web.Request) -> bool:
    """Jira answers a list of links with a list, though it describes one link: nobody can satisfy both."""
    return request.method == "GET" and request.path.endswith("/remotelink") and not request.query


def _version(request: web.Request) -> str:
    return "3" if request.match_info.get("version") in ("3", "latest") else "2"


def _document(body: Any, version: str) -> dict[str, Any] | None:
    if body is None:
        return None
    return dict(body) if version == "3" else adf.text_document(body)


def _listed(fields: Sequence[str]) -> set[str]:
    return {name.strip() for given in fields for name in given.split(",")}


def _hit(url: str, issue: Issue, version: str, wanted: set[str]) -> dict[str, Any]:
    return issue_json(url, issue, version, wanted) if wanted else {"id": issue.id}
