"""What a local PagerDuty remembers, and how events change it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SEVERITIES = ("critical", "error", "warning", "info")
_DEFAULT_SCHEDULE = "Security on-call"


@dataclass(frozen=True)
class OnCallEntry:
    """Somebody on call: `level` 1 is woken first; without `start` and `end` (UTC) it is always their turn."""

    name: str
    email: str
    id: str = "PUSER01"
    schedule: str = _DEFAULT_SCHEDULE
    schedule_id: str = "PSCHED1"
    escalation_policy: str = "Security"
    escalation_policy_id: str = "PESCAL1"
    level: int = 1
    start: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    end: datetime = datetime(2040, 1, 1, tzinfo=UTC)


@dataclass
class Incident:
    """One alert, from trigger to resolution: `status` is triggered, acknowledged or resolved."""

    number: int
    dedup_key: str
    summary: str
    severity: str
    source: str
    status: str
    created: datetime
    updated: datetime
    events: list[dict[str, Any]] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        """The incident as JSON."""
        return {**vars(self), "created": instant(self.created), "updated": instant(self.updated)}


@dataclass(frozen=True)
class ChangeEvent:
    """One change as it was sent; `timestamp` in UTC."""

    summary: str
    timestamp: datetime
    source: str = ""
    links: tuple[Mapping[str, str], ...] = ()
    custom_details: Mapping[str, Any] = field(default_factory=dict)

    def resource(self, place: int) -> dict[str, Any]:
        """The change as GET /change_events shows it."""
        return {
            "id": f"01CHANGE{place:04d}",
            "type": "change_event",
            "summary": self.summary,
            "timestamp": instant(self.timestamp),
            "source": self.source,
            "links": [dict(link) for link in self.links],
            "custom_details": dict(self.custom_details),
            "services": [],
        }


class Incidents:
    """Every incident ever opened; at most one open incident for a dedup key."""

    def __init__(self) -> None:
        self.all: list[Incident] = []

    def latest(self) -> dict[str, Incident]:
        """The newest incident for each dedup key."""
        return {incident.dedup_key: incident for incident in self.all}

    def accept(self, event: Mapping[str, Any], now: datetime) -> str:
        """Apply an Events v2 event that is known to be well formed; its dedup key."""
        kept = {name: value for name, value in event.items() if name != "routing_key"}
        key = event.get("dedup_key") or _made_up_key(len(self.all), now)
        open_incident = self._open(key)
        if open_incident is not None:
            _advance(open_incident, kept, now)
        elif event["event_action"] == "trigger":
            self.all.append(_opened(len(self.all) + 1, key, kept, now))
        return str(key)

    def _open(self, key: str) -> Incident | None:
        found = self.latest().get(key)
        return None if found is None or found.status == "resolved" else found


def instant(when: datetime) -> str:
    """A time as PagerDuty writes it, to the second in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _opened(number: int, key: str, event: dict[str, Any], now: datetime) -> Incident:
    payload = event["payload"]
    return Incident(
        number=number,
        dedup_key=key,
        summary=payload["summary"],
        severity=payload["severity"],
        source=payload["source"],
        status="triggered",
        created=now,
        updated=now,
        events=[event],
    )


def _advance(incident: Incident, event: dict[str, Any], now: datetime) -> None:
    incident.events.append(event)
    incident.updated = now
    if event["event_action"] == "acknowledge":
        incident.status = "acknowledged"
    if event["event_action"] == "resolve":
        incident.status = "resolved"


def _made_up_key(count: int, now: datetime) -> str:
    return hashlib.sha256(f"{count}:{now.isoformat()}".encode()).hexdigest()[:32]
