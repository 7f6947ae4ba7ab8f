"""Findings for people: a panel each, with what was odd, its chain as a tree and its hours; and a table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.finding_hours import Hours, hours_text
from model.anomaly import Anomaly
from model.confidence import Confidence, Severity
from model.finding import Finding
from model.label import label
from model.lineage import Hop, Lineage
from model.text import clean, plural, role_label

COLOURS = {Severity.LOW: "cyan", Severity.MEDIUM: "yellow", Severity.HIGH: "red", Severity.CRITICAL: "bold red"}
CONFIDENCES = {Confidence.LOW: "cyan", Confidence.MEDIUM: "yellow", Confidence.HIGH: "red"}
_MOST_CHAINS = 5
_MOST_ANOMALIES = 10
_WIDEST = 120


def console(out: TextIO) -> Console:
    """Where people read: never wider than a line that the eye finds back from."""
    made = Console(file=out, highlight=False)
    made.width = min(made.width, _WIDEST)
    return made


def show(
    findings: Sequence[Finding],
    anomalies: Sequence[Anomaly],
    summary: Mapping[str, Any],
    hours: Callable[[Finding], Hours | None],
    out: TextIO,
) -> None:
    """Print all of it: what somebody would be asked about as a panel, low findings as a line each."""
    place = console(out)
    for anomaly in sorted(anomalies, key=lambda a: a.time):
        line = f"{anomaly.time:%Y-%m-%d %H:%M:%S}  {anomaly.confidence:<6}  {anomaly.detector:<15}  {anomaly.message}"
        place.print(Text(line), soft_wrap=True)
    for finding in findings:
        if finding.confidence is Confidence.LOW:
            place.print(_line(finding), soft_wrap=True)
        else:
            place.print(panel(finding, hours(finding)))
    place.print(_summary(findings, summary))


def panel(finding: Finding, hours: Hours | None) -> Panel:
    """One finding."""
    colour = COLOURS[finding.severity]
    parts: list[RenderableType] = [_head(finding), Text(), *_said(finding.anomalies)]
    parts += [Padding(tree, (1, 0, 0, 0)) for tree in chains(finding.lineages)]
    if hours is not None:
        parts += [Text(), hours_text(hours)]
    parts += [Text(), _foot(finding)]
    title = Text(clean(finding.origin.person or finding.origin.arn or finding.origin.key, 70), style="bold")
    return Panel(Group(*parts), title=title, title_align="left", border_style=colour, padding=(0, 1))


def _line(finding: Finding) -> Text:
    text = Text(f"{finding.time:%Y-%m-%d %H:%M:%S}  ").append("low", style=COLOURS[finding.severity])
    return text.append(f"  {finding.uid[:12]}  ").append_text(worded(finding.message))


def chains(lineages: Sequence[Lineage]) -> list[Tree | Text]:
    """Chains as trees, the first few."""
    shown: list[Tree | Text] = [_tree(line) for line in lineages[:_MOST_CHAINS] if line.hops]
    if len(lineages) > _MOST_CHAINS:
        shown.append(Text(f"and {plural(len(lineages) - _MOST_CHAINS, 'more chain')}"))
    return shown


def _head(finding: Finding) -> Text:
    colour, end = COLOURS[finding.severity], finding.last_time
    head = Text(f"{finding.severity.upper()}", style=colour)
    head.append(f"  {finding.confidence} confidence: {', '.join(finding.detectors)}", style="not bold default")
    until = f"{end:%H:%M:%S}" if end.date() == finding.time.date() else f"{end:%Y-%m-%d %H:%M:%S}"
    lasted = f" to {until}" if end > finding.time else ""
    return head.append(f"\n{finding.time:%Y-%m-%d %H:%M:%S}{lasted} UTC", style="not bold default")


def _said(anomalies: Sequence[Anomaly]) -> Iterable[RenderableType]:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for anomaly in anomalies[:_MOST_ANOMALIES]:
        name = Text(anomaly.detector, style="dim" if anomaly.quiet else CONFIDENCES[anomaly.confidence])
        table.add_row(name, worded(anomaly.message))
    yield table
    if len(anomalies) > _MOST_ANOMALIES:
        yield Text(f"and {len(anomalies) - _MOST_ANOMALIES} more")


def _foot(finding: Finding) -> Text:
    foot = Text(style="dim")
    foot.append(f"{', '.join(finding.techniques)}; would run {finding.playbook}")
    return foot.append(f"\nhopstop explain {finding.uid[:12]}")


def _tree(lineage: Lineage) -> Tree:
    root = Tree(worded(label(lineage.origin)), guide_style="dim")
    branch, before = root, None
    for hop in lineage.hops:
        branch = branch.add(_hop(hop, before))
        before = hop
    return root


def _hop(hop: Hop, before: Hop | None) -> Text:
    waited = f", {(hop.time - before.time).total_seconds():.0f} s later" if before else ""
    source = f", from {clean(hop.source_ip, 45)}" if hop.source_ip else ""
    text = worded(role_label(hop.role_arn))
    return text.append(f"\n{hop.time:%H:%M:%S}{waited}{source}, session {clean(hop.session_name, 40)}", style="dim")


def worded(message: str) -> Text:
    """Words of ours in which strangers' words, between backticks, stand out."""
    text = Text(message)
    text.highlight_regex(r"`[^`]*`", "cyan")
    return text


def _summary(findings: Sequence[Finding], summary: Mapping[str, Any]) -> Table:
    table = Table(show_header=False, box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), title_justify="left")
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_row("findings", _levels(findings))
    fired = {name: count for name, count in summary["anomalies"].items() if count}
    table.add_row("anomalies", ", ".join(f"{name} {count:,}" for name, count in fired.items()) or "none")
    table.add_row(
        "records", f"{summary['records']:,}, {summary['unique']:,} distinct, {summary['unparsed']:,} unreadable"
    )
    denied, services = f"{summary['denied']:,} denied", f"{summary['service_assumptions']:,} by services"
    table.add_row("assumptions", f"{summary['assumptions']:,}, {denied}, {services}")
    table.add_row("identities", f"{summary['identities']:,}")
    table.add_row("seconds", f"{summary['seconds']:,}")
    return table


def _levels(findings: Sequence[Finding]) -> Text:
    """How many of each severity, the worst first."""
    text = Text()
    for severity in reversed(Severity):
        count = sum(finding.severity is severity for finding in findings)
        if count:
            text.append(", " if text else "").append(f"{count} {severity}", style=COLOURS[severity])
    return text or Text("none")
