"""One attack from its first finding to its last word."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from activities.leasing import LiftOrder
from model.approval import Click, Verb
from model.case import CaseState, Resolution
from model.confidence import Confidence
from model.errors import Refused, Unavailable
from model.settings import CaseSettings, Guard, Route
from tests.workflows import attack
from tests.workflows.attack import ROLES, USER, finding
from tests.workflows.conftest import SETTINGS, Case, World
from tests.workflows.fakes import ANA, DANA, EVE, T0

EVERYBODY = {USER, *ROLES}


async def contained(world: World, settings: CaseSettings = SETTINGS) -> Case:
    case = await world.open(finding(), settings)
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    return case


async def test_an_approved_case_cuts_every_hop_and_the_origin(world: World) -> None:
    case = await contained(world)
    view = await case.view()
    assert {done.target for done in view.containments} == EVERYBODY
    assert all(done.contained for done in view.containments)
    assert all(world.iam.principals[arn].policies for arn in EVERYBODY)
    assert world.iam.principals[USER].keys == (("AKIAEXAMPLE1", False), ("AKIAEXAMPLE2", False))
    assert view.decision is not None
    assert (view.decision.by, view.decision.verified) == (DANA, True)


async def test_nothing_is_touched_before_somebody_has_decided(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await world.env.sleep(timedelta(minutes=14))
    assert (await case.view()).state is CaseState.WAITING
    assert world.iam.writes == []


async def test_it_is_us_ends_the_case_and_changes_nothing(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY, reason="planned migration")
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.DENIED
    assert world.iam.writes == []
    assert world.pager.resolved == {*world.pager.pages}
    assert world.tickets.resolved == {"SEC-1"}


async def test_a_case_says_what_is_still_in_reach(world: World) -> None:
    world.snapshots.page = attack.page()
    case = await world.open(finding())
    view = await case.shown(CaseState.WAITING)
    while view.enrichment is None or view.enrichment.reach is None:
        await case.pass_time(timedelta(seconds=1))
        view = await case.view()
    assert view.enrichment.reach.within == (2,)
    await case.until_true(lambda: "Still in reach" in dict(world.slack.cards[-1].facts))
    said = dict(world.slack.cards[-1].facts)["Still in reach"]
    assert said.startswith("2 more accounts in 1 hop, 2 of them production: `prod-4`, `prod-5`;")


async def test_without_a_snapshot_a_case_says_that_this_is_not_known(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    missing = "what is still in reach: no snapshot of IAM (trust.snapshot in hopstop.toml)"
    await case.until_true(lambda: missing in world.slack.cards[-1].notes)


async def test_silence_escalates_and_changes_nothing(world: World) -> None:
    case = await world.open(finding())
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.EXPIRED
    assert world.iam.writes == []
    (first, silence) = world.pager.pages.values()
    assert "a decision is needed" in first[0]
    assert "nobody decided in time" in silence[-1]
    assert result.page in world.pager.pages
    assert world.slack.cards[-1].buttons == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"user": EVE}, "you may not decide this"),
        ({"user": ANA}, "you are named by the chain"),
        ({"team": "T0OTHER"}, "your Slack workspace may not decide"),
        ({"card": 0}, "the message has changed"),
        ({"run": "00000000"}, "the message has changed"),
        ({"plan": "0" * 12}, "the plan has changed"),
        ({"verb": Verb.LIFT}, "nothing to lift"),
        ({"source": "cli", "plan": "abc"}, "repeat the first 6 characters"),
    ],
)
async def test_a_click_that_must_not_count_is_refused_with_a_reason(
    world: World, changes: dict[str, object], why: str
) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    view = await case.click(Verb.APPROVE, **changes)
    assert why in view.clicks[-1].why
    assert not view.clicks[-1].accepted
    assert view.decision is None
    assert world.iam.writes == []
    if changes.get("source") != "cli":
        await case.until_true(lambda: any(why in text for _, text in world.slack.whispers))


async def test_the_cli_may_approve_only_where_settings_say_so(world: World) -> None:
    only_slack = SETTINGS.model_copy(
        update={"approvals": SETTINGS.approvals.model_copy(update={"sources": ("slack",)})}
    )
    case = await world.open(finding(), only_slack)
    view = await case.shown(CaseState.WAITING)
    assert view.plan is not None
    view = await case.click(Verb.APPROVE, source="cli", plan=view.plan.hash)
    assert "approvals through cli are off" in view.clicks[-1].why


async def test_the_temporal_ui_approves_with_the_start_of_the_plans_hash(world: World) -> None:
    case = await world.open(finding())
    view = await case.shown(CaseState.WAITING)
    assert view.plan is not None
    await case.handle.signal("approve", "wrong!")
    assert (await case.view()).decision is None
    await case.handle.signal("approve", view.plan.hash[:6])
    view = await case.until(CaseState.CONTAINED)
    assert view.decision is not None
    assert not view.decision.verified


async def test_the_same_click_twice_is_once(world: World) -> None:
    case = await world.open(finding())
    view = await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE, user=EVE, id="one")
    view = await case.click(Verb.APPROVE, user=EVE, id="one")
    assert len(view.clicks) == 1


async def test_a_second_decision_is_told_who_decided(world: World) -> None:
    case = await contained(world)
    view = await case.click(Verb.DENY)
    assert f"already approved by {DANA}" in view.clicks[-1].why


async def test_a_click_after_the_deadline_never_counts(world: World) -> None:
    case = await world.open(finding())
    seen = await case.shown(CaseState.WAITING)
    await world.env.sleep(timedelta(minutes=16))
    view = await case.view()
    assert view.state is CaseState.EXPIRED
    assert seen.plan is not None
    assert world.iam.writes == []


async def test_a_grown_chain_changes_the_plan_and_old_clicks_are_stale(world: World) -> None:
    case = await world.open(finding(2))
    old = await case.shown(CaseState.WAITING)
    await case.handle.signal("finding", finding(3))
    view = await case.click(Verb.APPROVE, view=old)
    assert "has changed" in view.clicks[-1].why
    fresh = await case.shown(CaseState.WAITING)
    assert fresh.card_version > old.card_version
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.CONTAINED)
    assert {done.target for done in view.containments} == EVERYBODY
    assert world.slack.posts == 1


async def test_hops_that_come_to_light_while_contained_are_asked_for_anew(world: World) -> None:
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    assert not world.iam.principals[ROLES[2]].policies
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.CONTAINED)
    assert {done.target for done in view.containments} == EVERYBODY


async def test_denying_a_longer_plan_leaves_what_is_cut_cut(world: World) -> None:
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY)
    view = await case.until(CaseState.CONTAINED)
    assert world.iam.principals[ROLES[0]].policies
    assert not world.iam.principals[ROLES[2]].policies
    assert not view.closed


async def test_a_recorded_case_grows_into_a_question_in_the_same_message(world: World) -> None:
    case = await world.open(finding(1, Confidence.MEDIUM))
    await case.shown(CaseState.OBSERVED)
    await case.handle.signal("finding", finding(3))
    view = await case.shown(CaseState.WAITING)
    assert view.playbook == "suspend_credentials"
    assert world.slack.posts == 1
    assert len(world.tickets.labels) == 1


async def test_a_hop_that_comes_to_light_while_the_last_word_waits_for_slack_is_not_lost(world: World) -> None:
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    world.slack.plan("update", *[Unavailable("Slack does not answer")] * 40)
    await case.click(Verb.DENY)
    await case.until(CaseState.DENIED)
    await case.handle.signal("finding", finding(3))
    view = await case.until(CaseState.WAITING)
    assert not view.closed
    assert view.plan is not None
    assert ROLES[2] in {action.target for action in view.plan.actions}


async def test_a_recorded_case_closes_after_an_hour_of_quiet(world: World) -> None:
    case = await world.open(finding(1, Confidence.MEDIUM))
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.OBSERVED
    assert world.iam.writes == []
    assert world.pager.pages == {}


async def test_observe_mode_shows_the_plan_and_never_acts(world: World) -> None:
    observing = SETTINGS.model_copy(update={"routes": (Route(detectors=("composite",), mode="observe"),)})
    case = await world.open(finding(), observing)
    view = await case.shown(CaseState.OBSERVED)
    view = await case.click(Verb.APPROVE, source="cli", plan=view.plan.hash if view.plan else "")
    assert not view.clicks[-1].accepted
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.OBSERVED
    assert world.iam.writes == []
    assert any("Revoke every session" in line for card in world.slack.cards for line in card.effect)


async def test_the_same_finding_again_changes_nothing(world: World) -> None:
    case = await world.open(finding())
    before = await case.shown(CaseState.WAITING)
    await case.handle.signal("finding", finding())
    after = await case.view()
    assert after.card_version == before.card_version
    assert after.log == before.log or len(after.log) <= len(before.log) + 1


async def test_protected_principals_are_left_out_of_the_plan(world: World) -> None:
    approvals = SETTINGS.approvals.model_copy(update={"users": (DANA, EVE)})
    guard = Guard(protected=("arn:aws:iam::*:role/ci/*",))
    case = await world.open(finding(), SETTINGS.model_copy(update={"guard": guard, "approvals": approvals}))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.click(Verb.APPROVE, user=EVE)
    view = await case.until(CaseState.CONTAINED)
    assert {done.target for done in view.containments} == EVERYBODY - {ROLES[0]}
    assert view.plan is not None
    assert [one.target for one in view.plan.cannot] == [ROLES[0]]
    assert not world.iam.principals[ROLES[0]].policies


async def test_the_kill_switch_stops_a_case_that_is_already_approved(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    world.switch.rules = Guard(stop=True)
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.NOT_CONTAINED)
    assert world.iam.writes == []
    assert all("kill switch" in done.why for done in view.containments)


async def test_a_role_made_again_under_the_same_name_is_not_touched(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    world.iam.add(ROLES[1], "AROAEXAMPLEANOTHER")
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.NOT_CONTAINED)
    assert not world.iam.principals[ROLES[1]].policies
    (failed,) = [done for done in view.containments if not done.contained]
    assert failed.target == ROLES[1]
    assert "another identity" in failed.why


async def test_what_could_not_be_contained_stays_open_until_it_is_tried_again(world: World) -> None:
    world.iam.plan("put_policy", Refused("AccessDenied: iam:PutRolePolicy"))
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.NOT_CONTAINED)
    assert any("containment failed" in text for text in next(iter(world.pager.pages.values())))
    await case.click(Verb.RETRY)
    view = await case.until(CaseState.CONTAINED)
    assert {done.target for done in view.containments} == EVERYBODY


async def test_giving_up_on_what_is_not_contained_lifts_the_rest_and_fails_the_run(world: World) -> None:
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    world.iam.add(ROLES[1], "AROAEXAMPLEANOTHER")
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.NOT_CONTAINED)
    await case.click(Verb.LIFT)
    with pytest.raises(WorkflowFailureError) as failed:
        await case.handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "NotContained"
    assert not any(world.iam.principals[arn].policies for arn in EVERYBODY)


async def test_aws_being_down_delays_containment_and_is_said(world: World) -> None:
    world.iam.plan("put_policy", *[Unavailable("IAM does not answer")] * 16)
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.CONTAINED)
    assert any("IAM does not answer; trying again" in line.text for line in view.log)
    assert any("AWS answers again" in line.text for line in view.log)


async def test_slack_being_down_delays_the_message_and_nothing_else(world: World) -> None:
    world.slack.plan("approvers", *[Unavailable("Slack does not answer")] * 6)
    case = await world.open(finding())
    view = await case.until(CaseState.WAITING)
    assert view.plan is not None
    await case.click(Verb.APPROVE, source="cli", plan=view.plan.hash[:6], user="dana")
    await case.until(CaseState.CONTAINED)
    await case.until_true(lambda: world.slack.posts == 1)
    assert any("Slack does not answer" in line.text for line in (await case.view()).log)


async def test_jira_and_pagerduty_being_down_are_caught_up_with(world: World) -> None:
    world.tickets.plan("open", *[Unavailable("Jira does not answer")] * 5)
    world.pager.plan("page", *[Unavailable("PagerDuty does not answer")] * 5)
    case = await contained(world)
    await case.until_true(lambda: bool(world.tickets.labels) and bool(world.pager.pages))
    view = await case.until(CaseState.CONTAINED, CaseState.VERIFIED)
    assert view.ticket == "SEC-1"
    assert any("Jira answers again" in line.text for line in view.log)


async def test_with_no_vendor_at_all_the_case_goes_on(world: World) -> None:
    alone = SETTINGS.model_copy(update={"systems": ()})
    case = await world.open(finding(), alone)
    view = await case.until(CaseState.WAITING)
    assert view.plan is not None
    await case.click(Verb.APPROVE, source="cli", plan=view.plan.hash)
    view = await case.until(CaseState.CONTAINED)
    assert world.slack.posts == 0
    assert sum("is not configured" in line.text for line in view.log) == 3


async def test_a_lift_removes_what_was_added_and_leaves_keys_off(world: World) -> None:
    case = await contained(world)
    await case.shown(CaseState.CONTAINED)
    await case.click(Verb.LIFT)
    result = Resolution.model_validate(await case.handle.result())
    assert result.state is CaseState.LIFTED
    for arn in EVERYBODY:
        assert world.iam.principals[arn].policies == ()
        assert world.iam.principals[arn].tags == ()
    assert not any(active for _, active in world.iam.principals[USER].keys)


async def test_roles_lift_by_themselves_and_users_never(world: World) -> None:
    case = await contained(world)
    await world.env.sleep(timedelta(hours=12, minutes=10))
    assert not any(world.iam.principals[arn].policies for arn in ROLES)
    assert world.iam.principals[USER].policies
    assert not (await case.view()).closed


async def test_a_lease_turns_keys_on_again_only_when_told_to(world: World) -> None:
    case = await contained(world)
    lease = next(iter([one async for one in leases(world, case) if ".ana" in one]))
    handle = world.env.client.get_workflow_handle(lease)
    await handle.signal("lift", LiftOrder(by="dana", keys=True))
    await case.until_true(lambda: world.iam.principals[USER].keys[0] == ("AKIAEXAMPLE1", True))
    assert world.iam.principals[USER].keys == (("AKIAEXAMPLE1", True), ("AKIAEXAMPLE2", False))


async def test_a_changed_policy_is_left_and_said(world: World) -> None:
    case = await contained(world)
    await case.shown(CaseState.CONTAINED)
    policy = world.iam.principals[ROLES[0]].policies[0]
    world.iam.put_policy(ROLES[0], policy.name, '{"Version":"2012-10-17","Statement":[]}')
    lease = next(iter([one async for one in leases(world, case) if ".ci-build" in one]))
    await world.env.client.get_workflow_handle(lease).signal("lift", LiftOrder(by="dana"))
    await world.env.sleep(timedelta(seconds=2))
    assert world.iam.principals[ROLES[0]].policies


async def test_children_minted_while_their_parent_was_cut_are_cut_too(world: World) -> None:
    case = await contained(world)
    first = {done.target: done.cut for done in (await case.view()).containments}
    world.iam.clock += timedelta(seconds=5)
    await world.env.sleep(timedelta(seconds=8))
    second = {done.target: done.cut for done in (await case.view()).containments}
    for arn in ROLES:
        assert second[arn] is not None
        assert first[arn] is not None
        assert second[arn] > first[arn]  # type: ignore[operator]


async def test_an_undone_containment_is_applied_again_and_paged(world: World) -> None:
    case = await contained(world)
    await world.env.sleep(timedelta(seconds=10))
    name = world.iam.principals[ROLES[2]].policies[0].name
    world.iam.delete_policy(ROLES[2], name)
    await world.env.sleep(timedelta(seconds=40))
    assert world.iam.principals[ROLES[2]].policies
    assert any("undone by somebody" in text for texts in world.pager.pages.values() for text in texts)
    assert (await case.view()).state is CaseState.CONTAINED


async def test_quiet_sessions_are_proved_contained(world: World) -> None:
    case = await contained(world)
    await world.env.sleep(timedelta(minutes=25))
    assert (await case.view()).state is CaseState.VERIFIED
    assert world.pager.resolved == {*world.pager.pages}


async def test_a_session_used_after_its_cut_reopens_the_case(world: World) -> None:
    case = await contained(world)
    world.trail.last[ROLES[2]] = T0 + timedelta(minutes=30)
    await world.env.sleep(timedelta(minutes=25))
    view = await case.view()
    assert view.state is CaseState.CONTAINED
    assert any("was used after its cut: cutting again" in line.text for line in view.log)
    assert any("a contained session was used" in text for texts in world.pager.pages.values() for text in texts)
    await world.env.sleep(timedelta(hours=2))
    assert (await case.view()).state is CaseState.NOT_CONTAINED


async def test_a_signal_that_cannot_be_read_is_kept_in_sight(world: World) -> None:
    case = await world.open(finding())
    await case.handle.signal("click", {"not": "a click"})
    await case.handle.signal("wat", "ever")
    view = await case.until(CaseState.WAITING)
    assert any("could not be read" in trouble for trouble in view.troubles)


async def test_a_click_that_comes_with_the_first_finding_is_judged(world: World) -> None:
    case = await world.open(finding())
    click = Click(id="early", source="slack", verb=Verb.APPROVE, user=DANA)
    await case.handle.signal("click", click)
    view = await case.until(CaseState.WAITING)
    assert [judged.accepted for judged in view.clicks] == [False]


async def test_nothing_is_called_proved_while_one_principal_is_not_contained(world: World) -> None:
    case = await contained(world)
    policy = world.iam.principals[ROLES[2]].policies[0]
    world.iam.put_policy(ROLES[2], policy.name, '{"Version":"2012-10-17","Statement":[]}')
    await world.env.sleep(timedelta(minutes=25))
    view = await case.view()
    assert view.state is CaseState.NOT_CONTAINED
    assert world.pager.resolved == set()


async def test_the_watch_of_what_is_cut_never_closes_a_question_about_more(world: World) -> None:
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await world.env.sleep(timedelta(minutes=18))
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    await world.env.sleep(timedelta(minutes=5))
    assert (await case.view()).state is CaseState.WAITING
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.CONTAINED)
    assert {done.target for done in view.containments} == EVERYBODY


async def test_an_undo_that_is_ended_by_hand_is_registered_anew(world: World) -> None:
    case = await contained(world)
    lease = next(iter([one async for one in leases(world, case) if ".ci-build" in one]))
    await world.env.client.get_workflow_handle(lease).cancel()
    await case.until_true(
        lambda: any("undo was ended" in text for texts in world.pager.pages.values() for text in texts)
    )
    view = await case.view()
    assert view.state is CaseState.CONTAINED
    await case.shown(CaseState.CONTAINED)
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    assert not any(world.iam.principals[arn].policies for arn in EVERYBODY)


async def test_a_lift_is_open_with_what_the_view_shows_after_a_longer_plan_was_denied(world: World) -> None:
    case = await world.open(finding(2))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await case.handle.signal("finding", finding(3))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.DENY)
    await case.shown(CaseState.CONTAINED)
    view = await case.click(Verb.LIFT)
    assert view.clicks[-1].accepted
    await case.until(CaseState.LIFTED)
    assert not world.iam.principals[USER].policies


async def test_a_lift_that_aws_refuses_leaves_the_case_open_and_pages(world: World) -> None:
    case = await contained(world)
    await case.shown(CaseState.CONTAINED)
    world.iam.plan("delete_policy", Refused("AccessDenied: iam:DeleteRolePolicy"))
    await case.click(Verb.LIFT)
    await case.shown(CaseState.NOT_CONTAINED)
    assert any("a lift is not complete" in text for texts in world.pager.pages.values() for text in texts)
    await case.click(Verb.LIFT)
    await case.until_true(lambda: not any(world.iam.principals[arn].policies for arn in EVERYBODY))


async def test_a_tag_that_is_refused_does_not_undo_the_denial(world: World) -> None:
    world.iam.plan("tag", *[Refused("AccessDenied: iam:TagRole")] * 4)
    case = await contained(world)
    assert all(done.contained for done in (await case.view()).containments)


async def test_an_account_that_stays_silent_is_paged_and_tried_again_by_itself(world: World) -> None:
    world.iam.plan("put_policy", *[Unavailable("IAM does not answer")] * 60)
    case = await world.open(finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.NOT_CONTAINED)
    assert any("containment failed" in text for text in next(iter(world.pager.pages.values())))
    view = await case.until(CaseState.CONTAINED)
    assert {done.target for done in view.containments} == EVERYBODY


async def test_a_session_named_like_the_only_approver_does_not_bar_them(world: World) -> None:
    people = SETTINGS.approvals.model_copy(update={"people": {"build-7": DANA}})
    case = await world.open(finding(), SETTINGS.model_copy(update={"approvals": people}))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.CONTAINED)
    assert [judged.accepted for judged in view.clicks] == [True]


async def leases(world: World, case: Case):
    """Ids of the leases that a case started, from its history."""
    async for event in world.env.client.get_workflow_handle(case.handle.id).fetch_history_events():
        started = event.child_workflow_execution_started_event_attributes
        if started.workflow_execution.workflow_id:
            yield started.workflow_execution.workflow_id
