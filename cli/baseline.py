"""`hopstop baseline`: what is normal for each identity. Learned from archives, looked at, taken out, forgotten."""

import json
import os
import time
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer

from cli.baseline_files import is_there
from cli.baseline_find import Catalogue, Known
from cli.baseline_leading import existing, leading, open_url
from cli.baseline_learning import Learning, Order
from cli.baseline_pool import pool_of
from cli.baseline_progress import progress
from cli.baseline_words import as_json as told
from cli.baseline_words import in_words
from cli.moments import moment
from cli.output import data, talk
from config import load
from detectors.memory import IDENTITY, PEER, ROLE
from detectors.settling import Settling
from model.baseline import Baseline
from model.documents import Documents
from model.journal import unstamped
from model.peer_use import PeerUse
from model.role_use import RoleUse
from model.text import clean, plural

DAY_S = 86_400
VERSION = 1
USAGE = 2
FORMS: dict[str, type[msgspec.Struct]] = {IDENTITY: Baseline, ROLE: RoleUse, PEER: PeerUse}

StoreUrl = Annotated[
    str, typer.Option("--store", metavar="URL", help="sqlite:///file.db or dynamodb://table; default: HOPSTOP_STORE.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Who = Annotated[str, typer.Argument(metavar="IDENTITY", help="Its key, its ARN, or a part of one.")]

_LEARN = (
    "Learn what is normal from archives, before the first day of watching.\n\n"
    "Everything in them teaches, judged by nobody: an attack that lies in them becomes normal, so name a time before"
    " it with --until. Only services' own calls, and what a finding holds in quarantine, teach nothing. No record"
    " counts as judged: the watch still judges those that reach it.\n\n"
    "A file is learned once, also when a run is stopped at any moment: run the same again and it goes on. Files that"
    " are older than 30 days before the newest are passed over."
)

app = typer.Typer(help="What is normal for each identity: learn, show, export, forget.", no_args_is_help=True)


@app.command(help=_LEARN)
def learn(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, directories, globs, or s3://bucket/prefix.")
    ],
    store: StoreUrl = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Learn only what is earlier (RFC 3339, exclusive).")] = "",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that read files; default: one for each core.")
    ] = None,
    abandon: Annotated[
        bool,
        typer.Option("--abandon", help="Leave out what an interrupted run had still to teach: its files are gone."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn what is normal from archives."""
    end = min(moment(until), time.time() + DAY_S) if until else time.time() + DAY_S
    for path in paths:
        is_there(path)
    place = open_url(store or load().environment.hopstop_store)
    workers = workers or os.cpu_count() or 1
    with leading(place) as ledger, pool_of(workers) as pool, progress() as shown:
        learned = Learning(place, ledger, pool, shown).run(Order(paths, end, abandon))
    for reason in learned.failed[:3]:
        talk(f"not learned, and tried again by the next run: {reason}")
    line = learned.line
    data(json.dumps(line) if as_json else _summary(line))
    if learned.failed:
        raise typer.Exit(1)


@app.command()
def show(identity: Who, store: StoreUrl = "", as_json: AsJson = False) -> None:
    """Show what is normal for one identity: numbers, hours, weekdays. Exits 2 where several are meant, 1 where none."""
    place = existing(store or load().environment.hopstop_store)
    catalogue = Catalogue(place, Settling(place, 0))
    known = one_known(catalogue, identity)
    baseline = catalogue.baseline(known.key)
    for line in [json.dumps(told(known, baseline))] if as_json else in_words(known, baseline):
        data(line)


@app.command()
def export(store: StoreUrl = "") -> None:
    """Print every baseline, role's use and group of peers: a JSON object a line. Nothing in them is a secret."""
    place = existing(store or load().environment.hopstop_store)
    memory = Settling(place, 0)
    for kind, form in FORMS.items():
        for key, value in _values(place, memory, kind, form):
            fields = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
            data(json.dumps({"type": "document", "version": VERSION, "kind": kind, "key": key, "value": fields}))


@app.command()
def forget(
    identity: Who,
    store: StoreUrl = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False,
) -> None:
    """Forget an identity's baseline: it counts as new from then on, and most checks wait 14 days for it.

    What roles and groups of peers remember of it stays, and archives that were learned do not teach it again.
    """
    place = existing(store or load().environment.hopstop_store)
    with leading(place) as ledger:
        known = one_known(Catalogue(place, Settling(place, 0)), identity)
        if not yes:
            talk(f"this forgets {clean(known.key, 400)}; add --yes to do it")
            raise typer.Exit(USAGE)
        ledger.remove((IDENTITY, known.key))
    talk(f"forgotten: {clean(known.key, 400)}. It counts as new from now on")


def one_known(catalogue: Catalogue, asked: str) -> Known:
    """The identity that is meant; else the candidates are listed, and the command ends: 2 for several, 1 for none."""
    found = catalogue.like(asked)
    if len(found) == 1:
        return found[0]
    others = found or catalogue.nearest(asked)
    several = f"{len(found)} identities fit" if found else "no identity fits"
    nearest = " (name one of these whole):" if found else "; the nearest:" if others else ""
    talk(f"hopstop: {several} {clean(asked, 200)}{nearest}")
    for known in others[:12]:
        talk("  " + "  ".join(clean(text, 200) for text in (known.key, *known.names[:1])))
    raise typer.Exit(USAGE if found else 1)


def _values(
    store: Documents, memory: Settling, kind: str, form: type[msgspec.Struct]
) -> Iterator[tuple[str, msgspec.Struct]]:
    """Every value of a kind as of the last entry."""
    changed = memory.changed(kind)
    decoder = msgspec.msgpack.Decoder(form)
    for key, document in store.every(kind):
        if key not in changed:
            yield key, decoder.decode(unstamped(document)[1])
    yield from changed.items()


def _plain(value: Any) -> Any:
    """As JSON has it: bytes in base64, keys as texts."""
    return msgspec.to_builtins(value, str_keys=True)


def _summary(line: dict[str, Any]) -> str:
    if not line["files"]:
        return f"nothing new: {plural(line['done'], 'file')} learned before"
    rate = line["records"] / line["seconds"] if line["seconds"] else 0.0
    told = [
        f"{line['unique']:,} of {line['records']:,} records of {plural(line['files'], 'file')} taken in",
        f"{line['seconds']:.1f} s, {rate:,.0f}/s",
        f"{line['identities']:,} identities",
        f"{line['assumptions']:,} assumptions, {line['denied']:,} denied, {line['service_assumptions']:,} by services",
        f"{line['unparsed']:,} records could not be read",
        *([f"{plural(line['done'], 'file')} learned before"] if line["done"] else ()),
        *([f"{plural(line['old'], 'file')} older than 30 days passed over"] if line["old"] else ()),
    ]
    return "\n".join(told)
