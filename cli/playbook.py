"""`hopstop playbook`: the runbooks, which findings they answer, and what a containment would do."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.backtest import organization_of
from cli.explain import USAGE, by_uid, source_of
from cli.explain_find import Source, in_lines
from cli.output import data, talk
from config import load
from model.finding import Finding
from model.text import clean, joined

app = typer.Typer(help="The runbooks, and what a containment would do.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_playbooks(as_json: AsJson = False) -> None:
    """List every playbook with the routes that lead to it: hopstop.toml's, else the documented ones."""
    from cli.playbook_words import listed, print_list  # noqa: PLC0415 - rich and the playbooks take a while

    rows = listed(load().file.routes)
    if as_json:
        for row in rows:
            data(row.model_dump_json())
    else:
        print_list(rows, sys.stdout)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `hopstop playbook list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """Show one playbook: its words, when it answers, and its steps as they run."""
    from cli.playbook_words import print_one, shown  # noqa: PLC0415 - rich and the playbooks take a while
    from playbooks import PLAYBOOKS  # noqa: PLC0415

    if name not in PLAYBOOKS:
        talk(f"hopstop: there is no playbook {clean(name, 40)}; there are {joined([*PLAYBOOKS], 9)}")
        raise typer.Exit(USAGE)
    one = shown(name, load().file.routes)
    if as_json:
        data(one.model_dump_json())
    else:
        print_one(one, sys.stdout)


@app.command()
def plan(
    what: Annotated[
        str,
        typer.Argument(metavar="FINDING", help="A finding's uid or how it begins; or a file, or -, with its one line."),
    ],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH...", help="Judge these records again and look there.")
    ] = None,
    lines: Annotated[
        str, typer.Option("--from", metavar="FILE", help="Look in what `backtest --json` printed; - is stdin.")
    ] = "",
    store: Annotated[str, typer.Option(metavar="URL", help="The watch's store; default: HOPSTOP_STORE.")] = "",
    learn_until: Annotated[
        str, typer.Option(metavar="TIME", help="With PATHs: records before this time (RFC 3339) only teach.")
    ] = "",
    organization: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="The organisation, TOML or JSON.")
    ] = None,
    ask_iam: Annotated[bool, typer.Option("--ask-iam", help="Ask IAM what it says of each principal; reads only.")] = (
        False
    ),
    as_json: AsJson = False,
) -> None:
    """Show what containing a finding would do to whom, and how it is undone. Nothing is done."""
    from cli.playbook_plan import plan_of  # noqa: PLC0415 - the AWS library takes a while
    from cli.playbook_words import print_plan  # noqa: PLC0415

    settings = load()
    described = settings.organization if organization is None else organization_of(organization)
    if what == "-" or Path(what).is_file():
        uid, source = _one_line(what)
        if paths or store:
            source = source_of(paths or (), "", store, settings, described, learn_until)
    else:
        uid, source = what, source_of(paths or (), lines, store, settings, described, learn_until)
    made = plan_of(_found(source, uid), settings, described, ask_iam, source.documents)
    for line in made.notes:
        talk(line)
    if as_json:
        data(made.model_dump_json())
    else:
        print_plan(made, sys.stdout)


def _one_line(name: str) -> tuple[str, Source]:
    source = in_lines(name)
    uids = {finding.uid for finding in source.findings}
    if len(uids) != 1:
        talk(f"hopstop: {clean(name, 200)} holds {len(uids)} findings, not one: name one with UID --from {clean(name)}")
        raise typer.Exit(USAGE)
    return uids.pop(), source


def _found(source: Source, uid: str) -> Finding:
    finding = by_uid(source, uid)
    if finding is None:
        talk(f"hopstop: no finding of {clean(source.name, 200)} begins with {clean(uid, 80)}; see `backtest --json`")
        raise typer.Exit(1)
    return finding
