"""The local PagerDuty's one page: who was paged, about what, and who is on call."""

import json
from collections.abc import Sequence
from datetime import datetime

from standins.page import link, page, section, table, tag, text
from standins.pagerduty_state import Incident, OnCallEntry

_TONES = {"triggered": "bad", "resolved": "good"}


def incidents_page(incidents: Sequence[Incident], on_call: Sequence[OnCallEntry]) -> str:
    """Every incident, newest first, then who is on call."""
    boxes = [_incident(incident) for incident in reversed(incidents)] or [
        section("Incidents", "<p class='soft'>Nobody has been paged.</p>")
    ]
    people = [(text(entry.level), text(entry.name), text(entry.email), text(entry.schedule)) for entry in on_call]
    roster = table(("Level", "Name", "E-mail", "Schedule"), people, "Nobody is on call.")
    return page("PagerDuty", "PagerDuty", "#048a24", *boxes, section("On call", roster))


def _incident(incident: Incident) -> str:
    facts = [
        ("Dedup key", f"<code>{text(incident.dedup_key)}</code>"),
        ("Source", text(incident.source)),
        ("Opened", text(_clock(incident.created))),
        ("Last event", text(_clock(incident.updated))),
        ("Events", ", ".join(text(event["event_action"]) for event in incident.events)),
        *_details(incident),
    ]
    state = tag(incident.status, _TONES.get(incident.status, "")) + tag(incident.severity)
    body = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in facts)
    return section(f"#{incident.number} {incident.summary}", f"<p>{state}</p><table>{body}</table>")


def _details(incident: Incident) -> list[tuple[str, str]]:
    first = incident.events[0]
    details = first["payload"].get("custom_details", {})
    links = [link(each["href"], each.get("text") or each["href"]) for each in first.get("links", [])]
    shown = [
        (text(name), text(value if isinstance(value, str) else json.dumps(value))) for name, value in details.items()
    ]
    return shown + ([("Links", ", ".join(links))] if links else [])


def _clock(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")
