"""The graph against the evaluator, caller by caller: it never misses a way, and shows none that is certainly closed."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.trust_world import DEV, HUB, ORG_ID, PROD, STRANGE, comes_to, graph, may, role, role_arn, root, trust
from trust.caller import aws_caller
from trust.evaluate import may_assume
from trust.policy import Invalid, parse
from trust.truth import FALSE, TRUE

TARGET = role_arn(PROD, "target")
CALLERS = {name: role(account, name, permissions=may()) for account, name in ((HUB, "ci"), (DEV, "fn"), (PROD, "near"))}
PRINCIPALS: tuple[Any, ...] = (
    "*",
    root(HUB),
    HUB,
    root(STRANGE),
    role_arn(HUB, "ci"),
    role_arn(DEV, "fn"),
    role_arn(PROD, "near"),
    role_arn(HUB, "gone"),
    [role_arn(HUB, "ci"), root(DEV)],
    {"Service": "lambda.amazonaws.com"},
)
CONDITIONS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"StringEquals": {"aws:PrincipalOrgID": ORG_ID}},
    {"StringNotEquals": {"aws:PrincipalOrgID": ORG_ID}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-theirs12345"}},
    {"StringEquals": {"aws:PrincipalAccount": [HUB, STRANGE]}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/c*"}},
    {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{DEV}:role/*", role_arn(HUB, "ci")]}},
    {"StringEquals": {"aws:PrincipalArn": role_arn(HUB, "ci")}},
    {"StringEquals": {"sts:ExternalId": "7d0c"}},
    {"StringEquals": {"aws:SourceAccount": HUB}},
    {"Null": {"aws:PrincipalOrgID": "true"}},
)
LEAVE_OUT = (
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/c*"}},
    {"StringNotEquals": {"aws:PrincipalAccount": DEV}},
    {"StringEqualsIfExists": {"aws:PrincipalArn": role_arn(HUB, "ci")}},
)
"""Who is left out of a crowd stays in it, in the graph: it may show more than there is."""
NEGATED = (*LEAVE_OUT, *CONDITIONS)


@st.composite
def statements(draw: st.DrawFn, effect: str, conditions: tuple[dict[str, Any] | None, ...]) -> dict[str, Any]:
    made = trust(draw(st.sampled_from(PRINCIPALS)), draw(st.sampled_from(conditions)))
    return {**made, "Effect": effect}


def judged(text: str, name: str) -> Any:
    policy = parse(text)
    assert not isinstance(policy, Invalid)
    arn = CALLERS[name].arn
    caller = aws_caller(arn, session="nightly", brings={"aws:principalorgid": (ORG_ID,)})
    return may_assume(policy, caller)


@settings(max_examples=400)
@given(
    st.lists(statements("Allow", NEGATED), min_size=1, max_size=3), st.lists(statements("Deny", NEGATED), max_size=2)
)
def test_whoever_certainly_comes_in_is_in_the_graph(allowed: list[Any], denied: list[Any]) -> None:
    target = role(PROD, "target", *allowed, *denied)
    made = graph(target, *CALLERS.values())
    for name, caller in CALLERS.items():
        if judged(target.trust, name) is TRUE:
            assert TARGET in comes_to(made, caller.arn), name


@settings(max_examples=400)
@given(st.lists(statements("Allow", CONDITIONS), min_size=1, max_size=3))
def test_whoever_certainly_stays_out_is_not_in_the_graph(allowed: list[Any]) -> None:
    target = role(PROD, "target", *allowed)
    made = graph(target, *CALLERS.values())
    for name, caller in CALLERS.items():
        if judged(target.trust, name) is FALSE:
            assert TARGET not in comes_to(made, caller.arn), name
