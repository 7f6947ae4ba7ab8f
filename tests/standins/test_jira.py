import aiohttp
import pytest
from jira import JIRA, JIRAError

from standins.jira_state import SeedIssue
from tests.standins.vendor_fixtures import document, jira_client, jira_standin, needs_contracts, off_loop

FOUND = 'project = SEC AND labels = "case-1"'


@pytest.fixture
async def standin():
    seeds = [SeedIssue("CHANGE", "Deploy api", "By the pipeline", ("deploy",))]
    async with jira_standin(seed=seeds, search_lag_s=0) as running:
        yield running


def fields(**changed) -> dict:
    given = {
        "project": {"key": "SEC"},
        "issuetype": {"name": "Task"},
        "summary": "Sessions cut off",
        "description": document("first", "second"),
        "labels": ["case-1"],
    }
    return {name: value for name, value in (given | changed).items() if value is not None}


async def create(standin, **changed):
    return await off_loop(jira_client(standin).create_issue, fields=fields(**changed), prefetch=False)


async def test_an_issue_is_created_read_and_changed(standin):
    made = await create(standin)
    assert made.key == "SEC-1"
    read = await off_loop(jira_client(standin).issue, made.key)
    assert (read.fields.summary, read.fields.labels, read.fields.status.name) == (
        "Sessions cut off",
        ["case-1"],
        "To Do",
    )
    await off_loop(read.update, fields={"description": document("third")})
    assert standin.issue("SEC-1").description == document("third")
    assert standin.violations == []


async def test_the_library_starts_with_what_the_server_says_of_itself(standin):
    client = await off_loop(
        JIRA,
        server=standin.url,
        basic_auth=(standin.user, standin.token),
        options={"rest_api_version": "3"},
        max_retries=0,
    )
    assert client.deploymentType == "Cloud"
    assert (await off_loop(client.myself))["emailAddress"] == standin.user
    assert [project.key for project in await off_loop(client.projects)] == ["SEC", "CHANGE"]
    assert (await off_loop(client.project, "SEC")).key == "SEC"
    assert "Summary" in [field["name"] for field in await off_loop(client.fields)]
    assert standin.violations == []


async def test_version_2_speaks_plain_text(standin):
    client = jira_client(standin, version="2")
    made = await off_loop(client.create_issue, fields=fields(description="one\ntwo"))
    assert made.fields.description == "one\ntwo"
    await off_loop(client.add_comment, made.key, "said")
    assert [comment.body for comment in await off_loop(client.comments, made.key)] == ["said"]
    found = await off_loop(client.search_issues, FOUND)
    assert [issue.key for issue in found] == ["SEC-1"]
    assert standin.violations == []


async def test_a_comment_is_kept_as_a_document(standin):
    made = await create(standin)
    await off_loop(jira_client(standin).add_comment, made.key, document("contained"))
    assert [comment.body for comment in standin.issue(made.key).comments] == [document("contained")]
    assert standin.violations == []


async def test_a_transition_moves_the_status_and_stands_in_the_history(standin):
    made = await create(standin)
    await off_loop(jira_client(standin).transition_issue, made.key, "Done")
    issue = standin.issue(made.key)
    assert issue.status == "Done"
    assert [what for _, what in issue.history] == ["created", "status: To Do → Done"]
    assert standin.violations == []


async def test_search_by_label_gives_pages_and_ids_only_unless_fields_are_named(standin):
    for _ in range(3):
        await create(standin)
    client = jira_client(standin)
    page = await off_loop(client.enhanced_search_issues, FOUND, maxResults=2, fields=[], json_result=True)
    assert [sorted(issue) for issue in page["issues"]] == [["id"], ["id"]]
    every = await off_loop(
        client.enhanced_search_issues, f"{FOUND} ORDER BY created ASC", maxResults=0, fields="summary"
    )
    assert [issue.key for issue in every] == ["SEC-1", "SEC-2", "SEC-3"]
    assert standin.violations == []


async def test_seeded_change_tickets_are_found(standin):
    found = await off_loop(jira_client(standin).enhanced_search_issues, "project = CHANGE", fields="summary")
    assert [issue.fields.summary for issue in found] == ["Deploy api"]


async def test_the_search_index_lags_behind():
    async with jira_standin(search_lag_s=60) as standin:
        made = await create(standin)
        client = jira_client(standin)
        assert (await off_loop(client.issue, made.key)).key == made.key
        found = await off_loop(client.enhanced_search_issues, FOUND, fields=[], json_result=True)
        assert found["issues"] == []


async def test_a_remote_link_with_one_global_id_is_one_link(standin):
    made = await create(standin)
    client = jira_client(standin)
    for title in ("Case", "Case (again)"):
        data = {"globalId": "case-1", "object": {"url": "https://temporal.example.com/1", "title": title}}
        url = f"{standin.url}/rest/api/3/issue/{made.key}/remotelink"
        await off_loop(client._session.post, url, json=data)
    links = await off_loop(client.remote_links, made.key)
    assert [link.object.title for link in links] == ["Case (again)"]
    assert standin.violations == []


async def test_a_wrong_token_is_refused(standin):
    with pytest.raises(JIRAError, match="401"):
        await off_loop(jira_client(standin, token="other").issue, "SEC-1")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"project": {"key": "NOPE"}}, "valid project"),
        ({"issuetype": {"name": "Wish"}}, "issue type"),
        ({"summary": None}, "summary"),
        ({"summary": "two\nlines"}, "newline"),
        ({"summary": "s" * 256}, "255"),
        ({"description": "plain"}, "Atlassian Document"),
        ({"description": document("")}, "text node is empty"),
        ({"description": document("x" * 32_768)}, "too long"),
        ({"description": {"type": "doc", "version": 1, "content": [{"type": "script"}]}}, "no node"),
        (
            {"description": {"type": "doc", "version": 1, "content": [{"type": "text", "text": "x"}]}},
            "doc may not hold text",
        ),
        ({"labels": ["two words"]}, "spaces"),
        ({"colour": "red"}, "cannot be set"),
    ],
)
async def test_fields_that_jira_would_refuse_are_refused_and_recorded(standin, changed, complaint):
    with pytest.raises(JIRAError) as refused:
        await create(standin, **changed)
    assert refused.value.status_code == 400
    assert any(complaint in violation for violation in standin.violations)
    assert [issue.project for issue in standin.issues] == ["CHANGE"]


@pytest.mark.parametrize(
    "jql",
    [
        "",
        "labels ~ x",
        "project = SEC OR labels = x",
        'project = SEC AND labels in ("x")',
        "project = SEC AND",
        "text = x",
    ],
)
async def test_jql_beyond_the_subset_is_refused(standin, jql):
    with pytest.raises(JIRAError, match="JQL"):
        await off_loop(jira_client(standin).enhanced_search_issues, jql, fields=[])
    assert any("JQL" in violation for violation in standin.violations)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/rest/api/3/dashboard"),
        ("delete", "/rest/api/3/issue/SEC-1"),
        ("get", "/rest/api/3/field?colour=red"),
    ],
)
async def test_what_is_not_offered_is_refused_and_recorded(standin, method, path):
    with pytest.raises(JIRAError):
        await off_loop(getattr(jira_client(standin)._session, method), standin.url + path)
    assert len(standin.violations) == 1


async def test_an_issue_can_be_made_and_the_answer_lost(standin):
    standin.fail("create", status=500, after_effect=True)
    with pytest.raises(JIRAError, match="500"):
        await create(standin)
    assert [issue.key for issue in standin.issues] == ["CHANGE-1", "SEC-1"]


async def test_the_pages_show_text_only(standin):
    hostile = "<script>alert(1)</script>"
    made = await create(standin, summary=hostile, description=document(hostile))
    await off_loop(jira_client(standin).add_comment, made.key, document(hostile))
    async with aiohttp.ClientSession() as client:
        for path in ("/", f"/browse/{made.key}"):
            async with client.get(standin.url + path) as answer:
                shown = await answer.text()
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
            assert "<script" not in shown


async def test_the_state_is_readable(standin):
    made = await create(standin)
    await off_loop(jira_client(standin).add_comment, made.key, document("said"))
    async with aiohttp.ClientSession() as client, client.get(f"{standin.url}/standin/state") as answer:
        state = await answer.json()
    assert state["issues"][1]["comments"] == ["said"]
    assert state["issues"][1]["history"] == ["created", "comment added"]
    assert [issue["key"] for issue in state["issues"]] == ["CHANGE-1", "SEC-1"]


@needs_contracts
async def test_the_vendors_description_judges_requests_too(standin):
    made = await create(standin)
    url = f"{standin.url}/rest/api/3/issue/{made.key}/transitions"
    await off_loop(jira_client(standin)._session.post, url, json={"transition": {"id": 31}})
    assert any("transition request" in violation for violation in standin.violations)
