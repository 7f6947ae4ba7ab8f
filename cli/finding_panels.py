"""Findings for people: a panel each, the chain as a tree, and a table of what was read."""

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from model.anomaly import Anomaly
from model.confidence import Severity
from model.finding import Finding
from model.label import label
from model.lineage import Lineage
from model.text import clean, role_label

_COLOURS = {Severity.LOW: "dim", Severity.MEDIUM: "yellow", Severity.HIGH: "red", Severity.CRITICAL: "bold red"}
_MOST_CHAINS = 5


def show(findings: Sequence[Finding], anomalies: Sequence[Anomaly], summary: Mapping[str, Any], out: TextIO) -> None:
    """Print all of it."""
    console = Console(file=out, highlight=False)
    for anomaly in sorted(anomalies, key=lambda a: a.time):
        line = f"{anomaly.time:%Y-%m-%d %H:%M:%S}  {anomaly.confidence:<6}  {anomaly.detector:<10}  {anomaly.message}"
        console.print(Text(line), soft_wrap=True)
    for finding in findings:
        console.print(_panel(finding))
    console.print(_summary(summary))


def _panel(finding: Finding) -> Panel:
    colour = _COLOURS[finding.severity]
    head = Text(f"{finding.confidence} confidence, {finding.severity}: {', '.join(finding.detectors)}", style=colour)
    when = Text(f"{finding.time:%Y-%m-%d %H:%M:%S} to {finding.last_time:%Y-%m-%d %H:%M:%S} UTC")
    said = [Text(f"• {anomaly.message}") for anomaly in finding.anomalies[:10]]
    if len(finding.anomalies) > 10:
        said.append(Text(f"and {len(finding.anomalies) - 10} more anomalies"))
    chains: list[Tree | Text] = [_tree(line) for line in finding.lineages[:_MOST_CHAINS] if line.hops]
    if len(finding.lineages) > _MOST_CHAINS:
        chains.append(Text(f"and {len(finding.lineages) - _MOST_CHAINS} more chains"))
    then = Text(f"{', '.join(finding.techniques)}   would run {finding.playbook}   {finding.uid}", style="dim")
    title = Text(clean(finding.origin.person or finding.origin.arn or finding.origin.key, 100))
    return Panel(Group(head, when, *said, *chains, then), title=title, title_align="left", border_style=colour)


def _tree(lineage: Lineage) -> Tree:
    root = Tree(Text(label(lineage.origin)))
    branch = root
    for hop in lineage.hops:
        session = clean(hop.session_name, 40)
        branch = branch.add(Text(f"{role_label(hop.role_arn)} as {session}, {hop.time:%H:%M:%S}"))
    return root


def _summary(summary: Mapping[str, Any]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in summary.items():
        if name == "type":
            continue
        shown = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else f"{value:,}"
        table.add_row(name.replace("_", " "), shown)
    return table
