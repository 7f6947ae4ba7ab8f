"""`hopstop tune`: thresholds for an alert budget, found on history and judged by the judge itself."""

import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.backtest import organization_of, told
from cli.finding_panels import console
from cli.moments import moment
from cli.output import data, talk
from cli.tune_labels import attacks_of
from cli.tune_replay import Replay, Setting
from cli.tune_words import Tuned, fields, show
from cli.tune_write import diff, edited, inline, write
from config import load
from detectors.tuning import Outcome, search
from integrations.trail_files import read_paths
from model.errors import Malformed
from model.exemption import expired
from model.thresholds import Thresholds

HELP = (
    "Find the thresholds whose medium and high findings stay within a budget a week, on history.\n\n"
    "Each try judges the same records with the judge that watches. Only the thresholds that docs/detectors.md lists"
    " under Tuning are moved, between the values that stand there: floors, what is high, maturity and the composite"
    " are not."
    " Nothing is changed without --write. Exits 1 where no such thresholds reach the budget."
)


def tune(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="File, directory, glob or - (stdin).")],
    alerts_per_week: Annotated[float, typer.Option(min=0, help="Medium and high findings a week at most.")],
    learn_until: Annotated[
        str, typer.Option(metavar="TIME", help="Records before this time (RFC 3339) only teach.")
    ] = "",
    organization: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="The organisation, TOML or JSON.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Labelled attacks: say which ones would be lost."),
    ] = None,
    tries: Annotated[int, typer.Option(min=1, max=500, help="How many settings are judged at most.")] = 60,
    save: Annotated[bool, typer.Option("--write", help="Put the thresholds into hopstop.toml.")] = False,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Draw the trade-off (.png, .svg or .pdf).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find thresholds for an alert budget."""
    settings = load()
    file = _writable(settings.environment.hopstop_config, save)
    for line in expired(settings.file.exceptions, datetime.now(UTC)):
        talk(line)
    described = settings.organization if organization is None else organization_of(organization)
    until = moment(learn_until) if learn_until else None
    setting = Setting(described, settings.file.exceptions, until, attacks_of(labels) if labels else {})
    with closing(Replay(told(read_paths(paths)), setting, settings.file.thresholds)) as replay:
        tuned = _tuned(replay, setting, settings.file.thresholds, alerts_per_week, tries)
    changes = {name: new for name, (_, new) in tuned.changes.items()}
    old = "" if file is None else file.read_text("utf-8-sig")
    new = edited(old, changes)
    _print(tuned, diff(old, new, file.name if file else "hopstop.toml"), picture, as_json)
    if not tuned.reached:
        raise typer.Exit(1)
    if save and file is not None and changes:
        write(file, new)
        talk(f"written to {file}: {inline(changes)}; restart the worker to use it")


def _writable(config: str, save: bool) -> Path | None:
    """The hopstop.toml that is tuned; None where there is none, and nothing is to be written."""
    if save and not config:
        raise Malformed("--write: HOPSTOP_CONFIG names no file; name the hopstop.toml that is to be changed")
    return Path(config) if config else None


def _tuned(replay: Replay, setting: Setting, start: Thresholds, budget: float, tries: int) -> Tuned:
    if not replay.judged:
        raise Malformed("no CloudTrail records to judge in these paths: name others, or an earlier --learn-until")
    count = 0

    def judged(thresholds: Thresholds) -> Outcome:
        nonlocal count
        outcome, count = replay.outcome(thresholds), count + 1
        talk(f"try {count} of at most {tries}, {replay.judged:,} records judged: {outcome.a_week:.1f} alerts a week")
        return outcome

    path = search(judged, start, budget, tries)
    return Tuned(path, budget, replay.weeks, frozenset(setting.attacks), replay.findings(path[-1].thresholds))


def _print(tuned: Tuned, changed: str, picture: Path | None, as_json: bool) -> None:
    if picture is not None:
        from cli.tune_picture import draw  # noqa: PLC0415 - only who asks for a picture waits for matplotlib

        draw(tuned, picture)
    if as_json:
        data(json.dumps(fields(tuned, changed)))
        return
    show(tuned, console(sys.stdout))
    data(f"\n{changed or 'nothing to change'}")
