"""What is asked at 02:47, and what the thread says."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.slack_blocks import render, words
from model.approval import Decision, Verb
from model.ask import ask_of, saved_view
from model.case import CaseState, CaseView
from model.containment_planner import plan_containment
from model.enrichment import Change, Enrichment, Person, SessionActivity
from model.lineage import Lineage
from model.person_card import person_card_of
from model.render import LOCK_LINE
from model.thread import RESULTS, known_of, reminder_of, result_of
from tests.integrations.test_slack_blocks import assert_taken
from tests.model.test_render import EVIL, HOSTILE, SETTINGS, hostile, outside_spans, view
from tests.workflows.attack import ORIGIN, ROLES, USER, hop
from tests.workflows.fakes import T0

KNOWN = Enrichment(
    on_call=(Person(name="Dana Reyes", until=T0 + timedelta(hours=5)),),
    changes=(Change(summary="Deploy web 4.2", source="ci", at=T0),),
    activity=(SessionActivity(session="AROA1:build-7", calls=(("GetObject", 40), ("ListBuckets", 2)), denied=3),),
    also_hit=("arn:aws:iam::111111111111:user/ci-runner",),
    missing=("what the session of `deploy` did: no answer in time",),
)
STATES = [*CaseState]


def everything(case: CaseView) -> tuple[str, ...]:
    """Every text of every message of a case."""
    card = ask_of(case, SETTINGS)
    fields = (card.state, card.question, card.evidence, card.silence, *card.effect, *card.notes)
    confirms = tuple(button.confirm for button in card.buttons)
    facts = tuple(part for fact in card.facts for part in fact)
    thread = (known_of(case), reminder_of(case), result_of(case))
    return (*fields, *confirms, *facts, *(line for text in thread for line in text.split("\n")))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("known", [None, Enrichment(), KNOWN])
def test_four_facts_at_most_and_the_chain_first(state: CaseState, known: Enrichment | None) -> None:
    card = ask_of(view(state, enrichment=known), SETTINGS)
    assert 1 <= len(card.facts) <= 4
    assert card.facts[0][0] == "Chain, from 02:47 UTC (03:47 local)"
    assert len(card.lock_line) <= LOCK_LINE


def test_the_confirm_dialog_says_how_much_whom_and_who_else() -> None:
    (approve, *_) = ask_of(view(enrichment=KNOWN), SETTINGS).buttons
    assert approve.verb is Verb.APPROVE
    assert approve.confirm == (
        "4 principals in 3 accounts cut off now: `ana`, `ci-build`, `deploy`, `prod-data`. "
        "1 other on these roles must sign in again."
    )
    (approve, *_) = ask_of(view(), SETTINGS).buttons
    assert approve.confirm.endswith("Who else is on these roles is not known yet.")


def test_a_confirm_dialog_that_has_no_room_counts_whom_it_leaves_out() -> None:
    hops = tuple(
        hop(1).model_copy(
            update={"role_arn": f"arn:aws:iam::111111111111:role/service-of-team-{n}", "role_id": f"AROA{n}"}
        )
        for n in range(60)
    )
    wide = view(plan=plan_containment((Lineage(origin=ORIGIN, hops=hops),)))
    (approve, *_) = ask_of(wide, SETTINGS).buttons
    assert len(approve.confirm) <= 300
    assert approve.confirm.startswith("61 principals in 1 account cut off now")
    assert " more." in approve.confirm


def test_who_comes_late_reads_who_decided_when_and_why() -> None:
    decided = Decision(outcome="denied", by="`Dana`", source="slack", verified=True, reason="a migration", at=T0)
    card = ask_of(view(CaseState.DENIED, decision=decided), SETTINGS)
    assert card.question == "Nothing was changed. Denied by `Dana` at 02:47:00 UTC: `a migration`."
    by_ui = decided.model_copy(update={"by": "Temporal UI (unverified)", "verified": False})
    assert ", unverified:" in ask_of(view(CaseState.DENIED, decision=by_ui), SETTINGS).question


def test_the_thread_says_what_is_known_and_what_is_not() -> None:
    said = known_of(view(enrichment=KNOWN))
    assert "on call: `Dana Reyes` until 07:47 UTC" in said
    assert "`ci`: `Deploy web 4.2`" in said
    assert "did `GetObject` ×40, `ListBuckets` ×2, 3 denied" in said
    assert "not known: what the session of `deploy` did" in said
    own = KNOWN.model_copy(update={"also_hit": (f"{ROLES[0]} (build-7)", USER, *KNOWN.also_hit)})
    said = known_of(view(enrichment=own, sessions=((ROLES[0], "build-7"),)))
    assert [line for line in said.split("\n") if "also on" in line] == [
        "• also on these roles: `ci-runner` in `111111111111`"
    ]
    assert "no deploy or change" in known_of(view(enrichment=Enrichment()))


@pytest.mark.parametrize("state", sorted(RESULTS))
def test_every_result_says_its_state_first(state: CaseState) -> None:
    assert result_of(view(state)).lower().startswith(state.replace("_", " "))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_wrote_stays_inside_code_spans(text: str, state: CaseState) -> None:
    for shown in everything(hostile(text, state)):
        assert EVIL not in outside_spans(shown), shown


@settings(max_examples=150)
@given(st.text(alphabet=st.characters(codec=None), max_size=5000) | st.sampled_from(HOSTILE), st.sampled_from(STATES))
def test_every_message_is_one_that_slack_takes_whatever_strangers_wrote(text: str, state: CaseState) -> None:
    case = hostile(f"{EVIL}{text}", state)
    for card in (ask_of(case, SETTINGS), person_card_of(case), person_card_of(case, "it was you")):
        message = render(card)
        assert 0 < len(message.text) <= LOCK_LINE
        assert_taken(message.blocks)
    for said in (known_of(case), reminder_of(case), result_of(case)):
        message = words(said, ("U0DANA", "<!channel>", text[:30]))
        assert len(message.text) <= LOCK_LINE
        assert_taken(message.blocks)
        shown = str(message.blocks)
        assert shown.count("<@") == shown.count("<@U0DANA>") == 1
        assert "<!" not in shown


def test_a_saved_view_names_the_state_in_the_query() -> None:
    link = saved_view(SETTINGS, "CaseState = 'waiting'")
    assert link.startswith("http://ui.test/namespaces/default/workflows?query=WorkflowType%20%3D%20%27Case%27")
    assert "Running" in link
    card = ask_of(view(), SETTINGS)
    assert ("All that wait", link) in card.links
    assert all(label != "All that wait" for label, _ in ask_of(view(CaseState.LIFTED), SETTINGS).links)
