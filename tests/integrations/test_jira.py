import inspect
import re
import traceback
from datetime import UTC, datetime, timedelta

import jira.exceptions
import pytest
import requests
from jira import JIRAError
from requests import exceptions as http

from integrations.jira import SDK_ERRORS, JiraTickets, as_ours
from integrations.jira_body import WikiText
from integrations.jira_document import document, plain
from model.errors import Malformed, NotFound, Refused, Unavailable
from standins import adf
from tests.standins.vendor_fixtures import jira_standin, off_loop

SECRET = "jira-very-secret-token-0123456789"
LABEL = "case-vendor-scan-1a2b3c4d"
OPENING = (LABEL, "Sessions of `ci` cut off", "Origin: `vendor`\nHops: 3\n\nApproved by Ria")


@pytest.fixture
async def standin():
    async with jira_standin(search_lag_s=0) as running:
        yield running
    assert running.violations == []


def tickets(standin, **settings) -> JiraTickets:
    given = {"settle_s": 0.4, "token": standin.token, "project": "SEC"} | settings
    return JiraTickets(standin.url, standin.user, given.pop("token"), given.pop("project"), **given)


async def test_a_ticket_is_opened_with_its_label_and_text(standin):
    made = await off_loop(tickets(standin).open, *OPENING)
    issue = standin.issue(made.key)
    assert (made.key, made.link) == ("SEC-1", standin.browse_url("SEC-1"))
    assert (issue.summary, issue.labels) == ("Sessions of ci cut off", [LABEL])
    assert adf.plain_text(issue.description) == "Origin: vendor\nHops: 3\nApproved by Ria"


async def test_one_label_is_one_ticket_however_often_it_is_opened(standin):
    first = await off_loop(tickets(standin).open, *OPENING)
    assert await off_loop(tickets(standin).open, *OPENING) == first
    assert (await off_loop(tickets(standin).open, "case-other", "s", "d")).key == "SEC-2"
    assert len(standin.issues) == 2


@pytest.mark.parametrize("lost", [{"status": 500}, {"status": 503, "retry_after": "1"}, {"status": 0}, {"hang_s": 30}])
async def test_a_ticket_whose_answer_was_lost_is_found_and_not_made_again(lost):
    async with jira_standin(search_lag_s=0.15) as standin:
        standin.fail("create", after_effect=True, **lost)
        made = await off_loop(tickets(standin, timeout_s=2).open, *OPENING)
        assert made.key == "SEC-1"
        assert await off_loop(tickets(standin).open, *OPENING) == made
        assert [issue.key for issue in standin.issues] == ["SEC-1"]


async def test_a_ticket_whose_answer_was_lost_is_reported_only_when_search_has_caught_up():
    pauses = []
    async with jira_standin(search_lag_s=60) as standin:
        standin.fail("create", status=500, after_effect=True)
        with pytest.raises(Unavailable):
            await off_loop(tickets(standin, settle_s=5, pause=pauses.append).open, *OPENING)
        assert sum(pauses) == 5
        standin.issues[0].searchable_at = 0
        assert (await off_loop(tickets(standin).open, *OPENING)).key == "SEC-1"
        assert len(standin.issues) == 1


async def test_a_ticket_that_was_refused_is_not_waited_for(standin):
    def pause(_):
        raise AssertionError("there is nothing to wait for")

    for status, expected in ((400, Malformed), (403, Refused), (429, Unavailable)):
        standin.fail("create", status=status)
        with pytest.raises(expected):
            await off_loop(tickets(standin, pause=pause).open, *OPENING)
    assert standin.issues == []


async def test_a_lost_create_that_was_never_done_is_done_by_the_next_attempt(standin):
    standin.fail("create", status=503, retry_after="9")
    with pytest.raises(Unavailable) as raised:
        await off_loop(tickets(standin, pause=lambda _: None).open, *OPENING)
    assert raised.value.retry_after_s == 9.0
    assert (await off_loop(tickets(standin).open, *OPENING)).key == "SEC-1"


async def test_a_ticket_is_changed(standin):
    made = await off_loop(tickets(standin).open, *OPENING)
    await off_loop(tickets(standin).update, made.key, "Contained")
    assert adf.plain_text(standin.issue(made.key).description) == "Contained"


@pytest.mark.parametrize("lost", [False, True])
async def test_a_comment_is_made_once(standin, lost):
    made = await off_loop(tickets(standin).open, *OPENING)
    if lost:
        standin.fail("comment", status=500, after_effect=True)
        with pytest.raises(Unavailable):
            await off_loop(tickets(standin).comment, made.key, "`v2`", "Contained `role`")
    for _ in range(2):
        await off_loop(tickets(standin).comment, made.key, "`v2`", "Contained `role`")
    await off_loop(tickets(standin).comment, made.key, "v", "Another whose marker is part of the first")
    await off_loop(tickets(standin).comment, made.key, "known", "Has it\nknown")
    said = [adf.plain_text(comment.body) for comment in standin.issue(made.key).comments]
    assert said == [
        "Contained role\nv2",
        "Another whose marker is part of the first\nv",
        "Has it\nknown",
    ]


@pytest.mark.parametrize("lost", [None, "comment", "transition"])
async def test_a_ticket_is_resolved_once(standin, lost):
    made = await off_loop(tickets(standin).open, *OPENING)
    if lost:
        standin.fail(lost, status=0, after_effect=True)
        with pytest.raises(Unavailable):
            await off_loop(tickets(standin).resolve, made.key, "Lifted: `benign`")
    for _ in range(2):
        await off_loop(tickets(standin).resolve, made.key, "Lifted: `benign`")
    issue = standin.issue(made.key)
    assert issue.status == "Done"
    assert [what for _, what in issue.history] == ["created", "comment added", "status: To Do → Done"]


async def test_a_workflow_without_an_end_is_only_commented(standin):
    standin.offered = ["11", "21"]
    made = await off_loop(tickets(standin).open, *OPENING)
    await off_loop(tickets(standin).resolve, made.key, "Lifted")
    assert standin.issue(made.key).status == "To Do"
    assert len(standin.issue(made.key).comments) == 1


async def test_hostile_and_endless_text_never_breaks_a_ticket(standin):
    hostile = "`a``b` [x|http://evil.example] @admin <script> \ud800\x00" + "\n\n\n" + "y" * 99_999
    made = await off_loop(tickets(standin).open, LABEL, "two\nlines " + "s" * 999, hostile)
    issue = standin.issue(made.key)
    assert len(issue.summary) == 255
    assert "\x00" not in adf.plain_text(issue.description)
    marks = [
        mark["type"]
        for block in issue.description["content"]
        for node in block["content"]
        for mark in node.get("marks", [])
    ]
    assert set(marks) == {"code"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda made: made.open('x" OR project = OPS', "s", "d"),
        lambda made: made.open("", "s", "d"),
        lambda made: made.update("../myself", "d"),
        lambda made: made.comment("SEC-1/../SEC-2", "m", "t"),
        lambda made: made.comment("SEC-1", "", "t"),
        lambda made: made.comment("SEC-1", "two\nlines", "t"),
        lambda made: made.resolve("sec", "t"),
    ],
)
async def test_names_that_are_none_are_malformed(standin, wrong):
    with pytest.raises(Malformed):
        await off_loop(wrong, tickets(standin))


def test_a_project_that_is_none_is_malformed():
    with pytest.raises(Malformed, match="project key"):
        JiraTickets("http://127.0.0.1:9", "u", "t", 'SEC" OR "')


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Malformed),
        (401, Refused),
        (403, Refused),
        (404, NotFound),
        (409, Unavailable),
        (429, Unavailable),
        (502, Unavailable),
    ],
)
async def test_each_status_becomes_one_of_our_errors_after_one_request(standin, status, expected):
    standin.fail("search", status=status, retry_after="7")
    with pytest.raises(expected) as raised:
        await off_loop(tickets(standin).open, *OPENING)
    if expected is Unavailable:
        assert raised.value.retry_after_s == 7.0
    assert (await off_loop(tickets(standin).open, *OPENING)).key == "SEC-1"


async def test_a_hanging_jira_is_unavailable_when_the_time_is_up(standin):
    standin.fail("search", hang_s=60)
    with pytest.raises(Unavailable, match="ReadTimeout"):
        await off_loop(tickets(standin, timeout_s=0.2).open, *OPENING)


async def test_no_error_holds_the_token(standin):
    shown = []
    standin.fail("search", status=500)
    for made in (
        tickets(standin),
        tickets(standin, token=SECRET),
        JiraTickets("http://127.0.0.1:9", "user@example.com", SECRET, "SEC"),
        JiraTickets("nonsense", "user@example.com", SECRET, "SEC"),
    ):
        with pytest.raises((Refused, Malformed, Unavailable)) as raised:
            await off_loop(made.open, *OPENING)
        shown.append("".join(traceback.format_exception(raised.value)))
        assert raised.value.__context__ is None
        assert raised.value.__cause__ is None
    assert SECRET not in "".join(shown)
    assert standin.token not in "".join(shown)
    assert "Basic " not in "".join(shown)


def sdk_exceptions():
    from_jira = [
        each for _, each in inspect.getmembers(jira.exceptions, inspect.isclass) if issubclass(each, Exception)
    ]
    from_requests = [
        each for _, each in inspect.getmembers(http, inspect.isclass) if issubclass(each, http.RequestException)
    ]
    return sorted({*from_jira, *from_requests}, key=lambda each: each.__name__)


@pytest.mark.parametrize("kind", sdk_exceptions(), ids=lambda kind: kind.__name__)
def test_no_exception_of_the_sdk_is_unmapped(kind):
    assert issubclass(kind, SDK_ERRORS)
    made = kind(SECRET, "doc", 1) if issubclass(kind, http.JSONDecodeError) else kind(SECRET)
    ours = as_ours(made, "search", SECRET)
    assert isinstance(ours, Malformed | Refused | Unavailable)
    assert SECRET not in str(ours)


def test_what_jira_says_is_shown_as_code_and_without_the_token():
    response = requests.Response()
    response.status_code = 400
    error = JIRAError(f"`bad` {SECRET}\nfield", status_code=400, url="https://jira.example.com", response=response)
    assert str(as_ours(error, "search", SECRET)) == "Jira did not search: HTTP 400 `'bad' … field`"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one", ["one"]),
        ("one\ntwo\n\nthree", ["one", "two", "three"]),
        ("a `b` c", ["a b c"]),
        ("lone ` backtick", ["lone ` backtick"]),
        ("``", ["``"]),
        ("", []),
        ("\n\n \n", []),
    ],
)
def test_text_becomes_a_document_that_jira_takes(text, lines):
    made = document(text)
    assert adf.problems(made) == []
    assert plain(made).split("\n")[:-1] == lines


async def test_a_link_is_one_however_often_it_is_set(standin):
    client = tickets(standin)
    made = await off_loop(client.open, *OPENING)
    standin.fail("remote_link", status=500, after_effect=True)
    with pytest.raises(Unavailable):
        await off_loop(client.link, made.key, LABEL, "The case", "http://127.0.0.1/old")
    await off_loop(client.link, made.key, LABEL, "The case", "http://127.0.0.1/new")
    (link,) = standin.issue(made.key).links
    assert (link["globalId"], link["object"]["url"]) == (LABEL, "http://127.0.0.1/new")


async def test_version_2_opens_once_updates_comments_and_resolves(standin):
    client = tickets(standin, api="2")
    made = await off_loop(client.open, *OPENING)
    assert await off_loop(client.open, *OPENING) == made
    await off_loop(client.update, made.key, "Contained: `deploy` in `222222222222`")
    for _ in range(2):
        await off_loop(client.comment, made.key, "marker-1", "lifted by `Ria`")
        await off_loop(client.resolve, made.key, "Contained, then lifted.")
    issue = standin.issue(made.key)
    assert adf.plain_text(issue.description) == "Contained: {{deploy}} in {{222222222222}}"
    assert len(issue.comments) == 2
    assert issue.status == "Done"
    await off_loop(client.link, made.key, LABEL, "The case", "http://127.0.0.1/x")
    assert len(issue.links) == 1


async def test_version_2_finds_a_ticket_whose_answer_was_lost():
    async with jira_standin(search_lag_s=0.15) as standin:
        standin.fail("create", status=503, after_effect=True)
        made = await off_loop(tickets(standin, api="2").open, *OPENING)
        assert await off_loop(tickets(standin, api="2").open, *OPENING) == made
        assert len(standin.issues) == 1


@pytest.mark.parametrize(
    "text",
    [
        "*bold* _it_ -x- +y+ ^z^ ~w~ ??c??",
        "[link|https://evil.test] [~admin]",
        "!pic.png! {color:red}x{color} {{y}}",
        "# one\n- two\n|a|b|",
        "back\\slash \u202e \x00",
        "https://evil.test",
    ],
)
def test_nothing_is_markup_in_version_2(text):
    shown = WikiText().written(f"`{text}` {text}".replace("\n", " "))
    assert "://" not in shown
    bare = re.sub(r"\\.", "", shown)
    assert not set("*_[]!-+^~?#|\\") & set(bare)
    assert bare.count("{") == bare.count("}") <= 4
    assert shown == WikiText().read(shown)


@pytest.mark.parametrize("api", ["3", "2"])
async def test_change_tickets_of_the_window_are_found(standin, api):
    client = tickets(standin, api=api, changes="CHANGE")
    before = datetime.now(UTC)
    await off_loop(tickets(standin, project="CHANGE").open, "c1", "Rotate `keys`", "d")
    await off_loop(client.open, *OPENING)
    (found,) = await off_loop(client.changes, before - timedelta(hours=2), before + timedelta(minutes=5))
    assert (found.summary, found.source) == ("CHANGE-1 Rotate keys (To Do)", "Jira")
    assert found.link == standin.browse_url("CHANGE-1")
    assert await off_loop(client.changes, before - timedelta(hours=9), before - timedelta(hours=1)) == ()


def test_a_change_project_that_is_none_is_refused():
    with pytest.raises(Malformed):
        JiraTickets("http://127.0.0.1:1", "u", "t", "SEC", changes='X" OR 1=1')
