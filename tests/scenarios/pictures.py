"""The README's pictures, taken from a real demo: `make pictures`."""

import asyncio
import tempfile
from pathlib import Path

from tests.scenarios.hopstop_demo import hopstop_demo
from tests.standins.chromium import Tab, tab

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESKTOP, PHONE = (1100, 1060), (400, 1500)


async def main() -> None:
    """Take the ask on a desk and on a phone, the case's page while it waits and once it is contained."""
    with tempfile.TemporaryDirectory() as temporary, tempfile.TemporaryDirectory() as profiles:
        async with hopstop_demo(temporary) as demo:
            slack, case = await demo.until(r"Slack +(http://\S+)"), await demo.until(r"the case +(http://\S+)")
            await demo.until(r"(Waiting for you)")
            await asyncio.sleep(2)
            for name, (width, height) in (("slack-ask", DESKTOP), ("slack-ask-phone", PHONE)):
                async with tab(slack, Path(profiles) / name, width, height) as page:
                    await page.until("document.querySelector(\"button[data-action-id='case:approve']\")")
                    await _keep(page, name)
            await _temporal(case, Path(profiles), "temporal-waiting")
            await _details(case, Path(profiles))
            async with tab(slack, Path(profiles) / "click", *DESKTOP) as page:
                await page.click("button[data-action-id='case:approve']")
                await page.click("#confirm-accept")
                await page.until("!document.querySelector(\"button[data-action-id='case:approve']\")", 30)
                await asyncio.sleep(8)
                await _keep(page, "slack-contained")
            await _temporal(case, Path(profiles), "temporal-contained")


async def _temporal(case: str, profiles: Path, name: str) -> None:
    async with tab(case, profiles / name, 1400, 1150) as page:
        await page.until("document.body.innerText.includes('Event History')", 60)
        await asyncio.sleep(4)
        await _keep(page, name)


async def _details(case: str, profiles: Path) -> None:
    """The same case on a phone, where its details say it in words."""
    async with tab(case, profiles / "details", *PHONE) as page:
        await page.until("document.body.innerText.includes('Event History')", 60)
        await page.run("[...document.querySelectorAll('a')].find(a => a.innerText.includes('User Metadata')).click()")
        await asyncio.sleep(4)
        await _keep(page, "temporal-phone")


async def _keep(page: Tab, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    await asyncio.sleep(0.5)
    await page.picture(IMAGES / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
