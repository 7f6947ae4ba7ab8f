"""`hopstop trust map`: documented trust out of trust policies, and where it parts from what is configured and used."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from cli.moments import moment
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
    needed,
    organization_and_settings,
)
from cli.trust_map_text import map_text
from cli.trust_uses import uses_in, uses_of
from model.errors import Refused
from model.organization import Organization, Relationship, read_trust
from model.text import clean, plural
from trust.documented import Configured, Documented, configured, relationship
from trust.drift import Drift, Kind, Use, drift
from trust.snapshot import Snapshot

FOUND = 3
DAYS = 30
_SHOWN = 40


class Mapped(NamedTuple):
    """A trust map: what stood in the file and what comes to it, what stays out, and the drift."""

    kept: tuple[Relationship, ...]
    new: list[Relationship]
    configured: Configured
    drift: list[Drift]

    @property
    def parts(self) -> bool:
        """Whether anything parts that somebody should look at."""
        return any(each.kind is not Kind.UNUSED for each in self.drift)


def trust_map(
    paths: Paths = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", dir_okay=False, help="Write the map; what stands in the file stays."),
    ] = None,
    used: Annotated[
        list[str] | None, typer.Option("--used", metavar="PATH", help="CloudTrail records; again for another.")
    ] = None,
    store: Annotated[str, typer.Option("--store", metavar="URL", help="What the baselines of this store show.")] = "",
    exceptions_until: Annotated[
        str, typer.Option(metavar="TIME", help=f"When new exceptions end (default: in {DAYS} days).")
    ] = "",
    as_json: AsJson = False,
    live: IsLive = False,
    role: RoleName = "",
    external_id: ExternalId = "",
    keep: Keep = None,
    max_age: MaxAge = 24.0,
    organization: Described = None,
) -> None:
    """Write documented trust for `trust.map` in hopstop.toml, and tell where documents, policies and use part.

    Exits 3 where they do.
    """
    now = datetime.now(UTC)
    until = datetime.fromtimestamp(moment(exceptions_until), UTC) if exceptions_until else _days_from(now)
    source = Source(paths, live=live, role=role, external_id=external_id, keep=keep, max_age_h=max_age)
    described, _ = organization_and_settings(organization)
    kept = _standing(out)
    described = described.model_copy(update={"trust": _once((*described.trust, *kept))})
    snapshot = needed(source.snapshot())
    described = source.described(described)
    uses = [*uses_in(used or []), *(uses_of(store) if store else [])] if used or store else None
    mapped = made(snapshot, described, kept, until, now, uses, written=out is not None)
    if out is not None:
        _write(out, map_text(mapped.kept, mapped.new, mapped.configured, now))
        talk(f"{plural(len(mapped.new), 'new relationship')} in {out}, {len(mapped.kept)} stood there: go through it")
    if as_json:
        _print_json(mapped)
    elif out is None:
        data(map_text(mapped.kept, mapped.new, mapped.configured, now, mapped.drift))
    else:
        _print_drift(mapped)
    if not described.trust and out is None:
        talk("nothing is documented yet, so that nothing is undocumented: write the map, and name it in trust.map")
    if mapped.parts:
        raise typer.Exit(FOUND)


def made(
    snapshot: Snapshot,
    organization: Organization,
    kept: tuple[Relationship, ...],
    until: datetime,
    now: datetime,
    uses: Sequence[Use] | None,
    *,
    written: bool,
) -> Mapped:
    """The map; what is documented already, or was until it ended, is not written again. Once `written` it counts."""
    found = configured(snapshot, organization, now)
    told = Documented(organization, now)
    new = []
    for entry in found.entries:
        holds, ended = told.covering(entry.source, entry.account, entry.target)
        wanted = None if holds or ended else relationship(entry, until)
        new += [wanted] if wanted else []
    counted = organization.model_copy(update={"trust": (*organization.trust, *new)}) if written else organization
    return Mapped(kept, new, found, drift(snapshot, counted, found.entries, uses, now))


def _days_from(now: datetime) -> datetime:
    return (now + timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)


def _once(trust: tuple[Relationship, ...]) -> tuple[Relationship, ...]:
    return tuple(dict.fromkeys(trust))


def _standing(out: Path | None) -> tuple[Relationship, ...]:
    """What the file to be written holds already: people's words stay."""
    if out is None or not out.exists():
        return ()
    try:
        return read_trust(out.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise Refused(f"--out: {clean(str(out), 200)} is there and cannot be read; name another file") from None


def _write(out: Path, text: str) -> None:
    """Whole or not at all: the watch may read it at any moment."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(f"{text}\n", "utf-8")
        os.replace(part, out)  # noqa: PTH105 - atomic on every platform
    except OSError as error:
        raise Refused(f"--out: {clean(str(out), 200)} cannot be written ({error.strerror})") from None


def _print_json(mapped: Mapped) -> None:
    for each in (*mapped.kept, *mapped.new):
        until = each.until.isoformat() if each.until else None
        fields = {"type": "trust", "from": each.source, "to": each.target, "level": each.level, "until": until}
        data(json.dumps({**fields, "reason": each.reason, "new": each in mapped.new}))
    for entry in mapped.configured.entries:
        if entry.open:
            data(json.dumps({"type": "open", "from": entry.source, "to": entry.target, "reason": entry.why}))
    for one in mapped.drift:
        data(json.dumps(drift_fields(one)))
    counts = {kind.value: sum(each.kind is kind for each in mapped.drift) for kind in Kind}
    summary = {"type": "summary", "kept": len(mapped.kept), "new": len(mapped.new), "levels": mapped.configured.levels}
    data(json.dumps({**summary, "drift": counts}))


def drift_fields(each: Drift) -> dict[str, object]:
    """One difference as JSON; the times of last use and of the document's end in UTC."""
    ended = None if each.ended is None else each.ended.isoformat().replace("+00:00", "Z")
    last = None if each.last is None else datetime.fromtimestamp(each.last, UTC).isoformat().replace("+00:00", "Z")
    told = {"type": "drift", "kind": each.kind.value, "from": each.source, "to": each.target, "level": each.level}
    return {**told, "times": each.times, "last": last, "ended": ended, "why": each.why}


def _print_drift(mapped: Mapped) -> None:
    """For people, where stdout has no map to hold."""
    if not mapped.drift:
        return
    from rich.table import Table  # noqa: PLC0415 - rich takes a while
    from rich.text import Text  # noqa: PLC0415

    from cli.finding_panels import console  # noqa: PLC0415

    table = Table("", "from", "to", "last used", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for each in mapped.drift[:_SHOWN]:
        last = "" if each.last is None else f"{datetime.fromtimestamp(each.last, UTC):%Y-%m-%d %H:%M}"
        row = Text(each.why, style=_STYLES.get(each.kind, "yellow")), Text(clean(each.source, 400), overflow="fold")
        table.add_row(*row, Text(clean(each.target, 400), overflow="fold"), last)
    console(sys.stdout).print(table)
    if len(mapped.drift) > _SHOWN:
        data(f"and {len(mapped.drift) - _SHOWN} more: --json has all of them")


_STYLES = {Kind.UNUSED: "", Kind.USED_UNDOCUMENTED: "red", Kind.USED_ENDED: "red", Kind.PUBLIC: "red"}
