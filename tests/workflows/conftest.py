"""A Temporal that skips time, a worker on it, and the world on paper."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.containment import Containing
from activities.enrichment import ChangeTickets, Deploying, Looking, Staffing
from activities.guarding import Guarding
from activities.people import Asking, Paging, Ticketing
from activities.picturing import Picturing
from activities.reaching import Reaching
from activities.siem import Recording
from activities.surveying import Surveying
from activities.teaching import Teaching
from model.approval import Click, Verb
from model.case import CaseState, CaseView
from model.finding import Finding
from model.organization import organization_from
from model.settings import Approvals, CaseSettings, Guard, Route
from tests.workflows import attack
from tests.workflows.fakes import (
    ANA,
    DANA,
    TEAM,
    PaperArtist,
    PaperConversation,
    PaperDeploys,
    PaperDirectory,
    PaperIam,
    PaperPager,
    PaperRecent,
    PaperSchool,
    PaperScps,
    PaperSiem,
    PaperSnapshots,
    PaperSwitch,
    PaperTickets,
    PaperTrail,
)
from workflows.case import CaseWorkflow
from workflows.converter import data_converter
from workflows.failures import FailureInterceptor
from workflows.lease import LeaseWorkflow
from workflows.page import SEARCH_ATTRIBUTES
from workflows.runner import RUNNER

SETTINGS = CaseSettings(
    routes=(
        Route(detectors=("composite",), playbook="suspend_credentials", mode="ask", patience_s=900),
        Route(playbook="record_only"),
    ),
    approvals=Approvals(sources=("slack", "cli", "ui"), users=(DANA,), people={"ana": ANA}),
    guard=Guard(),
    accounts=("111111111111", "222222222222", "333333333333"),
    systems=("slack", "pagerduty", "jira", "siem"),
)


ORGANIZATION = organization_from(
    {"accounts": {account: {"name": f"prod-{account[:1]}"} for account in ("444444444444", "555555555555")}}
)


async def register(client: Client) -> None:
    """The search attributes that cases need."""
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=client.namespace,
            search_attributes={key.name: key.indexed_value_type for key in SEARCH_ATTRIBUTES},
        )
    )


@dataclass
class World:
    """A worker's whole world, and one case in it."""

    env: WorkflowEnvironment
    queue: str
    iam: PaperIam = field(default_factory=attack.iam)
    scps: PaperScps = field(default_factory=PaperScps)
    slack: PaperConversation = field(default_factory=PaperConversation)
    pager: PaperPager = field(default_factory=PaperPager)
    tickets: PaperTickets = field(default_factory=PaperTickets)
    trail: PaperTrail = field(default_factory=PaperTrail)
    switch: PaperSwitch = field(default_factory=PaperSwitch)
    school: PaperSchool = field(default_factory=PaperSchool)
    siem: PaperSiem = field(default_factory=PaperSiem)
    artist: PaperArtist = field(default_factory=PaperArtist)
    deploys: PaperDeploys = field(default_factory=PaperDeploys)
    snapshots: PaperSnapshots = field(default_factory=PaperSnapshots)

    def activities(self) -> list[Callable[..., object]]:
        containing = Containing(self.iam, self.switch, self.scps)
        looking, surveying = Looking(self.trail, PaperRecent()), Surveying(self.iam, PaperRecent())
        staffing = Staffing(PaperDirectory(), PaperDirectory())
        asking, paging, ticketing = Asking(self.slack, PaperDirectory()), Paging(self.pager), Ticketing(self.tickets)
        return [
            containing.active_keys, containing.contain, containing.read_back, containing.lift,
            looking.session, looking.others, looking.use, surveying.survey,
            staffing.on_call, staffing.changes,
            asking.post, asking.ask_person, asking.update, asking.reply, asking.whisper, asking.approvers,
            Picturing(self.slack, self.artist).show,
            paging.page, paging.resolve, ticketing.open, ticketing.update, ticketing.link, Teaching(self.school).take,
            ChangeTickets(self.tickets).changes, Deploying(self.deploys).deploys,
            Recording(self.siem).send, Reaching(self.snapshots, ORGANIZATION).reach,
            Guarding(self.switch).reserve,
        ]  # fmt: skip

    async def open(self, finding: Finding, settings: CaseSettings = SETTINGS) -> "Case":
        handle = await self.env.client.start_workflow(
            "Case",
            settings,
            id=f"case:ana:111111111111:{uuid4().hex[:8]}",
            task_queue=self.queue,
            start_signal="finding",
            start_signal_args=[finding],
        )
        return Case(handle, self.env, self.slack)


@dataclass
class Case:
    """One case, and how a test talks to it."""

    handle: WorkflowHandle[object, object]
    env: WorkflowEnvironment
    slack: PaperConversation

    async def shown(self, state: CaseState) -> CaseView:
        """The view once the case is in the state and its message says so."""
        view = await self.until(state)
        for _ in range(400):
            if self.slack.cards and self.slack.cards[-1].version == view.card_version:
                return view
            await self.pass_time(timedelta(milliseconds=50))
            view = await self.view()
        raise AssertionError(f"the message never showed {state}")

    async def pass_time(self, span: timedelta) -> None:
        """Let time pass: skipped where it can be, in short where it cannot."""
        if self.env.supports_time_skipping:
            await self.env.sleep(span)
        else:
            await asyncio.sleep(min(span.total_seconds(), 0.05))

    async def until_true(self, holds: Callable[[], bool]) -> None:
        """Wait until something outside has happened."""
        for _ in range(400):
            if holds():
                return
            await self.pass_time(timedelta(milliseconds=250))
        raise AssertionError("it never happened")

    async def until_said(self, words: str) -> CaseView:
        """The view once its story holds these words."""
        for _ in range(400):
            view = await self.view()
            if any(words in line.text for line in view.log):
                return view
            await self.pass_time(timedelta(milliseconds=250))
        raise AssertionError(f"it never said {words}")

    async def view(self) -> CaseView:
        return await self.handle.query("view", result_type=CaseView)

    async def until(self, *states: CaseState, tries: int = 900) -> CaseView:
        """The view once the case is in one of the states; time moves a little at every look."""
        for number in range(tries):
            view = await self.view()
            if view.state in states:
                return await self._surveyed(view)
            await self.pass_time(timedelta(seconds=2 if number > 60 else 0.25))
        raise AssertionError(f"{view.state}, never {states}:\n" + "\n".join(line.text for line in view.log))

    async def _surveyed(self, view: CaseView) -> CaseView:
        """The view once the plan knows what IAM says: a machine under load may show the question before."""
        for _ in range(200):
            # Not the handle's own description: the SDK cannot read an unset time as the time-skipping server tells it.
            client, execution = self.env.client, WorkflowExecution(workflow_id=self.handle.id)
            described = await client.workflow_service.describe_workflow_execution(
                DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
            )
            pending = {one.activity_type.name for one in described.pending_activities}
            if "AWS: read principal for the plan" not in pending:
                return view
            await asyncio.sleep(0.05)
            view = await self.view()
        raise AssertionError("IAM never answered")

    async def click(self, wish: Verb, user: str = DANA, view: CaseView | None = None, **changes: object) -> CaseView:
        """Click as somebody who sees the case as it is now."""
        seen = view or await self.view()
        click = Click(
            id=uuid4().hex, source="slack", verb=wish, user=user, team=TEAM, card=seen.card_version,
            plan=seen.plan.hash if seen.plan else None, run=seen.run, channel="C0SEC",
        ).model_copy(update=changes)  # fmt: skip
        await self.handle.signal("click", click)
        return await self.view()


def executable(name: str) -> str | None:
    """The server that the environment ships; the SDK fetches one where it does not."""
    path = Path(sys.executable).parent / name
    return str(path) if path.exists() else None


@contextlib.asynccontextmanager
async def inhabited(env: WorkflowEnvironment) -> AsyncIterator[World]:
    """A world with a worker that serves it."""
    made = World(env, queue=uuid4().hex)
    with ThreadPoolExecutor(8) as threads:
        async with Worker(
            env.client,
            task_queue=made.queue,
            workflows=[CaseWorkflow, LeaseWorkflow],
            activities=made.activities(),
            activity_executor=threads,
            workflow_runner=RUNNER,
            interceptors=[FailureInterceptor()],
            workflow_failure_exception_types=[Exception],
        ):
            yield made


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Time is skipped."""
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=executable("temporal-test-server")
    ) as env:
        await register(env.client)
        async with inhabited(env) as made:
            yield made


@pytest.fixture
async def lasting_world() -> AsyncIterator[World]:
    """The real server: time passes as it does. For what the time-skipping one cannot do, such as termination."""
    async with (
        await WorkflowEnvironment.start_local(
            data_converter=data_converter,
            dev_server_existing_path=executable("temporal"),
            search_attributes=SEARCH_ATTRIBUTES,
            dev_server_extra_args=["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"'],
        ) as env,
        inhabited(env) as made,
    ):
        yield made
