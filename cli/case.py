"""`hopstop case`: look at cases, and decide them where settings let the command line decide."""

import asyncio
import getpass
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

import config
from cli import case_bundle
from cli.case_export import Exported, case_line, fetch
from cli.output import data, talk
from cli.temporal import with_client
from integrations.temporal_cases import deliver
from model.approval import Click, Judged, Verb
from model.case import CaseView
from model.errors import Malformed, NotFound, Unavailable
from model.frozen import Frozen
from model.gate import MIN_HASH
from model.render import story
from model.settings import CaseSettings
from model.text import clean

OPEN_CASES = 3
ANSWER = timedelta(seconds=5)
JUDGED_S = 10.0
# What Temporal or its client says of a query that nobody answered in time.
_NO_WORKER = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.CANCELLED)

app = typer.Typer(help="Look at cases, approve, deny and lift.", no_args_is_help=True)

CaseId = Annotated[str, typer.Argument(metavar="ID", help="The case's id, as `hopstop case list` prints it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Plan = Annotated[
    str | None, typer.Option("--plan", help="The plan's hash that you have read; at least its first 6 characters.")
]


class CaseRow(Frozen):
    """One case as `case list` shows it; what Temporal does not know is None."""

    id: str
    run: str
    open: bool
    state: str | None
    principal: str | None
    severity: int | None
    ticket: str | None
    deadline: str | None
    opened: str


@app.command("list")
def list_cases(
    as_json: AsJson = False,
    all_cases: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
) -> None:
    """List cases, newest first; exit 3 where one is open."""
    rows = with_client(lambda client: _rows(client, all_cases))
    if as_json:
        for row in rows:
            data(row.model_dump_json())
    elif rows:
        Console().print(_table(rows))
    else:
        talk("no open case" if not all_cases else "no case")
    if any(row.open for row in rows):
        raise typer.Exit(OPEN_CASES)


@app.command()
def show(case: CaseId, as_json: AsJson = False) -> None:
    """Show a case: where it stands, its plan and its story."""
    view = with_client(lambda client: _view(client, case))
    if as_json:
        data(json.dumps(case_line(view)))
        return
    for line in story(view, config.load().for_cases()):
        data(line)


@app.command()
def export(
    case: CaseId,
    out: Annotated[Path, typer.Option("--out", help="A folder that is not there yet, or empty.", file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Export a case as evidence: histories, findings, records' ids, clicks, decisions, a report, chained checksums.

    Each history-*.json opens in the Temporal UI (Import). hopstop case verify DIR says whether anything was changed.
    """
    settings = config.load().for_cases()
    found = with_client(lambda client: _exported(client, case, settings))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = case_bundle.write(out, case, found.run, now, found.files)
    if as_json:
        data(manifest.model_dump_json())
    else:
        talk(f"{len(manifest.files)} files in {clean(str(out), 200)}; keep this seal elsewhere: {manifest.seal}")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `hopstop case export` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Verify an exported bundle: exit 1 where a file was changed, added or is missing."""
    manifest, wrong = case_bundle.flaws(folder)
    if as_json:
        data(json.dumps({"ok": not wrong, "seal": manifest.seal, "flaws": wrong}))
    else:
        for line in wrong:
            talk(line)
        talk(f"not as it was sealed: {len(wrong)} flaws" if wrong else f"whole: the seal is {manifest.seal}")
    if wrong:
        raise typer.Exit(1)


async def _exported(client: Client, case: str, settings: CaseSettings) -> Exported:
    try:
        view = await _view(client, case)
    except Unavailable as error:
        talk(f"{error}; exported without what only a worker knows")
        view = None
    return await fetch(client, case, view, settings)


@app.command()
def approve(
    case: CaseId,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    plan: Plan = None,
    as_json: AsJson = False,
) -> None:
    """Approve a case's containment plan."""
    _wish(case, Verb.APPROVE, reason, plan, as_json)


@app.command()
def deny(
    case: CaseId,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    plan: Plan = None,
    as_json: AsJson = False,
) -> None:
    """Deny it: nothing is changed, and the case closes."""
    _wish(case, Verb.DENY, reason, plan, as_json)


@app.command()
def lift(
    case: CaseId,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    plan: Plan = None,
    keys: Annotated[bool, typer.Option("--keys", help="Turn the access keys on again that were turned off.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lift a containment: remove exactly what hopstop added. Access keys stay inactive without --keys."""
    _wish(case, Verb.LIFT, reason, plan, as_json, keys=keys)


def _wish(case: str, verb: Verb, reason: str, plan: str | None, as_json: bool, *, keys: bool = False) -> None:
    judged = with_client(lambda client: _judged(client, case, verb, reason, plan, keys))
    if as_json:
        data(judged.model_dump_json())
    else:
        talk(f"{verb} {'accepted' if judged.accepted else f'refused: {judged.why}'}")
    if not judged.accepted:
        raise typer.Exit(1)


async def _judged(client: Client, case: str, verb: Verb, reason: str, plan: str | None, keys: bool) -> Judged:
    """Send the wish, and wait for what the case made of it; the case alone judges."""
    if plan is None and verb is not Verb.DENY:
        _ask_for_the_plan(await _view(client, case), verb)
    click = Click(
        id=str(uuid.uuid4()),
        source="cli",
        verb=verb,
        user=clean(getpass.getuser(), 40),
        plan=plan,
        reason=clean(reason, 200),
        keys=keys,
    )
    await deliver(client, case, click)
    try:
        async with asyncio.timeout(JUDGED_S):
            while True:
                view = await _view(client, case)
                if answer := next((one for one in view.clicks if one.click.id == click.id), None):
                    return answer
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Unavailable(
            "Temporal has the wish; the case has not judged it yet: look with hopstop case show"
        ) from None


def _ask_for_the_plan(view: CaseView, verb: Verb) -> None:
    """Nobody decides on a plan that they see only afterwards: show it, and how to say that it is the one."""
    if view.plan is None:
        return
    talk(f"plan {view.plan.hash}:")
    for action in view.plan.actions:
        talk(f"  {action.effect}")
    again = f'hopstop case {verb} {view.id} --plan {view.plan.hash[:MIN_HASH]} --reason "…"'
    talk(f"Nothing was sent. If that is what you mean, repeat the plan's hash:\n  {again}")
    raise typer.Exit(2)


async def _view(client: Client, case: str) -> CaseView:
    handle = client.get_workflow_handle(case)
    try:
        return CaseView.model_validate(await handle.query("view", rpc_timeout=ANSWER))
    except ValidationError:
        raise Malformed(f"{clean(case)} is run by another version of hopstop; use the command of that one") from None
    except WorkflowQueryFailedError as error:
        raise NotFound(f"{clean(case)} has no view to show ({clean(str(error), 120)})") from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotFound(f"there is no case {clean(case)}; hopstop case list names them") from None
        if error.status in _NO_WORKER:
            raise Unavailable("no worker answers for this case: start one with hopstop worker") from None
        raise


async def _rows(client: Client, all_cases: bool) -> list[CaseRow]:
    query = "WorkflowType = 'Case'" + ("" if all_cases else " AND ExecutionStatus = 'Running'")
    try:
        return [_row(found) async for found in client.list_workflows(query)]
    except RPCError as error:
        if error.status is not RPCStatusCode.UNIMPLEMENTED:
            raise
        raise Unavailable("this Temporal server cannot list workflows; name the case: hopstop case show ID") from None


def _row(found: WorkflowExecution) -> CaseRow:
    known = {pair.key.name: pair.value for pair in found.typed_search_attributes}
    deadline = known.get("CaseDeadline")
    return CaseRow(
        id=found.id,
        run=found.run_id,
        open=found.status is WorkflowExecutionStatus.RUNNING,
        state=known.get("CaseState"),
        principal=known.get("CasePrincipal"),
        severity=known.get("CaseSeverity"),
        ticket=known.get("CaseTicket"),
        deadline=deadline.isoformat() if deadline else None,
        opened=found.start_time.isoformat(),
    )


def _table(rows: list[CaseRow]) -> Table:
    """At most 80 columns wide where ids are as long as they usually are; an id is never broken: people copy it."""
    table = Table(box=None, pad_edge=False)
    table.add_column("case", no_wrap=True, min_width=max(len(row.id) for row in rows))
    for name in ("state", "decide by", "ticket", "opened"):
        table.add_column(name, overflow="fold")
    for row in rows:
        cells = [row.id, row.state or "unknown", _until(row), row.ticket or "", _short(row.opened)]
        table.add_row(*(clean(cell, 200).replace("[", "(") for cell in cells), style="" if row.open else "dim")
    return table


def _until(row: CaseRow) -> str:
    """By when somebody must have decided; nothing where nobody is asked any more."""
    return _short(row.deadline) if row.deadline and row.open and row.state == "waiting" else ""


def _short(moment: str) -> str:
    """`11-30 02:47`, UTC."""
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%m-%d %H:%M}"
