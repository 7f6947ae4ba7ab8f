"""The thread under a case's message."""

from datetime import timedelta

from model.approval import Verb
from model.case import CaseState, Resolution
from model.errors import Refused, Unavailable
from tests.workflows.attack import finding
from tests.workflows.conftest import SETTINGS, World
from tests.workflows.fakes import DANA


async def test_half_of_the_time_reminds_those_who_may_decide_once(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await world.env.sleep(timedelta(minutes=6))
    assert not [key for key in world.slack.thread if key.startswith("reminder")]
    await world.env.sleep(timedelta(minutes=3))
    (reminder,) = [said for key, said in world.slack.thread.items() if key.startswith("reminder")]
    assert reminder[1] == (DANA,)
    assert "half of the time" in reminder[0]
    await case.handle.result()
    assert len([key for key in world.slack.thread if key.startswith("reminder")]) == 1


async def test_a_decision_before_half_time_needs_no_reminder(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a migration")
    await case.handle.result()
    assert not [key for key in world.slack.thread if key.startswith("reminder")]


async def test_what_is_known_and_each_result_stand_in_the_thread(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    await case.click(Verb.LIFT)
    await case.handle.result()
    keys = [key.partition(":")[0] for key in world.slack.thread]
    assert keys[0] == "known"
    assert keys[1:] == ["contained", "verified", "lifted"]
    assert "Deploy web 4.2" in world.slack.thread["known"][0]


async def test_a_silent_slack_hears_the_thread_later(world: World) -> None:
    world.slack.plan("reply", *[Unavailable("Slack does not answer")] * 6)
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a migration")
    await case.handle.result()
    assert [key.partition(":")[0] for key in world.slack.thread] == ["known", "denied"]


async def test_a_message_that_slack_refuses_holds_up_no_end(world: World) -> None:
    world.slack.plan("post", *[Refused("Slack refused: is_archived")] * 40)
    case = await world.open(finding())
    await case.until(CaseState.WAITING)
    view = await case.view()
    await case.handle.signal("deny", f"{view.plan.hash[:6]} us" if view.plan else "")
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.DENIED
    events = (await case.handle.fetch_history()).events
    assert events[-1].event_time.ToDatetime() - events[0].event_time.ToDatetime() < timedelta(hours=1)
    assert world.slack.thread == {}


async def test_the_memo_says_how_the_case_stands_also_without_a_worker(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    memo = await (await case.handle.describe()).memo()
    assert memo["State"].startswith("waiting. Cut off ana")
    assert "prod-data" in memo["Chain, from 02:47 UTC"]
    assert memo["Deadline"]
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.VERIFIED)
    memo = await (await case.handle.describe()).memo()
    assert memo["State"].startswith("verified")
    assert "approved by" in memo["Decision"]
    assert "role/deploy" in memo["Contained"]


async def test_the_ticket_links_to_the_case_and_a_lost_answer_opens_no_other(world: World) -> None:
    world.tickets.plan("link", *[Unavailable("Jira does not answer")] * 4)
    case = await world.open(finding(), SETTINGS.model_copy(update={"temporal_ui": "http://ui.test"}))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="us")
    await case.handle.result()
    assert len(world.tickets.labels) == 1
    ((key, identity),) = world.tickets.links
    assert (key, identity) == ("SEC-1", next(iter(world.tickets.labels)))
    assert world.tickets.links[key, identity].startswith("http://ui.test/namespaces/default/workflows/case%3A")


async def test_change_tickets_are_evidence_and_a_silent_jira_is_shown_as_missing(world: World) -> None:
    asking = SETTINGS.model_copy(update={"systems": (*SETTINGS.systems, "jira_changes")})
    case = await world.open(finding(), asking)
    await case.until_true(lambda: "known" in world.slack.thread)
    assert "`Jira`: `CHANGE-7 Rotate keys (Done)`" in world.slack.thread["known"][0]
    world.slack.thread.clear()
    world.tickets.plan("changes", *[Unavailable("Jira does not answer")] * 9)
    await world.open(finding(), asking)
    await case.until_true(lambda: "known" in world.slack.thread)
    assert "not known: change tickets: Jira does not answer" in world.slack.thread["known"][0]


async def test_what_aws_deployed_is_evidence_and_what_it_hides_is_shown_as_missing(world: World) -> None:
    world.deploys.plan("codepipeline", Refused("AWS refused to list the pipelines"))
    case = await world.open(finding(), SETTINGS.model_copy(update={"systems": ("slack", "codedeploy", "codepipeline")}))
    await case.until_true(lambda: "known" in world.slack.thread)
    said = world.slack.thread["known"][0]
    assert "`codedeploy`: `shop to 222222222222: Succeeded`" in said
    missing = [line for line in said.splitlines() if "not known: deploys by codepipeline in" in line]
    assert [line.partition(": AWS")[2] for line in missing] == [" refused to list the pipelines"]
    assert "no deploy" not in said


async def test_the_chain_is_a_picture_and_a_new_one_when_it_has_grown(world: World) -> None:
    case = await world.open(finding(2))
    await case.until_true(lambda: "chain-2" in world.slack.pictures)
    await case.handle.signal("finding", finding(3))
    await case.until_true(lambda: "chain-3" in world.slack.pictures)
    assert b"prod-data" in world.slack.pictures["chain-3"]
    assert b"prod-data" not in world.slack.pictures["chain-2"]


async def test_a_picture_that_cannot_be_shown_holds_up_nothing_and_is_said(world: World) -> None:
    world.slack.plan("picture", Refused("Slack did not show the case's picture: `missing_scope`"))
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    view = await case.shown(CaseState.VERIFIED)
    assert [line.text for line in view.log if "picture of the chain could not be shown" in line.text]
    assert view.troubles == ()


async def test_where_nothing_draws_the_case_goes_on_in_words(world: World) -> None:
    world.artist.draws = False
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="a migration")
    await case.handle.result()
    assert world.slack.pictures == {}
    assert "known" in world.slack.thread
