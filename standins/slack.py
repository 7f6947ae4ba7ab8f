"""A local Slack: the Web API, Socket Mode, and a page where a person sees the channel and clicks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from standins.slack_files import Uploads
from standins.slack_interactions import ClickResult, Interactions, SubmitResult
from standins.slack_page import Page
from standins.slack_socket import SocketMode
from standins.slack_web_api import Fault, Judge, WebApi
from standins.slack_workspace import (
    Ephemeral,
    Message,
    SlackApp,
    SlackChannel,
    SlackGroup,
    SlackUser,
    View,
    Workspace,
)

__all__ = [
    "ClickResult",
    "SlackApp",
    "SlackChannel",
    "SlackGroup",
    "SlackStandIn",
    "SlackUser",
    "SubmitResult",
]

BOT_TOKEN = "xoxb-stand-in"  # noqa: S105
APP_TOKEN = "xapp-stand-in"  # noqa: S105


class SlackStandIn:
    """Slack for one workspace on a free port of this machine. `async with` starts and stops it.

    `contracts` is a directory of vendors' API descriptions; with it every call is judged by those as well.
    """

    def __init__(
        self,
        users: Sequence[SlackUser],
        channels: Sequence[SlackChannel],
        groups: Sequence[SlackGroup] = (),
        *,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        app: SlackApp | None = None,
        contracts: Path | None = None,
        ack_within_s: float = 3.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.workspace = Workspace(
            app=app or SlackApp(),
            users={user.id: user for user in users},
            groups={group.id: group for group in groups},
            channels={channel.id: channel for channel in channels},
        )
        if clock:
            self.workspace.clock = clock
        self.socket = SocketMode(self.workspace.app.id, ack_within_s)
        self.web_api = WebApi(self.workspace, self.socket, bot_token, app_token, _judge(contracts))
        self._interactions = Interactions(self.workspace, self.socket)
        self._runner: web.AppRunner | None = None
        self.page_url = ""
        self.api_url = ""

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; a free port unless one is given."""
        self._runner = web.AppRunner(self._routes(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.page_url = f"http://{host}:{bound}/"
        self.api_url = f"{self.page_url}api/"
        self._interactions.base_url = self.workspace.address = self.page_url

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self.socket.close()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def violations(self) -> list[str]:
        """What a correct client would never have sent, a line each."""
        return self.workspace.violations

    @property
    def calls(self) -> list[tuple[str, dict[str, object]]]:
        """Every accepted call, oldest first: (method, arguments)."""
        return self.web_api.calls

    def messages(self, channel: str) -> list[Message]:
        """A channel's messages without the replies, oldest first."""
        return list(self.workspace.timeline(channel))[::-1]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies to a message, oldest first."""
        return self.workspace.thread(channel, ts)

    def ephemerals(self, user: str) -> list[Ephemeral]:
        """What only this person sees, oldest first."""
        return self.workspace.seen_by(user)

    def open_views(self, user: str) -> list[View]:
        """The modals before this person."""
        return [view for view in self.workspace.views.values() if view.open and view.user == user]

    def fail(
        self,
        method: str,
        *,
        status: int = 500,
        error: str | None = None,
        retry_after: int | None = None,
        times: int = 1,
        after_effect: bool = False,
    ) -> None:
        """Script the next `times` answers of a method, or of `upload`; `after_effect`: it is done, and the answer is
        lost."""
        self.web_api.faults[method].extend([Fault(status, error, retry_after, after_effect)] * times)

    async def click(self, channel: str, ts: str, action_id: str, user: str, choice: str | None = None) -> ClickResult:
        """Press a button as a person does after the confirm dialog; KeyError when they see no such button."""
        return await self._interactions.click(channel, ts, action_id, user, choice)

    async def submit(self, view_id: str, values: dict[str, dict[str, str]]) -> SubmitResult:
        """Send a modal; `values` by block_id and action_id. KeyError when it is not open."""
        return await self._interactions.submit(view_id, values)

    async def dismiss(self, view_id: str) -> None:
        """Close a modal without sending it."""
        await self._interactions.dismiss(view_id)

    async def redeliver(self, envelope_id: str) -> ClickResult:
        """Send an earlier envelope again, unchanged but for the retry mark."""
        return await self._interactions.redeliver(envelope_id)

    async def refresh(self) -> None:
        """Ask the app's connections to reconnect, as Slack does now and then."""
        await self.socket.refresh()

    async def drop_connections(self) -> None:
        """Cut the app's connections without notice."""
        await self.socket.close()

    async def until(self, holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
        """Return as soon as `holds()`, looked at after every change; TimeoutError after `timeout_s`."""
        await self.workspace.until(holds, timeout_s)

    async def connected(self, count: int = 1) -> None:
        """Return once the app has `count` connections open."""
        await self.socket.connected(count)

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=4 * 1024**2)
        app.router.add_route("*", "/api/{method}", self.web_api.answer)
        app.router.add_post("/upload/v1/{id}", Uploads(self.workspace, self.web_api.faults).take)
        app.router.add_get("/link/", self.socket.link)
        app.router.add_post("/actions/{team}/{secret}", self._interactions.respond)
        app.add_routes(Page(self.workspace, self.socket, self._interactions).routes())
        return app


def _judge(contracts: Path | None) -> Judge | None:
    if contracts is None:
        return None
    from standins.slack_contracts import SlackContracts  # noqa: PLC0415 - the demo has no jsonschema

    return SlackContracts(contracts / "slack")
