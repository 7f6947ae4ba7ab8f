"""`hopstop config`: is the configuration right, and what may stand in it."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

import config as settings_file
from cli.case import CaseRow
from cli.demo_report import Outcome
from cli.finding_shape import FindingShape, case_schema
from cli.output import data, talk
from cli.slack import RoundTrip
from cli.trust_audit_line import AuditLine
from model.exemption import expired
from model.file import File
from model.frozen import Frozen
from model.organization import ended

app = typer.Typer(help="Check the settings, or print their schema.", no_args_is_help=True)


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False) -> None:
    """Read the environment and hopstop.toml; say what is configured, or the one thing that is wrong."""
    settings = settings_file.load()
    systems = list(settings.systems)
    now = datetime.now(UTC)
    for line in (*expired(settings.file.exceptions, now), *ended(settings.organization.trust, now)):
        talk(line)
    if as_json:
        data(json.dumps({"ok": True, "file": settings.environment.hopstop_config or None, "systems": systems}))
        return
    talk(f"settings are fine: {settings.environment.hopstop_config or 'no hopstop.toml, documented defaults'}")
    talk(f"configured: {', '.join(systems) or 'no Slack, PagerDuty or Jira'}")


@app.command()
def schema() -> None:
    """Print JSON schemas: of hopstop.toml, and of what the commands print."""
    from cli.playbook_plan import PlanLine  # noqa: PLC0415 - the AWS library takes a while
    from cli.playbook_words import PlaybookLine, PlaybookShown  # noqa: PLC0415

    shapes: dict[str, type[Frozen]] = {
        "hopstop.toml": File,
        "case list": CaseRow,
        "finding": FindingShape,
    }
    shapes |= {"finding": FindingShape, "demo": Outcome, "slack test": RoundTrip, "trust audit": AuditLine}
    shapes |= {"playbook list": PlaybookLine, "playbook show": PlaybookShown, "playbook plan": PlanLine}
    schemas = {name: shape.model_json_schema(by_alias=True) for name, shape in shapes.items()}
    data(json.dumps({**schemas, "case": case_schema()}, indent=2))
