"""`hopstop case` against a real Temporal, with a case that stands still where a test wants it."""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console
from temporalio import workflow
from temporalio.client import Client, WorkflowHistory
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cli.case import CaseRow, _table
from cli.case_bundle import flaws, write
from cli.demo_servers import Servers, register_search_attributes
from cli.finding_lines import finding_line
from cli.finding_shape import case_schema
from cli.main import run
from model.approval import Approvers, Click, Verb
from model.case import CaseState, CaseView
from model.confidence import Confidence, Severity
from model.containment_planner import plan_containment
from model.finding import Finding
from model.gate import Gate, judge
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage
from workflows.converter import data_converter
from workflows.signals import decode

AT = datetime(2026, 10, 5, 2, 47, tzinfo=UTC)
CASE = "case:ana:111111111111:0123abcd"
ORIGIN = Identity(
    key="user:111111111111:AIDAANA",
    kind=Kind.USER,
    arn="arn:aws:iam::111111111111:user/ana",
    account="111111111111",
    unique_id="AIDAANA",
    person="ana",
)
HOP = Hop(
    role_arn="arn:aws:iam::222222222222:role/ci/deploy",
    account="222222222222",
    role_id="AROADEPLOY",
    session_name="ana",
    access_key_id="ASIA1",
    time=AT,
)
LINEAGE = Lineage(origin=ORIGIN, hops=(HOP,))
PLAN = plan_containment([LINEAGE])
FINDING = Finding(
    uid="f" * 32,
    time=AT,
    last_time=AT,
    detected=AT,
    origin=ORIGIN,
    principal=ORIGIN.arn,
    confidence=Confidence.HIGH,
    severity=Severity.CRITICAL,
    detectors=("composite",),
    techniques=("T1078.004",),
    source_accounts=("111111111111",),
    target_accounts=("222222222222",),
    roles=(HOP.role_arn,),
    hops=1,
    records=("r1",),
    message="ana hopped at night",
    playbook="suspend_credentials",
    anomalies=(),
    lineages=(LINEAGE,),
)


@workflow.defn(name="Case")
class StandingCase:
    """Waits for approval for ever; clicks are judged by the real gate."""

    def __init__(self) -> None:
        self.clicks = []

    @workflow.run
    async def run(self) -> None:
        workflow.upsert_search_attributes(
            [
                SearchAttributeKey.for_keyword("CaseState").value_set("waiting"),
                SearchAttributeKey.for_int("CaseSeverity").value_set(5),
                SearchAttributeKey.for_datetime("CaseDeadline").value_set(AT + timedelta(minutes=15)),
            ]
        )
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def view(self) -> CaseView:
        return CaseView(
            id=CASE,
            run="r",
            state=CaseState.WAITING,
            opened=AT,
            finding=FINDING,
            path=LINEAGE.path,
            playbook="suspend_credentials",
            mode="ask",
            plan=PLAN,
            clicks=tuple(self.clicks),
        )

    @workflow.signal
    def click(self, raw: RawValue) -> None:
        gate = Gate(
            run="r",
            card=1,
            plan=PLAN.hash,
            verbs=(Verb.APPROVE, Verb.DENY),
            deadline=None,
            approvers=Approvers(),
            sources=("cli",),
        )
        self.clicks.append(judge(decode(raw, Click), gate, workflow.now()))


@contextlib.asynccontextmanager
async def temporal(folder: Path):
    servers = Servers(folder)
    try:
        address, _ = await servers.temporal()
        client = await Client.connect(address, data_converter=data_converter)
        await register_search_attributes(client)
        yield client, address
    finally:
        await servers.stop()


@contextlib.asynccontextmanager
async def standing_case(folder: Path):
    async with (
        temporal(folder) as (client, address),
        Worker(client, task_queue="q", workflows=[StandingCase], workflow_runner=UnsandboxedWorkflowRunner()),
    ):
        handle = await client.start_workflow(StandingCase.run, id=CASE, task_queue="q")
        await handle.query(StandingCase.view)
        yield handle, address


async def hopstop(address: str, *arguments: str) -> tuple[int, str, str]:
    """The command as a person runs it; its exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        *arguments,
        env={**os.environ, "TEMPORAL_ADDRESS": address},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_case_is_listed_shown_and_approved(tmp_path):
    async with standing_case(tmp_path) as (handle, address):
        code, out, _ = await hopstop(address, "case", "list", "--json")
        (row,) = [json.loads(line) for line in out.splitlines()]
        assert code == 3
        assert (row["id"], row["open"], row["state"], row["severity"]) == (CASE, True, "waiting", 5)

        _, out, _ = await hopstop(address, "case", "list")
        assert f"\n{CASE} " in out

        code, out, _ = await hopstop(address, "case", "show", CASE, "--json")
        assert code == 0
        shown = json.loads(out)
        jsonschema.validate(shown, case_schema())
        assert shown["plan"]["actions"][0]["target"] == PLAN.actions[0].target
        assert shown["finding"]["origin"] == ORIGIN.arn
        assert shown["finding"] == json.loads(json.dumps(finding_line(FINDING)))
        code, out, _ = await hopstop(address, "case", "show", CASE)
        assert "ana hopped at night" in out

        code, _, err = await hopstop(address, "case", "approve", CASE, "--reason", "x", "--plan", "000000")
        assert code == 1
        assert "repeat the first 6 characters" in err

        code, out, err = await hopstop(address, "case", "approve", CASE, "--reason", "seen it", "--json")
        assert (code, out) == (2, "")
        assert f"--plan {PLAN.hash[:6]}" in err

        told = ("--reason", "seen it", "--plan", PLAN.hash[:6])
        code, out, err = await hopstop(address, "case", "approve", CASE, *told, "--json")
        judged = json.loads(out)
        assert code == 0
        assert judged["accepted"]
        assert judged["click"]["source"] == "cli"
        assert judged["click"]["reason"] == "seen it"

        view = await handle.query(StandingCase.view)
        assert [one.accepted for one in view.clicks] == [False, True]


async def test_what_is_not_there_is_one_line_and_exit_1(tmp_path):
    async with temporal(tmp_path) as (_, address):
        code, out, err = await hopstop(address, "case", "show", "case:nobody:1:2")
        assert (code, out) == (1, "")
        assert err == "hopstop: there is no case case:nobody:1:2; hopstop case list names them\n"
        assert await hopstop(address, "case", "list", "--json") == (0, "", "")


def test_a_temporal_that_does_not_answer_is_named(capfd):
    os.environ["TEMPORAL_ADDRESS"] = "127.0.0.1:1"
    try:
        assert run(["case", "list"]) == 1
    finally:
        del os.environ["TEMPORAL_ADDRESS"]
    assert "Temporal at 127.0.0.1:1 does not answer" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["case", "approve", CASE], ["case", "show"], ["case", "nonsense"]])
def test_a_wrong_command_line_is_a_usage_error(arguments, capfd):
    assert run(arguments) == 2
    assert "Usage" in capfd.readouterr().err


def test_the_list_fits_80_columns_and_breaks_no_id():
    rows = [
        CaseRow(
            id=f"case:analytics-runner-{n}:111111111111:0123abc{n}",
            run="r",
            open=True,
            state="not_contained",
            principal="arn:aws:iam::111111111111:user/" + "x" * 60,
            severity=5,
            ticket="SECURITY-12345",
            deadline=AT.isoformat(),
            opened=AT.isoformat(),
        )
        for n in range(3)
    ]
    out = io.StringIO()
    Console(file=out, width=80).print(_table(rows))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert all(any(row.id in line for line in lines) for row in rows)


async def test_a_case_is_exported_and_the_bundle_knows_when_it_is_changed(tmp_path):
    bundle = tmp_path / "evidence"
    async with standing_case(tmp_path) as (handle, address):
        await handle.signal("finding", FINDING)
        told = ("--reason", "seen it", "--plan", PLAN.hash[:6])
        await hopstop(address, "case", "approve", CASE, *told)
        code, out, err = await hopstop(address, "case", "export", CASE, "--out", str(bundle))
        assert (code, out) == (0, "")
        assert "keep this seal elsewhere" in err
        code, _, err = await hopstop(address, "case", "export", CASE, "--out", str(bundle))
        assert code == 1
        assert "is not empty" in err
        history = WorkflowHistory.from_json(CASE, (bundle / "history-case.json").read_text())
        assert len(history.events) > 3
    assert json.loads((bundle / "findings.jsonl").read_text())["uid"] == FINDING.uid
    assert (bundle / "records.txt").read_text() == "r1\n"
    assert json.loads((bundle / "decisions.jsonl").read_text())["accepted"]
    assert "ana hopped at night" in (bundle / "report.md").read_text()
    assert json.loads((bundle / "case.json").read_text())["finding"]["origin"] == ORIGIN.arn
    assert run(["case", "verify", str(bundle)]) == 0


async def test_a_case_without_a_worker_is_exported_all_the_same(tmp_path):
    bundle = tmp_path / "evidence"
    async with temporal(tmp_path) as (client, address):
        await client.start_workflow(
            "Case", id=CASE, task_queue="q", start_signal="finding", start_signal_args=[FINDING]
        )
        code, _, err = await hopstop(address, "case", "export", CASE, "--out", str(bundle))
        assert code == 0, err
        assert "no worker answers" in err
    assert json.loads((bundle / "findings.jsonl").read_text())["uid"] == FINDING.uid
    assert flaws(bundle)[1] == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: (b / "records.txt").write_text("r2"), "records.txt was changed"),
        (lambda b: (b / "records.txt").unlink(), "records.txt is missing"),
        (lambda b: (b / "more.txt").write_text(""), "more.txt was added"),
        (lambda b: reseal(b, "records.txt"), "the chain of checksums is broken"),
        (lambda b: (b / "manifest.json").write_text("{}"), "not one of hopstop's"),
        (lambda b: (b / "manifest.json").unlink(), "holds no manifest.json"),
    ],
)
def test_whatever_is_changed_in_a_bundle_is_seen(tmp_path, capfd, change, said):
    write(tmp_path / "b", CASE, "r", "now", {"report.md": "x", "records.txt": "r1"})
    change(tmp_path / "b")
    assert run(["case", "verify", str(tmp_path / "b")]) == 1
    assert said in capfd.readouterr().err


def reseal(bundle, name):
    """Change a file and its checksum, as somebody would who knows only that much."""
    (bundle / name).write_text("r2")
    manifest = json.loads((bundle / "manifest.json").read_text())
    for known in manifest["files"]:
        if known["name"] == name:
            known["sha256"] = hashlib.sha256(b"r2").hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))
