"""What a session did: activities.ports.Trail over CloudTrail's LookupEvents."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.aws import AwsClients, Place, place_of
from integrations.aws_errors import aws_errors
from model.enrichment import SessionActivity
from model.errors import Malformed
from model.lineage import Hop
from model.text import role_label

# LookupEvents gives 50 events a page and answers twice a second per account and region (AWS).
PAGES = 10
# A session's first call may carry the very second of its minting.
BEFORE = timedelta(seconds=1)

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
        if not error:
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
        place = place_of(hop.role_arn)
        tally = _Tally()
        with aws_errors(f"look up what the session of {role_label(hop.role_arn)} did"):
            for region in sorted({hop.region or place.home, place.home}):
                for event in self._events(place, region, hop, until):
                    tally.count(event)
        calls = sorted(tally.calls.items(), key=lambda item: (-item[1], item[0]))
        return SessionActivity(session=hop.session, calls=tuple(calls), denied=tally.denied, last=tally.last)

    def _events(self, place: Place, region: str, hop: Hop, until: datetime) -> Iterator[dict[str, Any]]:
        pages = (
            self._clients.reach("cloudtrail", place, region)
            .get_paginator("lookup_events")
            .paginate(
                LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": hop.access_key_id}],
                StartTime=hop.time - BEFORE,
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


def _later(known: datetime | None, seen: Any) -> datetime | None:
    if not isinstance(seen, datetime):
        return known
    seen = seen.astimezone(UTC)
    return seen if known is None or seen > known else known
