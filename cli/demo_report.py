"""What the demo says: progress and pictures of the outcome on stderr, one JSON line on stdout."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.demo_aws import Tried
from cli.demo_servers import StepFailed
from model.case import CaseView
from model.errors import HopstopError
from model.frozen import Frozen
from model.text import clean


class Outcome(Frozen):
    """The line that `hopstop demo --json` prints. `detected_after_s` counts from the deciding record's arrival in the
    queue, `contained_after_s` from the finding; null where it did not come to that."""

    outcome: Literal["contained", "not_contained", "denied", "expired", "failed"]
    case: str | None = None
    detected_after_s: float | None = None
    contained_after_s: float | None = None
    hop_count: int = 0
    path: tuple[str, ...] = ()
    attacker_denied: bool = False
    fresh_session_allowed: bool = False
    ticket: str | None = None
    page: str | None = None


class Report:
    """Talks to a person, on stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A line that turns while something is done, and stays when it is."""
        with self._console.status(escape(what)), named(what):
            yield
        self._console.print(f"[green]✓[/] {escape(what)}")

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Progress]:
        """A bar with one task, 0, of `total` steps."""
        columns = (TextColumn("  {task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} days"))
        clock = TimeElapsedColumn()
        with Progress(*columns, clock, console=self._console, transient=True) as progress, named(what):
            progress.add_task(escape(what), total=total)
            yield progress

    def done(self, line: str) -> None:
        """Something that was done."""
        self._console.print(f"[green]✓[/] {escape(line)}")

    def attack(self, line: str) -> None:
        """What the attacker did."""
        self._console.print(f"[red]→[/] {escape(line)}")

    def say(self, line: str = "") -> None:
        """A line."""
        self._console.print(escape(line))

    def links(self, title: str, links: Sequence[tuple[str, str]]) -> None:
        """Addresses to open, each whole on its line."""
        self._console.print(f"\n[bold]{escape(title)}[/]")
        for name, address in links:
            self._console.print(f"  {escape(name):<12} {escape(address)}", soft_wrap=True)

    def command(self, line: str) -> None:
        """A command line to copy: never wrapped."""
        self._console.print(f"  {escape(line)}", soft_wrap=True)

    def failed(self, line: str, log: str) -> None:
        """What went wrong, and the end of the log that tells of it."""
        self._console.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
        if log:
            self._console.print(escape(log), style="dim", soft_wrap=True)

    def tried(self, title: str, calls: Sequence[Tried], good: bool) -> None:
        """A table of calls and what AWS said; `good` is the answer that is wanted."""
        table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
        for name in ("who", "tries to", "AWS says"):
            table.add_column(name)
        for one in calls:
            answer = "allowed" if one.allowed else "denied"
            table.add_row(one.who, one.what, f"[{'green' if one.allowed is good else 'red'}]{answer}[/]")
        self._console.print()
        self._console.print(table)

    def story(self, view: CaseView) -> None:
        """The case's own log."""
        table = Table(title="The case, as it went (UTC)", title_justify="left", box=None, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column()
        for line in view.log:
            table.add_row(f"{line.at:%H:%M:%S.%f}"[:12], escape(line.text))
        self._console.print()
        self._console.print(table)


@contextmanager
def named(step: str) -> Iterator[None]:
    """Whatever goes wrong inside is StepFailed, one line that names the step."""
    try:
        yield
    except HopstopError:
        raise
    except Exception as error:
        why = next(iter(str(error).splitlines()), "")
        raise StepFailed(f"{step}: {type(error).__name__}: {clean(why, 200)}") from error
