"""Subjects of CI systems against conditions: the published vectors of others, some of them observed in IAM itself."""

import pytest
from subvectors.corpus import load_suite

from tests.trust.adversarial import WEB, provider
from tests.trust.policies import ROLE, allow, text
from trust.caller import Caller
from trust.evaluate import may_assume
from trust.exposure import exposure
from trust.ours import Ours
from trust.policy import Policy, parse
from trust.principal import Kind
from trust.truth import truth

HOSTS = {
    "github": "token.actions.githubusercontent.com",
    "gitlab": "gitlab.com",
    "terraform": "app.terraform.io",
    "circleci": "oidc.circleci.com/org/2a3b",
    "bitbucket": "api.bitbucket.org/2.0/workspaces/ours/pipelines-config/identity/oidc",
}
OPERATORS = {"aws-stringequals": "StringEquals", "aws-stringlike": "StringLike"}
VECTORS = [
    pytest.param(HOSTS[suite], vector, id=vector["id"])
    for suite in HOSTS
    for vector in load_suite(f"{suite}-aws")["vectors"]
]
PINS = ("sub", "repository_id")


def parts(vector):
    condition = vector["condition"]
    return condition["of"] if condition["consumer"] == "aws-all" else [condition]


def policy_of(host, vector) -> Policy:
    """All conditions in one statement; operators are told apart by their qualifier."""
    tests: dict[str, dict] = {}
    for each in parts(vector):
        qualifier = f"{each['qualifier']}:" if "qualifier" in each else ""
        key = each["claim"] if "/" in each["claim"] else f"{host}:{each['claim']}"
        tests.setdefault(qualifier + OPERATORS[each["consumer"]], {})[
            key.replace(".com/", ".com:", 1) if "/" in each["claim"] else key
        ] = each["pattern"]
    policy = parse(text(allow(provider(host), tests, WEB)))
    assert isinstance(policy, Policy), policy
    return policy


def caller_of(host, vector) -> Caller:
    claims = vector.get("claims") or {"sub": vector["subject"]}
    brings = {
        (name.replace(".com/", ".com:", 1) if "/" in name else f"{host}:{name}"): (value,)
        for name, value in claims.items()
    }
    return Caller(
        Kind.OIDC, "", provider(host)["Federated"], brings={k.lower(): v for k, v in brings.items()}, complete=True
    )


@pytest.mark.parametrize(("host", "vector"), VECTORS)
def test_a_subject_meets_a_condition_where_the_vector_says_so(host, vector):
    assert may_assume(policy_of(host, vector), caller_of(host, vector)) is truth(vector["expect"] == "match")


def pins_safely(vector) -> bool:
    graded = (vector.get("judgment") or {}).get("grade") == "safe"
    return graded and any(each["claim"] in PINS for each in parts(vector))


@pytest.mark.parametrize(("host", "vector"), [each for each in VECTORS if pins_safely(each.values[1])])
def test_what_is_graded_safe_and_pins_a_workload_is_open_to_nobody_else(host, vector):
    assert exposure(policy_of(host, vector), Ours(ROLE), 1.8e9).exposed is False


@pytest.mark.parametrize(
    "name",
    [
        "gh-aws-workflow-name-pin-attacker-chosen",
        "gh-aws-ref-key-alone-omits-the-repository",
        "gh-aws-format-tolerant-wildcard-admits-prefix-orgs",
        "gh-aws-forallvalues-absent-environment-fails-open",
    ],
)
def test_what_other_owners_meet_is_exposed(name):
    host, vector = next(each.values for each in VECTORS if each.id == name)
    assert exposure(policy_of(host, vector), Ours(ROLE), 1.8e9).exposed is True
