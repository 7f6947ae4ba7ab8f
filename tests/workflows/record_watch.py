"""Record the history of a watch that falls silent and is heard again: `python -m tests.workflows.record_watch`.

`released.json` beside it is the first release's, and is never recorded anew.
"""

import asyncio
import json

from temporalio.testing import WorkflowEnvironment

from tests.workflows.conftest import executable
from tests.workflows.test_watch import HISTORIES, QUIET, until
from tests.workflows.watch_world import TERMS, watched
from workflows.converter import data_converter
from workflows.watch import WatchInput


async def record() -> None:
    """Write it."""
    async with (
        await WorkflowEnvironment.start_time_skipping(
            data_converter=data_converter, test_server_existing_path=executable("temporal-test-server")
        ) as env,
        watched(env, {"records": 1}, *[QUIET] * 30) as world,
    ):
        handle = await world.start(WatchInput(queue="hopstop", terms=TERMS))
        await until(lambda: len(world.pager.said) == 2)
        history = await handle.fetch_history()
        kept = {"workflow_id": handle.id, **json.loads(history.to_json())}
        (HISTORIES / "silent.json").write_text(json.dumps(kept, separators=(",", ":")) + "\n")
        await handle.terminate()


if __name__ == "__main__":
    asyncio.run(record())
