"""Nobody approves what is not said."""

import pytest

from model.containment import Action, ActionKind, ContainmentPlan
from model.plan_words import asked, effects, hits_others, lets_nobody_in
from tests.model.test_containment import ORIGIN, USER, chain, hop
from tests.model.test_containment_kinds import OIDC, facts, planned, session


def plan(*steps: object) -> ContainmentPlan:
    return ContainmentPlan(actions=tuple(step for step in steps if isinstance(step, Action)))


WORDS = {
    "a whole role": (planned(known=(facts(),)), "Revoke the sessions of 1 role", "new sessions work", True, False),
    "a shared role": (
        planned(known=(facts(others=("bo",)),)), "sessions of 1 role", "others (`bo`) keep sessions", False, False
    ),
    "a closed role": (
        planned(session(OIDC, "jane")[0], known=(session(OIDC, "jane")[1],)),
        "Close 1 role, new sessions too", "A person must lift it.", True, True
    ),
    "a prepared policy": (
        planned(known=(facts(room=1),), managed="hopstop/deny"),
        "deny-all policy to 1 principal, new sessions too", "Attach `hopstop/deny`", True, True
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WORDS)
def test_every_kind_of_action_is_in_the_question_and_has_a_line(case: str) -> None:
    steps, question, line, others, shut = WORDS[case]
    made = plan(
        *(step for step in steps.values() if isinstance(step, Action) and step.kind is not ActionKind.DENY_USER)
    )
    assert question in asked(made)
    assert any(line in one for one in effects(made, "12 h"))
    assert (hits_others(made), lets_nobody_in(made)) == (others, shut)


def test_one_line_an_action_and_one_for_how_long_revocations_last() -> None:
    user, data = facts(USER, "AIDA1", doors=()), facts("arn:aws:iam::333333333333:role/data", "AROA2", others=("bo",))
    lines = effects(
        plan(*planned(chain(hop(), hop(data.arn, "AROA2"), origin=ORIGIN), known=(facts(), user, data)).values()),
        "12 h",
    )
    assert len(lines) == 4
    assert sum("lift by themselves after 12 h" in line for line in lines) == 1
