"""Playbooks and containment plans as people read them."""

from collections.abc import Sequence
from typing import Literal, TextIO

from rich.console import Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from cli.finding_panels import console, worded
from cli.playbook_plan import PlanLine, PlannedAction
from model.containment import Cannot
from model.frozen import Frozen
from model.settings import Route
from model.text import code, joined, role_label
from playbooks import PLAYBOOKS
from playbooks.page import answered, shared_steps, silence, steps, words

_UNDER = (0, 0, 1, 2)


class RouteLine(Frozen):
    """A route that leads to a playbook: its place in the order, which findings it takes, and what silence means."""

    number: int
    finding: str
    mode: str
    silence: str


class PlaybookLine(Frozen):
    """What `hopstop playbook list --json` prints of each; `show --json` adds the words and the steps."""

    type: Literal["playbook"] = "playbook"
    name: str
    summary: str
    routes: tuple[RouteLine, ...]


class PlaybookShown(PlaybookLine):
    """One playbook whole. `shared` is what its steps hand over to, empty where they do not."""

    words: str
    steps: str
    shared: str


def listed(routes: Sequence[Route]) -> list[PlaybookLine]:
    """Every playbook, with the routes that lead to it."""
    return [PlaybookLine(name=name, summary=_summary(name), routes=_leading(name, routes)) for name in PLAYBOOKS]


def shown(name: str, routes: Sequence[Route]) -> PlaybookShown:
    """One playbook whole."""
    source = steps(name)
    return PlaybookShown(
        name=name,
        summary=_summary(name),
        routes=_leading(name, routes),
        words=words(name),
        steps=source,
        shared=shared_steps() if "ask_and_cut" in source else "",
    )


def print_list(rows: Sequence[PlaybookLine], out: TextIO) -> None:
    """Each with its sentence, and under it when it answers."""
    place = console(out)
    for row in rows:
        place.print(Text(row.name, "bold"))
        place.print(Padding(Group(worded(row.summary), *_routes(row)), _UNDER))


def print_one(one: PlaybookShown, out: TextIO) -> None:
    """Its words, when it answers, its steps."""
    place = console(out)
    place.print(Text(one.name, "bold"))
    place.print(Padding(Group(Markdown(one.words), *_routes(one)), _UNDER))
    for source in filter(None, (one.steps, one.shared)):
        place.print(Padding(Syntax(source, "python", background_color="default", word_wrap=True), _UNDER))


def print_plan(plan: PlanLine, out: TextIO) -> None:
    """What would be done to whom, what cannot be, and what an approval would have to repeat."""
    place = console(out)
    place.print(worded(plan.message))
    place.print(Text(f"playbook {plan.playbook}, mode {plan.mode}; nothing was done", "dim"))
    for action in plan.actions:
        place.print(_action(action))
    for cannot in plan.cannot:
        place.print(_cannot(cannot))
    if plan.hash is not None:
        place.print(Text(f"plan {plan.hash}; {_approval(plan)}"))


def _approval(plan: PlanLine) -> str:
    return f"two people have to approve: {plan.two}" if plan.two else "one approval is enough"


def _summary(name: str) -> str:
    first, _, _ = words(name).partition(". ")
    return first.removesuffix(".")


def _leading(name: str, routes: Sequence[Route]) -> tuple[RouteLine, ...]:
    return tuple(
        RouteLine(number=number, finding=answered(route), mode=route.mode, silence=silence(route))
        for number, route in enumerate(routes)
        if route.playbook == name
    )


def _routes(row: PlaybookLine) -> list[Text]:
    if not row.routes:
        return [Text("no route leads to it", "dim")]
    return [worded(f"routes.{one.number}: {one.finding} (mode {one.mode}; {one.silence})") for one in row.routes]


def _action(action: PlannedAction) -> Panel:
    lifts = "by itself" if action.lifts == "timer" else "only by a person"
    facts = {
        "target": code(action.target, 200),
        "effect": action.effect,
        "hits": _hit(action),
        "undo": action.undo,
        "lifts": lifts,
    }
    return Panel(_table(facts), title=Text(action.kind, "bold"), title_align="left", border_style="red")


def _hit(action: PlannedAction) -> str:
    if ":user/" in action.target:
        return "this user, with every session that its keys have made"
    if action.scope != "role":
        return joined([code(session) for session in action.sessions], 6)
    others = joined([code(name) for name in action.hits], 6) or "nobody else that was seen in it in the hour before"
    return f"everybody in the role: {others}"


def _cannot(cannot: Cannot) -> Panel:
    facts = {"target": code(cannot.target, 200), "why": cannot.why, "by hand": cannot.do}
    title = Text(f"cannot be contained: {role_label(cannot.target)}", "bold")
    return Panel(_table(facts), title=title, title_align="left", border_style="yellow")


def _table(facts: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in facts.items():
        table.add_row(name, worded(text))
    return table
