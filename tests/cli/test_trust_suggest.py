"""`hopstop trust suggest` as somebody runs it."""

import json

import pytest
from typer.testing import CliRunner

import cli.trust
from integrations.sqlite_store import SqliteStore
from model.errors import Malformed, Misused
from tests.cli.baseline_world import layout, learn
from tests.detectors.world import month
from tests.model.records import ALICE, CALLER, FOREIGN_ALICE, OWNER, assume
from tests.trust.policies import ORG, allow, document, root, text

DEPLOY = f"arn:aws:iam::{OWNER}:role/team/deploy"


def run(*arguments):
    result = CliRunner().invoke(cli.trust.app, ["suggest", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def details(tmp_path):
    def written(*statements, **more):
        made = {"Arn": DEPLOY, "RoleName": "deploy", "AssumeRolePolicyDocument": document(*statements), **more}
        file = tmp_path / "role.json"
        file.write_text(json.dumps({"Role": made}))
        return file

    return written


def records(folder, *made):
    file = folder / "trail.json"
    file.write_text(json.dumps({"Records": list(made)}))
    return file


def test_a_role_is_held_to_who_assumed_it_by_the_records(details, tmp_path):
    trail = records(tmp_path, assume(), assume(session="s2", key="ASIADEPLOY0000000002", eventID="id-2"))
    result = run("deploy", details(allow("*")), "--records", trail, "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    found = told["suggestion"]
    held = found["policy"]["Statement"][0]["Condition"]
    assert held == {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{CALLER}:user/alice"}}
    assert (told["role"], told["calls"], found["verified"]) == (DEPLOY, 2, "verified against 2 calls")
    assert "anybody with an AWS account" in found["denies"]


def test_both_accounts_copies_are_one_call(details, tmp_path):
    copy = assume(eventID="id-2", userIdentity=FOREIGN_ALICE, recipientAccountId=OWNER)
    trail = records(tmp_path, copy, assume())
    told = json.loads(run(DEPLOY, details(allow("*")), "--records", trail, "--json").stdout)
    assert told["suggestion"]["verified"] == "verified against 1 call"


def test_a_caller_that_only_its_account_is_known_of_keeps_its_account(details, tmp_path):
    trail = records(tmp_path, assume(userIdentity=FOREIGN_ALICE, recipientAccountId=OWNER))
    told = json.loads(run(DEPLOY, details(allow("*")), "--records", trail, "--json").stdout)
    held = told["suggestion"]["policy"]["Statement"][0]["Condition"]
    assert held == {"StringEquals": {"aws:PrincipalAccount": CALLER}}


def test_without_records_it_is_called_unverified(details, tmp_path):
    organization = tmp_path / "organization.toml"
    organization.write_text(f'org_id = "{ORG}"\n')
    result = run("deploy", details(allow("*")), "--organization", organization, "--json")
    found = json.loads(result.stdout)["suggestion"]
    assert found["verified"] == "unverified"
    assert found["policy"]["Statement"][0]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": ORG}}


def test_the_watchs_store_knows_who_assumed_a_role(tmp_path):
    store = tmp_path / "store.db"
    learn(SqliteStore(str(store)), layout(tmp_path / "trail", month()))
    role = "arn:aws:iam::222222222222:role/deploy"
    (tmp_path / "role.json").write_text(
        json.dumps({"Role": {"Arn": role, "AssumeRolePolicyDocument": text(allow("*"))}})
    )
    told = json.loads(run(role, tmp_path / "role.json", "--store", f"sqlite:///{store}", "--json").stdout)
    assert told["calls"] > 0
    held = told["suggestion"]["policy"]["Statement"][0]["Condition"]
    assert held["ArnEquals"]["aws:PrincipalArn"]
    assert told["suggestion"]["verified"].startswith("verified against")


def test_a_service_gets_one_policy_for_the_organisation(details):
    told = json.loads(run("deploy", details(allow({"Service": "sns.amazonaws.com"})), "--json").stdout)
    assert told["suggestion"] is None
    (statement,) = told["resource_control_policy"]["Statement"]
    assert statement["Condition"]["Null"] == {"aws:SourceAccount": "false"}


def test_a_bare_policy_is_taken_with_the_roles_arn(tmp_path):
    (tmp_path / "policy.json").write_text(text(allow("*")))
    told = json.loads(run(DEPLOY, "--policy", tmp_path / "policy.json", "--json").stdout)
    assert told["suggestion"]["policy"]["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": OWNER}
    }
    assert run("deploy", "--policy", tmp_path / "policy.json").exit_code == 2


def test_people_get_the_diff_and_what_only_they_can_do(details, tmp_path):
    outside = allow(root("999999999999"))
    trail = records(
        tmp_path,
        assume(userIdentity={**ALICE, "accountId": "999999999999", "arn": "arn:aws:iam::999999999999:user/eve"}),
    )
    said = run("deploy", details(outside), "--records", trail).stdout
    for part in ("verified against 1 call", "+", "aws_iam_role", "AWS::IAM::Role", "external id"):
        assert part in said


def test_what_is_missing_is_said(details, tmp_path):
    with pytest.raises(Misused, match="there is no role nobody"):
        run("nobody", details(allow("*")))
    with pytest.raises(Malformed, match="is invalid"):
        run("deploy", details(allow("nonsense")))
    with pytest.raises(Malformed, match="no such file"):
        run("deploy", details(allow("*")), "--records", tmp_path / "nowhere")


def test_a_vendor_is_held_by_no_policy_for_services(details):
    told = json.loads(run("deploy", details(allow(root("999999999999"))), "--json").stdout)
    assert told["resource_control_policy"] is None
    assert any("external id" in each for each in told["advice"])


def test_records_that_say_little_are_said_to(details, tmp_path, capsys):
    told = json.loads(run("deploy", details(allow("*")), "--records", records(tmp_path, assume()), "--json").stdout)
    assert any("the records span 1 day" in each for each in told["advice"])
    result = run("deploy", details(allow("*")), "--records", records(tmp_path, assume(), {"eventName": 5}))
    assert "1 record could not be read, in" in result.stderr
    assert "trail.json" in result.stderr


@pytest.mark.parametrize("body", ['{"Records": [{"x": 1}]}', '{"Records": [5, {"eventName": []}]}'])
def test_records_of_which_none_can_be_read_verify_nothing(details, tmp_path, body):
    (tmp_path / "trail.json").write_text(body)
    with pytest.raises(Malformed, match=r"no CloudTrail record could be read in .*trail.json"):
        run("deploy", details(allow("*")), "--records", tmp_path / "trail.json")


def test_a_call_that_the_standing_policy_refuses_blocks_nothing(details, tmp_path):
    bob = {**ALICE, "arn": f"arn:aws:iam::{CALLER}:user/bob", "userName": "bob", "principalId": "AIDABOB00000000000001"}
    trail = records(tmp_path, assume(), assume(userIdentity=bob, session="s2", key="ASIADEPLOY0000000002", eventID="2"))
    only_alice = {"StringNotLike": {"aws:PrincipalArn": "*:user/bob"}}
    told = json.loads(run("deploy", details(allow("*", only_alice)), "--records", trail, "--json").stdout)
    assert told["suggestion"]["verified"] == "verified against 1 call"


def test_the_policy_itself_is_printed_and_who_is_kept_out_is_everybody_else(details, tmp_path):
    said = run("deploy", details(allow(root(CALLER))), "--records", records(tmp_path, assume())).stdout
    assert "The policy" in said
    assert f"keeps out: everybody else of account {CALLER}" in said.replace("`", "")
