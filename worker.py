"""Composition root: reads settings, builds clients, injects them, runs the roles asked for."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from pydantic import SecretStr
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import TLSConfig

from activities.containment import Containing
from activities.enrichment import ChangeTickets, Deploying, Looking, Staffing
from activities.guarding import Guarding, Keeper
from activities.people import Asking, Paging, Ticketing
from activities.picturing import Picturing
from activities.ports import Siem, Store
from activities.reaching import Reaching
from activities.reconciling import Reconciling
from activities.siem import Recording
from activities.surveying import Surveying
from activities.sweeping import Sweeping
from activities.teaching import Teaching
from activities.watching import Watching
from config import Environment, Settings, load
from integrations.aws import AwsClients
from integrations.aws_canary import AwsCanaries
from integrations.aws_deploys import AwsDeploys
from integrations.aws_iam import AwsIam
from integrations.aws_organizations import AwsServiceControls
from integrations.aws_self import AwsSelf
from integrations.aws_sqs import SqsQueue
from integrations.aws_trail import AwsTrail
from integrations.graphviz import Graphviz
from integrations.jira import JiraTickets
from integrations.pagerduty import PagerDutyDirectory, PagerDutyPager
from integrations.s3_logs import S3Logs
from integrations.siem_aws import SiemBus, SiemStream
from integrations.siem_file import SiemFile
from integrations.siem_https import SiemHttps
from integrations.slack import SlackConversation
from integrations.slack_socket import SlackSocket
from integrations.snapshot_files import SnapshotFolder
from integrations.stores import open_store
from integrations.temporal_cases import TemporalCases, deliver
from integrations.temporal_stuck import TemporalOpenCases
from integrations.trust_map_file import TrustMapFile
from model.callers import StoredCallers
from model.errors import HopstopError, Malformed
from model.exemption import expired
from model.organization import ended
from workflows.case import CaseWorkflow
from workflows.converter import data_converter
from workflows.hosting import THREADS, hosted
from workflows.lease import LeaseWorkflow
from workflows.sweep import SweepInput, SweepWorkflow
from workflows.watch import WatchInput, WatchWorkflow

log = logging.getLogger("hopstop")

Role = Literal["watch", "respond", "slack", "all"]
RESPOND = "hopstop-respond"
WATCH = "hopstop-watch"


async def connect(environment: Environment) -> Client:
    """A client of the configured Temporal. Raises what the SDK raises where it cannot be reached."""
    return await Client.connect(
        environment.temporal_address,
        namespace=environment.temporal_namespace,
        api_key=_secret(environment.temporal_api_key) or None,
        tls=_tls(environment),
        data_converter=data_converter,
    )


async def run(settings: Settings, roles: tuple[Role, ...], stop: asyncio.Event) -> None:
    """Run the roles until `stop` is set; what is under way is finished first."""
    if "watch" in roles and not settings.environment.hopstop_queue_url:
        raise Malformed("HOPSTOP_QUEUE_URL is not set; name the queue that the EventBridge rules fill")
    if unfit := settings.unfit():
        raise Malformed(unfit)
    client = await _connected(settings.environment, stop)
    if client is None:
        return
    async with contextlib.AsyncExitStack() as running:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="activity") as threads:
            for role in roles:
                await running.enter_async_context(_ROLES[role](client, settings, threads))
            if "respond" in roles and "watch" not in roles:
                await running.enter_async_context(_sentinel(client, settings, threads))
            log.info("running: %s", ", ".join(roles))
            await stop.wait()
            log.info("stopping")
            await running.aclose()


async def _connected(environment: Environment, stop: asyncio.Event) -> Client | None:
    """Temporal being down delays the start and is said; it never ends it."""
    while not stop.is_set():
        try:
            return await connect(environment)
        except RuntimeError:
            log.warning("Temporal at %s does not answer; trying again", environment.temporal_address)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 2)
    return None


@contextlib.asynccontextmanager
async def _watch(client: Client, settings: Settings, threads: ThreadPoolExecutor) -> AsyncIterator[None]:
    queue = SqsQueue(_aws(settings), settings.environment.hopstop_queue_url)
    cases = TemporalCases(client, asyncio.get_running_loop(), RESPOND, settings.for_cases)
    plan = settings.for_watch(RESPOND)
    now = datetime.now(UTC)
    for line in (*expired(plan.exemptions, now), *ended(settings.organization.trust, now)):
        log.warning("%s", line)
    backlog = _backlog(settings)
    store = _store(settings)
    documents = TrustMapFile(settings.file.trust.map) if settings.file.trust.map else None
    canaries, siem = AwsCanaries(_aws(settings)), _siem(settings)
    watching = Watching(queue, store, cases, plan, _holder(), canaries, backlog, siem, documents)
    worker = hosted(client, WATCH, threads, [WatchWorkflow], [watching.consume])
    async with worker:
        await client.start_workflow(
            WatchWorkflow.run,
            WatchInput(queue=queue.name, every_s=plan.terms.every_s, terms=plan.terms),
            id=f"watch:{queue.name}",
            task_queue=WATCH,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"records of {queue.name} to cases",
        )
        yield
    if backlog is not None:
        backlog.stop()
    await asyncio.to_thread(watching.close)
    await asyncio.to_thread(store.close)


def _backlog(settings: Settings) -> Reconciling | None:
    """The log files, where a bucket is named."""
    reconcile = settings.file.reconcile
    if not reconcile.bucket:
        return None
    logs = S3Logs(_aws(settings), reconcile.bucket, reconcile.prefix)
    return Reconciling(logs, reconcile.hours, reconcile.every_s, tuple(settings.file.organization.accounts))


def _holder() -> str:
    """This run of this process among those that may lead."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@contextlib.asynccontextmanager
async def _sentinel(client: Client, _settings: Settings, threads: ThreadPoolExecutor) -> AsyncIterator[None]:
    """The watch's timers, so that its silence is noticed also where every worker of the role `watch` is gone."""
    async with hosted(client, WATCH, threads, [WatchWorkflow], []):
        yield


@contextlib.asynccontextmanager
async def _respond(client: Client, settings: Settings, threads: ThreadPoolExecutor) -> AsyncIterator[None]:
    stuck = TemporalOpenCases(client, asyncio.get_running_loop())
    sweeping = Sweeping(stuck, pages="pagerduty" in settings.systems)
    activities = [*_response_activities(settings), sweeping.find]
    async with hosted(client, RESPOND, threads, [CaseWorkflow, LeaseWorkflow, SweepWorkflow], activities):
        await client.start_workflow(
            SweepWorkflow.run,
            SweepInput(),
            id="sweep:cases",
            task_queue=RESPOND,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="cases that stand still, and a page for each",
        )
        yield


@contextlib.asynccontextmanager
async def _slack(client: Client, settings: Settings, _threads: ThreadPoolExecutor) -> AsyncIterator[None]:
    environment = settings.environment
    if "slack" not in settings.systems:
        log.info("Slack is not configured: approvals come by CLI or the Temporal UI, where settings allow them")
        yield
        return
    socket = SlackSocket(
        _secret(environment.slack_bot_token),
        _secret(environment.slack_app_token),
        partial(deliver, client),
        environment.slack_api_url,
    )
    await socket.start()
    try:
        yield
    finally:
        await socket.stop()


_ROLES: dict[Role, Callable[[Client, Settings, ThreadPoolExecutor], contextlib.AbstractAsyncContextManager[None]]] = {
    "watch": _watch,
    "respond": _respond,
    "slack": _slack,
}


def _response_activities(settings: Settings) -> list[Callable[..., Any]]:
    clients = _aws(settings)
    store = _store(settings)
    keeper = Keeper(settings, AwsSelf(clients), store)
    iam, callers = AwsIam(clients), StoredCallers(store)
    containing, guarding = Containing(iam, keeper, AwsServiceControls(clients)), Guarding(keeper)
    teaching = Teaching(_store(settings))
    looking = Looking(AwsTrail(clients), callers)
    reaching = Reaching(SnapshotFolder(settings.file.trust.snapshot), settings.file.organization)
    activities: list[Callable[..., Any]] = [
        containing.active_keys,
        containing.contain,
        containing.read_back,
        containing.lift,
        Deploying(AwsDeploys(clients, settings.file.deploys.regions)).deploys,
        looking.session,
        looking.others,
        reaching.reach,
        looking.use,
        Surveying(iam, callers).survey,
        teaching.take,
        guarding.reserve,
    ]
    environment = settings.environment
    if "slack" in settings.systems:
        token = _secret(environment.slack_bot_token)
        conversation = SlackConversation(token, environment.hopstop_slack_channel, environment.slack_api_url)
        asking = Asking(conversation, _directory(settings) if "pagerduty" in settings.systems else None)
        activities += [asking.post, asking.ask_person, asking.update, asking.reply, asking.whisper, asking.approvers]
        activities.append(Picturing(conversation, Graphviz()).show)
    if "pagerduty" in settings.systems:
        activities += _pagerduty(settings)
    if "jira" in settings.systems:
        activities += _jira(settings)
    if siem := _siem(settings):
        activities.append(Recording(siem).send)
    return activities


def _siem(settings: Settings) -> Siem | None:
    """Where findings go for whoever searches."""
    siem = settings.file.siem
    if siem.to == "eventbridge":
        return SiemBus(_aws(settings), siem.bus)
    if siem.to == "firehose":
        return SiemStream(_aws(settings), siem.stream)
    if siem.to == "https":
        token = _secret(settings.environment.hopstop_siem_token)
        return SiemHttps(siem.url, token, siem.scheme, wrapped=siem.wrapped)
    return SiemFile(settings.siem_file) if siem.to == "file" else None


def _directory(settings: Settings) -> PagerDutyDirectory:
    environment, schedules = settings.environment, settings.file.pagerduty.schedules
    return PagerDutyDirectory(_secret(environment.pagerduty_api_key), environment.pagerduty_api_url, schedules)


def _pagerduty(settings: Settings) -> list[Callable[..., Any]]:
    environment, directory = settings.environment, _directory(settings)
    paging = Paging(PagerDutyPager(_secret(environment.pagerduty_routing_key), environment.pagerduty_events_url))
    staffing = Staffing(directory, directory)
    return [staffing.on_call, staffing.changes, paging.page, paging.resolve]


def _jira(settings: Settings) -> list[Callable[..., Any]]:
    environment = settings.environment
    tickets = JiraTickets(
        environment.jira_url,
        environment.jira_user,
        _secret(environment.jira_token),
        environment.hopstop_jira_project,
        settings.file.jira.issue_type,
        api=settings.file.jira.api,
        changes=settings.file.jira.changes,
    )
    ticketing = Ticketing(tickets)
    return [ticketing.open, ticketing.update, ticketing.link, ChangeTickets(tickets).changes]


def _aws(settings: Settings) -> AwsClients:
    return AwsClients(settings.file.containment, who=_work_at_hand)


def _work_at_hand() -> str:
    """The case or lease that an AWS call is made for: the session name that the account's own trail shows."""
    return activity.info().workflow_id or "hopstop" if activity.in_activity() else "hopstop"


def _store(settings: Settings) -> Store:
    return open_store(settings.environment.hopstop_store, _aws(settings))


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _tls(environment: Environment) -> TLSConfig | bool:
    cert, key, ca = environment.temporal_tls_cert, environment.temporal_tls_key, environment.temporal_tls_ca
    if not (cert or ca):
        return environment.temporal_api_key is not None
    try:
        return TLSConfig(
            client_cert=Path(cert).read_bytes() if cert else None,
            client_private_key=Path(key).read_bytes() if key else None,
            server_root_ca_cert=Path(ca).read_bytes() if ca else None,
        )
    except OSError as error:
        raise Malformed(f"TEMPORAL_TLS_*: {error.filename} cannot be read; name readable PEM files") from None


async def serve(role: Role) -> None:
    """Run until SIGINT or SIGTERM. Raises HopstopError where a setting is wrong."""
    settings = load()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(settings, ("watch", "respond", "slack") if role == "all" else (role,), stop)


def main(role: Role = "all") -> int:
    """Run a role to its end; the exit code: 0, or 1 with one line on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        asyncio.run(serve(role))
    except HopstopError as error:
        sys.stderr.write(f"hopstop: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)
