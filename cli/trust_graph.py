"""`hopstop trust graph`: how accounts hang together by trust, the worst ways, and where they narrow."""

import json
import sys
import time
from pathlib import Path as File
from typing import Annotated, NamedTuple

import typer
from rich.table import Table
from rich.text import Text

from cli.output import data, talk
from cli.pictures import kind_of
from cli.trust_dot import dot_of, draw
from cli.trust_input import (
    AsJson,
    Described,
    ExternalId,
    IsLive,
    Keep,
    MaxAge,
    Paths,
    RoleName,
    Source,
    leave_partial,
    needed,
    organization_and_settings,
)
from cli.trust_words import SAID, Names, needs, path_fields
from model.organization import Organization
from model.text import plural
from trust.graph import TrustGraph
from trust.nodes import Kind
from trust.paths import Choke, Crossing, Path, chokes, crossings, paths
from trust.snapshot import Snapshot

FOUND = 3


class Told(NamedTuple):
    """What there is to tell of a graph."""

    graph: TrustGraph
    paths: list[Path]
    chokes: list[Choke]
    crossings: list[Crossing]
    widest: list[tuple[int, int, int]]
    """Nodes that come to most accounts: their numbers, the accounts in one hop and in any number."""
    seconds: float


def graph(
    paths: Paths = None,
    as_json: AsJson = False,
    picture: Annotated[
        File | None,
        typer.Option("--picture", metavar="FILE", dir_okay=False, help="Draw it (.svg, .png or .pdf; needs graphviz)."),
    ] = None,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print it in graphviz's language.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="How many of each to show.")] = 15,
    live: IsLive = False,
    role: RoleName = "",
    external_id: ExternalId = "",
    keep: Keep = None,
    max_age: MaxAge = 24.0,
    organization: Described = None,
) -> None:
    """Show ways in from outside and from development to production, choke points, and who reaches most.

    Exits 3 where there is such a way, else 1 where a file or an account could not be read.
    """
    if picture is not None:
        kind_of(picture)
    source = Source(paths, live=live, role=role, external_id=external_id, keep=keep, max_age_h=max_age)
    described, _ = organization_and_settings(organization)
    snapshot = needed(source.snapshot())
    told = tell(snapshot, source.described(described), most)
    if as_dot:
        data(dot_of(told.graph, told.paths[:most], told.chokes))
    elif as_json:
        _print_json(told, snapshot)
    else:
        _print(told, most)
    if picture is not None:
        draw(dot_of(told.graph, told.paths[:most], told.chokes), picture)
        talk(f"drawn: {picture}")
    if told.paths:
        raise typer.Exit(FOUND)
    leave_partial(snapshot)


def tell(snapshot: Snapshot, organization: Organization, most: int) -> Told:
    """Everything that is shown, with how long it took to make the graph and to ask it."""
    began = time.monotonic()
    made = TrustGraph(snapshot, organization)
    worst = paths(made)
    narrow, joining = chokes(made, most), crossings(made, most)
    once, whole = made.within(1), made.whole
    count = [len(made.others(number, whole[number])) for number in range(len(made.nodes))]
    ranked = [n for n, each in enumerate(count) if each and made.nodes.all[n].kind is not Kind.SERVICE]
    widest = sorted(ranked, key=lambda n: (-count[n], n))[:most]
    found = [(number, len(made.others(number, once[number])), count[number]) for number in widest]
    return Told(made, worst, narrow, joining, found, time.monotonic() - began)


def _print_json(told: Told, snapshot: Snapshot) -> None:
    nodes = told.graph.nodes.all
    for path in told.paths:
        data(json.dumps(path_fields(path)))
    for choke in told.chokes:
        data(json.dumps(_choke_fields(choke)))
    for each in told.crossings:
        fields = {"type": "crossing", "role": each.role.name, "from": each.comes_from, "to": each.leads_to}
        data(json.dumps(fields))
    for number, once, count in told.widest:
        data(json.dumps({"type": "widest", "principal": nodes[number].name, "in_one_hop": once, "accounts": count}))
    data(json.dumps(_summary(told, snapshot)))


def _choke_fields(choke: Choke) -> dict[str, object]:
    fields: dict[str, object] = {"type": "choke_point", "concern": choke.concern.value, "role": choke.role.name}
    return {**fields, "accounts": [*choke.accounts], "roles": choke.roles}


def _summary(told: Told, snapshot: Snapshot) -> dict[str, object]:
    made = told.graph
    return {
        "type": "summary",
        "roles": len(snapshot.roles),
        "users": len(snapshot.users),
        "accounts": len(snapshot.accounts),
        "nodes": len(made.web.to),
        "edges": sum(map(len, made.web.to)),
        "outside": len(made.outside),
        "paths": len(told.paths),
        "dangling": [{"role": role, "principal": who} for role, who in made.dangling],
        "invalid": made.invalid,
        "troubles": [each._asdict() for each in snapshot.troubles],
        "seconds": round(told.seconds, 3),
    }


def _print(told: Told, most: int) -> None:
    from cli.finding_panels import console  # noqa: PLC0415 - rich's panels take a while

    place = console(sys.stdout)
    made, names = told.graph, Names(told.graph.organization)
    place.print(
        f"{plural(len(made.nodes.roles), 'role')} and {plural(len(made.nodes.users), 'user')} in"
        f" {plural(len(made.snapshot.accounts), 'account')}; {len(made.outside)} begins outside",
        style="bold",
    )
    for title, table in (
        (_paths_title(told, most), _paths_table(told.paths[:most], names)),
        ("Choke points: close one, and this is not come to any more", _chokes_table(told.chokes, names)),
        (
            "Between accounts: from how many a role is come to, and to how many it leads",
            _crossings_table(told.crossings, names),
        ),
        ("Who reaches most", _widest_table(told, names)),
    ):
        if table.row_count:
            place.print(Text(f"\n{title}", style="bold"))
            place.print(table)
    if made.invalid:
        said = f"{plural(len(made.invalid), 'role')} with a trust policy that IAM would reject, taken for closed"
        place.print(f"\n{said}: hopstop trust audit says why")
    if made.dangling:
        lost = len({role for role, _ in made.dangling})
        place.print(f"\n{plural(lost, 'role')} trust somebody who is gone: hopstop trust audit names them")


def _paths_title(told: Told, most: int) -> str:
    more = f", the worst {most} of {len(told.paths)}" if len(told.paths) > most else ""
    return f"Ways to worry about, a shortest one to each account{more}"


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, padding=(0, 2, 0, 0), header_style="dim")


def _paths_table(worst: list[Path], names: Names) -> Table:
    table = _table("", "hops", "way", "needs")
    for path in worst:
        style = "red" if path.free else "yellow"
        said = needs(path.steps)
        table.add_row(Text(SAID[path.concern], style=style), str(path.hops), Text(names.way(path.steps)), Text(said))
    return table


def _chokes_table(found: list[Choke], names: Names) -> Table:
    table = _table("role", "", "accounts", "roles")
    for each in found:
        table.add_row(Text(names.of(each.role)), SAID[each.concern], str(len(each.accounts)), str(each.roles))
    return table


def _crossings_table(found: list[Crossing], names: Names) -> Table:
    table = _table("role", "from", "to")
    for each in found:
        table.add_row(Text(names.of(each.role)), str(each.comes_from), str(each.leads_to))
    return table


def _widest_table(told: Told, names: Names) -> Table:
    table = _table("principal", "accounts in 1 hop", "in all")
    for number, once, count in told.widest:
        table.add_row(Text(names.of(told.graph.nodes.all[number])), str(once), str(count))
    return table
