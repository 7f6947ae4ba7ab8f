"""`hopstop demo`: the first minute. Everything is real but the vendors' clouds, and those are played here."""

import asyncio
import contextlib
import importlib.util
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from temporalio.client import Client

import config
import worker
from cli import demo_aws, demo_settings
from cli.demo_learning import learn
from cli.demo_organization import DAYS, night_zone
from cli.demo_play import Play, play
from cli.demo_report import Outcome, Report, named
from cli.demo_servers import Servers, StepFailed, register_search_attributes
from cli.demo_snapshot import keep_snapshot
from cli.output import data
from model.approval import Verb
from model.errors import HopstopError, Unavailable
from standins.jira import JiraStandIn
from standins.pagerduty import PagerDutyStandIn
from standins.pagerduty_state import ChangeEvent, OnCallEntry
from standins.slack import APP_TOKEN, BOT_TOKEN, SlackChannel, SlackStandIn, SlackUser

DANA = SlackUser("U0DANA", "dana", "Dana Reyes", "dana@example.com")
OLAF = SlackUser("U0OLAF", "olaf", "Olaf Berg", "olaf@example.com")
ANA = SlackUser("U0ANA", "ana", "Ana Lind", "ana@example.com")
CHANNEL = SlackChannel("C0SECURITY", "security", "hopstop asks here")
PROJECT = "SEC"
INTERRUPTED = 130
APPROVE = f"case:{Verb.APPROVE}"


def run_demo(auto: bool, as_json: bool) -> int:
    """Play the demo to its end; the exit code: 0 when contained, 130 when it was interrupted before its outcome."""
    return asyncio.run(_until_the_end(Report(), auto, as_json))


async def _until_the_end(report: Report, auto: bool, as_json: bool) -> int:
    """Play it, and clean up whatever happens: on Ctrl-C and SIGTERM too, which cancel this task."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    outcome: Outcome | None = None
    try:
        async with _world(report) as world:
            with named("the play"):
                outcome = await play(world, auto)
            if as_json:
                data(outcome.model_dump_json())
            if not auto:
                report.say("\nEverything stays up to look around. Ctrl-C ends it.")
                await asyncio.Event().wait()
    except HopstopError as error:
        report.failed(f"hopstop demo: {error}", error.log if isinstance(error, StepFailed) else "")
    except asyncio.CancelledError:
        report.say("Stopped; nothing is left behind")
        if outcome is None:
            return _without_outcome(as_json, INTERRUPTED)
    if outcome is None:
        return _without_outcome(as_json, 1)
    return 0 if outcome.outcome == "contained" else 1


def _without_outcome(as_json: bool, code: int) -> int:
    if as_json:
        data(Outcome(outcome="failed").model_dump_json())
    return code


@dataclass(frozen=True)
class _Vendors:
    slack: SlackStandIn
    pagerduty: PagerDutyStandIn
    jira: JiraStandIn

    def environment(self) -> dict[str, str]:
        """Where the worker finds them."""
        return {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": self.slack.api_url,
            "HOPSTOP_SLACK_CHANNEL": CHANNEL.id,
            "PAGERDUTY_API_KEY": self.pagerduty.token,
            "PAGERDUTY_ROUTING_KEY": self.pagerduty.routing_key,
            "PAGERDUTY_API_URL": self.pagerduty.api_url,
            "PAGERDUTY_EVENTS_URL": self.pagerduty.events_url,
            "JIRA_URL": self.jira.url,
            "JIRA_USER": "hopstop@example.com",
            "JIRA_TOKEN": self.jira.token,
            "HOPSTOP_JIRA_PROJECT": PROJECT,
        }

    async def approve(self) -> bool:
        """Press Revoke sessions as Dana, as a browser would; false where there is no such button now."""
        for message in reversed(self.slack.messages(CHANNEL.id)):
            with contextlib.suppress(KeyError):
                pressed = await self.slack.click(CHANNEL.id, message.ts, APPROVE, DANA.id)
                return pressed.acknowledged
        return False

    async def listens(self) -> bool:
        """Whether the worker is connected to Slack."""
        return bool(self.slack.socket.connections)

    def pages(self) -> tuple[tuple[str, str], ...]:
        """Their own pages, for a browser."""
        pages = (("Slack", self.slack.page_url), ("Jira", self.jira.url), ("PagerDuty", self.pagerduty.url))
        return tuple((name, f"{url.rstrip('/')}/") for name, url in pages)


@contextlib.asynccontextmanager
async def _world(report: Report) -> AsyncIterator[Play]:
    """Start everything and learn; stop everything at the end."""
    demo_settings.leave_the_real_world()
    now = datetime.now(UTC)
    zone = night_zone(now)
    async with contextlib.AsyncExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="hopstop-demo-")))
        servers = Servers(folder)
        with report.step("Temporal, an AWS that enforces IAM, Slack, PagerDuty and Jira: all on this machine"):
            vendors = await _vendors(running, now)
            running.push_async_callback(servers.stop)
            (address, temporal_ui), aws = await asyncio.gather(_temporal(servers), servers.aws())
        with report.step("four accounts: tools, shared, production, and security, where hopstop lives"):
            stage = await asyncio.to_thread(demo_aws.set_up, aws)
            await asyncio.to_thread(keep_snapshot, stage, folder / demo_settings.SNAPSHOT)
        people = demo_settings.People(CHANNEL.id, vendors.slack.workspace.app.team_id, DANA.id, ANA.id)
        demo_settings.write_file(folder / "hopstop.toml", stage, people, zone, temporal_ui)
        environment = {
            **demo_settings.aws_environment(stage, aws),
            **vendors.environment(),
            "HOPSTOP_CONFIG": str(folder / "hopstop.toml"),
            "HOPSTOP_STORE": f"sqlite:///{folder / 'hopstop.db'}",
            "TEMPORAL_ADDRESS": address,
            "TEMPORAL_NAMESPACE": os.environ.get("TEMPORAL_NAMESPACE", "default"),
        }
        settings = config.load(os.environ | environment)
        client = await _client(settings)
        with report.bar(f"{DAYS} days of ordinary traffic", DAYS + 1) as bar:
            learned = await asyncio.to_thread(learn, settings, stage.cast, now, lambda: bar.advance(bar.task_ids[0]))
        report.done(f"{DAYS} days learned: {learned}")
        with report.step("hopstop's worker: it watches the queue, runs cases, listens to Slack"):
            child = await servers.worker(_worker_script(), environment)
            await child.ready(vendors.listens)
        report.say(f"It is {now.astimezone(ZoneInfo(zone)):%H:%M} at night in this organisation ({zone}).")
        world = Play(
            report=report,
            stage=stage,
            client=client,
            check=servers.check,
            approve=vendors.approve,
            pages=vendors.pages(),
            temporal_ui=temporal_ui,
            environment=environment,
            settings=settings.for_cases(),
        )
        try:
            yield world
        except HopstopError as error:
            raise StepFailed(str(error), (error.log if isinstance(error, StepFailed) else "") or child.tail) from error


async def _vendors(running: contextlib.AsyncExitStack, now: datetime) -> _Vendors:
    """Who is on call, and what was deployed tonight: a change that has nothing to do with the attack."""
    on_call = [OnCallEntry(DANA.real_name, DANA.email, start=now - timedelta(hours=6), end=now + timedelta(hours=6))]
    deploy = ChangeEvent("web-shop 2.14 deployed to production", now - timedelta(minutes=50), "deploys")
    slack = await running.enter_async_context(SlackStandIn([DANA, OLAF, ANA], [CHANNEL]))
    pagerduty = await running.enter_async_context(PagerDutyStandIn(on_call, changes=[deploy]))
    jira = await running.enter_async_context(JiraStandIn((PROJECT,)))
    return _Vendors(slack, pagerduty, jira)


async def _temporal(servers: Servers) -> tuple[str, str]:
    """The Temporal that the environment names, or one of our own; its address and its UI's."""
    given = os.environ.get("TEMPORAL_ADDRESS")
    return (given, "") if given else await servers.temporal()


async def _client(settings: config.Settings) -> Client:
    environment = settings.environment
    try:
        client = await worker.connect(environment)
    except RuntimeError:
        raise Unavailable(f"Temporal at {environment.temporal_address} does not answer") from None
    await register_search_attributes(client)
    return client


def _worker_script() -> Path:
    found = importlib.util.find_spec("worker")
    if found is None or found.origin is None:
        raise StepFailed("worker.py is not where hopstop was installed from: run make install")
    return Path(found.origin)
