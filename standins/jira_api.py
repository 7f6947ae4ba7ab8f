"""What Jira does with issues, in v3 and v2."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from standins import adf
from standins.jira_issue import comment_json, issue_json, transition_json
from standins.jira_rules import body_problems, create_problems, edit_problems, issue_type, project_key
from standins.jira_state import STATUSES, Comment, Issue, Issues
from standins.jql import JqlError, parse
from standins.vendor import VendorError, VendorStandIn, json_object


class JiraIssueApi(VendorStandIn):
    """The handlers for issues and search; `offered` has the ids of the transitions on offer."""

    def __init__(self, projects: Sequence[str], user: str) -> None:
        super().__init__()
        self.user = user
        self.offered = list(STATUSES)
        self.known = Issues({key: str(10_200 + place) for place, key in enumerate(projects)}, lag_s=0.0)

    # Issues

    async def _create(self, request: web.Request) -> web.Response:
        body = await json_object(self, request)
        fields, version = body.get("fields"), version_of(request)
        if not isinstance(fields, dict):
            self.violate(400, "create: there are no fields")
        self._refuse("create", create_problems(fields, self.known.projects, version))
        project = project_key(fields["project"], self.known.projects) or ""
        issue = self.known.add(project, fields["summary"], issue_type(fields["issuetype"]) or "")
        issue.labels = list(fields.get("labels", []))
        issue.description = _document(fields.get("description"), version)
        made = {"id": issue.id, "key": issue.key, "self": f"{self.url}/rest/api/{version}/issue/{issue.id}"}
        return web.json_response(made, status=201)

    async def _get(self, request: web.Request) -> web.Response:
        wanted = _listed(request.query.getall("fields", ["*all"]))
        return web.json_response(issue_json(self.url, self._issue(request), version_of(request), wanted))

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body, version = self._issue(request), await json_object(self, request), version_of(request)
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
        issue, version = self._issue(request), version_of(request)
        start, size = self._number(request, "startAt", 0), self._number(request, "maxResults", 5000)
        ordered = issue.comments[::-1] if request.query.get("orderBy") == "-created" else issue.comments
        shown = [comment_json(self.url, self.user, issue, each, version) for each in ordered[start : start + size]]
        page = {"comments": shown, "startAt": start, "maxResults": size, "total": len(issue.comments)}
        return web.json_response(page)

    async def _comment(self, request: web.Request) -> web.Response:
        issue, body, version = self._issue(request), await json_object(self, request), version_of(request)
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
        shown = [transition_json(self.url, id_) for id_ in self.offered if wanted in (None, id_)]
        return web.json_response({"expand": "transitions", "transitions": shown})

    async def _transition(self, request: web.Request) -> web.Response:
        issue, body = self._issue(request), await json_object(self, request)
        wanted = body.get("transition", {}).get("id")
        if str(wanted) not in self.offered:
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
        if not isinstance(target, dict) or not all(isinstance(target.get(name), str) for name in ("url", "title")):
            self.violate(400, "remote_link: object needs a url and a title")
        known = [each for each in issue.links if each.get("globalId") == body.get("globalId", "")]
        number = known[0]["id"] if known else 10_000 + len(issue.links)
        where = f"{self.url}/rest/api/{version_of(request)}/issue/{issue.key}/remotelink/{number}"
        issue.links = [each for each in issue.links if each not in known] + [{**body, "id": number, "self": where}]
        issue.note(f"link {'changed' if known else 'added'}: {target['title']}")
        return web.json_response({"id": number, "self": where}, status=200 if known else 201)

    # Search

    async def _search(self, request: web.Request) -> web.Response:
        size, token = self._number(request, "maxResults", 50), request.query.get("nextPageToken", "")
        return self._page_of(request, request.query.get("jql", ""), size, token, request.query.getall("fields", []))

    async def _search_post(self, request: web.Request) -> web.Response:
        body = await json_object(self, request)
        size, token = int(body.get("maxResults", 50)), str(body.get("nextPageToken", ""))
        return self._page_of(request, str(body.get("jql", "")), size, token, body.get("fields", []))

    def _page_of(self, request: web.Request, jql: str, size: int, token: str, fields: Sequence[str]) -> web.Response:
        found = self._found(jql)
        start = int(token) if token.isdecimal() else 0
        wanted = _listed(fields)
        shown = [_hit(self.url, issue, version_of(request), wanted) for issue in found[start : start + size]]
        end = start + size
        rest = {"nextPageToken": str(end)} if end < len(found) else {}
        return web.json_response({"issues": shown, "isLast": not rest, **rest})

    async def _legacy_search(self, request: web.Request) -> web.Response:
        found = self._found(request.query.get("jql", ""))
        start, size = self._number(request, "startAt", 0), self._number(request, "maxResults", 50)
        wanted = _listed(request.query.getall("fields", ["*all"]))
        shown = [issue_json(self.url, issue, version_of(request), wanted) for issue in found[start : start + size]]
        page = {"issues": shown, "startAt": start, "maxResults": size, "total": len(found)}
        return web.json_response(page)

    def _found(self, jql: str) -> list[Issue]:
        try:
            return self.known.search(parse(jql))
        except JqlError as error:
            self.violate(400, str(error))

    # What the handlers share

    def _issue(self, request: web.Request) -> Issue:
        found = self.known.get(request.match_info["key"])
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
            self.violations.extend(f"{route}: {name}: {problem}" for name, problem in sorted(problems.items()))
            raise VendorError(400, {"errorMessages": [], "errors": problems})


def version_of(request: web.Request) -> str:
    """The version of the API that is asked, 2 or 3."""
    return "3" if request.match_info.get("version") in ("3", "latest") else "2"


def _document(body: Any, version: str) -> dict[str, Any] | None:
    if body is None:
        return None
    return dict(body) if version == "3" else adf.text_document(body)


def _listed(fields: Sequence[str]) -> set[str]:
    return {name.strip() for given in fields for name in given.split(",")}


def _hit(url: str, issue: Issue, version: str, wanted: set[str]) -> dict[str, Any]:
    return issue_json(url, issue, version, wanted) if wanted else {"id": issue.id}
