import pytest

from model.facts import network, tool


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
