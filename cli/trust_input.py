"""What the trust commands look at: files of IAM's configuration, or the organisation itself."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from activities.ports import SnapshotFile
from cli.backtest import organization_of
from cli.output import talk
from cli.trust_again import Again
from cli.trust_live import Live
from config import Settings, load
from integrations.aws import AwsClients
from integrations.aws_organization import AwsOrganization
from integrations.snapshot_files import read_snapshot_files
from model.errors import Malformed
from model.organization import Account, Organization
from model.settings import ContainmentSettings
from model.text import clean, plural
from trust.reading import Named, read_snapshot
from trust.snapshot import Snapshot, Trouble

_SILENT_S = 2.0
_SHOWN = 10

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH...", help="Account authorization details or roles: files, directories, globs, -."),
]
IsLive = Annotated[bool, typer.Option("--live", help="Ask AWS, account by account of the organisation.")]
RoleName = Annotated[str, typer.Option("--role", metavar="NAME", help="With --live: the role to read each account by.")]
ExternalId = Annotated[str, typer.Option("--external-id", metavar="ID", help="With --live: what that role asks for.")]
Keep = Annotated[
    Path | None,
    typer.Option(
        "--keep", metavar="DIR", file_okay=False, help="With --live: keep what is read; broken off, it goes on there."
    ),
]
MaxAge = Annotated[
    float, typer.Option("--max-age", metavar="HOURS", help="With --keep: ask again about accounts older than this.")
]
Described = Annotated[
    Path | None,
    typer.Option("--organization", metavar="FILE", exists=True, dir_okay=False, help="The organisation, TOML or JSON."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines, the summary last.")]


class Source:
    """Where to look, as the command line has it."""

    def __init__(
        self,
        paths: list[str] | None,
        *,
        live: bool,
        role: str,
        external_id: str,
        keep: Path | None,
        max_age_h: float | None,
    ) -> None:
        if live and paths:
            raise typer.BadParameter("either --live or PATHs, not both", param_hint="--live")
        if not live and not paths:
            raise typer.BadParameter("name files, or ask AWS with --live", param_hint="PATH...")
        if not live and (role or external_id or keep):
            raise typer.BadParameter("only --live has it", param_hint="--role, --external-id, --keep")
        self._paths = paths or []
        self._containment = ContainmentSettings(role=role, external_id=external_id)
        self._keep = keep
        self._max_age_h = max_age_h
        self._live = live
        self._names: dict[str, str] = {}

    def described(self, organization: Organization) -> Organization:
        """The organisation with the accounts that AWS names and nobody described; after `snapshot`."""
        known = {account: Account(name=name) for account, name in self._names.items()}
        return organization.model_copy(update={"accounts": {**known, **organization.accounts}})

    def snapshot(self) -> Snapshot:
        """All that is there; what could not be read is said, and is in its troubles."""
        if not self._live:
            return _told(read_snapshot(_with_progress(read_snapshot_files(self._paths))))
        if self._keep is not None:
            return self._asked(self._keep)
        with tempfile.TemporaryDirectory(prefix="hopstop-trust-") as folder:
            return self._asked(Path(folder))

    def _asked(self, folder: Path) -> Snapshot:
        clients = AwsClients(self._containment, missing_role="name the role to read it by with --role")
        live = Live(AwsOrganization(clients), folder, self._due_s(folder))
        troubles = live.read()
        self._names = live.names
        kept = [str(path) for path in live.files()]
        found = read_snapshot(_named(read_snapshot_files(kept)))
        return Snapshot(found.roles, found.users, (*troubles, *found.troubles))

    def _due_s(self, folder: Path) -> Callable[[str], float]:
        """Whatever the account, what `--max-age` says; without it, as the tier of its roles deserves."""
        hours = self._max_age_h
        return Again(folder).due_s if hours is None else lambda _: hours * 3600


def organization_and_settings(described: Path | None) -> tuple[Organization, Settings]:
    """The organisation that a file describes, else the settings'."""
    settings = load()
    return (settings.organization if described is None else organization_of(described)), settings


def needed(snapshot: Snapshot) -> Snapshot:
    """The snapshot where it holds a role or user. Raises Malformed where it is empty."""
    if not snapshot.roles and not snapshot.users:
        raise Malformed("no roles in any of these files: give the output of get-account-authorization-details")
    return snapshot


def leave_partial(snapshot: Snapshot) -> None:
    """Exit 1 where something could not be read: what was shown is a part of it."""
    if snapshot.troubles:
        talk(f"not in it: {plural(len(snapshot.troubles), 'file or account')} that could not be read")
        raise typer.Exit(1)


def _named(found: Iterable[SnapshotFile]) -> Iterator[Named]:
    for each in found:
        if each.data or not each.trouble:
            yield each.name, each.data
        if each.trouble:
            yield each.name, Trouble(each.name, each.trouble)


def _with_progress(found: Iterable[SnapshotFile]) -> Iterator[Named]:
    shown, size = time.monotonic(), 0
    for count, each in enumerate(_named(found), 1):
        size += len(each[1]) if isinstance(each[1], bytes) else 0
        if time.monotonic() - shown > _SILENT_S:
            shown = time.monotonic()
            talk(f"read {plural(count, 'file')}, {size / 1e6:,.0f} MB, now {clean(each[0], 120)}")
        yield each


def _told(snapshot: Snapshot) -> Snapshot:
    for trouble in snapshot.troubles[:_SHOWN]:
        talk(f"{clean(trouble.file, 160)}: {trouble.why}")
    if len(snapshot.troubles) > _SHOWN:
        talk(f"and {len(snapshot.troubles) - _SHOWN} more that could not be read")
    return snapshot
