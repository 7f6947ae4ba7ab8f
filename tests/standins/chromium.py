"""A headless Chromium driven over its own debugging protocol."""

import asyncio
import base64
import json
import shutil
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


class Tab:
    """One page: run JavaScript in it, wait for things to hold, take its picture."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)

    async def call(self, method: str, **params):
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while (said := await self._socket.receive_json()).get("id") != number:
            pass
        return said["result"]

    async def run(self, script: str):
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str, timeout_s: float = 40):
        """Return the first true value of an expression, looked at on every frame in the page itself."""
        found = f"(() => {{ const r = () => new Promise(requestAnimationFrame); return (async () => {{ let v; \
            while (!(v = ({script}))) await r(); return v; }})(); }})()"
        async with asyncio.timeout(timeout_s):
            return await self.run(found)

    async def click(self, selector: str):
        await self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def picture(self, path: Path):
        shot = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))


@asynccontextmanager
async def tab(url: str, profile: Path, width: int = 1200, height: int = 900):
    """A page open at `url`; `profile` is an empty directory."""
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, *FLAGS, f"--user-data-dir={profile}", stderr=asyncio.subprocess.PIPE
    )
    try:
        address = await _address(process.stderr)
        async with aiohttp.ClientSession() as http:
            host = address.split("/")[2]
            page = await (await http.put(f"http://{host}/json/new?about:blank")).json()
            async with http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                shown = Tab(socket)
                await shown.call(
                    "Emulation.setDeviceMetricsOverride",
                    width=width,
                    height=height,
                    deviceScaleFactor=1,
                    mobile=width < 700,
                )
                await shown.call("Page.navigate", url=url)
                await shown.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")
                yield shown
    finally:
        process.terminate()
        await process.communicate()


async def _address(stderr: asyncio.StreamReader) -> str:
    async with asyncio.timeout(30):
        async for line in stderr:
            if b"DevTools listening on" in line:
                return line.decode().split()[-1]
    raise AssertionError("Chromium ended before it listened")
