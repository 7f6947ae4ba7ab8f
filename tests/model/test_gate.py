"""Which click counts."""

from datetime import UTC, datetime, timedelta

import pytest

from model.approval import Approvers, Click, Verb
from model.gate import Gate, judge

NOW = datetime(2026, 3, 4, 2, 50, tzinfo=UTC)
GATE = Gate(
    run="1a2b3c4d",
    card=3,
    plan="abcdef012345",
    verbs=(Verb.APPROVE, Verb.DENY, Verb.PAGE),
    deadline=NOW + timedelta(minutes=10),
    approvers=Approvers(users=("U0DANA",), team="T0", said="`Dana`"),
    sources=("slack", "cli"),
    suspects=("U0ANA",),
)
CLICK = Click(
    id="c", source="slack", verb=Verb.APPROVE, user="U0DANA", team="T0", card=3, plan="abcdef012345", run="1a2b3c4d"
)
CLI = Click(id="c", source="cli", verb=Verb.APPROVE, user="dana", plan="abcdef")


def test_a_click_that_keeps_every_rule_is_accepted() -> None:
    assert judge(CLICK, GATE, NOW).accepted
    assert judge(CLI, GATE, NOW).accepted


REFUSED = {
    "source off": (CLICK.model_copy(update={"source": "ui"}), GATE, "approvals through ui are off"),
    "stranger": (CLICK.model_copy(update={"user": "U0EVE"}), GATE, "you may not decide"),
    "suspect, though an approver": (
        CLICK.model_copy(update={"user": "U0ANA"}),
        GATE.model_copy(update={"approvers": Approvers(users=("U0ANA",), team="T0")}),
        "you are named by the chain",
    ),
    "other workspace": (CLICK.model_copy(update={"team": "T1"}), GATE, "your Slack workspace"),
    "workspace not known yet": (
        CLICK,
        GATE.model_copy(update={"approvers": Approvers(users=("U0DANA",))}),
        "not yet told",
    ),
    "decided": (CLICK, GATE.model_copy(update={"decided": "already denied by X"}), "already denied by X"),
    "verb not open": (CLICK.model_copy(update={"verb": Verb.LIFT}), GATE, "nothing to lift"),
    "at the deadline": (CLICK, GATE.model_copy(update={"deadline": NOW}), "deadline has passed"),
    "older card": (CLICK.model_copy(update={"card": 2}), GATE, "message has changed"),
    "card of another run": (CLICK.model_copy(update={"run": "ffffffff"}), GATE, "message has changed"),
    "other plan": (CLICK.model_copy(update={"plan": "abcdef012346"}), GATE, "plan has changed"),
    "start of the hash in Slack": (CLICK.model_copy(update={"plan": "abcdef"}), GATE, "plan has changed"),
    "five characters by CLI": (CLI.model_copy(update={"plan": "abcde"}), GATE, "repeat the first 6"),
    "wrong hash by CLI": (CLI.model_copy(update={"plan": "abcdeX"}), GATE, "repeat the first 6"),
    "no plan by CLI": (CLI.model_copy(update={"plan": None}), GATE, "repeat the first 6"),
    "nothing planned": (CLI, GATE.model_copy(update={"plan": None}), "repeat the first 6"),
    "older card, denying": (CLICK.model_copy(update={"verb": Verb.DENY, "card": 2}), GATE, "message has changed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_click_that_breaks_one_rule_is_refused_and_told_why(case: str) -> None:
    click, gate, why = REFUSED[case]
    judged = judge(click, gate, NOW)
    assert not judged.accepted
    assert why in judged.why


def test_paging_is_open_after_a_decision() -> None:
    decided = GATE.model_copy(update={"decided": "already denied by X"})
    assert judge(CLICK.model_copy(update={"verb": Verb.PAGE}), decided, NOW).accepted


ASKED = GATE.model_copy(update={"person": "U0ANA", "verbs": (*GATE.verbs, Verb.MINE, Verb.NOT_MINE)})
MINE = CLICK.model_copy(update={"verb": Verb.MINE, "user": "U0ANA", "plan": None})


def test_the_person_who_is_asked_answers_though_the_chain_names_them() -> None:
    assert judge(MINE, ASKED, NOW).accepted
    assert judge(MINE.model_copy(update={"verb": Verb.NOT_MINE}), ASKED, NOW).accepted


@pytest.mark.parametrize(
    ("changes", "gate", "why"),
    [
        ({"user": "U0DANA"}, ASKED, "only the person who was asked"),
        ({"user": ""}, GATE.model_copy(update={"verbs": ASKED.verbs}), "only the person who was asked"),
        ({"source": "cli"}, ASKED, "only the person who was asked"),
        ({"source": "ui"}, ASKED.model_copy(update={"sources": ("ui",)}), "only the person who was asked"),
        ({"team": "T1"}, ASKED, "only the person who was asked"),
        ({"card": 2}, ASKED, "the message has changed"),
        ({}, ASKED.model_copy(update={"verbs": GATE.verbs}), "no longer asked"),
    ],
)
def test_nobody_else_answers_was_this_you(changes: dict[str, object], gate: Gate, why: str) -> None:
    judged = judge(MINE.model_copy(update=changes), gate, NOW)
    assert not judged.accepted
    assert why in judged.why
