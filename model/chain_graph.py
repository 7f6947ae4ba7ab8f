"""Chains in graphviz's language, and in words for whoever does not see the picture. Pure."""

from collections.abc import Sequence
from typing import Literal

from model.lineage import Hop, Lineage
from model.text import clean

MOST = 12
"""Chains, and hops of each, that are drawn."""

Direction = Literal["LR", "TB"]

_GREY = "#59636e"


def graph(lineages: Sequence[Lineage], direction: Direction = "LR") -> str:
    """A node for each session, an arrow for each hop; TB goes down, so that a phone shows it readable."""
    lines = ["digraph {", f'rankdir={direction}; node [shape=box style=rounded fontname="sans-serif" fontsize=11]']
    lines.append(f'edge [fontname="sans-serif" fontsize=9 color="{_GREY}" fontcolor="{_GREY}"]')
    seen: dict[str, str] = {}
    for line in lineages[:MOST]:
        before = _node(seen, lines, line.origin.key, [_origin(line)])
        for hop in line.hops[:MOST]:
            place = f"{hop.session} {hop.access_key_id}"
            known = place in seen
            here = _node(seen, lines, place, [name_of(hop.role_arn), hop.account])
            if not known:
                lines.append(f'{before} -> {here} [label="{hop.time:%H:%M:%S}"]')
            before = here
    return "\n".join((*lines, "}"))


def in_words(lineages: Sequence[Lineage]) -> str:
    """The longest chain as one line of plain text, at most 900 characters."""
    line = max(lineages, key=lambda one: len(one.hops))
    return clean(" → ".join((clean(_origin(line), 60), *map(_step, line.hops[:MOST]))), 900)


def name_of(arn: str) -> str:
    """What stands last in an ARN."""
    return arn.rsplit("/", 1)[-1]


def _step(hop: Hop) -> str:
    return f"{clean(name_of(hop.role_arn), 40)} in {clean(hop.account, 12)} at {hop.time:%H:%M:%S}"


def _origin(line: Lineage) -> str:
    return line.origin.person or name_of(line.origin.arn or line.origin.key)


def _node(seen: dict[str, str], lines: list[str], key: str, words: list[str]) -> str:
    if key not in seen:
        seen[key] = f"n{len(seen)}"
        lines.append(f"{seen[key]} [label={_quoted(words)}]")
    return seen[key]


def _quoted(words: list[str]) -> str:
    """A label of several lines; what strangers typed ends neither the quotes nor the line."""
    shown = (clean(word, 40).replace("\\", "\\\\").replace('"', "'") for word in words)
    return '"' + "\\n".join(shown) + '"'
