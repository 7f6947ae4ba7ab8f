"""`hopstop backtest`: days of records through exactly the code that watches, and what it would have found."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cli.baseline_leading import existing
from cli.borrowed import Borrowed
from cli.finding_lines import anomaly_line, finding_line, summary_line
from cli.in_order import Item, Read, by_time
from cli.moments import moment
from cli.output import data, talk
from config import load
from detectors.judge import Judge, JudgedPoll
from integrations.trail_files import read_paths
from model.anomaly import Anomaly
from model.confidence import Confidence
from model.documents import Shelf
from model.errors import Malformed, Misused
from model.exemption import expired
from model.finding import Finding
from model.organization import Organization, read_organization

FOUND = 3
POLL = 2000
SILENT_S = 2.0


@dataclass
class Backtest:
    """What came of a backtest: findings by uid at their final state, new anomalies, the judge with its counts."""

    judge: Judge
    findings: dict[str, Finding] = field(default_factory=dict)
    anomalies: list[Anomaly] = field(default_factory=list)
    by_detector: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def take(self, poll: JudgedPoll, keep_anomalies: bool) -> None:
        """Take one poll's outcome in; a finding that comes again has grown."""
        self.findings.update({finding.uid: finding for finding in poll.findings})
        self.by_detector.update(anomaly.detector for anomaly in poll.anomalies)
        if keep_anomalies:
            self.anomalies += poll.anomalies

    @property
    def in_order(self) -> list[Finding]:
        """The findings, the earliest first."""
        return sorted(self.findings.values(), key=lambda finding: (finding.time, finding.uid))

    @property
    def summary(self) -> dict[str, object]:
        """The summary line."""
        self.by_detector["composite"] = sum("composite" in f.detectors for f in self.findings.values())
        judge = self.judge
        return summary_line(judge.counts, judge.identities, self.by_detector, len(self.findings), self.seconds)


def backtest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="File, directory, glob or - (stdin).")],
    learn_until: Annotated[
        str, typer.Option(metavar="TIME", help="Records before this time (RFC 3339) only teach.")
    ] = "",
    organization: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="The organisation, TOML or JSON.")
    ] = None,
    baseline: Annotated[
        str, typer.Option(metavar="URL", help="Begin from this store's baselines (sqlite:///, dynamodb://); only read.")
    ] = "",
    anomalies: Annotated[bool, typer.Option("--anomalies", help="Print every anomaly too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines, the summary last.")] = False,
) -> None:
    """Replay CloudTrail records and print every finding. Calls nothing; exits 3 when one is medium or high."""
    loaded = load()
    settings = loaded.file
    described = loaded.organization if organization is None else organization_of(organization)
    until = moment(learn_until) if learn_until else None
    past = Borrowed(existing(baseline)) if baseline else Shelf()
    for line in expired(settings.exceptions, datetime.now(UTC)):
        talk(line)
    judge = Judge(settings.thresholds, described, past, exemptions=settings.exceptions, own=loaded.own)
    result = run(told(read_paths(paths)), judge, past, until, keep_anomalies=anomalies)
    if not result.judge.counts.records:
        talk(f"no CloudTrail records in {', '.join(paths)}: name the folder or files that hold them")
    if as_json:
        _print_json(result)
    else:
        _print_text(result, described, settings.thresholds.off_hours.share)
    if any(finding.confidence is not Confidence.LOW for finding in result.findings.values()):
        raise typer.Exit(FOUND)
    if not result.judge.counts.records:
        raise typer.Exit(1)


def run(
    read: Iterable[Read], judge: Judge, past: Shelf, learn_until: float | None, *, keep_anomalies: bool
) -> Backtest:
    """Let a judge that began from `past` judge every record by its time; `learn_until` in seconds since 1970 UTC."""
    began = time.monotonic()
    result = Backtest(judge)
    for poll in _polls(by_time(read)):
        result.take(judge.judge(poll, learn_until), keep_anomalies)
        past.keep(judge.written().documents)
        if judge.crowded:
            judge.let_go()
    result.take(judge.finish(learn_until), keep_anomalies)
    result.seconds = time.monotonic() - began
    return result


def _polls(items: Iterator[Item]) -> Iterator[list[Item]]:
    while poll := list(islice(items, POLL)):
        yield poll


def told(read: Iterable[Read]) -> Iterator[Read]:
    """The same, with a line about how far it is now and then."""
    shown, count = time.monotonic(), 0
    for count, each in enumerate(read, 1):
        if time.monotonic() - shown > SILENT_S:
            shown = time.monotonic()
            talk(f"read {count:,} records, now {each[0]}")
        yield each
    if count > 100_000:
        talk(f"read {count:,} records, judging")


def organization_of(path: Path) -> Organization:
    """The organisation that a file describes. Raises Misused with one line that names the file."""
    try:
        return read_organization(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Misused(f"organization: {path} cannot be read as UTF-8 text: name another file") from None
    except Malformed as error:
        raise Misused(f"{path}: {error}") from None


def _print_json(result: Backtest) -> None:
    for anomaly in sorted(result.anomalies, key=lambda a: a.time):
        data(json.dumps(anomaly_line(anomaly)))
    for finding in result.in_order:
        data(json.dumps(finding_line(finding)))
    data(json.dumps(result.summary))


def _print_text(result: Backtest, organization: Organization, share: float) -> None:
    from cli.finding_hours import Hours, hours_of  # noqa: PLC0415 - rich takes a while, and JSON needs none of it
    from cli.finding_panels import show  # noqa: PLC0415

    def hours(finding: Finding) -> Hours | None:
        times = [anomaly.time for anomaly in finding.anomalies]
        return hours_of(result.judge.baseline(finding.origin.key), times, organization.zone_of(finding.origin), share)

    show(result.in_order, result.anomalies, result.summary, hours, sys.stdout)
