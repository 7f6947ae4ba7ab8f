"""What fits its type in hopstop.toml and still could never work."""

import re
from collections.abc import Iterator

from model.exemption import senseless
from model.file import File, ReconcileSettings, SiemSettings, WatchSettings
from model.senseless import senseless_approvals, senseless_guard, senseless_routes

_ROLE = re.compile(r"[\w+=,.@/-]*", re.ASCII)
_SCP = re.compile(r"arn:aws[a-z-]*:organizations::\d{12}:policy/o-[a-z0-9]{10,32}/service_control_policy/p-[\w]{8,128}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WEB = re.compile(r"https?://[^\s/]+.*")


def senseless_file(file: File) -> Iterator[str]:
    """What fits its type and still could never work: key, problem and fix in one line each."""
    yield from senseless_routes(file.routes, file.approvals)
    yield from senseless(file.exceptions)
    yield from senseless_approvals(file.approvals)
    yield from senseless_guard(file.guard)
    if not _ROLE.fullmatch(file.containment.role):
        yield "containment.role: it is no role name; write its name with its path, not its ARN"
    for key in ("quarantine_scp", "people_scp"):
        arn = getattr(file.containment, key)
        if arn and not _SCP.fullmatch(arn):
            yield f"containment.{key}: it is no ARN of a service control policy; copy it from AWS Organizations"
    yield from _wrong_watch(file.watch)
    yield from _wrong_reconcile(file.reconcile)
    yield from _wrong_siem(file.siem)
    for region in file.deploys.regions:
        if not _REGION.fullmatch(region):
            yield "deploys.regions: there is no such region of AWS; write it like eu-central-1"
    if file.jira.changes and not re.fullmatch(r"[A-Z][A-Z0-9_]{1,79}", file.jira.changes):
        yield "jira.changes: it is no project key; write it like CHANGE"
    if file.links.temporal_ui and not _WEB.fullmatch(file.links.temporal_ui):
        yield "links.temporal_ui: it is no web address; begin it with https:// or http://"


def _wrong_watch(watch: WatchSettings) -> Iterator[str]:
    if watch.canary_role and not _ROLE_ARN.fullmatch(watch.canary_role):
        yield "watch.canary_role: it is no role's ARN; write it like arn:aws:iam::111111111111:role/hopstop/canary"
    if watch.canary_role and 0 < watch.silent_after_s <= watch.canary_every_s:
        yield "watch.canary_every_s: it is longer than watch.silent_after_s, so every wait for it is a page; shorten it"
    if 0 < watch.silent_after_s < watch.coverage_s:
        yield "watch.silent_after_s: it is shorter than watch.coverage_s, after which silence is noticed; lengthen it"


def _wrong_reconcile(reconcile: ReconcileSettings) -> Iterator[str]:
    if reconcile.bucket and not _BUCKET.fullmatch(reconcile.bucket):
        yield "reconcile.bucket: it is no bucket's name; write it without s3:// and without a path"
    if reconcile.prefix and "AWSLogs" in reconcile.prefix.split("/"):
        yield "reconcile.prefix: it goes too far; write only what stands before AWSLogs/, or nothing"
    if reconcile.prefix and not reconcile.bucket:
        yield "reconcile.bucket: it is empty, but reconcile.prefix is not; name the bucket of the trail"


_SIEM_NEEDS = {"eventbridge": "bus", "firehose": "stream", "https": "url"}


def _wrong_siem(siem: SiemSettings) -> Iterator[str]:
    needed = _SIEM_NEEDS.get(siem.to, "")
    if needed and not getattr(siem, needed):
        yield f"siem.{needed}: it is empty, but siem.to is {siem.to}; set it, or another siem.to"
    if siem.url and not _WEB.fullmatch(siem.url):
        yield "siem.url: it is no web address; begin it with https://"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,30}", siem.scheme):
        yield "siem.scheme: it is no single word; write Bearer, or Splunk"
