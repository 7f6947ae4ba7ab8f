"""What must hold of every policy, however it is made up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.policies import FRIEND, ORG, ROLE, STRANGER, allow, deny, role, root, text, user
from trust.caller import aws_caller
from trust.evaluate import may_assume
from trust.exposure import exposure
from trust.ours import Ours
from trust.policy import Policy, parse
from trust.truth import Truth

OURS = Ours(ROLE, accounts=frozenset((ROLE, FRIEND)), org_id=ORG)
VALUES = {
    "aws:PrincipalOrgID": (ORG, "o-*", "o-other12345", "*"),
    "aws:PrincipalAccount": (FRIEND, STRANGER, "2*", "${aws:ResourceAccount}"),
    "aws:PrincipalArn": (role(FRIEND), f"arn:aws:iam::{STRANGER}:role/*", "arn:aws:iam::*:role/x"),
    "sts:ExternalId": ("abc", "ab*", "*", "${aws:PrincipalTag/t}"),
    "aws:PrincipalTag/t": ("abc", "x?"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:SourceAccount": (ROLE,),
}
OPERATORS = tuple(
    f"{each}{operator}{exists}"
    for each in ("", "ForAllValues:", "ForAnyValue:")
    for operator in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase")
    for exists in ("", "IfExists")
)
tests = st.sampled_from(sorted(VALUES)).flatmap(
    lambda key: st.tuples(st.just(key), st.lists(st.sampled_from(VALUES[key]), min_size=1, max_size=2, unique=True))
)
conditions = st.dictionaries(
    st.sampled_from(OPERATORS), st.lists(tests, min_size=1, max_size=2).map(dict), max_size=2
) | st.fixed_dictionaries({"Null": tests.map(lambda test: {test[0]: "true"})})
principals = st.lists(
    st.sampled_from(("*", root(ROLE), FRIEND, root(STRANGER), role(FRIEND), role(STRANGER), user(STRANGER))),
    min_size=1,
    max_size=2,
    unique=True,
)
actions = st.sampled_from(("sts:AssumeRole", "sts:*", "sts:TagSession"))
allows = st.builds(allow, principals, conditions, actions)
denies = st.builds(deny, principals, conditions, actions)
policies = st.lists(allows | denies, min_size=1, max_size=3)
callers = st.builds(
    lambda arn, brings: aws_caller(arn, session="build", brings={k.lower(): v for k, v in brings.items()}),
    st.sampled_from((role(ROLE), role(FRIEND), role(STRANGER), user(FRIEND), user(STRANGER))),
    st.dictionaries(
        st.sampled_from(("aws:PrincipalOrgID", "sts:ExternalId", "aws:PrincipalTag/t", "aws:MultiFactorAuthPresent")),
        st.none() | st.just(()) | st.sampled_from((ORG, "abc", "true", "xy")).map(lambda one: (one,)),
    ),
)


def read(statements) -> Policy:
    policy = parse(text(*statements))
    assert isinstance(policy, Policy), policy
    return policy


def exposed(statements) -> Truth:
    """As a truth, so that answers have an order."""
    found = exposure(read(statements), OURS, 1.8e9).exposed
    return Truth.UNKNOWN if found is None else Truth.TRUE if found else Truth.FALSE


@given(policies, callers)
@settings(deadline=None, max_examples=100)
def test_the_order_of_statements_does_not_matter(statements, caller):
    assert may_assume(read(statements), caller) is may_assume(read(statements[::-1]), caller)
    assert exposed(statements) is exposed(statements[::-1])


@given(policies, denies, callers)
@settings(deadline=None, max_examples=100)
def test_adding_a_deny_never_widens(statements, more, caller):
    assert may_assume(read([*statements, more]), caller) <= may_assume(read(statements), caller)
    assert exposed([*statements, more]) <= exposed(statements)


@given(policies, callers)
@settings(deadline=None, max_examples=100)
def test_removing_the_conditions_of_an_allow_never_narrows(statements, caller):
    bare = [
        {k: v for k, v in each.items() if k != "Condition"} if each["Effect"] == "Allow" else each
        for each in statements
    ]
    assert may_assume(read(bare), caller) >= may_assume(read(statements), caller)
    assert exposed(bare) >= exposed(statements)


@given(policies, callers)
@settings(deadline=None, max_examples=100)
def test_a_single_value_equals_a_list_of_one(statements, caller):
    single = [_unpacked(each) for each in statements]
    assert read(single) == read(statements)
    assert may_assume(read(single), caller) is may_assume(read(statements), caller)


@given(policies)
@settings(deadline=None, max_examples=100)
def test_a_policy_lets_in_no_more_known_of_a_caller_than_it_may_and_no_less(statements):
    """What is known of a caller only decides what was open: a yes stays yes, a no stays no."""
    policy = read(statements)
    for arn in (role(STRANGER), user(FRIEND)):
        vague = may_assume(policy, aws_caller(arn, session="build"))
        for org in ((), (ORG,)):
            brings = {"aws:principalorgid": org, "sts:externalid": ("abc",)}
            known = may_assume(policy, aws_caller(arn, session="build", brings=brings, complete=True))
            assert vague in (Truth.UNKNOWN, known)


def _unpacked(statement):
    def one(values):
        return values[0] if isinstance(values, list) and len(values) == 1 else values

    tests = statement.get("Condition", {})
    condition = {operator: {key: one(v) for key, v in test.items()} for operator, test in tests.items()}
    return {
        **statement,
        "Principal": {"AWS": one(statement["Principal"]["AWS"])},
        "Action": [statement["Action"]],
        "Condition": condition,
    }


@given(policies)
@settings(deadline=None, max_examples=150)
def test_whoever_is_found_outside_gets_in_by_the_evaluator_too(statements):
    """The search and the evaluator are two ways to the same answer."""
    policy = read(statements)
    found = exposure(policy, OURS, 1.8e9)
    if found.exposed and found.entry:
        caller = found.entry.visitor.caller._replace(brings=found.entry.brings, complete=True)
        caller = caller._replace(brings={"aws:resourceaccount": (ROLE,), **caller.brings})
        assert may_assume(policy, caller) is Truth.TRUE
        assert not OURS.has(caller.account)
