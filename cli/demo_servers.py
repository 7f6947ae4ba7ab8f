"""The demo's child processes: Temporal's dev server, the AWS stand-in, the worker. None outlives the demo."""

import asyncio
import contextlib
import os
import socket
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client

from model.errors import HopstopError

READY_S = 30.0
STOP_S = 15.0
TAIL_LINES = 15

ANSWER = timedelta(seconds=10)

SEARCH_ATTRIBUTES = {
    "CaseState": "Keyword",
    "CasePrincipal": "Keyword",
    "CaseDetection": "Keyword",
    "CaseDecision": "Keyword",
    "CaseDecidedBy": "Keyword",
    "CaseTicket": "Keyword",
    "CasePlaybook": "Keyword",
    "CaseSeverity": "Int",
    "CaseDeadline": "Datetime",
    "CaseAccounts": "KeywordList",
}
_KINDS = {"Keyword": "KEYWORD", "KeywordList": "KEYWORD_LIST", "Int": "INT", "Datetime": "DATETIME"}
# Measured: without these, timers of the dev server tick once a second and a first activity starts after 100 ms.
_FASTER = (
    'history.timerProcessorMaxTimeShift="10ms"',
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    "history.visibilityProcessorMaxPollRPS=2000",
)


class StepFailed(HopstopError):
    """A step of the demo failed; its text names the step, and `log` holds the end of that server's log."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True)
class Child:
    """One running child process, behind its guard."""

    name: str
    log: Path
    process: asyncio.subprocess.Process

    @property
    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-TAIL_LINES:])

    def check(self) -> None:
        """StepFailed where it has ended."""
        if self.process.returncode is not None:
            raise StepFailed(f"{self.name} ended by itself (exit code {self.process.returncode})", self.tail)

    async def ready(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Return once `holds()`; StepFailed where the child ends first or takes longer than 30 s."""
        try:
            async with asyncio.timeout(READY_S):
                while not await holds():
                    self.check()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StepFailed(f"{self.name} was not ready within {READY_S:.0f} s", self.tail) from None

    async def stop(self) -> None:
        """Close its guard's input: the guard ends the child, and itself."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


class Servers:
    """Starts children, and stops all of them, last first. `folder` takes their logs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    async def temporal(self) -> tuple[str, str]:
        """Temporal's dev server with its UI; both addresses."""
        port, ui = free_port(), free_port()
        command = [_beside_python("temporal"), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"]
        command += ["--port", str(port), "--ui-port", str(ui), "--http-port", str(free_port())]
        command += ["--metrics-port", str(free_port())]
        for name, kind in SEARCH_ATTRIBUTES.items():
            command += ["--search-attribute", f"{name}={kind}"]
        for value in _FASTER:
            command += ["--dynamic-config-value", value]
        child = await self._start("Temporal", command, {})
        await child.ready(lambda: _listens(port))
        await child.ready(lambda: _answers(f"http://127.0.0.1:{ui}/"))
        return f"127.0.0.1:{port}", f"http://127.0.0.1:{ui}"

    async def aws(self) -> str:
        """The AWS stand-in with IAM enforced and its CloudTrail on; its address."""
        port = free_port()
        ours = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AUTH": "true"}
        kept = {"PERSIST_STATE": "0", "CLOUDTRAIL_RECORDING": "1"}
        child = await self._start("the AWS stand-in", [_beside_python("ministack")], ours | kept)
        await child.ready(lambda: _answers(f"http://127.0.0.1:{port}/_ministack/health"))
        return f"http://127.0.0.1:{port}"

    async def worker(self, script: Path, environment: Mapping[str, str]) -> Child:
        """The worker, which reads its settings from this environment."""
        return await self._start("the worker", [sys.executable, str(script)], environment)

    def check(self) -> None:
        """StepFailed where one has ended."""
        for child in self._children:
            child.check()

    async def stop(self) -> None:
        """Stop all, last first."""
        while self._children:
            await self._children.pop().stop()

    async def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> Child:
        log = self._folder / f"{name.rsplit(maxsplit=1)[-1].lower()}.log"
        guarded = [sys.executable, "-S", "-E", str(Path(__file__).with_name("demo_guard.py")), *command]
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *guarded,
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        child = Child(name, log, process)
        self._children.append(child)
        return child


async def register_search_attributes(client: Client) -> None:
    """Make sure that the server knows every attribute that a case sets: an unknown one would stall it."""
    kinds = {
        name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{_KINDS[kind]}") for name, kind in SEARCH_ATTRIBUTES.items()
    }
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=ANSWER
    )
    missing = {name: kind for name, kind in kinds.items() if name not in known.custom_attributes}
    if missing:
        wanted = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        await client.operator_service.add_search_attributes(wanted, timeout=ANSWER)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _beside_python(name: str) -> str:
    program = Path(sys.executable).with_name(name)
    if not program.exists():
        raise StepFailed(f"{name} is not installed beside {sys.executable}: run make install")
    return str(program)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _answers(url: str) -> bool:
    return await asyncio.to_thread(_get, url)


def _get(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - an address of this machine, made above
            return bool(answer.status == 200)
    except OSError:
        return False
