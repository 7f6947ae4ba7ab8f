"""Intake: always running, continues as new; its page is the record of what was watched and when."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.watching import Coverage, Watching, WatchOrder
from model.frozen import Frozen

ROWS_SHOWN = 12
ROWS_A_RUN = 500
STEADY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))


class WatchInput(Frozen):
    """The queue's name, and how many seconds one coverage row spans. `rows` are the last ones of the run before."""

    queue: str
    every_s: int = 120
    rows: tuple[Coverage, ...] = ()


@workflow.defn(name="Watch")
class WatchWorkflow:
    """Runs the consumer for ever, and writes down what it covered."""

    @workflow.run
    async def run(self, watch: WatchInput) -> None:
        """One coverage row after another; a new run after some hundreds."""
        rows = watch.rows
        for _ in range(ROWS_A_RUN):
            workflow.set_current_details(coverage_table(watch.queue, rows))
            row = await workflow.execute_activity_method(
                Watching.consume,
                WatchOrder(queue=watch.queue, span_s=watch.every_s),
                start_to_close_timeout=timedelta(seconds=watch.every_s + 120),
                heartbeat_timeout=timedelta(seconds=15),
                retry_policy=STEADY,
                summary=f"watch {watch.queue} for {watch.every_s} s"[:60],
            )
            rows = (*rows, row)[-ROWS_SHOWN:]
        workflow.continue_as_new(watch.model_copy(update={"rows": rows}))


def coverage_table(queue: str, rows: tuple[Coverage, ...]) -> str:
    """The last rows as Markdown, newest first."""
    columns = "| until (UTC) | records | unread | assumptions | findings | oldest lag |\n|---|--:|--:|--:|--:|--:|\n"
    return f"Watching `{queue}`.\n\n{columns}" + "\n".join(_row(row) for row in reversed(rows))


def _row(row: Coverage) -> str:
    def clock(at: datetime) -> str:
        return f"{at:%Y-%m-%d %H:%M:%S}"

    numbers = f"{row.records} | {row.unparsed} | {row.assumptions} | {row.findings} | {row.oldest_lag_s:.0f} s"
    return f"| {clock(row.until)} | {numbers} |" + (f" {row.trouble}" if row.trouble else "")
