"""A finding as a picture: its chain, drawn by graphviz where `dot` is there, and the hours of its origin."""

from io import BytesIO
from pathlib import Path
from typing import Any

from cli.finding_hours import Hours
from cli.pictures import kind_of, plotting, save
from integrations.graphviz import Graphviz
from model.chain_graph import graph, name_of
from model.finding import Finding
from model.text import clean

_MOST = 12
_WIDTH, _HOURS = 9.0, 2.6
_BLUE, _RED = "#4f7cac", "#c0392b"


def draw(finding: Finding, hours: Hours | None, file: Path) -> None:
    """Write the picture; what it is follows from the file's ending. Raises Malformed where it cannot be drawn."""
    kind_of(file)
    figures = plotting()
    chains = _drawn(finding)
    height = 2.5 if chains is None else min(6.0, max(1.0, _WIDTH * chains.shape[0] / chains.shape[1]))
    figure = figures.Figure(figsize=(_WIDTH, height + _HOURS), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(height, _HOURS - 0.8))
    who = clean(finding.origin.person or finding.origin.arn or finding.origin.key, 90)
    above.set_title(f"{finding.severity}: {who}, {finding.time:%Y-%m-%d %H:%M} UTC", loc="left", parse_math=False)
    above.axis("off")
    if chains is None:
        above.text(0, 1, _as_text(finding), va="top", family="monospace", fontsize=10, parse_math=False)
    else:
        above.imshow(chains)
    _hours(below, hours)
    save(figure, file)


def _drawn(finding: Finding) -> Any:
    """The chains as rows of pixels; None where there are none, or graphviz draws none."""
    image = Graphviz().draw(graph(finding.lineages)) if finding.lineages else None
    if image is None:
        return None
    from matplotlib.image import imread  # noqa: PLC0415 - it is there: `plotting` looked

    return imread(BytesIO(image), format="png")


def _as_text(finding: Finding) -> str:
    if not finding.lineages:
        return "\n".join(f"→ {clean(role, 100)}" for role in finding.roles[:_MOST]) or "no role was assumed"
    lines: list[str] = []
    for line in finding.lineages[:3]:
        lines.append(clean(line.origin.person or line.origin.arn or line.origin.key, 80))
        for depth, hop in enumerate(line.hops[:_MOST], 1):
            lines.append(
                f"{'   ' * depth}→ {clean(name_of(hop.role_arn), 50)} in {clean(hop.account, 12)}, {hop.time:%H:%M:%S}"
            )
    return "\n".join(lines)


def _hours(axes: Any, hours: Hours | None) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_yticks([])
    axes.set_xticks(range(0, 24, 3), [f"{hour:02}" for hour in range(0, 24, 3)])
    axes.set_xlim(-0.6, 23.6)
    if hours is None:
        axes.set_xlabel("no hours are known of it", parse_math=False)
        return
    axes.bar(range(24), hours.by_hour, color=_BLUE, width=0.8)
    for hour in hours.marked:
        axes.axvspan(hour - 0.5, hour + 0.5, color=_RED, alpha=0.35, lw=0)
    axes.set_xlabel(f"hours of the day ({hours.zone}), usually {hours.usual}; red: this finding", parse_math=False)
