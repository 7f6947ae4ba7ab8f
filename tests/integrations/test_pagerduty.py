import inspect
import subprocess
import sys
import threading
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import requests
from requests import exceptions as http

from integrations.pagerduty import SDK_ERRORS, PagerDutyDirectory, PagerDutyPager, as_ours, pdpyras
from integrations.vendor_answers import retry_after_s
from model.enrichment import Change, Person
from model.errors import Malformed, NotFound, Refused, Unavailable
from tests.standins.vendor_fixtures import BEN, NOON, RIA, change, off_loop, pagerduty

SECRET = "pd-very-secret-key-0123456789"


@pytest.fixture
async def standin():
    async with pagerduty(changes=[change("deploy api", NOON), change("old", NOON - timedelta(days=1))]) as running:
        yield running
    assert running.violations == []


def directory(standin, **settings) -> PagerDutyDirectory:
    return PagerDutyDirectory(settings.pop("key", standin.token), standin.api_url, **settings)


def pager(standin, **settings) -> PagerDutyPager:
    return PagerDutyPager(standin.routing_key, standin.events_url, **settings)


async def test_people_on_call_come_in_the_order_in_which_they_are_woken(standin):
    standin.on_call = [BEN, RIA]
    assert await off_loop(directory(standin).on_call) == (
        Person(name=RIA.name, email=RIA.email, schedule=RIA.schedule, until=RIA.end),
        Person(name=BEN.name, email=BEN.email, schedule=BEN.schedule, until=BEN.end),
    )


async def test_only_the_schedules_and_policies_that_are_set_count(standin):
    assert await off_loop(directory(standin, schedules=["POTHER"]).on_call) == ()
    assert await off_loop(directory(standin, escalation_policies=["POTHER"]).on_call) == ()


async def test_a_person_on_two_schedules_is_named_once(standin):
    standin.on_call = [RIA, RIA]
    assert len(await off_loop(directory(standin).on_call)) == 1


async def test_changes_of_the_window_are_listed_with_their_links(standin):
    found = await off_loop(directory(standin).changes, NOON - timedelta(hours=1), NOON)
    assert found == (Change(summary="deploy api", source="deploys", at=NOON, link="https://ci.example.com/1"),)


async def test_one_key_is_one_page_even_when_the_answer_was_lost(standin):
    standin.fail("enqueue", status=0, after_effect=True)
    page = ("case:1", "Cut off `vendor-scan`", "critical", {"hops": "3"}, "http://127.0.0.1/case")
    with pytest.raises(Unavailable):
        await off_loop(pager(standin).page, *page)
    await off_loop(pager(standin).page, *page)
    (incident,) = standin.incidents
    assert (incident.summary, incident.severity, incident.status) == (page[1], "critical", "triggered")
    assert incident.events[0]["payload"]["custom_details"] == {"hops": "3"}
    assert incident.events[0]["links"] == [{"href": page[4], "text": "The case"}]


async def test_a_page_is_resolved_by_its_key(standin):
    await off_loop(pager(standin).page, "case:1", "one", "low", {}, "")
    await off_loop(pager(standin).resolve, "case:1")
    assert (standin.alerts["case:1"].severity, standin.alerts["case:1"].status) == ("info", "resolved")


async def test_hostile_text_never_breaks_a_page(standin):
    await off_loop(
        pager(standin).page,
        "k",
        "x" * 5000 + "\ud800",
        "odd",
        {"a\udfff": "y" * 99999},
        "javascript:alert(1)",
    )
    event = standin.alerts["k"].events[0]
    assert len(event["payload"]["summary"]) == 1024
    assert "links" not in event


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_that_pagerduty_would_refuse_is_malformed(standin, key):
    with pytest.raises(Malformed):
        await off_loop(pager(standin).page, key, "one", "low", {}, "")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Malformed),
        (401, Refused),
        (403, Refused),
        (404, NotFound),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
async def test_each_status_becomes_one_of_our_errors_after_one_request(standin, status, expected):
    standin.fail("oncalls", status=status, retry_after="7", times=2)
    with pytest.raises(expected) as raised:
        await off_loop(directory(standin).on_call)
    if expected is Unavailable:
        assert raised.value.retry_after_s == 7.0
    with pytest.raises(expected):
        await off_loop(directory(standin).on_call)
    assert len(await off_loop(directory(standin).on_call)) == 2


async def test_a_hanging_pagerduty_is_unavailable_when_the_time_is_up(standin):
    standin.fail("enqueue", hang_s=60)
    with pytest.raises(Unavailable, match="ReadTimeout"):
        await off_loop(pager(standin, timeout_s=0.2).resolve, "k")


def test_a_pagerduty_that_is_not_there_is_unavailable():
    with pytest.raises(Unavailable):
        PagerDutyPager("key", "http://127.0.0.1:9").resolve("k")


def test_an_address_that_is_none_is_malformed():
    with pytest.raises(Malformed, match="web address"):
        PagerDutyPager("key", "http:///").resolve("k")


async def test_no_error_holds_the_key(standin):
    standin.fail("change_events", status=403)
    shown = []
    for ask in (
        directory(standin, key=SECRET).on_call,
        lambda: directory(standin).changes(NOON, NOON),
        lambda: PagerDutyPager(SECRET, standin.events_url).resolve("k"),
        lambda: PagerDutyPager(SECRET, "http://127.0.0.1:9").resolve("k"),
    ):
        with pytest.raises((Refused, Malformed, Unavailable)) as raised:
            await off_loop(ask)
        shown.append("".join(traceback.format_exception(raised.value)))
        assert raised.value.__context__ is None
        assert raised.value.__cause__ is None
    assert SECRET[-4:] not in "".join(shown)
    assert standin.token not in "".join(shown)


def sdk_exceptions():
    from_pdpyras = [each for _, each in inspect.getmembers(pdpyras, inspect.isclass) if issubclass(each, Exception)]
    from_requests = [
        each for _, each in inspect.getmembers(http, inspect.isclass) if issubclass(each, http.RequestException)
    ]
    ours = [each for each in from_pdpyras if each.__module__ == "pdpyras"]
    return sorted({*ours, *from_requests}, key=lambda each: each.__name__)


@pytest.mark.parametrize("kind", sdk_exceptions(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_sdk_is_unmapped(kind):
    assert issubclass(kind, SDK_ERRORS)
    response = requests.Response()
    response.status_code = 403
    made = kind(SECRET, "doc", 1) if issubclass(kind, http.JSONDecodeError) else _made(kind, response)
    ours = as_ours(made, "page", SECRET)
    assert isinstance(ours, Malformed | Refused | Unavailable)
    assert SECRET not in str(ours)


def _made(kind, response):
    return kind(SECRET, response) if issubclass(kind, pdpyras.PDClientError) else kind(SECRET)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "12"}, 12.0),
        ({"ratelimit-reset": "3"}, 3.0),
        ({"Retry-After": "Sat, 03 Oct 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sat, 03 Oct 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "99999999"}, 3600.0),
        ({"Retry-After": "soon"}, None),
    ],
)
def test_how_long_to_wait_is_read_from_the_headers(headers, expected):
    assert retry_after_s(headers, datetime(2026, 10, 3, 12, tzinfo=UTC)) == expected


def test_importing_the_client_warns_of_nothing():
    command = [sys.executable, "-W", "error", "-c", "import integrations.pagerduty"]
    assert subprocess.run(command, capture_output=True, check=False).stderr == b""


async def test_threads_share_one_client(standin):
    shared, found = pager(standin), []
    work = [
        threading.Thread(target=lambda n=n: found.append(shared.page(f"k{n}", "s", "low", {}, ""))) for n in range(8)
    ]
    for each in work:
        each.start()
    for each in work:
        await off_loop(each.join)
    assert sorted(standin.alerts) == [f"k{n}" for n in range(8)]
