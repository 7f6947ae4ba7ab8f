"""Suggestions: narrower, never wider, and what was seen still passes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.assumption import RoleAssumption
from model.identity import Identity, Kind
from tests.trust.adversarial import CASES, WEB, oidc
from tests.trust.policies import FRIEND, ORG, ROLE, STRANGER, allow, deny, role, root, text, user
from tests.trust.test_properties import callers, policies
from trust.caller import aws_caller
from trust.evaluate import may_assume
from trust.exposure import exposure
from trust.judged import judge
from trust.observed import Observed, observed
from trust.ours import Ours
from trust.policy import Invalid, Policy, parse
from trust.problem import problems
from trust.snippets import cloudformation, deputy_policy, diff, suggestion_fields, terraform
from trust.suggest import is_safe, suggest
from trust.tier import Tier
from trust.visitor import OURS as OURS_UNKNOWN

OURS = Ours(ROLE, accounts=frozenset((ROLE, FRIEND)), org_id=ORG)
NOW = 1.8e9
TARGET = role(ROLE, "team/deploy")
GITHUB = f"arn:aws:iam::{ROLE}:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = "repo:ours/app:ref:refs/heads/main"


def assumed(arn=None, *, account=None, kind=Kind.ROLE, key="", denied=False, target=TARGET):
    who = Identity(key=key or f"k:{arn}", kind=kind, arn=arn, account=account or (arn or "::::").split(":")[4] or None)
    return RoleAssumption(
        *(("e1",), NOW, "AssumeRole", who, None, None, target, ROLE, None, "build", None, None, denied, None),
        *("203.0.113.9", None, "eu-west-1", None),
    )


def seen_of(*assumptions, policy=None):
    named = [each for s in policy.statements for each in s.principals] if policy else []
    return observed(assumptions, TARGET, named, OURS)


def suggested(statements, *assumptions, tier=Tier.MEDIUM, ours=OURS):
    document = text(*statements)
    policy = parse(document)
    assert isinstance(policy, Policy)
    return suggest(document, judge(policy, ours, NOW), tier, seen_of(*assumptions, policy=policy))


def exposed(document) -> bool | None:
    policy = parse(json.dumps(document))
    assert isinstance(policy, Policy), policy
    return exposure(policy, OURS, NOW).exposed


def test_everybody_is_held_to_who_was_seen():
    found = suggested(
        [allow("*")], assumed(role(FRIEND, "ci")), assumed(role(FRIEND, "ci")), assumed(user(ROLE, "ana"))
    )
    assert found
    held = found.document["Statement"][0]["Condition"]
    assert held == {"ArnEquals": {"aws:PrincipalArn": [user(ROLE, "ana"), role(FRIEND, "ci")]}}
    assert found.verified == "verified against 3 calls"
    assert found.denies[0] == "anybody with an AWS account"
    assert not any(OURS_UNKNOWN in each for each in found.denies)
    assert exposed(found.document) is False


def test_without_any_calls_everybody_is_held_to_the_organisation_and_it_says_unverified():
    found = suggested([allow("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}})])
    assert found
    assert found.document["Statement"][0]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": ORG}}
    assert found.verified == "unverified"
    assert exposed(found.document) is False


def test_without_an_organisation_everybody_is_held_to_the_accounts_that_are_known():
    found = suggested([allow("*")], ours=Ours(ROLE))
    assert found
    assert found.document["Statement"][0]["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ROLE}}


def test_a_stranger_that_was_seen_stays_in_and_is_said_to_be_outside():
    found = suggested([allow("*")], assumed(role(STRANGER, "vendor")), assumed(role(FRIEND, "ci")))
    assert found
    assert role(STRANGER, "vendor") in found.document["Statement"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert exposed(found.document) is True


def test_callers_of_whom_only_the_account_is_known_keep_the_whole_account():
    found = suggested([allow("*")], assumed(role(FRIEND, "ci")), assumed(None, account=STRANGER, kind=Kind.ACCOUNT))
    assert found
    assert found.document["Statement"][0]["Condition"] == {"StringEquals": {"aws:PrincipalAccount": [FRIEND, STRANGER]}}
    assert found.verified == "verified against 1 call; 1 call by callers of whom only the account is known"


def test_nothing_is_suggested_where_nobody_can_be_told():
    assert suggested([allow("*")], assumed(None, kind=Kind.UNKNOWN)) is None


def test_refused_calls_and_other_roles_teach_nothing():
    others = assumed(role(FRIEND), target=role(ROLE, "other")), assumed(role(FRIEND), denied=True)
    found = suggested([allow("*")], *others)
    assert found
    assert found.verified == "unverified"


def test_a_whole_account_is_narrowed_by_a_condition_and_never_by_another_principal():
    """A role's ARN would grant by itself what `:root` leaves to the account's own policies."""
    found = suggested([allow(root(FRIEND))], assumed(role(FRIEND, "ci")), tier=Tier.CRITICAL)
    assert found
    (one,) = found.document["Statement"]
    assert one["Principal"] == {"AWS": root(FRIEND)}
    assert one["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role(FRIEND, "ci")}}
    assert suggested([allow(root(FRIEND))], assumed(role(FRIEND, "ci")), tier=Tier.LOW) is None


def test_kinds_of_principals_are_told_apart_before_one_is_narrowed():
    both = allow({"AWS": root(STRANGER), "Service": "ec2.amazonaws.com"}, Sid="Both")
    found = suggested([both], assumed(role(STRANGER, "vendor")))
    assert found
    aws, service = found.document["Statement"]
    assert (aws["Sid"], service["Sid"]) == ("BothAWS", "BothService")
    assert "Condition" not in service
    assert aws["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role(STRANGER, "vendor")}}
    assert any("external id" in each for each in found.advice)


def test_deleted_principals_are_taken_out():
    found = suggested([allow([root(ROLE), "AROAABCDEFGHIJKLMNOPQ"])])
    assert found
    assert found.document["Statement"][0]["Principal"] == {"AWS": [root(ROLE)]}


def test_tokens_are_held_to_the_subjects_that_were_seen():
    statements = oidc("token.actions.githubusercontent.com")
    call = assumed(kind=Kind.WEB_IDENTITY, key=f"web_identity:{GITHUB}:{SUBJECT}")
    found = suggested(statements, call)
    assert found
    held = found.document["Statement"][0]["Condition"]
    assert held == {"StringEquals": {"token.actions.githubusercontent.com:sub": SUBJECT}}
    assert found.verified == "verified against 1 call"
    assert exposed(found.document) is False
    assert suggested(statements) is None


def test_a_list_that_one_entry_opens_is_cut_down():
    found = suggested([allow("*", {"StringEquals": {"aws:PrincipalOrgID": [ORG, "o-other12345"]}})])
    assert found
    assert found.document["Statement"][0]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": ORG}}


def test_what_is_closed_is_left_as_it_is():
    assert suggested([allow("*", {"StringEquals": {"aws:PrincipalOrgID": ORG}})]) is None
    assert suggested([allow({"Service": "lambda.amazonaws.com"})]) is None


def test_a_call_that_another_statement_let_in_is_not_called_verified_by_this_one():
    """It may have come by the second statement: that one must still let it in."""
    statements = [allow("*", {"StringEquals": {"sts:ExternalId": "abc"}}), allow(root(FRIEND))]
    found = suggested(statements, assumed(role(FRIEND, "ci")))
    assert found
    assert found.verified == "verified against 1 call"
    assert "ArnEquals" in found.document["Statement"][0]["Condition"]
    assert found.document["Statement"][1] == allow(root(FRIEND))


@pytest.mark.parametrize("tier", list(Tier))
def test_no_suggestion_for_any_of_the_odd_policies_is_wider_or_invalid(tier):
    made = 0
    for name, statements, _ in CASES:
        document = text(*statements)
        policy = parse(document)
        if isinstance(policy, Invalid):
            continue
        calls = [assumed(role(FRIEND, "ci"))] if made % 2 else []
        found = suggest(document, judge(policy, OURS, NOW), tier, seen_of(*calls, policy=policy))
        if found is None:
            continue
        made += 1
        assert not isinstance(parse(json.dumps(found.document)), Invalid), name
        if not calls:
            assert exposed(found.document) in (False, exposure(policy, OURS, NOW).exposed), name
    assert made > 30


@given(
    policies, callers, st.lists(st.sampled_from((role(FRIEND, "ci"), user(ROLE, "ana"), role(STRANGER))), max_size=3)
)
@settings(deadline=None, max_examples=100)
def test_a_suggestion_is_never_wider_for_any_caller_and_lets_in_whom_it_saw(statements, caller, arns):
    document = text(*statements)
    old = parse(document)
    seen = seen_of(*(assumed(arn) for arn in arns), policy=old)
    found = suggest(document, judge(old, OURS, NOW), Tier.CRITICAL, seen)
    if found is None:
        return
    new = parse(json.dumps(found.document))
    assert may_assume(new, caller) <= may_assume(old, caller)
    for each, _ in seen.callers:
        assert may_assume(new, each) >= min(may_assume(old, each), 1)
        assert may_assume(new, each) <= may_assume(old, each)


def test_snippets_are_what_the_tools_read():
    new = {
        "Version": "2012-10-17",
        "Statement": [allow("*", {"StringEquals": {"aws:PrincipalTag/a": "${aws:username}"}})],
    }
    assert '"$${aws:username}"' in terraform(TARGET, new)
    assert 'resource "aws_iam_role" "deploy" {' in terraform(TARGET, new)
    assert "Type: AWS::IAM::Role" in cloudformation(TARGET, new)
    assert diff(new, new) == ""
    assert '+      "Action": "sts:AssumeRole"' not in diff(new, new)
    assert deputy_policy(ORG)["Statement"][0]["Condition"]["StringNotEqualsIfExists"] == {"aws:SourceOrgID": ORG}


def test_cloudformation_is_yaml(pytestconfig):
    yaml = pytest.importorskip("yaml")
    new = {"Version": "2012-10-17", "Statement": [allow("*")]}
    (resource,) = yaml.safe_load(cloudformation(TARGET, new, 43_200)).values()
    stays = {"RoleName": "deploy", "Path": "/team/", "MaxSessionDuration": 43_200}
    assert resource["Properties"] == {**stays, "AssumeRolePolicyDocument": new}


@pytest.mark.parametrize(
    ("role", "lines"),
    [
        (TARGET, ['  path = "/team/"', "  max_session_duration = 43200"]),
        (f"arn:aws:iam::{ROLE}:role/deploy", ['  path = "/"']),
        ("deploy", []),
    ],
)
def test_what_would_replace_the_role_or_shorten_its_sessions_stays(role, lines):
    told = terraform(role, {"Version": "2012-10-17"}, 43_200).splitlines()
    assert [line for line in told if line in lines] == lines
    assert ("path" in "".join(told)) == (role != "deploy")
    assert "max_session_duration" not in terraform(role, {"Version": "2012-10-17"})


def test_the_fields_of_a_suggestion():
    found = suggested([allow("*"), deny("*", action=WEB)])
    assert found
    fields = suggestion_fields(TARGET, text(allow("*"), deny("*", action=WEB)), found)
    assert [*fields] == ["policy", "changes", "verified", "denies", "diff", "cloudformation", "terraform", "advice"]
    assert "+" in fields["diff"]


def test_nothing_seen_is_nothing_told():
    assert (Observed().told, Observed().untold) == (0, 0)


NOBODY = Observed()


def safe(old, new, seen=NOBODY):
    one, two = parse(text(old)), parse(text(new))
    assert isinstance(one, Policy)
    assert isinstance(two, Policy)
    return is_safe(judge(one, OURS, NOW), two, (1,), seen)


def test_what_would_be_wider_is_not_safe():
    held = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
    assert safe(allow("*"), allow("*", held))
    assert not safe(allow("*", held), allow("*"))
    assert not safe(allow(root(FRIEND)), allow("*"))


@pytest.mark.parametrize(("name", "is_safe"), [("ci", True), ("other", False)])
def test_what_would_break_a_call_that_was_seen_is_not_safe(name, is_safe):
    seen = Observed(((aws_caller(role(FRIEND, "ci")), 3),))
    held = {"StringEquals": {"aws:PrincipalArn": role(FRIEND, name)}}
    assert safe(allow(root(FRIEND)), allow(root(FRIEND), held))
    assert safe(allow(root(FRIEND)), allow(root(FRIEND), held), seen) is is_safe


def test_an_outsider_that_was_seen_is_named():
    found = suggested([allow("*")], assumed(role(STRANGER, "ci")))
    assert found
    assert any(STRANGER in each and "ask whether it should" in each for each in found.advice)


def test_the_role_s_own_account_is_tried_though_nothing_names_it():
    for condition in (
        {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/*"}},
    ):
        policy = parse(text(allow("*", condition)))
        assert isinstance(policy, Policy)
        found = judge(policy, OURS, NOW)
        assert (found.exposure.exposed, found.level.value) == (False, "ACCOUNT")
        assert not problems(found)
