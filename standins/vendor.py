"""What the PagerDuty and Jira stand-ins share: a strict local server that can be told to misbehave."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from aiohttp import web

from standins.contracts import Contract, Exchange
from standins.faults import Fault, Faults

Handler = Callable[[web.Request], Awaitable[web.Response]]
Served = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One thing the vendor offers: its name, its place, the query arguments it takes, and what does it.

    A route that is not `checked` is the stand-in's own page: no credentials and no contract.
    """

    name: str
    method: str
    path: str
    handler: Handler
    query: frozenset[str] = frozenset()
    checked: bool = True


class VendorError(Exception):
    """The vendor's no: a status and the body that the vendor would send."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {json.dumps(body)[:200]}")
        self.status = status
        self.body = body


class VendorStandIn:
    """A local server that answers as a vendor would; what the vendor would not take is in `violations`."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.trouble_met = asyncio.Event()
        self._faults = Faults()
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._port = 0

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end; it is known once the stand-in has started."""
        if self._runner is None:
            raise RuntimeError(f"{type(self).__name__} is not running: call start() first")
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._stopping.clear()
        app = web.Application(middlewares=[self._unknown_routes], client_max_size=4 * 1024 * 1024)
        app.router.add_get("/favicon.ico", _no_icon)
        for route in self.routes():
            app.router.add_route(route.method, route.path, self._served(route), name=route.name)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Close the port; requests that hang on order end now."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def fail(
        self,
        route: str | tuple[str, str],
        status: int = 503,
        *,
        retry_after: str | None = None,
        times: int = 1,
        after_effect: bool = False,
        hang_s: float | None = None,
    ) -> None:
        """Order trouble for the next `times` requests of a route, by its name or (method, path)."""
        self._faults.order(route, Fault(status, retry_after, after_effect, hang_s), times)

    # What each vendor says for itself

    def routes(self) -> list[Route]:
        """Everything that is offered."""
        raise NotImplementedError

    def error_body(self, status: int, message: str) -> dict[str, Any]:
        """The vendor's error shape."""
        raise NotImplementedError

    def authorise(self, request: web.Request) -> None:
        """Raise VendorError where the credentials are not ours."""
        raise NotImplementedError

    def contract_for(self, request: web.Request) -> tuple[Contract, str] | None:
        """The judge of this request, and the request's path in the vendor's description."""
        raise NotImplementedError

    # How a request is served

    def violate(self, status: int, message: str) -> NoReturn:
        """Record what a real vendor would have refused, and refuse it."""
        self.violations.append(message)
        raise VendorError(status, self.error_body(status, message))

    @web.middleware
    async def _unknown_routes(self, request: web.Request, handler: Served) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as refusal:
            message = f"{refusal.status} no route {request.method} {request.path}"
            self.violations.append(message)
            return web.json_response(self.error_body(refusal.status, message), status=refusal.status)

    def _served(self, route: Route) -> Handler:
        async def serve(request: web.Request) -> web.Response:
            fault = self._faults.take(route.name, request.method, request.path)
            if fault is not None:
                self.trouble_met.set()
            if fault is not None and not fault.after_effect:
                return await self._misbehave(request, fault)
            answer = await self._answer(route, request)
            return answer if fault is None else await self._misbehave(request, fault)

        return serve

    async def _misbehave(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.hang_s is not None:
            await self._hang(fault.hang_s)
        if fault.status == 0 and request.transport is not None:
            request.transport.abort()
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        status = fault.status or 503
        return web.json_response(self.error_body(status, "trouble on order"), status=status, headers=headers)

    async def _hang(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _answer(self, route: Route, request: web.Request) -> web.Response:
        if not route.checked:
            return await route.handler(request)
        try:
            return await self._checked_answer(route, request)
        except VendorError as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    async def _checked_answer(self, route: Route, request: web.Request) -> web.Response:
        self.authorise(request)
        self._check_query(route, request)
        judged = self.contract_for(request)
        if judged is None:
            return await route.handler(request)
        contract, path = judged
        asked = await _exchange(request, path)
        self._record(route, "request", contract.request_problems(asked))
        answer = await self._handled(route, request)
        self._record(route, "answer", contract.answer_problems(_answered(asked, answer)))
        return answer

    async def _handled(self, route: Route, request: web.Request) -> web.Response:
        try:
            return await route.handler(request)
        except VendorError as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    def _check_query(self, route: Route, request: web.Request) -> None:
        unknown = sorted(set(request.query) - route.query)
        if unknown:
            self.violate(400, f"{route.name} has no query argument {', '.join(unknown)}")

    def _record(self, route: Route, side: str, problems: list[str]) -> None:
        self.violations.extend(f"{route.name} {side}: {problem}" for problem in problems)


async def _no_icon(_: web.Request) -> web.Response:
    """Browsers ask for it on every page; no client of a vendor does."""
    return web.Response(status=204)


async def json_object(standin: VendorStandIn, request: web.Request) -> dict[str, Any]:
    """The request's body as a JSON object; refused and recorded where it is none."""
    if request.content_type != "application/json":
        standin.violate(415, f"{request.method} {request.path} wants application/json, not {request.content_type}")
    try:
        body = json.loads(await request.read())
    except ValueError:
        standin.violate(400, f"{request.method} {request.path}: the body is not JSON")
    if not isinstance(body, dict):
        standin.violate(400, f"{request.method} {request.path}: the body is not an object")
    return body


async def _exchange(request: web.Request, path: str) -> Exchange:
    query = list(request.query.items())
    body = await request.read()
    return Exchange(request.method, path, query, request.headers, request.content_type, body)


def _answered(asked: Exchange, answer: web.Response) -> Exchange:
    body = answer.body if isinstance(answer.body, bytes) else b""
    return Exchange(
        asked.method,
        asked.path,
        asked.query,
        asked.headers,
        asked.content_type,
        asked.body,
        answer.status,
        body,
        answer.content_type,
    )
