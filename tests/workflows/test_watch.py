"""The watch: its rows, its page, its silence; and that a released one goes on under today's code."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from activities.coverage import Coverage
from model.errors import Refused
from model.watch_plan import Terms
from tests.workflows.conftest import executable
from tests.workflows.watch_world import PAGER, TERMS, WatchWorld, watched
from workflows.converter import data_converter
from workflows.coverage_table import LARGEST, coverage_table
from workflows.runner import RUNNER
from workflows.silence import Signs, silence
from workflows.watch import WatchInput, WatchWorkflow

HISTORIES = Path(__file__).parents[1] / "histories" / "watch"
T0 = datetime(2026, 3, 4, 2, 47, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUIET: dict[str, object] = {"records": 0}


@pytest.fixture
async def env() -> AsyncIterator[WorkflowEnvironment]:
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=executable("temporal-test-server")
    ) as made:
        yield made


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never happened")


async def started(world: WatchWorld, terms: Terms | None = TERMS) -> WorkflowHandle[object, object]:
    return await world.start(WatchInput(queue="hopstop", every_s=5, terms=terms))


async def test_row_follows_row_and_nobody_is_paged_while_records_flow(env: WorkflowEnvironment) -> None:
    async with watched(env) as world:
        handle = await started(world)
        await until(lambda: len(world.consumer.given) > 20)
        await handle.terminate()
    assert world.pager.said == []


async def test_silence_is_paged_once_and_resolved_when_records_flow_again(env: WorkflowEnvironment) -> None:
    async with watched(env, *[QUIET] * 30) as world:
        handle = await started(world)
        await until(lambda: len(world.pager.said) == 2)
        await handle.terminate()
    (key, summary), resolved = world.pager.said
    assert (key, resolved) == ("watch:hopstop", ("watch:hopstop", "resolved"))
    assert summary.startswith("The watch of hopstop is silent: no record was read since ")


async def test_a_watch_that_nobody_carries_out_is_paged_by_the_timer_alone(env: WorkflowEnvironment) -> None:
    # A span that ended a minute ago: the timer is due in a second.
    hasty = TERMS.model_copy(update={"every_s": -59})
    async with watched(env, anybody=False) as world:
        handle = await started(world, hasty)
        await until(lambda: bool(world.pager.said))
        await handle.terminate()
    assert "nobody watches" in world.pager.said[0][1]


async def test_the_canary_s_absence_is_paged_though_records_flow(env: WorkflowEnvironment) -> None:
    sung = TERMS.model_copy(update={"canary": True})
    async with watched(env, *[{"records": 1, "terms": sung}] * 60) as world:
        handle = await started(world)
        await until(lambda: bool(world.pager.said))
        await handle.terminate()
    assert "the canary was not seen since" in world.pager.said[0][1]


async def test_a_pager_that_refuses_does_not_hold_up_the_watch(env: WorkflowEnvironment) -> None:
    async with watched(env, *[QUIET] * 30) as world:
        world.pager.troubles = [Refused("PagerDuty refused the routing key")]
        handle = await started(world)
        await until(lambda: bool(world.pager.said))
        await handle.terminate()
    assert world.pager.said == [("watch:hopstop", "resolved")]


async def test_settings_that_change_reach_a_watch_that_runs(env: WorkflowEnvironment) -> None:
    mute = TERMS.model_copy(update={"pager": "", "every_s": 60})
    async with watched(env, *[{"records": 0, "terms": mute}] * 40) as world:
        handle = await started(world)
        await until(lambda: len(world.consumer.given) > 30)
        await handle.terminate()
    assert [order.span_s for order in world.consumer.orders[:3]] == [5, 60, 60]
    assert world.pager.said == []


def row(minute: int, **changes: object) -> Coverage:
    made = Coverage(since=T0 + minute * MINUTE, until=T0 + (minute + 2) * MINUTE, records=5, read=T0 + minute * MINUTE)
    return made.model_copy(update=changes)


def test_a_gap_between_rows_and_within_a_row_is_a_gap_in_the_table() -> None:
    table = coverage_table("hopstop", (row(0), row(10), row(12, gap_s=31.0)))
    lines = table.splitlines()[4:]
    assert lines[0].startswith("| 03:01:00 |")
    assert "**gap** 31 s" in lines[0]
    assert "**gap**: nobody watched since 02:49:00" in lines[2]
    assert len(lines) == 4


def test_what_is_odd_about_a_row_is_said() -> None:
    counts = {"unparsed": 5, "unbelieved": 3, "quarantined": 1, "missed": 2, "dead_letters": 4}
    odd = row(0, **counts, standby_s=9.0, canary_s=7.5, trouble="store is locked")
    said = coverage_table("hopstop", (odd,)).splitlines()[-1]
    parts = ("5 not readable", "3 not believed", "1 not judged", "2 from log files", "4 in the dead", "stood by 9 s")
    for part in (*parts, "canary 8 s"):
        assert part in said
    assert said.endswith("store is locked |")


def test_a_time_of_another_day_says_its_day() -> None:
    first, *_, last = coverage_table("hopstop", (row(0), row(24 * 60), row(24 * 60 + 2))).splitlines()
    assert "2026-03-05" in first
    assert last.startswith("| 2026-03-04 02:4")


def test_the_page_stays_within_what_temporal_shows() -> None:
    rows = tuple(row(20 * n, trouble="é" * 240, unbelieved=10**9, dead_letters=10**9) for n in range(12))
    assert len(coverage_table("q" * 80, rows, "x" * 200).encode()) <= LARGEST
    assert coverage_table("hopstop", rows).count("**gap**") >= 5


@pytest.mark.parametrize(
    ("signs", "after", "why"),
    [
        ({}, 29, ""),
        ({"row": 29}, 30, "no record was read since 2026-03-04 02:47:00 UTC"),
        ({"row": 29, "read": 20}, 49, ""),
        ({"row": 49, "read": 20}, 50, "no record was read since 2026-03-04 03:07:00 UTC"),
        ({"row": 40, "read": 40, "canary": 5}, 41, "the canary was not seen since 2026-03-04 02:52:00 UTC"),
        ({"read": 29}, 30, "nobody watches: no row since 2026-03-04 02:47:00 UTC"),
    ],
)
def test_when_the_watch_is_silent(signs: dict[str, int], after: int, why: str) -> None:
    made = Signs(**{name: T0 + minute * MINUTE for name, minute in signs.items()}).begun(T0)
    terms = Terms(every_s=120, silent_after_s=1800)
    assert silence(made, terms, T0 + after * MINUTE) == why
    assert silence(made, terms.model_copy(update={"silent_after_s": 0}), T0 + after * MINUTE) == ""


def test_a_canary_is_waited_for_from_the_row_on_that_first_sent_one() -> None:
    sung = TERMS.model_copy(update={"canary": True})
    signs = Signs().begun(T0).after(row(0)).after(row(100, terms=sung))
    assert signs.canary == T0 + 100 * MINUTE
    assert signs.after(row(102, terms=sung, canary=T0 + 103 * MINUTE)).canary == T0 + 103 * MINUTE
    assert signs.after(row(102, terms=TERMS)).canary is None


@pytest.mark.parametrize("name", sorted(path.stem for path in HISTORIES.glob("*.json")))
async def test_a_recorded_watch_goes_on_under_today_s_code(name: str) -> None:
    kept = json.loads((HISTORIES / f"{name}.json").read_text())
    history = WorkflowHistory.from_json(kept.pop("workflow_id"), kept)
    replayer = Replayer(
        workflows=[WatchWorkflow],
        data_converter=data_converter,
        workflow_runner=RUNNER,
        workflow_failure_exception_types=[Exception],
    )
    await replayer.replay_workflow(history)


def test_the_released_form_and_today_s_are_recorded() -> None:
    kept = {path.stem for path in HISTORIES.glob("*.json")}
    assert kept >= {"released", "silent"}
    assert TERMS.pager == PAGER
