"""Was this you?"""

import pytest

from model.approval import Verb
from model.case import CaseState
from model.person_card import person_card_of
from model.render import LOCK_LINE
from tests.model.test_render import EVIL, HOSTILE, hostile, outside_spans, view


def test_the_question_has_two_answers_and_says_what_happened() -> None:
    card = person_card_of(view())
    assert [button.verb for button in card.buttons] == [Verb.NOT_MINE, Verb.MINE]
    assert all(button.confirm for button in card.buttons)
    assert "prod-data" in card.facts[0][1]


def test_an_answer_or_the_end_of_the_case_takes_the_buttons_away() -> None:
    answered = person_card_of(view(), "it was not you")
    closed = person_card_of(view(CaseState.EXPIRED, closed=True))
    assert (answered.buttons, closed.buttons) == ((), ())
    assert "it was not you" in answered.question
    assert closed.state == "No longer asked"


def test_it_tells_a_thief_nothing_of_what_would_be_cut() -> None:
    shown = str(person_card_of(view()).model_dump(exclude={"plan"}))
    assert "revoke" not in shown.lower()
    assert "`Dana`" not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_wrote_stays_in_code_spans(text: str) -> None:
    card = person_card_of(hostile(text, CaseState.WAITING))
    for shown in (card.evidence, card.question, *(value for _, value in card.facts)):
        assert EVIL not in outside_spans(shown)
    assert len(card.lock_line) <= LOCK_LINE
