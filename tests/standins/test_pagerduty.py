import asyncio
from datetime import timedelta

import aiohttp
import pytest

from tests.standins.vendor_fixtures import (
    BEN,
    NOON,
    RIA,
    change,
    change_events,
    events,
    needs_contracts,
    off_loop,
    once,
    pagerduty,
    pdpyras,
    rest,
)


@pytest.fixture
async def standin():
    async with pagerduty(changes=[change("seeded deploy", NOON)]) as running:
        yield running


async def test_on_call_people_come_with_their_mail_when_users_are_included(standin):
    listed = await off_loop(rest(standin).list_all, "oncalls", params={"include[]": ["users"], "earliest": "true"})
    assert [(entry["user"]["summary"], entry["user"]["email"], entry["escalation_level"]) for entry in listed] == [
        (RIA.name, RIA.email, 1),
        (BEN.name, BEN.email, 2),
    ]
    assert standin.violations == []


async def test_on_call_people_are_filtered_by_schedule_and_policy(standin):
    params = {"schedule_ids[]": [RIA.schedule_id], "escalation_policy_ids[]": ["PELSE"]}
    assert await off_loop(rest(standin).list_all, "oncalls", params=params) == []
    assert standin.violations == []


async def test_lists_come_in_pages(standin):
    names = await off_loop(lambda: [user["name"] for user in rest(standin).iter_all("users", page_size=1)])
    assert names == [RIA.name, BEN.name]


async def test_a_user_a_schedule_and_the_abilities_can_be_read(standin):
    session = rest(standin)
    assert (await off_loop(session.rget, f"/users/{RIA.id}"))["email"] == RIA.email
    assert [found["name"] for found in await off_loop(session.list_all, "schedules")] == [RIA.schedule]
    assert "teams" in await off_loop(session.rget, "/abilities")
    with pytest.raises(pdpyras.PDHTTPError, match="404"):
        await off_loop(session.rget, "/users/PNOBODY")
    assert standin.violations == []


async def test_a_wrong_token_is_refused(standin):
    with pytest.raises(pdpyras.PDHTTPError, match="401"):
        await off_loop(rest(standin, token="other").list_all, "oncalls")


async def test_two_triggers_with_one_key_are_one_incident(standin):
    session = events(standin)
    for summary in ("first", "again"):
        assert await off_loop(session.trigger, summary, "hopstop", dedup_key="case:1") == "case:1"
    assert [(incident.dedup_key, incident.summary, len(incident.events)) for incident in standin.incidents] == [
        ("case:1", "first", 2)
    ]
    assert standin.violations == []


async def test_an_alert_is_acknowledged_resolved_and_then_opened_anew(standin):
    session = events(standin)
    await off_loop(session.trigger, "one", "hopstop", dedup_key="case:1")
    await off_loop(session.acknowledge, "case:1")
    assert standin.alerts["case:1"].status == "acknowledged"
    await off_loop(session.resolve, "case:1")
    assert standin.alerts["case:1"].status == "resolved"
    await off_loop(session.trigger, "two", "hopstop", dedup_key="case:1")
    assert [(incident.summary, incident.status) for incident in standin.incidents] == [
        ("one", "resolved"),
        ("two", "triggered"),
    ]


async def test_resolving_what_was_never_triggered_changes_nothing(standin):
    assert await off_loop(events(standin).resolve, "case:unknown") == "case:unknown"
    assert standin.incidents == []


async def test_a_change_that_is_sent_is_seen_within_its_window_only(standin):
    when = NOON + timedelta(minutes=5)
    await off_loop(change_events(standin).submit, "deploy api", source="ci", timestamp=when.isoformat())
    window = {"since": "2026-10-03T12:04:00Z", "until": "2026-10-03T12:06:00Z"}
    seen = await off_loop(rest(standin).list_all, "change_events", params=window)
    assert [(found["summary"], found["timestamp"]) for found in seen] == [("deploy api", "2026-10-03T12:05:00Z")]
    both = await off_loop(rest(standin).list_all, "change_events")
    assert [found["summary"] for found in both] == ["deploy api", "seeded deploy"]
    assert standin.violations == []


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"event_action": "trigger"}, "'payload' is missing"),
        ({"event_action": "resolve"}, "'dedup_key' is missing"),
        ({"event_action": "shout", "dedup_key": "k"}, "'event_action' must be"),
        ({"event_action": "resolve", "dedup_key": "k" * 256}, "'dedup_key' is too long"),
        ({"event_action": "resolve", "dedup_key": "k", "colour": "red"}, "no field 'colour'"),
        (
            {"event_action": "resolve", "dedup_key": "k", "links": [{"href": "javascript:x"}]},
            "no web address",
        ),
        (
            {"event_action": "trigger", "payload": {"summary": " ", "severity": "info", "source": "s"}},
            "summary",
        ),
        (
            {
                "event_action": "trigger",
                "payload": {"summary": "s" * 1025, "severity": "info", "source": "s"},
            },
            "long",
        ),
        (
            {"event_action": "trigger", "payload": {"summary": "s", "severity": "high", "source": "s"}},
            "severity",
        ),
        ({"event_action": "trigger", "payload": {"summary": "s", "severity": "info"}}, "source"),
    ],
)
async def test_an_event_that_pagerduty_would_refuse_is_refused_and_recorded(standin, event, complaint):
    answer = await off_loop(lambda: events(standin).post("/v2/enqueue", json=event))
    assert answer.status_code == 400
    assert complaint in " ".join(answer.json()["errors"])
    assert any(complaint in violation for violation in standin.violations)
    assert standin.incidents == []


async def test_a_wrong_routing_key_is_refused(standin):
    stranger = once(pdpyras.EventsAPISession("not-ours"), standin.events_url)
    with pytest.raises(pdpyras.PDHTTPError, match="400"):
        await off_loop(stranger.trigger, "one", "hopstop", dedup_key="k")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/incidents"),
        ("POST", "/oncalls"),
        ("GET", "/oncalls?colour=red"),
        ("GET", "/users?limit=1000"),
    ],
)
async def test_what_is_not_offered_is_refused_and_recorded(standin, method, path):
    answer = await off_loop(lambda: rest(standin).request(method, path))
    assert answer.status_code in (400, 404, 405)
    assert answer.json()["error"]["message"]
    assert len(standin.violations) == 1


async def test_trouble_comes_on_order_once(standin):
    standin.fail("oncalls", status=429, retry_after="7")
    first = await off_loop(rest(standin).get, "/oncalls")
    second = await off_loop(rest(standin).get, "/oncalls")
    assert (first.status_code, first.headers["Retry-After"], second.status_code) == (429, "7", 200)


async def test_an_event_can_be_taken_and_its_answer_lost(standin):
    standin.fail(("POST", "/v2/enqueue"), status=0, after_effect=True)
    with pytest.raises(pdpyras.PDClientError):
        await off_loop(events(standin).trigger, "one", "hopstop", dedup_key="k")
    assert standin.alerts["k"].status == "triggered"


async def test_a_hanging_answer_ends_when_the_standin_stops():
    standin = await pagerduty().start()
    standin.fail("abilities", hang_s=60)
    async with aiohttp.ClientSession() as client:
        pending = client.get(f"{standin.url}/abilities", headers={"Authorization": f"Token token={standin.token}"})
        task = asyncio.ensure_future(pending)
        await standin.trouble_met.wait()
        await standin.stop()
        assert (await task).status == 503


async def test_the_page_shows_text_only(standin):
    payload = {"custom_details": {"<i>who": "<b>mallory</b>"}}
    hostile = "<script>alert(1)</script>"
    await off_loop(events(standin).trigger, hostile, "hopstop", dedup_key="k<", payload=payload)
    async with aiohttp.ClientSession() as client, client.get(standin.url) as answer:
        shown = await answer.text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;b&gt;mallory&lt;/b&gt;" in shown
    assert "<script" not in shown
    async with aiohttp.ClientSession() as client, client.get(f"{standin.url}/favicon.ico") as answer:
        assert answer.status == 204
    assert standin.violations == []
    assert "<b>" not in shown


async def test_the_state_is_readable_and_holds_no_credential(standin):
    await off_loop(events(standin).trigger, "one", "hopstop", dedup_key="k")
    async with aiohttp.ClientSession() as client, client.get(f"{standin.url}/standin/state") as answer:
        state, raw = await answer.json(), await answer.text()
    assert [incident["dedup_key"] for incident in state["incidents"]] == ["k"]
    assert standin.routing_key not in raw
    assert standin.token not in raw


@needs_contracts
async def test_the_vendors_description_judges_requests_too(standin):
    await off_loop(rest(standin).get, "/oncalls", params={"limit": "5", "since": "yesterday"})
    assert any("oncalls request" in violation for violation in standin.violations)
