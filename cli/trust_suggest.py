"""`hopstop trust suggest`: a narrower trust policy for one role, held against who was seen to assume it."""

import json
import re
import sys
import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli.output import data, talk
from cli.trust_input import (
    AsJson,
    Described,
    ExternalId,
    IsLive,
    Keep,
    MaxAge,
    RoleName,
    Source,
    organization_and_settings,
)
from cli.trust_records import Records
from cli.trust_seen import seen_in_store
from integrations.snapshot_files import read_snapshot_files
from model.errors import Malformed, Misused
from model.organization import Organization
from model.text import clean
from trust.audit import Audited, audit_document, audit_role, inside_of, ours_of
from trust.observed import Observed, observed
from trust.principal import PROVIDERS
from trust.problem import Class, Problem
from trust.snapshot import Role, Snapshot
from trust.snippets import deputy_policy, suggestion_fields
from trust.suggest import Suggestion, advice, suggest
from trust.vendors import known_vendors

USAGE = 2
_REMEMBERED = "the store remembers callers of 30 days, each counted once: who comes more rarely is not in it"


def suggest_role(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Its ARN, or its name where there is one of that name.")],
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Account authorization details or roles: files, directories, globs, -."),
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="FILE", help="The role's bare trust policy; ROLE is then its ARN.")
    ] = "",
    records: Annotated[
        list[str] | None,
        typer.Option("--records", metavar="PATH", help="CloudTrail records to verify against; may be repeated."),
    ] = None,
    store: Annotated[
        str, typer.Option("--store", metavar="URL", help="The watch's store: who assumed the role in 30 days.")
    ] = "",
    as_json: AsJson = False,
    live: IsLive = False,
    role_name: RoleName = "",
    external_id: ExternalId = "",
    keep: Keep = None,
    max_age: MaxAge = 24.0,
    organization: Described = None,
) -> None:
    """Print a narrower policy, the diff, CloudFormation and Terraform; never wider than what stands.

    Every assumption that was seen still passes it: it says against how many it was verified, or that it is unverified.
    """
    described, _ = organization_and_settings(organization)
    if policy:
        audited = _of_policy(role, policy, described)
    else:
        source = Source(paths, live=live, role=role_name, external_id=external_id, keep=keep, max_age_h=max_age)
        audited = _of_snapshot(role, source.snapshot(), described)
    if audited.judgement is None:
        raise Malformed(f"the trust policy of {clean(role, 200)} is invalid: {'; '.join(audited.errors[:3])}")
    seen, cautions = _seen(audited, records or [], store)
    found = suggest(audited.document, audited.judgement, audited.ranked.tier, seen)
    fields = _fields(audited, found, seen, cautions)
    if as_json:
        data(json.dumps(fields))
    else:
        from cli.trust_suggest_words import show  # noqa: PLC0415 - rich takes a while

        show(fields, sys.stdout)


def _of_policy(role: str, file: str, described: Organization) -> Audited:
    told = re.fullmatch(r"arn:([a-z-]+):iam::(\d{12}):role/.+", role)
    if told is None:
        raise typer.BadParameter(
            "with --policy it is the role's ARN: arn:aws:iam::111111111111:role/x", param_hint="ROLE"
        )
    found = next(iter(read_snapshot_files([file])))
    if found.trouble:
        raise Malformed(f"{clean(file, 200)}: {found.trouble}")
    vendors = {**known_vendors(), **described.vendors}
    text = found.data.decode("utf-8-sig", "replace")
    audited = audit_document(text, file, ours_of(described, vendors, told[2], told[1]), time.time())
    return audited._replace(role=role)


def _of_snapshot(asked: str, snapshot: Snapshot, described: Organization) -> Audited:
    vendors = {**known_vendors(), **described.vendors}
    found = _one(asked, snapshot.roles)
    return audit_role(found, inside_of(described, snapshot.accounts), vendors, time.time())


def _one(asked: str, roles: Sequence[Role]) -> Role:
    """The role that is meant. Exits 2 where several are, 1 where none is."""
    found = [each for each in roles if asked in (each.arn, each.arn.rsplit("/", 1)[-1])]
    if not found:
        raise Misused(f"there is no role {clean(asked, 200)} in these files: give its ARN, or other files")
    if len(found) > 1:
        talk(f"hopstop: {len(found)} roles are called {clean(asked, 80)}: {', '.join(each.arn for each in found[:6])}")
        raise typer.Exit(USAGE)
    return found[0]


def _seen(audited: Audited, records: Sequence[str], store: str) -> tuple[Observed, list[str]]:
    """Who assumed the role, and what to keep in mind about where that is from."""
    judgement, role = audited.judgement, audited.role
    if judgement is None or role is None or not (records or store):
        return Observed(), []
    if store:
        return seen_in_store(store, role, judgement.ours), [_REMEMBERED]
    named = [each for statement in judgement.policy.statements for each in statement.principals]
    providers = [each for each in named if each.kind in PROVIDERS]
    read = Records(records)
    found = observed(read.assumptions(), role, providers, judgement.ours)
    caution = read.caution()
    return found, [caution] if caution else []


def _is_cross_service(problem: Problem) -> bool:
    """Whether a policy for the whole organisation helps: it holds services, and no vendor."""
    return problem.kind is Class.CONFUSED_DEPUTY and "(cross-service)" in problem.why


def _fields(audited: Audited, found: Suggestion | None, seen: Observed, cautions: Sequence[str]) -> dict[str, Any]:
    judgement = audited.judgement
    told = (
        None
        if found is None
        else suggestion_fields(audited.role or "role", audited.document, found, audited.max_session_s)
    )
    needs = judgement is not None and any(_is_cross_service(each) for each in audited.problems)
    return {
        "type": "suggestion",
        "role": audited.role,
        "exposed": audited.exposed,
        "why": audited.why,
        "calls": seen.told + seen.untold,
        "suggestion": told,
        "advice": [*cautions, *(advice(judgement) if judgement is not None else ())],
        "resource_control_policy": deputy_policy(judgement.ours.org_id) if needs and judgement is not None else None,
    }
