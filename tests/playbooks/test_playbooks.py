"""Every runbook on paper: what it asks for, in which order, and what it never does."""

import inspect

import pytest

from model.approval import Verb
from model.budget import OVER
from model.case import CaseState, CaseView
from model.confidence import Confidence
from model.settings import PlaybookName
from playbooks import PLAYBOOKS
from playbooks.steps import Woken
from tests.playbooks.paper import ALLOWED, APPROVED, DENIED, EXPIRED, NOTHING, PaperSteps, case, done

ASKING = sorted({*PLAYBOOKS} - {"record_only"})
HIGH, MEDIUM = Confidence.HIGH, Confidence.MEDIUM


async def run(name: str, steps: PaperSteps, met: CaseView | None = None) -> str:
    """The state in which the runbook closes the case; `handed over` where a stronger one takes it."""
    resolution = await PLAYBOOKS[name](met or case(), steps)
    return resolution.state if resolution else "handed over"


def test_settings_offer_exactly_the_runbooks_that_there_are() -> None:
    assert {*PLAYBOOKS} == {*PlaybookName.__args__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
def test_a_runbook_is_one_file_that_can_be_read_aloud(name: str) -> None:
    module = inspect.getmodule(PLAYBOOKS[name])
    assert module is not None
    assert module.__name__ == f"playbooks.{name}"
    assert len(inspect.getsource(module).splitlines()) < 50
    assert module.__doc__


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
async def test_everything_begins_with_looking_and_a_ticket(name: str) -> None:
    quiet = PaperSteps()
    await run(name, quiet, case("observe"))
    assert quiet.did[:2] == ["enrich", "ticket"]


@pytest.mark.parametrize("confidence", [HIGH, MEDIUM])
@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
async def test_observe_mode_asks_nobody_wakes_nobody_and_touches_nothing(name: str, confidence: Confidence) -> None:
    steps = PaperSteps()
    assert await run(name, steps, case("observe", confidence)) == CaseState.OBSERVED
    assert {"decide", "contain", "page", "ask person"}.isdisjoint(steps.did)


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
async def test_an_observed_chain_that_grows_is_handed_over(name: str) -> None:
    assert await run(name, PaperSteps(grows=True), case("observe")) == "handed over"


@pytest.mark.parametrize("name", ASKING)
async def test_an_approval_is_carried_out_proved_and_held_until_it_is_lifted(name: str) -> None:
    steps = PaperSteps([APPROVED], [(done(),)], [Woken.LIFTED])
    assert await run(name, steps) == CaseState.LIFTED
    order = [step for step in steps.did if step in {"decide", "contain", "prove", "rest", "stand down"}]
    assert order == ["decide", "contain", "prove", "rest", "stand down"]


@pytest.mark.parametrize("name", ASKING)
async def test_a_no_changes_nothing_and_lets_everybody_sleep(name: str) -> None:
    steps = PaperSteps([DENIED])
    assert await run(name, steps) == CaseState.DENIED
    assert "contain" not in steps.did
    assert steps.did[-2:] == ["stand down", "close denied"]


@pytest.mark.parametrize("name", ASKING)
async def test_silence_escalates_and_changes_nothing(name: str) -> None:
    steps = PaperSteps([EXPIRED])
    assert await run(name, steps) == CaseState.EXPIRED
    assert "contain" not in steps.did
    assert steps.pages[-1] == "nobody decided in time; nothing was changed"


@pytest.mark.parametrize("name", ASKING)
async def test_silence_that_means_a_ticket_wakes_nobody(name: str) -> None:
    steps = PaperSteps([EXPIRED], person=Verb.NOT_MINE)
    assert await run(name, steps, case(silence="ticket")) == CaseState.EXPIRED
    assert not any("in time" in page for page in steps.pages)


@pytest.mark.parametrize("name", ASKING)
async def test_a_failed_cut_is_paged_and_stays_open_until_somebody_takes_over(name: str) -> None:
    steps = PaperSteps([APPROVED], [(done(False),), (done(False),)], [Woken.RETRY, Woken.GIVEN_UP])
    assert await run(name, steps) == CaseState.NOT_CONTAINED
    assert steps.pages[-1] == "containment failed; look now"
    assert steps.did.count("contain") == 2
    assert "prove" not in steps.did


@pytest.mark.parametrize("name", ASKING)
async def test_a_retry_that_succeeds_is_proved(name: str) -> None:
    steps = PaperSteps([APPROVED], [(done(False),), (done(),)], [Woken.RETRY, Woken.LIFTED])
    assert await run(name, steps) == CaseState.LIFTED
    assert "prove" in steps.did


@pytest.mark.parametrize("name", ASKING)
async def test_no_budget_is_paged_with_its_reason(name: str) -> None:
    steps = PaperSteps([APPROVED], [(done(False, f"{OVER}: more than 3"),)], [Woken.GIVEN_UP])
    await run(name, steps)
    assert steps.pages[-1] == f"not contained: {OVER}: more than 3"


@pytest.mark.parametrize("name", ASKING)
async def test_a_cut_of_nothing_is_a_failure(name: str) -> None:
    steps = PaperSteps([APPROVED], [()], [Woken.GIVEN_UP])
    assert await run(name, steps) == CaseState.NOT_CONTAINED


@pytest.mark.parametrize("name", ASKING)
async def test_a_chain_that_cannot_be_contained_is_said_and_never_asked_about(name: str) -> None:
    steps = PaperSteps(wakes=[Woken.GIVEN_UP], plan=NOTHING)
    assert await run(name, steps) == CaseState.NOT_CONTAINED
    assert "decide" not in steps.did


@pytest.mark.parametrize("name", ASKING)
async def test_new_hops_are_asked_for_anew_and_what_is_cut_stays_cut(name: str) -> None:
    steps = PaperSteps([APPROVED, DENIED], [(done(),)], [Woken.NEW_HOPS, Woken.LIFTED])
    assert await run(name, steps) == CaseState.LIFTED
    assert steps.states[-1] is CaseState.CONTAINED
    assert steps.did.count("contain") == 1


@pytest.mark.parametrize("name", ASKING)
async def test_an_unanswered_longer_plan_of_a_broken_containment_stays_red(name: str) -> None:
    cuts = [(done(), done(False))]
    steps = PaperSteps([APPROVED, EXPIRED], cuts, [Woken.NEW_HOPS, Woken.GIVEN_UP])
    assert await run(name, steps) == CaseState.NOT_CONTAINED
    assert steps.states[-1] is CaseState.NOT_CONTAINED


@pytest.mark.parametrize("name", ASKING)
async def test_a_stronger_runbook_takes_over_a_question_but_never_what_stands(name: str) -> None:
    assert await run(name, PaperSteps([None], grows=True)) == "handed over"
    held = PaperSteps([APPROVED], [(done(),)], [Woken.LIFTED], grows=True)
    assert await run(name, held) == CaseState.LIFTED


class TestSuspendCredentials:
    async def test_it_pages_before_it_asks(self) -> None:
        steps = PaperSteps([DENIED])
        await run("suspend_credentials", steps)
        assert steps.did.index("page") < steps.did.index("decide")
        assert steps.pages == ["a decision is needed"]

    async def test_in_enforce_mode_it_contains_and_then_tells(self) -> None:
        steps = PaperSteps(cuts=[(done(),)], wakes=[Woken.LIFTED], acts_first=[True])
        assert await run("suspend_credentials", steps, case("enforce")) == CaseState.LIFTED
        assert steps.did.index("contain") < steps.did.index("page")
        assert "decide" not in steps.did
        assert steps.pages == ["contained by hopstop itself: look, and lift it if it is us"]

    async def test_what_may_not_be_enforced_is_asked(self) -> None:
        steps = PaperSteps([DENIED], acts_first=[False])
        assert await run("suspend_credentials", steps, case("enforce")) == CaseState.DENIED

    async def test_an_enforced_cut_that_fails_says_so(self) -> None:
        steps = PaperSteps(cuts=[(done(False),)], wakes=[Woken.GIVEN_UP], acts_first=[True])
        assert await run("suspend_credentials", steps, case("enforce")) == CaseState.NOT_CONTAINED
        assert steps.pages == ["containment failed; look now"]


class TestAskFirst:
    async def test_high_is_asked_at_once_and_paged(self) -> None:
        steps = PaperSteps([DENIED])
        await run("ask_first", steps)
        assert "enriched" not in steps.did
        assert steps.pages == ["a decision is needed"]

    async def test_medium_waits_for_what_the_world_knows_and_wakes_nobody(self) -> None:
        steps = PaperSteps([DENIED])
        await run("ask_first", steps, case(confidence=MEDIUM))
        assert steps.did.index("enriched") < steps.did.index("decide")
        assert steps.pages == []


class TestReviewException:
    async def test_it_offers_an_exception_before_it_asks(self) -> None:
        steps = PaperSteps([DENIED])
        await run("review_exception", steps)
        assert steps.did.index("offer exception") < steps.did.index("decide")

    async def test_what_is_allowed_is_suppressed_until_its_end(self) -> None:
        steps = PaperSteps([ALLOWED])
        resolution = await PLAYBOOKS["review_exception"](case(), steps)
        assert resolution is not None
        assert resolution.state is CaseState.SUPPRESSED
        assert resolution.summary == "Allowed by Dana until 2026-04-03. Nothing was changed."

    @pytest.mark.parametrize(("confidence", "pages"), [(HIGH, 1), (MEDIUM, 0)])
    async def test_only_what_is_high_wakes_somebody(self, confidence: Confidence, pages: int) -> None:
        steps = PaperSteps([DENIED])
        await run("review_exception", steps, case(confidence=confidence))
        assert len(steps.pages) == pages


class TestInvestigateChain:
    async def test_everything_is_written_down_before_anybody_is_asked(self) -> None:
        steps = PaperSteps([DENIED])
        await run("investigate_chain", steps)
        assert steps.did.index("capture") < steps.did.index("decide")

    async def test_it_is_written_down_in_observe_mode_as_well(self) -> None:
        steps = PaperSteps()
        await run("investigate_chain", steps, case("observe"))
        assert "capture" in steps.did


class TestConfirmWithPerson:
    @pytest.mark.parametrize("confidence", [HIGH, MEDIUM])
    async def test_a_no_of_theirs_wakes_on_call_and_asks(self, confidence: Confidence) -> None:
        steps = PaperSteps([DENIED], person=Verb.NOT_MINE)
        await run("confirm_with_person", steps, case(confidence=confidence))
        assert "not them" in steps.pages[0]
        assert "decide" in steps.did

    async def test_no_answer_is_no_yes(self) -> None:
        steps = PaperSteps([DENIED])
        await run("confirm_with_person", steps, case(confidence=MEDIUM))
        assert "has not answered" in steps.pages[0]
        assert "decide" in steps.did

    async def test_a_yes_about_what_is_high_decides_nothing(self) -> None:
        steps = PaperSteps([DENIED], person=Verb.MINE)
        await run("confirm_with_person", steps)
        assert "grave" in steps.pages[0]
        assert "decide" in steps.did

    async def test_a_yes_about_what_is_medium_is_written_down(self) -> None:
        steps = PaperSteps(person=Verb.MINE)
        assert await run("confirm_with_person", steps, case(confidence=MEDIUM)) == CaseState.OBSERVED
        assert steps.pages == []

    async def test_a_chain_that_grows_after_a_yes_is_handed_over(self) -> None:
        steps = PaperSteps(person=Verb.MINE, grows=True)
        assert await run("confirm_with_person", steps, case(confidence=MEDIUM)) == "handed over"


class TestRecordOnly:
    async def test_it_asks_nobody_in_any_mode(self) -> None:
        steps = PaperSteps()
        assert await run("record_only", steps) == CaseState.OBSERVED
        assert {"decide", "contain", "page"}.isdisjoint(steps.did)
