"""A local PagerDuty: Events v2 and the part of the REST API that says who is on call and what changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from standins import contracts as judges
from standins.pagerduty_page import incidents_page
from standins.pagerduty_rules import change_problems, event_problems
from standins.pagerduty_state import ChangeEvent, Incident, Incidents, OnCallEntry, instant
from standins.vendor import Route, VendorError, VendorStandIn, json_object

_PAGING = frozenset({"limit", "offset", "total"})
_REST = ("/abilities", "/change_events", "/oncalls", "/schedules", "/users", "/users/{id}")
_ERROR_CODES = {400: 2001, 401: 2006, 404: 2100, 405: 2000, 415: 2001, 429: 2020}
_EVENT_LIMIT_BYTES = 512 * 1024
_PAGE_LIMIT = 100


class PagerDutyStandIn(VendorStandIn):
    """Speaks to pdpyras as api.pagerduty.com and events.pagerduty.com do.

    Routes for `fail`: oncalls, user, users, schedules, change_events, abilities, enqueue, change_enqueue.
    """

    def __init__(
        self,
        on_call: Sequence[OnCallEntry] = (),
        *,
        changes: Sequence[ChangeEvent] = (),
        token: str = "pd-token",  # noqa: S107  (made up; it opens nothing)
        routing_key: str = "pd-routing-key",
        contracts: Path | None = None,
    ) -> None:
        super().__init__()
        self.on_call = list(on_call)
        self.change_events = list(changes)
        self.token = token
        self.routing_key = routing_key
        self._incidents = Incidents()
        self._contracts = contracts

    @property
    def api_url(self) -> str:
        """Where the REST API is (PAGERDUTY_API_URL)."""
        return self.url

    @property
    def events_url(self) -> str:
        """Where the Events API is (PAGERDUTY_EVENTS_URL)."""
        return self.url

    @property
    def incidents(self) -> list[Incident]:
        """Every incident ever opened, oldest first."""
        return self._incidents.all

    @property
    def alerts(self) -> dict[str, Incident]:
        """The newest incident for each dedup key, with every event received for it."""
        return self._incidents.latest()

    def routes(self) -> list[Route]:
        """The vendor's routes, and the stand-in's own pages."""
        window = frozenset({"since", "until"})
        ids = frozenset(
            {"user_ids[]", "schedule_ids[]", "escalation_policy_ids[]", "include[]", "earliest", "time_zone"}
        )
        found = frozenset({"query", "include[]", "team_ids[]"})
        return [
            Route("oncalls", "GET", "/oncalls", self._oncalls, _PAGING | window | ids),
            Route("users", "GET", "/users", self._users, _PAGING | found),
            Route("user", "GET", "/users/{id}", self._user, frozenset({"include[]"})),
            Route("schedules", "GET", "/schedules", self._schedules, _PAGING | found),
            Route("change_events", "GET", "/change_events", self._changes, _PAGING | window),
            Route("abilities", "GET", "/abilities", self._abilities),
            Route("enqueue", "POST", "/v2/enqueue", self._enqueue),
            Route("change_enqueue", "POST", "/v2/change/enqueue", self._change_enqueue),
            Route("page", "GET", "/", self._page, checked=False),
            Route("state", "GET", "/standin/state", self._state, checked=False),
        ]

    def error_body(self, status: int, message: str) -> dict[str, Any]:
        """The REST API's error shape, which pdpyras also reads from the Events API."""
        code = _ERROR_CODES.get(status, 2000)
        return {"error": {"code": code, "message": message, "errors": [message]}}

    def authorise(self, request: web.Request) -> None:
        """REST wants `Authorization: Token token=…`; events carry their routing key in the body."""
        if request.path.startswith("/v2/"):
            return
        if request.headers.get("Authorization") != f"Token token={self.token}":
            raise VendorError(401, self.error_body(401, "Unauthorized"))

    def contract_for(self, request: web.Request) -> tuple[judges.Contract, str] | None:
        """PagerDuty's own descriptions, where they are at hand."""
        if self._contracts is None:
            return None
        if request.path.startswith("/v2/"):
            return judges.pagerduty_events(self._contracts), request.path
        return judges.pagerduty_rest(self._contracts, _REST), request.path

    # Events v2

    async def _enqueue(self, request: web.Request) -> web.Response:
        event = await self._event(request)
        self._refuse(event_problems(event))
        key = self._incidents.accept(event, datetime.now(UTC))
        return _json({"status": "success", "message": "Event processed", "dedup_key": key}, 202)

    async def _change_enqueue(self, request: web.Request) -> web.Response:
        event = await self._event(request)
        self._refuse(change_problems(event))
        payload = event["payload"]
        self.change_events.append(
            ChangeEvent(
                summary=payload["summary"],
                timestamp=self._time(payload.get("timestamp")) or datetime.now(UTC),
                source=payload.get("source", ""),
                links=tuple(event.get("links", ())),
                custom_details=payload.get("custom_details", {}),
            )
        )
        return _json({"status": "success", "message": "Change event processed"}, 202)

    async def _event(self, request: web.Request) -> dict[str, Any]:
        if len(await request.read()) > _EVENT_LIMIT_BYTES:
            self.violate(413, "the event is larger than 512 KB")
        event = await json_object(self, request)
        if event.get("routing_key") != self.routing_key:
            raise VendorError(400, _event_error(["Invalid routing key"]))
        return event

    def _refuse(self, problems: list[str]) -> None:
        if problems:
            self.violations.extend(f"enqueue: {problem}" for problem in problems)
            raise VendorError(400, _event_error(problems))

    # REST

    async def _oncalls(self, request: web.Request) -> web.Response:
        since = self._time(request.query.get("since")) or datetime.now(UTC)
        until = self._time(request.query.get("until")) or since
        found = [entry for entry in self.on_call if entry.start <= until and entry.end > since]
        for name, of in (
            ("schedule_ids[]", "schedule_id"),
            ("escalation_policy_ids[]", "escalation_policy_id"),
            ("user_ids[]", "id"),
        ):
            wanted = request.query.getall(name, [])
            found = [entry for entry in found if not wanted or getattr(entry, of) in wanted]
        include = request.query.getall("include[]", [])
        found.sort(key=lambda entry: (entry.level, entry.start))
        return self._paged(request, "oncalls", [self._oncall(entry, "users" in include) for entry in found])

    def _oncall(self, entry: OnCallEntry, with_user: bool) -> dict[str, Any]:
        return {
            "escalation_policy": self._reference(
                "escalation_policy", entry.escalation_policy_id, entry.escalation_policy
            ),
            "escalation_level": entry.level,
            "schedule": self._reference("schedule", entry.schedule_id, entry.schedule),
            "user": self._reference("user", entry.id, entry.name) | (_person(entry) if with_user else {}),
            "start": instant(entry.start),
            "end": instant(entry.end),
        }

    async def _users(self, request: web.Request) -> web.Response:
        query = request.query.get("query", "").lower()
        people = {entry.id: entry for entry in self.on_call if query in f"{entry.name} {entry.email}".lower()}
        return self._paged(request, "users", [self._user_resource(entry) for entry in people.values()])

    async def _user(self, request: web.Request) -> web.Response:
        for entry in self.on_call:
            if entry.id == request.match_info["id"]:
                return _json({"user": self._user_resource(entry)})
        raise VendorError(404, self.error_body(404, "Not Found"))

    def _user_resource(self, entry: OnCallEntry) -> dict[str, Any]:
        return self._reference("user", entry.id, entry.name) | _person(entry) | {"type": "user"}

    async def _schedules(self, request: web.Request) -> web.Response:
        names = {entry.schedule_id: entry.schedule for entry in self.on_call}
        items = [
            self._reference("schedule", id_, name) | {"type": "schedule", "name": name, "time_zone": "UTC"}
            for id_, name in names.items()
        ]
        return self._paged(request, "schedules", items)

    async def _changes(self, request: web.Request) -> web.Response:
        since = self._time(request.query.get("since")) or datetime.min.replace(tzinfo=UTC)
        until = self._time(request.query.get("until")) or datetime.max.replace(tzinfo=UTC)
        found = [
            (place, change)
            for place, change in enumerate(self.change_events)
            if since <= change.timestamp.replace(microsecond=0) <= until
        ]
        found.sort(key=lambda item: item[1].timestamp, reverse=True)
        return self._paged(request, "change_events", [change.resource(place) for place, change in found])

    async def _abilities(self, _: web.Request) -> web.Response:
        return _json({"abilities": ["teams", "urgencies"]})

    def _reference(self, kind: str, id_: str, summary: str) -> dict[str, Any]:
        path = "escalation_policies" if kind == "escalation_policy" else f"{kind}s"
        where = f"{self.url}/{path}/{id_}"
        return {"id": id_, "type": f"{kind}_reference", "summary": summary, "self": where, "html_url": where}

    def _paged(self, request: web.Request, name: str, items: list[dict[str, Any]]) -> web.Response:
        limit, offset = self._number(request, "limit", 25), self._number(request, "offset", 0)
        if not 1 <= limit <= _PAGE_LIMIT or offset < 0 or limit + offset > 10_000:
            self.violate(400, f"{name}: limit must be 1 to {_PAGE_LIMIT} and limit + offset at most 10000")
        total = len(items) if request.query.get("total") in ("true", "1") else None
        more = offset + limit < len(items)
        page = items[offset : offset + limit]
        return _json({name: page, "limit": limit, "offset": offset, "more": more, "total": total})

    def _number(self, request: web.Request, name: str, default: int) -> int:
        given = request.query.get(name)
        if given is None:
            return default
        if not given.isdecimal():
            self.violate(400, f"{name} is not a number")
        return int(given)

    def _time(self, given: object) -> datetime | None:
        if given is None:
            return None
        try:
            when = datetime.fromisoformat(str(given))
        except ValueError:
            self.violate(400, "a time is not in ISO 8601")
        return when if when.tzinfo else when.replace(tzinfo=UTC)

    # Pages

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=incidents_page(self.incidents, self.on_call), content_type="text/html")

    async def _state(self, _: web.Request) -> web.Response:
        return _json(
            {
                "incidents": [incident.state() for incident in self.incidents],
                "change_events": [change.resource(place) for place, change in enumerate(self.change_events)],
                "violations": self.violations,
            }
        )


def _person(entry: OnCallEntry) -> dict[str, Any]:
    return {"name": entry.name, "email": entry.email, "time_zone": "UTC", "role": "user"}


def _event_error(errors: list[str]) -> dict[str, Any]:
    return {"status": "invalid event", "message": "Event object is invalid", "errors": errors}


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)
