"""The trust graph as a picture: the worst ways in red, accounts as boxes, the other trust between accounts in grey."""

import shutil
import subprocess
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path as File

from cli.pictures import kind_of
from cli.trust_words import Names
from model.errors import Refused
from model.organization import Organization
from model.text import clean
from model.trust_map import DEVELOPMENT, PRODUCTION, TrustMap
from trust.graph import Step, TrustGraph
from trust.nodes import Kind, Node
from trust.paths import Choke, Path
from trust.web import bits

FREE, HELD, GREY = "#c0392b", "#d68910", "#b0b7be"
MOST_OTHERS = 30
"""Above so many pairs of accounts only the worst ways are drawn: nobody reads a thicket."""
NAMES = Names(Organization())
_DRAWING_S = 120
_LINE, _LINES = 52, 6
"""Characters and lines of what is written at an edge: the whole of an ordinary subject."""
_FILLS = {DEVELOPMENT: "#e8f4ea", PRODUCTION: "#fdecea"}
_MEANT = (
    (FREE, "━▶", "a stranger comes this way, or it asks for nothing"),
    (HELD, "━▶", "it asks for something that not everybody has"),
    (GREY, "─▶", "other trust between two accounts, in one hop"),
    (FREE, "▢", "choke point: every such way to some accounts passes it"),
    ("#d9a7a2", "■", "production"),
    ("#a3cfa9", "■", "development"),
    ("#e6cf85", "■", "not ours"),
)
_LEGEND = (
    '  "what is what" [shape=plaintext, style="", label=<<table border="0" cellborder="0" cellspacing="1">'
    + "".join(
        f'<tr><td><font color="{colour}">{sign}</font></td>'
        f'<td align="left"><font point-size="9">{said}</font></td></tr>'
        for colour, sign, said in _MEANT
    )
    + "</table>>];"
)


def dot_of(graph: TrustGraph, paths: Sequence[Path], chokes: Sequence[Choke]) -> str:
    """The graph in graphviz's language."""
    steps = _steps(paths)
    nodes = {end.name: end for step, _ in steps for end in (step.source, step.target)}
    narrow = {choke.role.name for choke in chokes}
    lines = [
        "digraph trust {",
        '  graph [rankdir=LR, fontname="Helvetica", nodesep=0.25, ranksep=0.9, newrank=true, compound=true];',
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=9, arrowsize=0.7];',
        *_boxes(graph, nodes.values(), narrow),
        *_edges(steps),
        *_others(graph, {node.account for node in nodes.values()}, steps),
        _LEGEND,
        "}",
    ]
    return "\n".join(lines)


def draw(dot: str, file: File) -> None:
    """Let graphviz draw. Raises Refused where it is not there or fails, or the file cannot be written."""
    program = shutil.which("dot")
    if program is None:
        raise Refused("--picture needs graphviz, which is not here: install it, or take --dot to where it is")
    try:
        done = subprocess.run(  # noqa: S603 - found by name, given only our own text
            [program, f"-T{kind_of(file)[1:]}", "-o", str(file)],
            input=dot.encode(),
            capture_output=True,
            timeout=_DRAWING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused("--picture: graphviz takes too long; show fewer ways with --most") from None
    if done.returncode:
        said = clean(done.stderr.decode("utf-8", "replace"), 160)
        raise Refused(f"--picture: {clean(str(file), 200)} could not be drawn ({said})")


def _steps(paths: Sequence[Path]) -> list[tuple[Step, bool]]:
    """Every hop of the ways once, and whether a free way goes over it."""
    found: dict[tuple[str, str], tuple[Step, bool]] = {}
    for path in paths:
        for step in path.steps:
            key = (step.source.name, step.target.name)
            found[key] = (step, path.free or (key in found and found[key][1]))
    return list(found.values())


def _boxes(graph: TrustGraph, nodes: Iterable[Node], narrow: set[str]) -> Iterable[str]:
    """A box for each account, with what of it is on a way."""
    told = TrustMap(graph.organization)
    by_account: dict[str, list[Node]] = {}
    for node in nodes:
        by_account.setdefault(node.account, []).append(node)
    for account, members in sorted(by_account.items()):
        drawn = [f"  {_quoted(node.name)} [{_look(node, narrow)}];" for node in members]
        if not account:
            yield from drawn
            continue
        label = _label(graph, account)
        fill = _FILLS.get(told.environment(account), "#f2f4f6" if account in graph.ours else "#fff7e0")
        yield f"  subgraph {_quoted('cluster_' + account)} {{"
        yield f'    label={_quoted(label)}; style="rounded,filled"; color="#c8ced4"; fillcolor="{fill}"; fontsize=11;'
        yield from (f"  {line}" for line in drawn)
        yield f"    {_quoted(_inside(account))} [shape=point, style=invis, width=0, height=0];"
        yield f"    {{ rank=same; {_quoted(_inside(account))}; {_quoted(members[-1].name)}; }}"
        yield "  }"


def _inside(account: str) -> str:
    """A point in an account's box that nobody sees: what is of the whole account begins and ends at the box."""
    return f"in {account}"


def _label(graph: TrustGraph, account: str) -> str:
    said = Names(graph.organization).account(account)
    return said if account in said else f"{said} {account}"


def _look(node: Node, narrow: set[str]) -> str:
    short = NAMES.of(node if node.kind in (Kind.ANYONE, Kind.ACCOUNT) else node._replace(account=""))
    look = [f"label={_quoted(short)}"]
    if node.name in narrow:
        look += ["penwidth=2.5", f'color="{FREE}"']
    if node.kind is not Kind.ROLE:
        look.append("shape=ellipse" if node.kind is Kind.USER else 'style="filled,dashed"')
    return ", ".join(look)


def _edges(steps: Iterable[tuple[Step, bool]]) -> Iterable[str]:
    for step, free in steps:
        colour = FREE if free else HELD
        said = _asked(step.conditions)
        label = f", label={said}, fontcolor={_quoted(colour)}" if said else ""
        ends = f"{_quoted(step.source.name)} -> {_quoted(step.target.name)}"
        yield f'  {ends} [color="{colour}", penwidth=2{label}];'


def _asked(conditions: Sequence[str]) -> str:
    """What has to hold, in lines, quoted; of a token's claim the issuer stands at the edge's begin already."""
    lines: list[str] = []
    for each in conditions:
        operator, _, rest = clean(each, 300).partition(" ")
        key, _, values = rest.partition(" ")
        short = key if key.startswith(("aws:", "sts:")) else key.rsplit(":", 1)[-1]
        words = f"{operator} {short} {values}" if values else clean(each, 300)
        lines += textwrap.wrap(words, _LINE, subsequent_indent="  ", break_on_hyphens=False)
    lines = [*lines[: _LINES - 1], "…"] if len(lines) > _LINES else lines
    return '"' + "\\n".join(_quoted(line)[1:-1] for line in lines) + '"' if lines else ""


def _others(graph: TrustGraph, boxed: set[str], steps: Sequence[tuple[Step, bool]]) -> Iterable[str]:
    """The other trust between accounts, from box to box, where it is little enough to read."""
    drawn = {(step.source.account, step.target.account) for step, _ in steps}
    pairs = [pair for pair in _pairs(graph) if pair not in drawn]
    if len(pairs) > MOST_OTHERS:
        yield f'  label="{len(pairs)} more pairs of accounts that trust each other are left out"; fontsize=10;'
        return
    for account in dict.fromkeys(each for pair in pairs for each in pair if each not in boxed):
        label = _quoted(_label(graph, account))
        yield f'  {_quoted(account)} [label={label}, style="filled", fillcolor="#f2f4f6"];'
    for source, target in pairs:
        ends = " -> ".join(_quoted(_inside(each) if each in boxed else each) for each in (source, target))
        sides = (("ltail", source), ("lhead", target))
        clipped = "".join(f", {side}={_quoted('cluster_' + each)}" for side, each in sides if each in boxed)
        yield f'  {ends} [color="{GREY}"{clipped}];'


def _pairs(graph: TrustGraph) -> list[tuple[str, str]]:
    """Accounts, and those that somebody of them comes to in one hop."""
    held: dict[str, int] = {}
    for node, found in zip(graph.nodes.all, graph.within(1), strict=False):
        if node.account:
            held[node.account] = held.get(node.account, 0) | found
    return [
        (account, graph.accounts[at])
        for account, found in sorted(held.items())
        for at in bits(found)
        if graph.accounts[at] != account
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', "'").replace("\n", " ") + '"'
