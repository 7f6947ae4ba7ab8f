"""Socket Mode, Slack's side: one-use addresses, hello, envelopes, acknowledgements."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from standins.block_kit import Json

MOST_CONNECTIONS = 10


@dataclass(frozen=True)
class Delivery:
    """How the app answered one envelope; `payload` is what it sent back with the acknowledgement."""

    envelope_id: str
    acknowledged: bool
    after_s: float
    payload: Json | None = None


@dataclass
class SocketMode:
    """The app's open connections, and what they have been asked."""

    app_id: str
    ack_within_s: float = 3.0
    connections: list[web.WebSocketResponse] = field(default_factory=list)
    envelopes: dict[str, Json] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    _open: list[web.WebSocketResponse] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: int = 0

    def new_address(self, host: str) -> str:
        """A ws:// address that opens one connection, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"ws://{host}/link/?ticket={ticket}&app_id={self.app_id}"

    async def connected(self, count: int = 1) -> None:
        """Return once at least `count` connections are open."""
        await self.until(lambda: len(self.connections) >= count)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as `holds()`, looked at when a connection comes or goes or an answer is late."""
        while not holds():
            await self._changed.wait()

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or len(self.connections) >= MOST_CONNECTIONS:
            raise web.HTTPForbidden(text="link_disabled")
        self._tickets.remove(ticket)
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        await connection.send_json(self._hello())
        self._open.append(connection)
        self._join(connection)
        try:
            await self._listen(connection)
        finally:
            self._open.remove(connection)
            self._leave(connection)
        return connection

    async def deliver(self, payload: Json) -> Delivery:
        """Send one interaction to one connection and wait for its acknowledgement."""
        envelope = {
            "envelope_id": secrets.token_hex(16),
            "type": "interactive",
            "accepts_response_payload": payload["type"] == "view_submission",
            "payload": payload,
        }
        self.envelopes[str(envelope["envelope_id"])] = envelope
        return await self._send(envelope)

    async def redeliver(self, envelope_id: str) -> Delivery:
        """Send an envelope again, as Slack does when it is not sure."""
        return await self._send({**self.envelopes[envelope_id], "retry_attempt": 1, "retry_reason": "timeout"})

    async def refresh(self) -> None:
        """Tell every connection to come back with a new one, as Slack does now and then."""
        notice = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "stand-in"}}
        for connection in list(self.connections):
            self._leave(connection)
            await connection.send_json(notice)

    async def close(self) -> None:
        """End every connection without a word."""
        for connection in list(self._open):
            await connection.close(code=1001)

    async def _send(self, envelope: Json) -> Delivery:
        began = time.monotonic()
        envelope_id = envelope["envelope_id"]
        answer = self._waiting.setdefault(envelope_id, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(self.ack_within_s):
                await (await self._next_connection()).send_json(envelope)
                payload = await asyncio.shield(answer)
        except (TimeoutError, ConnectionError):
            return Delivery(envelope_id, False, time.monotonic() - began)
        finally:
            self._waiting.pop(envelope_id, None)
        return Delivery(envelope_id, True, time.monotonic() - began, payload or None)

    async def _next_connection(self) -> web.WebSocketResponse:
        await self.connected()
        self._turn += 1
        return self.connections[self._turn % len(self.connections)]

    async def _listen(self, connection: web.WebSocketResponse) -> None:
        async for frame in connection:
            if frame.type is WSMsgType.TEXT:
                self._acknowledge(frame.data)

    def _acknowledge(self, text: str) -> None:
        said = json.loads(text)
        envelope_id = said.get("envelope_id", "")
        answer = self._waiting.get(envelope_id)
        if answer is None:
            self.late.append(envelope_id)
            self._wake()
        elif not answer.done():
            answer.set_result(said.get("payload") or {})

    def _join(self, connection: web.WebSocketResponse) -> None:
        self.connections.append(connection)
        self._wake()

    def _leave(self, connection: web.WebSocketResponse) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "debug_info": {"host": "stand-in", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.app_id},
        }
