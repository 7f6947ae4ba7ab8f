"""The demo as a child process, as a person starts it."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

OURS = ("HOPSTOP_", "SLACK_", "PAGERDUTY_", "JIRA_", "TEMPORAL_", "AWS_")


@dataclass
class Running:
    """A demo under way; `said` is its stderr so far."""

    process: asyncio.subprocess.Process
    said: str = ""
    over: bool = False
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        assert self.process.stderr
        while piece := await self.process.stderr.read(65536):
            self.said += piece.decode()
            self._grown.set()
        self.over = True
        self._grown.set()

    async def until(self, pattern: str, timeout_s: float = 90) -> str:
        """The first group of a pattern, as soon as the demo has said it."""
        async with asyncio.timeout(timeout_s):
            while not (found := re.search(pattern, self.said)):
                assert not self.over, self.said
                self._grown.clear()
                await self._grown.wait()
        return found[1]


@contextlib.asynccontextmanager
async def hopstop_demo(tmp: str, *arguments: str) -> AsyncIterator[Running]:
    """Start it with `tmp` as the place for temporary files; whatever happens it is told to stop, and has stopped."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        "demo",
        *arguments,
        env=environment | {"TMPDIR": tmp},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    running = Running(process)
    listening = asyncio.create_task(running.listen())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 60)
        await listening
