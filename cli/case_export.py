"""A case as evidence: everything that Temporal knows of it, in files that outlive its retention."""

import json
from collections.abc import Iterator
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from cli.finding_lines import finding_line, stamp
from model.approval import Click
from model.case import CaseView
from model.errors import NotFound
from model.finding import Finding
from model.frozen import Frozen
from model.render import story
from model.settings import CaseSettings
from model.text import clean
from workflows.converter import data_converter

Json = dict[str, Any]


class Exported(Frozen):
    """What was fetched of a case: its run, and the bundle's files by name."""

    run: str
    files: dict[str, str]


async def fetch(client: Client, case: str, view: CaseView | None, settings: CaseSettings) -> Exported:
    """The histories of the case's latest run and of its undos, and what can be read out of them.

    `view` is what a worker answered; without one the report says so, and all else is there.
    """
    history = await _history(client, case)
    findings = list(_signals(history, "finding", Finding))
    clicks = list(_signals(history, "click", Click))
    files = {
        "report.md": _report(case, view, settings),
        "findings.jsonl": _lines(finding_line(finding) for finding in findings),
        "records.txt": "".join(f"{uid}\n" for uid in sorted({uid for one in findings for uid in one.records})),
        "clicks.jsonl": _lines(click.model_dump(mode="json") for click in clicks),
        "decisions.jsonl": _lines(one.model_dump(mode="json") for one in view.clicks) if view else "",
        "case.json": _case(view),
        "history-case.json": history.to_json(),
    }
    for number, lease in enumerate(_children(history), 1):
        files[f"history-undo-{number}.json"] = (await _history(client, lease)).to_json()
    return Exported(run=_run(history), files=files)


def case_line(view: CaseView) -> Json:
    """A case as others build on it: its finding in the shape that `backtest --json` prints."""
    return {**view.model_dump(mode="json"), "finding": finding_line(view.finding)}


async def _history(client: Client, workflow: str) -> WorkflowHistory:
    try:
        return await client.get_workflow_handle(workflow).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotFound(f"Temporal has no {clean(workflow, 120)} (any more: retention)") from None
        raise


def _run(history: WorkflowHistory) -> str:
    started = history.events[0].workflow_execution_started_event_attributes
    return str(started.original_execution_run_id)


def _signals(history: WorkflowHistory, name: str, model: type[Any]) -> Iterator[Any]:
    """Every signal of that name that can be read, in the order of its coming; what cannot is in the history."""
    for event in history.events:
        signal = event.workflow_execution_signaled_event_attributes
        if signal.signal_name == name and signal.input.payloads:
            try:
                yield data_converter.payload_converter.from_payload(signal.input.payloads[0], model)
            except (ValueError, TypeError, RuntimeError):
                continue


def _children(history: WorkflowHistory) -> tuple[str, ...]:
    started = (
        event.child_workflow_execution_started_event_attributes.workflow_execution.workflow_id
        for event in history.events
    )
    return tuple(dict.fromkeys(identity for identity in started if identity))


def _report(case: str, view: CaseView | None, settings: CaseSettings) -> str:
    if view is None:
        return (
            f"# {clean(case, 120)}\n\nNo worker answered when this was exported: the histories beside it are whole.\n"
        )
    opened = f"Opened {stamp(view.opened)}, run `{view.run}`."
    return "\n\n".join([f"# {view.id}", opened, *(line or " " for line in story(view, settings))]) + "\n"


def _case(view: CaseView | None) -> str:
    return json.dumps(case_line(view) if view else None, indent=2) + "\n"


def _lines(values: Iterator[Json]) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)
