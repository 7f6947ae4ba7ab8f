"""`hopstop explain`: why a finding fired, what is normal for an identity, what would make it quiet."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.backtest import organization_of
from cli.baseline import one_known
from cli.baseline_find import Known
from cli.baseline_leading import existing
from cli.baseline_words import as_json as baseline_fields
from cli.borrowed import Borrowed
from cli.explain_find import Source, in_lines, in_store, judged_again
from cli.explain_quiet import quiet_ways
from cli.finding_hours import Hours, hours_of
from cli.moments import moment
from cli.output import data, talk
from config import Settings, load
from detectors.judge import Judge
from model.baseline import Baseline
from model.documents import Shelf
from model.file import File
from model.finding import Finding
from model.identity import Identity, Kind
from model.organization import Organization
from model.text import clean

USAGE = 2
_UID = re.compile(r"[0-9a-f]{4,32}")


def explain(
    what: Annotated[
        str, typer.Argument(metavar="FINDING|IDENTITY", help="A finding's uid or how it begins; or a key, ARN or name.")
    ],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH...", help="Judge these records again and look there.")
    ] = None,
    lines: Annotated[
        str, typer.Option("--from", metavar="FILE", help="Look in what `backtest --json` printed; - is stdin.")
    ] = "",
    store: Annotated[
        str,
        typer.Option(
            "--store", metavar="URL", help="The watch's store; default: HOPSTOP_STORE. With PATHs: begin from it."
        ),
    ] = "",
    learn_until: Annotated[
        str, typer.Option(metavar="TIME", help="With PATHs: records before this time (RFC 3339) only teach.")
    ] = "",
    organization: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="The organisation, TOML or JSON.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Draw the finding too (.png, .svg or .pdf).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Explain a finding or an identity: numbers, hours, hops, what would make it quiet. Exits 1 where there is none."""
    settings = load()
    described = settings.organization if organization is None else organization_of(organization)
    source = source_of(paths or (), lines, store, settings, described, learn_until)
    finding = by_uid(source, what)
    if finding is not None:
        _explain_finding(finding, source, settings.file, described, picture, as_json)
        return
    if picture is not None:
        raise typer.BadParameter("only a finding has a picture", param_hint="--picture")
    _explain_identity(source, what, settings.file, described, as_json)


def source_of(
    paths: Sequence[str], lines: str, store: str, settings: Settings, described: Organization, learn_until: str
) -> Source:
    """Where to look: records that are judged again, printed lines, else a watch's store."""
    if paths:
        return _judged(paths, store, settings, described, learn_until)
    if lines:
        return _printed(lines, store)
    url = store or settings.environment.hopstop_store
    return in_store(url, existing(url), settings.file.thresholds.weighing)


def _judged(paths: Sequence[str], store: str, settings: Settings, described: Organization, learn_until: str) -> Source:
    past = Borrowed(existing(store)) if store else Shelf()
    file = settings.file
    judge = Judge(file.thresholds, described, past, exemptions=file.exceptions, own=settings.own)
    return judged_again(paths, judge, past, moment(learn_until) if learn_until else None)


def _printed(lines: str, store: str) -> Source:
    """Findings that were printed, with the baselines of a store where one is named."""
    found = in_lines(lines)
    return found._replace(documents=existing(store)) if store else found


def by_uid(source: Source, what: str) -> Finding | None:
    """The finding whose uid it is, or begins with it; None where none does and it may be an identity."""
    asked = what.casefold()
    if not _UID.fullmatch(asked):
        return None
    found = {finding.uid: finding for finding in source.findings if finding.uid.startswith(asked)}
    if len(found) > 1:
        talk(f"hopstop: {len(found)} findings begin with {asked}: {', '.join(sorted(found)[:6])}")
        raise typer.Exit(USAGE)
    return next(iter(found.values()), None)


def _explain_finding(
    finding: Finding, source: Source, file: File, described: Organization, picture: Path | None, as_json: bool
) -> None:
    from cli.explain_words import Explained, duties, finding_fields, print_finding  # noqa: PLC0415 - rich takes a while
    from cli.finding_panels import console  # noqa: PLC0415

    baseline = source.baseline(finding)
    told = Explained(
        finding,
        baseline,
        None if baseline is None else _hours(finding.origin, baseline, file, described, finding),
        [*source.notes(finding), *duties(described, finding)],
        [*quiet_ways(finding, file.thresholds.weighing)],
    )
    if picture is not None:
        from cli.finding_picture import draw  # noqa: PLC0415 - only who asks for a picture waits for matplotlib

        draw(finding, told.hours, picture)
    if as_json:
        data(json.dumps(finding_fields(told)))
    else:
        print_finding(told, console(sys.stdout))


def _explain_identity(source: Source, what: str, file: File, described: Organization, as_json: bool) -> None:
    from cli.explain_words import identity_notes, print_identity  # noqa: PLC0415 - rich takes a while
    from cli.finding_panels import console  # noqa: PLC0415

    catalogue = source.catalogue()
    if catalogue is None:
        said = f"no finding of {clean(source.name, 200)} begins with {clean(what, 80)}"
        talk(f"hopstop: {said}; --store URL looks for identities too")
        raise typer.Exit(1)
    known = one_known(catalogue, what)
    baseline, limits = catalogue.baseline(known.key), file.thresholds.maturity
    mature = baseline.mature(baseline.last, limits.days, limits.active_hours)
    notes = [*identity_notes(known, baseline, mature, file.exceptions), *_running(source, known)]
    if as_json:
        data(
            json.dumps(
                {"type": "explanation", "baseline": baseline_fields(known, baseline), "mature": mature, "notes": notes}
            )
        )
        return
    print_identity(
        known, baseline, _hours(_identity(known), baseline, file, described, None), notes, console(sys.stdout)
    )


def _running(source: Source, known: Known) -> list[str]:
    return [
        f"finding {finding.uid[:12]} of {finding.time:%Y-%m-%d %H:%M}: {finding.message}"
        for finding in source.findings
        if finding.origin.key == known.key
    ][:10]


def _hours(
    who: Identity, baseline: Baseline, file: File, described: Organization, finding: Finding | None
) -> Hours | None:
    times = [anomaly.time for anomaly in finding.anomalies] if finding else []
    return hours_of(baseline, times, described.zone_of(who), file.thresholds.off_hours.share)


def _identity(known: Known) -> Identity:
    """What of an identity is needed to tell its clock: the ARN and the session that roles have seen it by."""
    arn, _, session = (known.names[0] if known.names else known.key).partition(" (")
    return Identity(
        key=known.key, kind=Kind.UNKNOWN, arn=arn, person=session.removesuffix(")") or arn.rsplit("/", 1)[-1]
    )
