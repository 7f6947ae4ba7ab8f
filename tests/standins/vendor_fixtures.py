"""The local PagerDuty and Jira for tests, judged by the vendors' own descriptions where these are at hand."""

import asyncio
import os
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jira import JIRA

from standins.jira import JiraStandIn
from standins.pagerduty import PagerDutyStandIn
from standins.pagerduty_state import ChangeEvent, OnCallEntry

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pdpyras

SHARED = Path(os.environ.get("HOPSTOP_SHARED", "../shared")).resolve()
CONTRACTS = SHARED / "data" / "contracts"
NOON = datetime(2026, 10, 3, 12, 0, tzinfo=UTC)
RIA = OnCallEntry("Ria Responder", "ria@example.com", id="PRIA")
BEN = OnCallEntry("Ben Backup", "ben@example.com", id="PBEN", level=2)
needs_contracts = pytest.mark.skipif(not CONTRACTS.is_dir(), reason=f"no vendors' descriptions in {CONTRACTS}")


def contracts() -> Path | None:
    return CONTRACTS if CONTRACTS.is_dir() else None


def pagerduty(on_call=(RIA, BEN), changes=()) -> PagerDutyStandIn:
    return PagerDutyStandIn(on_call, changes=changes, contracts=contracts())


def change(summary: str, at: datetime) -> ChangeEvent:
    return ChangeEvent(summary, at, source="deploys", links=({"href": "https://ci.example.com/1", "text": "run"},))


def rest(standin: PagerDutyStandIn, token: str | None = None) -> pdpyras.APISession:
    return once(pdpyras.APISession(token or standin.token), standin.api_url)


def events(standin: PagerDutyStandIn) -> pdpyras.EventsAPISession:
    return once(pdpyras.EventsAPISession(standin.routing_key), standin.events_url)


def change_events(standin: PagerDutyStandIn) -> pdpyras.ChangeEventsAPISession:
    return once(pdpyras.ChangeEventsAPISession(standin.routing_key), standin.events_url)


def once(session, url):
    """A pdpyras session that tries once."""
    session.url, session.timeout = url, 5
    session.retry, session.max_network_attempts, session.max_http_attempts = {429: 1}, 0, -1
    return session


async def off_loop(call, *arguments, **named):
    """Run a blocking client's call while the server answers on this loop."""
    return await asyncio.to_thread(call, *arguments, **named)


def jira_standin(**settings) -> JiraStandIn:
    return JiraStandIn(contracts=contracts(), **settings)


def jira_client(standin: JiraStandIn, version: str = "3", token: str | None = None) -> JIRA:
    """The real library, once and without asking the server what it is."""
    client = JIRA(
        server=standin.url,
        basic_auth=(standin.user, token or standin.token),
        options={"rest_api_version": version},
        get_server_info=False,
        max_retries=0,
        timeout=5,
    )
    client.deploymentType = "Cloud"
    return client


def document(*lines: str) -> dict:
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}
