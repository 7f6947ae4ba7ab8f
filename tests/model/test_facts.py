import pytest

from model.assumption import ApiCall
from model.facts import call_fact, fact_of, network, tool
from model.spans import digest
from tests.detectors.made import ANA, AWAY, HOME, arn, assumption, chain_of


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2"),
        ("192.000.002.077", "192.0.2"),
        ("2001:DB8:1:2::3", "2001:db8:1"),
        ("lambda.amazonaws.com", "lambda.amazonaws.com"),
        ("AWS Internal", "AWS Internal"),
        ("", None),
        (None, None),
        ("9" * 500 + ".1.1.1", "999.1.1"),
    ],
)
def test_the_network_of_an_address(address, expected):
    found = network(address)
    assert found == expected or (address and len(address) > 100 and len(found or "") <= 40)


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("aws-cli/2.31.4 md/arch#arm64", "aws-cli"),
        ("Boto3/1.40 md/Botocore", "boto3"),
        ("[Boto3/1.40 md/Botocore]", "boto3"),
        ("console.amazonaws.com", "console.amazonaws.com"),
        ("   ", None),
        (None, None),
    ],
)
def test_the_tool_of_a_user_agent(agent, expected):
    assert tool(agent) == expected


def call(time: float) -> ApiCall:
    fields = dict.fromkeys(ApiCall.__struct_fields__)
    named = {"caller": ANA, "source": "iam.amazonaws.com", "name": "CreateUser", "source_ip": "192.0.2.7"}
    return ApiCall(**(fields | named | {"time": time, "user_agent": "Boto3/1.40", "region": "us-east-1"}))


@pytest.mark.parametrize(
    ("hopped", "after"),
    [(None, None), (1000.0, "iam:CreateUser"), (700.0, "iam:CreateUser"), (699.0, None), (1001.0, None)],
)
def test_a_call_is_named_where_it_comes_within_five_minutes_of_its_hop(hopped, after):
    fact = call_fact(call(1000.0), hopped)
    assert (fact.after, fact.target, fact.network, fact.tool, fact.region) == (
        after, None, "192.0.2", "boto3", "us-east-1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "denied", "depth", "reached"),
    [
        ((("ci", HOME),), False, 1, False),
        ((("ci", HOME), ("data", AWAY)), False, 2, True),
        ((("ci", HOME), ("data", AWAY)), True, 0, False),
    ],
)
def test_an_assumption_says_what_its_chain_came_to(roles, denied, depth, reached):
    way = chain_of(*roles)
    name, account = roles[-1]
    fact = fact_of(assumption(name, account, denied=denied, duration=900, source_ip="192.0.2.7"), way)
    assert (fact.target, fact.account, fact.denied, fact.depth) == (arn(name, account), account, denied, depth)
    assert (fact.duration, fact.network) == (900, "192.0.2")
    assert fact.reached == ((digest(arn(name, account)), way.path) if reached else ())
