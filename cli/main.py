"""The `hopstop` command: stdout is data, stderr is talk; exit 0 fine, 1 failed, 2 usage, 3 findings or open cases."""

import os
import sys
from typing import Annotated, NoReturn

import typer

import cli.backtest
import cli.baseline
import cli.case
import cli.config
import cli.explain
import cli.playbook
import cli.simulate
import cli.slack
import cli.trust
import cli.tune
import cli.worker
from cli.output import talk
from model.collecting import collect_seldom
from model.errors import HopstopError, Misused


def build() -> typer.Typer:
    """The command with everything it can do."""
    app = typer.Typer(
        help="Stops AWS identity attacks that hop from account to account through sts:AssumeRole.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command()(demo)
    app.command()(cli.worker.worker)
    app.command()(cli.backtest.backtest)
    app.command()(cli.explain.explain)
    app.command(help=cli.tune.HELP)(cli.tune.tune)
    app.command()(cli.simulate.simulate)
    app.add_typer(cli.baseline.app, name="baseline")
    app.add_typer(cli.case.app, name="case")
    app.add_typer(cli.playbook.app, name="playbook")
    app.add_typer(cli.slack.app, name="slack")
    app.add_typer(cli.config.app, name="config")
    app.add_typer(cli.trust.app, name="trust")
    return app


def demo(
    auto: Annotated[bool, typer.Option("--auto", help="Approve by itself, and leave when contained.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON line.")] = False,
) -> None:
    """Play an attack on this machine: detect it, ask, contain it, show that it worked. Nothing leaves it."""
    from cli.demo import run_demo  # noqa: PLC0415 - it brings every vendor's library and the stand-ins along

    raise typer.Exit(run_demo(auto, as_json))


def run(arguments: list[str]) -> int:
    """Run one command line; its exit code (130 after Ctrl-C)."""
    try:
        build()(arguments, prog_name="hopstop")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    except HopstopError as error:
        talk(f"hopstop: {error}")
        return 2 if isinstance(error, Misused) else 1
    except BrokenPipeError:
        return 1
    return 0


def main() -> NoReturn:
    """The entry point. Temporal's client may crash while the interpreter ends: flush, and leave without that."""
    collect_seldom()
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            code = code or 1
    os._exit(code)
