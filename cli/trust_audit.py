"""`hopstop trust audit`: who from outside can assume which role, the eight points, and what is wrong."""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import data, talk
from cli.trust_again import Again
from cli.trust_input import (
    AsJson,
    Described,
    ExternalId,
    IsLive,
    Keep,
    Paths,
    RoleName,
    Source,
    organization_and_settings,
)
from integrations.snapshot_files import read_snapshot_files
from model.errors import Malformed, Refused
from model.organization import Organization
from model.text import clean
from trust.audit import Audited, audit_document, audit_role, fields, inside_of, ours_of, unreadable
from trust.observed import Observed
from trust.snapshot import Snapshot
from trust.snippets import suggestion_fields
from trust.suggest import suggest
from trust.vendors import known_vendors

FOUND = 3
_SILENT_S = 2.0

Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="PATH", help="A bare trust policy, or a directory of them; may be repeated."),
]
OwnAccount = Annotated[str, typer.Option("--account", metavar="ID", help="With --policy: where the role lives.")]
Sarif = Annotated[
    Path | None, typer.Option("--sarif", metavar="FILE", dir_okay=False, help="Write the results as SARIF 2.1.0 too.")
]

AgeByTier = Annotated[
    float | None,
    typer.Option(
        "--max-age",
        metavar="HOURS",
        help="With --keep: ask again about accounts older than this; else by tier (1 min, 15 min, 1 h, 1 day).",
    ),
]


def audit(
    paths: Paths = None,
    policy: Policies = None,
    account: OwnAccount = "",
    as_json: AsJson = False,
    sarif: Sarif = None,
    live: IsLive = False,
    role: RoleName = "",
    external_id: ExternalId = "",
    keep: Keep = None,
    max_age: AgeByTier = None,
    organization: Described = None,
) -> None:
    """Say of every role whether anybody outside the organisation can assume it, and what is wrong with its trust.

    Exits 3 where a role is exposed or fails a point, 1 where a file could not be read or a policy is invalid.
    """
    began = time.monotonic()
    described, _ = organization_and_settings(organization)
    vendors = {**known_vendors(), **described.vendors}
    now = time.time()
    if policy:
        every = _documents([*policy, *(paths or [])], account, described, vendors, now)
    else:
        source = Source(paths, live=live, role=role, external_id=external_id, keep=keep, max_age_h=max_age)
        every = _roles(source.snapshot(), described, vendors, now)
    audited = list(_with_progress(every))
    if not audited:
        raise Malformed("no roles and no policies there: give the output of get-account-authorization-details")
    if keep is not None:
        Again(keep).note(audited)
    summary = summary_of(audited, time.monotonic() - began)
    if as_json:
        _print_json(audited, summary)
    else:
        from cli.trust_audit_words import show  # noqa: PLC0415 - rich takes a while

        show(audited, summary, sys.stdout)
    if sarif is not None:
        _write_sarif(audited, sarif)
    _leave(audited)


def _leave(audited: Sequence[Audited]) -> None:
    if any(each.fails for each in audited):
        raise typer.Exit(FOUND)
    if any(not each.valid for each in audited):
        raise typer.Exit(1)


def _documents(
    paths: Sequence[str], account: str, described: Organization, vendors: Mapping[str, str], now: float
) -> Iterator[Audited]:
    if not re.fullmatch(r"\d{12}", account):
        raise typer.BadParameter("give the 12 digits of the account where the role lives", param_hint="--account")
    ours = ours_of(described, vendors, account)
    for found in read_snapshot_files(paths):
        if found.trouble:
            yield unreadable(found.name, found.trouble)
        else:
            yield audit_document(found.data.decode("utf-8-sig", "replace"), found.name, ours, now)


def _roles(snapshot: Snapshot, described: Organization, vendors: Mapping[str, str], now: float) -> Iterator[Audited]:
    whole = inside_of(described, snapshot.accounts)
    for role in snapshot.roles:
        yield audit_role(role, whole, vendors, now)
    for trouble in snapshot.troubles:
        yield unreadable(trouble.file, trouble.why)


def _with_progress(every: Iterable[Audited]) -> Iterator[Audited]:
    shown = time.monotonic()
    for count, each in enumerate(every, 1):
        if time.monotonic() - shown > _SILENT_S:
            shown = time.monotonic()
            talk(f"audited {count} so far, now {clean(each.role or each.file, 120)}")
        yield each


def _print_json(audited: Sequence[Audited], summary: Mapping[str, Any]) -> None:
    for each in audited:
        data(json.dumps(fields(each, _suggestion(each))))
    data(json.dumps(summary))


def _suggestion(each: Audited) -> dict[str, Any] | None:
    """What could be narrowed without having seen anybody assume the role."""
    if each.judgement is None or not each.fails:
        return None
    found = suggest(each.document, each.judgement, each.ranked.tier, Observed())
    return None if found is None else suggestion_fields(each.role or "role", each.document, found, each.max_session_s)


def summary_of(audited: Sequence[Audited], seconds: float) -> dict[str, Any]:
    """The last line."""
    return {
        "type": "summary",
        "roles": len(audited),
        "documents": len({each.document for each in audited if each.document}),
        "invalid": sum(not each.valid for each in audited),
        "exposed": sum(each.exposed is True for each in audited),
        "undecided": sum(each.exposed is None for each in audited),
        "failing": sum(each.fails for each in audited),
        "trust": dict(Counter(each.level.value for each in audited)),
        "problems": dict(Counter(one.kind.value for each in audited for one in each.problems)),
        "seconds": round(seconds, 3),
    }


def _write_sarif(audited: Sequence[Audited], file: Path) -> None:
    from cli.trust_sarif import sarif_of  # noqa: PLC0415

    try:
        file.write_text(json.dumps(sarif_of(audited), indent=1) + "\n")
    except OSError as error:
        raise Refused(f"--sarif: {clean(str(file), 200)} cannot be written ({error.strerror})") from None
    talk(f"written: {clean(str(file), 200)}")
