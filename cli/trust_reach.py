"""`hopstop trust reach`: where a principal comes to, hop by hop, and by which ways."""

import json
import sys
from typing import Annotated

import typer
from rich.table import Table

from cli.output import data, talk
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
from cli.trust_words import Names, needs, step_fields
from model.text import clean, plural
from trust.graph import Step, TrustGraph
from trust.paths import Radius, radius

MOST = 20
_MOST_NAMESAKES = 20


def reach(
    principal: Annotated[
        str, typer.Argument(metavar="PRINCIPAL", help="An ARN, unique id, account, service, provider, * or a name.")
    ],
    paths: Paths = None,
    hops: Annotated[int, typer.Option("--hops", min=1, max=100, help="How many hops at most.")] = 10,
    as_json: AsJson = False,
    live: IsLive = False,
    role: RoleName = "",
    external_id: ExternalId = "",
    keep: Keep = None,
    max_age: MaxAge = 24.0,
    organization: Described = None,
) -> None:
    """Show which accounts a principal reaches by assuming roles, in how many hops, and what each way needs.

    Exits 1 where a file or an account could not be read, since more may be in reach then.
    """
    source = Source(paths, live=live, role=role, external_id=external_id, keep=keep, max_age_h=max_age)
    described, _ = organization_and_settings(organization)
    snapshot = needed(source.snapshot())
    described = source.described(described)
    made = TrustGraph(snapshot, described)
    found = made.find(principal)
    if not found:
        talk(f"hopstop: trust reach: nobody here is called {clean(principal, 200)}: name an ARN, an account or a name")
        raise typer.Exit(1)
    for number in found[:_MOST_NAMESAKES]:
        told, ways = radius(made, number, hops), _ways(made, number, hops)
        if as_json:
            data(json.dumps(_fields(told, hops, ways)))
        else:
            _print(told, ways, Names(described))
    leave_partial(snapshot)


def _ways(made: TrustGraph, number: int, hops: int) -> list[tuple[Step, ...]]:
    """A shortest way to each account, a free one where there is one, the nearest first."""
    found: dict[str, tuple[Step, ...]] = {}
    own = made.nodes.all[number].account
    for free in (True, False):
        ways = made.ways([number], freely=free)
        for node, (hop, _) in ways.items():
            account = made.nodes.all[node].account if node < len(made.nodes.roles) else own
            if 0 < hop <= hops and account not in (own, *found):
                found[account] = made.steps(node, ways)
    return sorted(found.values(), key=lambda steps: (len(steps), steps[-1].target.name))


def _fields(told: Radius, hops: int, ways: list[tuple[Step, ...]]) -> dict[str, object]:
    return {
        "type": "reach",
        "principal": told.node.name,
        "kind": told.node.kind.value,
        "hops": hops,
        "accounts": [*told.accounts],
        "free": [*told.free],
        "roles": told.roles,
        "within": [{"hops": at, "accounts": len(accounts)} for at, accounts in enumerate(told.within, 1)],
        "ways": [
            {"account": steps[-1].target.account, "hops": len(steps), "steps": [step_fields(step) for step in steps]}
            for steps in ways
        ],
    }


def _print(told: Radius, ways: list[tuple[Step, ...]], names: Names) -> None:
    from cli.finding_panels import console  # noqa: PLC0415 - rich's panels take a while

    place = console(sys.stdout)
    if not told.accounts:
        place.print(f"{names.of(told.node)} reaches no other account; {plural(told.roles, 'role')} in its own")
        return
    grown = ", ".join(f"{len(accounts)} in {plural(at, 'hop')}" for at, accounts in enumerate(told.within, 1))
    place.print(f"{names.of(told.node)} reaches {plural(len(told.accounts), 'other account')} ({grown})", style="bold")
    place.print(f"{plural(told.roles, 'role')} in all; {len(told.free)} of the accounts without any condition")
    table = Table("account", "hops", "way", "needs", box=None, padding=(0, 2, 0, 0))
    for steps in ways[:MOST]:
        table.add_row(names.account(steps[-1].target.account), str(len(steps)), names.way(steps), needs(steps))
    place.print(table)
    if len(ways) > MOST:
        place.print(f"and {plural(len(ways) - MOST, 'more account')}: --json has all of them")
