"""Which click counts."""

from datetime import UTC, datetime, timedelta

import pytest

from model.approval import Approvers, Click, Verb
from model.gate import Gate, completes, judge

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


TWO = GATE.model_copy(
    update={"quorum": 2, "approvers": Approvers(users=("U0DANA", "U0EVE"), team="T0", said="`Dana` and `Eve`")}
)
EVE = CLICK.model_copy(update={"user": "U0EVE"})
HALF = TWO.model_copy(update={"voted": ("U0DANA",)})


def test_the_first_of_two_approvals_is_accepted_and_told_that_it_is_not_enough() -> None:
    judged = judge(CLICK, TWO, NOW)
    assert judged.accepted
    assert judged.why == "approval 1 of 2 accepted; somebody else must approve too"
    assert judged.click == CLICK
    assert judged.at == NOW
    assert not completes(CLICK, TWO)


def test_the_second_of_two_completes_them() -> None:
    judged = judge(EVE, HALF, NOW)
    assert judged.accepted
    assert judged.why == "approve accepted"
    assert completes(EVE, HALF)
    assert not completes(CLICK, HALF)
    assert completes(CLICK, GATE)


def test_a_no_needs_nobody_else() -> None:
    assert judge(CLICK.model_copy(update={"verb": Verb.DENY}), TWO, NOW).why == "deny accepted"
    assert judge(CLICK.model_copy(update={"verb": Verb.DENY}), HALF, NOW).accepted
    assert judge(CLI.model_copy(update={"verb": Verb.DENY}), HALF, NOW).accepted


LIFT = CLICK.model_copy(update={"verb": Verb.LIFT})
CONTAINED = GATE.model_copy(update={"verbs": (Verb.LIFT, Verb.RETRY), "deadline": None})
ENFORCED = CONTAINED.model_copy(update={"enforced": True})
OBSERVING = GATE.model_copy(update={"observing": True, "verbs": (*GATE.verbs, Verb.RETRY, Verb.LIFT)})

EXACTLY = [
    (CLICK, HALF, "you have approved; somebody else must approve too"),
    (
        CLICK.model_copy(update={"verb": Verb.DENY}),
        GATE.model_copy(update={"decided": "already approved by X"}),
        "already approved by X",
    ),
    (CLI, TWO, "two people must approve, and cli proves nobody: approve in Slack"),
    (
        CLI.model_copy(update={"source": "ui"}),
        TWO.model_copy(update={"sources": ("ui",)}),
        "two people must approve, and ui proves nobody: approve in Slack",
    ),
    (
        CLI.model_copy(update={"verb": Verb.LIFT}),
        ENFORCED,
        "hopstop contained this by itself, and cli proves nobody: lift it in Slack",
    ),
    (CLICK, OBSERVING, "hopstop only observes here: nothing is contained"),
    (CLICK.model_copy(update={"verb": Verb.RETRY}), OBSERVING, "hopstop only observes here: nothing is contained"),
    (CLICK, GATE.model_copy(update={"sources": ()}), "approvals through slack are off: settings allow none"),
    (
        CLI.model_copy(update={"source": "ui"}),
        GATE,
        "approvals through ui are off: settings allow slack, cli",
    ),
    (EVE, GATE, "you may not decide this; ask `Dana`"),
    (CLICK.model_copy(update={"plan": None}), GATE, "the plan has changed since; look at it again"),
    (CLICK.model_copy(update={"card": None}), GATE, "the message has changed since; look at it again"),
    (CLICK.model_copy(update={"run": None}), GATE, "the message has changed since; look at it again"),
    (CLI.model_copy(update={"plan": ""}), GATE, "repeat the first 6 characters of the plan's hash"),
    (CLI.model_copy(update={"plan": "abcdef0123456"}), GATE, "repeat the first 6 characters of the plan's hash"),
    (LIFT.model_copy(update={"plan": "other"}), CONTAINED, "the plan has changed since; look at it again"),
    (CLICK, GATE.model_copy(update={"deadline": NOW}), "the deadline has passed; the question was escalated"),
    (LIFT, GATE, "nothing to lift at this point of the case"),
    (MINE, ASKED.model_copy(update={"verbs": ()}), "this is no longer asked"),
    (
        MINE.model_copy(update={"team": ""}),
        ASKED.model_copy(update={"approvers": Approvers()}),
        "only the person who was asked can answer this",
    ),
]


@pytest.mark.parametrize(("click", "gate", "why"), EXACTLY)
def test_a_refusal_says_why_and_what_to_do(click: Click, gate: Gate, why: str) -> None:
    judged = judge(click, gate, NOW)
    assert not judged.accepted
    assert judged.why == why


ACCEPTED = [
    (LIFT, CONTAINED),
    (LIFT, ENFORCED),
    (CLI.model_copy(update={"verb": Verb.RETRY}), ENFORCED),
    (CLI.model_copy(update={"verb": Verb.LIFT}), CONTAINED),
    (CLICK.model_copy(update={"verb": Verb.RETRY}), CONTAINED),
    (LIFT, CONTAINED.model_copy(update={"decided": "already approved by X"})),
    (LIFT, OBSERVING),
    (CLICK.model_copy(update={"verb": Verb.DENY}), OBSERVING),
    (CLICK, GATE.model_copy(update={"deadline": NOW + timedelta(microseconds=1)})),
    (CLICK, GATE.model_copy(update={"deadline": None})),
    (CLICK.model_copy(update={"verb": Verb.DENY, "plan": "another"}), GATE),
    (CLICK.model_copy(update={"verb": Verb.PAGE, "plan": None}), GATE),
    (CLI.model_copy(update={"plan": "abcdef012345"}), GATE),
    (CLI.model_copy(update={"card": 1, "run": "x"}), GATE),
    (CLI.model_copy(update={"verb": Verb.DENY, "plan": None}), GATE),
    (EVE, HALF),
    (MINE, ASKED.model_copy(update={"sources": ("cli",)})),
    (MINE, ASKED.model_copy(update={"observing": True, "enforced": True})),
]


@pytest.mark.parametrize(("click", "gate"), ACCEPTED)
def test_what_keeps_every_rule_is_accepted(click: Click, gate: Gate) -> None:
    judged = judge(click, gate, NOW)
    assert judged.accepted
    assert judged.why == f"{click.verb} accepted"


def test_the_first_rule_that_is_broken_is_the_one_that_is_told() -> None:
    both = GATE.model_copy(update={"decided": "already denied by X", "deadline": NOW})
    assert judge(CLICK, both, NOW).why == "already denied by X"
    assert judge(EVE, both, NOW).why.startswith("you may not decide")


def test_a_gate_is_shut_for_two_and_for_nobody_else_unless_it_says_so() -> None:
    plain = Gate(run="r", card=1, plan="p", verbs=(), deadline=None, approvers=Approvers(), sources=("slack",))
    assert (plain.quorum, plain.voted, plain.enforced, plain.observing) == (1, (), False, False)
    assert (plain.suspects, plain.decided, plain.person) == ((), "", "")
