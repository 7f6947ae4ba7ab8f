"""What a session did: activities.ports.Trail over CloudTrail's LookupEvents."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.ports import KeyUse
from integrations.aws import AwsClients, Place, place_of
from integrations.aws_errors import aws_errors
from model.enrichment import SessionActivity
from model.errors import Malformed
from model.lineage import Hop
from model.text import code, role_label

# LookupEvents gives 50 events a page and answers twice a second per account and region (AWS).
PAGES = 10
# A session's first call may carry the very second of its minting.
BEFORE = timedelta(seconds=1)

# No policy denies it (AWS).
UNDENIABLE = ("GetCallerIdentity",)
# What outlasts the session that made it: keys, users, roles and who may assume them.
LASTING = frozenset((
    "CreateUser", "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile",
    "CreateServiceSpecificCredential", "AddUserToGroup", "ResetServiceSpecificCredential",
    "UploadSigningCertificate", "UploadSSHPublicKey", "AttachUserPolicy", "PutUserPolicy", "CreateRole",
    "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy", "CreatePolicyVersion",
    "SetDefaultPolicyVersion", "UpdateAccessKey", "CreateSAMLProvider", "UpdateSAMLProvider",
    "CreateOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider", "CreateTrustAnchor",
    "UpdateTrustAnchor", "CreateProfile", "CreateAccountAssignment", "PutInlinePolicyToPermissionSet",
))  # fmt: skip
MOST_LEFT = 20

_DENIED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized", "Forbidden")


@dataclass
class _Tally:
    """What has been counted; `seen` are event ids, since two regions may show one call."""

    calls: "Counter[str]" = field(default_factory=Counter)
    denied: int = 0
    last: datetime | None = None
    seen: set[str] = field(default_factory=set)

    def count(self, event: dict[str, Any]) -> None:
        """Add one event of LookupEvents."""
        if event.get("EventId") in self.seen:
            return
        self.seen.add(event.get("EventId", ""))
        self.calls[str(event.get("EventName", "unknown"))] += 1
        error = error_code(event.get("CloudTrailEvent"))
        if error and any(word in error for word in _DENIED):
            self.denied += 1
        if not error and event.get("EventName") not in UNDENIABLE:
            self.last = _later(self.last, event.get("EventTime"))


class AwsTrail:
    """CloudTrail's own memory of the last 90 days: management events only, up to 15 minutes late (AWS)."""

    def __init__(self, clients: AwsClients, pages: int = PAGES) -> None:
        self._clients = clients
        self._pages = pages

    def activity(self, hop: Hop, until: datetime) -> SessionActivity:
        """Calls of the hop's session from its minting until then: the latest 500 in the region of the hop and
        in the one that records IAM's calls. `last` is the last call that succeeded."""
        if not hop.access_key_id:
            raise Malformed(f"no record names the access key id of the session of {role_label(hop.role_arn)}")
        tally = _Tally()
        with aws_errors(f"look up what the session of {role_label(hop.role_arn)} did"):
            for event in self._events(hop.role_arn, hop.access_key_id, hop.time - BEFORE, until, hop.region):
                tally.count(event)
        calls = sorted(tally.calls.items(), key=lambda item: (-item[1], item[0]))
        return SessionActivity(session=hop.session, calls=tuple(calls), denied=tally.denied, last=tally.last)

    def use(self, arn: str, key: str, since: datetime, until: datetime, region: str | None) -> KeyUse:
        """When a key's last call succeeded, and what of its doing outlasts it, from the latest 500 calls a region."""
        tally, left = _Tally(), dict[str, None]()
        with aws_errors(f"look up what a key of {role_label(arn)} left"):
            for event in self._events(arn, key, since, until, region):
                tally.count(event)
                if event.get("EventName") in LASTING and not error_code(event.get("CloudTrailEvent")):
                    left.setdefault(_deed(event))
        return KeyUse(last=tally.last, left=tuple(left)[:MOST_LEFT])

    def _events(
        self, arn: str, key: str, since: datetime, until: datetime, region: str | None
    ) -> Iterator[dict[str, Any]]:
        place = place_of(arn)
        for each in sorted({region or place.home, place.home}):
            yield from self._in_region(place, each, key, since, until)

    def _in_region(
        self, place: Place, region: str, key: str, since: datetime, until: datetime
    ) -> Iterator[dict[str, Any]]:
        pages = (
            self._clients.reach("cloudtrail", place, region)
            .get_paginator("lookup_events")
            .paginate(
                LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": key}],
                StartTime=since,
                EndTime=until,
                PaginationConfig={"MaxItems": self._pages * 50, "PageSize": 50},
            )
        )
        for page in pages:
            yield from page.get("Events", [])


def error_code(record: Any) -> str:
    """The error code of a CloudTrail record given as JSON text, `` where it succeeded or cannot be read."""
    try:
        found = json.loads(record).get("errorCode")
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def _deed(event: dict[str, Any]) -> str:
    """A call by its name and what it acted on, in words that are safe to show."""
    names = (str(one.get("ResourceName") or "") for one in event.get("Resources") or ())
    on = next((name for name in names if name), "")
    return f"{event['EventName']} {code(on.rsplit('/', 1)[-1], 60)}" if on else str(event["EventName"])


def _later(known: datetime | None, seen: Any) -> datetime | None:
    if not isinstance(seen, datetime):
        return known
    seen = seen.astimezone(UTC)
    return seen if known is None or seen > known else known
