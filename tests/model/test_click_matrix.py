"""Every cell of who, when, which card and which decision, with what becomes of the click."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from model.approval import ANSWERS, Approvers, Click, Verb
from model.gate import Gate, judge

ASKED = datetime(2026, 3, 4, 2, 47, tzinfo=UTC)
DEADLINE = ASKED + timedelta(minutes=15)
PLAN = "abcdef012345"
OPEN = {
    "waiting": (Verb.APPROVE, Verb.DENY, Verb.PAGE, *ANSWERS),
    "decided": (),
    "contained": (Verb.LIFT,),
    "not contained": (Verb.RETRY, Verb.LIFT, Verb.PAGE),
    "closed": (),
}
GATE = Gate(
    run="1a2b3c4d",
    card=3,
    plan=PLAN,
    verbs=(),
    deadline=None,
    approvers=Approvers(users=("U0DANA", "U0ANA"), team="T0", said="`Dana`"),
    sources=("slack", "cli"),
    suspects=("U0ANA",),
    person="U0ANA",
)
WHO = {
    "an approver": {"source": "slack", "user": "U0DANA", "team": "T0"},
    "a stranger": {"source": "slack", "user": "U0EVE", "team": "T0"},
    "an approver's id in another workspace": {"source": "slack", "user": "U0DANA", "team": "T1"},
    "the suspect, who is an approver and was asked": {"source": "slack", "user": "U0ANA", "team": "T0"},
    "the command line": {"source": "cli", "user": "dana"},
    "the Temporal UI, which is off": {"source": "ui", "user": ""},
}
WHEN = {
    "in time": ("waiting", ASKED + timedelta(minutes=1)),
    "a moment before the deadline": ("waiting", DEADLINE - timedelta(microseconds=1)),
    "at the deadline": ("waiting", DEADLINE),
    "long after it, judged late": ("waiting", DEADLINE + timedelta(hours=9)),
    "after somebody decided": ("decided", ASKED + timedelta(minutes=2)),
    "while contained": ("contained", ASKED + timedelta(hours=1)),
    "while not contained": ("not contained", ASKED + timedelta(hours=1)),
    "after the case closed": ("closed", ASKED + timedelta(hours=20)),
}
CARDS = {
    "this card": {"card": 3, "run": "1a2b3c4d", "plan": PLAN},
    "an older version": {"card": 2, "run": "1a2b3c4d", "plan": PLAN},
    "a card of an earlier run": {"card": 3, "run": "00000000", "plan": PLAN},
    "the same version with another plan": {"card": 3, "run": "1a2b3c4d", "plan": "000000000000"},
    "no card at all": {"card": None, "run": None, "plan": None},
}
NEEDS_PLAN = (Verb.APPROVE, Verb.LIFT, Verb.RETRY)


def counts(who: str, when: str, card: str, verb: Verb) -> bool:
    """What must hold, said once more and without the gate's own words."""
    phase, now = WHEN[when]
    if verb not in OPEN[phase] or (phase == "waiting" and now >= DEADLINE):
        return False
    if verb in ANSWERS:
        return who.startswith("the suspect") and card in ("this card", "the same version with another plan")
    if who == "an approver":
        return card == "this card" or (card == "the same version with another plan" and verb not in NEEDS_PLAN)
    if who == "the command line":
        return verb not in NEEDS_PLAN or CARDS[card]["plan"] == PLAN
    return False


def gate(when: str) -> Gate:
    phase, _ = WHEN[when]
    decided = "already approved by `Dana`" if phase in ("decided", "contained", "not contained") else ""
    deadline = DEADLINE if phase == "waiting" else None
    return GATE.model_copy(update={"verbs": OPEN[phase], "deadline": deadline, "decided": decided})


CELLS = list(product(WHO, WHEN, CARDS, Verb))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("when", WHEN)
def test_every_cell_has_its_outcome_and_every_no_its_reason(who: str, when: str) -> None:
    for card, verb in product(CARDS, Verb):
        click = Click.model_validate({"id": "c", "verb": verb, **WHO[who], **CARDS[card]})
        judged = judge(click, gate(when), WHEN[when][1])
        assert judged.accepted == counts(who, when, card, verb), (who, when, card, verb, judged.why)
        assert judged.why
        assert judge(click, gate(when), WHEN[when][1]) == judged


def test_the_table_is_whole_and_most_of_it_is_no() -> None:
    accepted = [cell for cell in CELLS if counts(*cell)]
    assert len(CELLS) == len(WHO) * len(WHEN) * len(CARDS) * len(Verb)
    assert 0 < len(accepted) < len(CELLS) / 10
    assert {verb for *_, verb in accepted} == {*Verb}


@pytest.mark.parametrize("when", [name for name, (phase, _) in WHEN.items() if phase == "waiting"])
def test_late_is_never_yes_whoever_asks_for_whatever(when: str) -> None:
    late = WHEN[when][1] >= DEADLINE
    for who, card, verb in product(WHO, CARDS, Verb):
        click = Click.model_validate({"id": "c", "verb": verb, **WHO[who], **CARDS[card]})
        assert not (late and judge(click, gate(when), WHEN[when][1]).accepted)
