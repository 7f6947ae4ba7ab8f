"""`hopstop trust audit` as somebody runs it."""

import gzip
import json

import pytest
from typer.testing import CliRunner

import cli.trust
from cli.trust_audit_line import AuditLine
from tests.trust.adversarial import CASES
from tests.trust.policies import FRIEND, ORG, ROLE, STRANGER, allow, deny, document, role, root, text

POINTS = [
    *("exact_principal", "external_id", "source_account", "source_arn", "principal_org_id", "mfa", "source_ip"),
    "session_duration",
]
LINE = [
    *("type", "role", "file", "valid", "errors", "tier", "exposed", "why", "trust", "checks", "problems", "suggestion"),
]
CHECKED = allow({"Service": "ec2.amazonaws.com"})


def run(*arguments):
    return CliRunner().invoke(cli.trust.app, ["audit", *map(str, arguments)])


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def organization(tmp_path):
    file = tmp_path / "organization.toml"
    file.write_text(f'org_id = "{ORG}"\n[accounts.{FRIEND}]\n[vendors]\n444444444444 = "Acme"\n')
    return file


def policy(folder, name, *statements):
    file = folder / name
    file.write_text(text(*statements))
    return file


def role_file(folder, name="details.json", **more):
    made = {
        "RoleName": "deploy",
        "Arn": role(ROLE, "team/deploy"),
        "RoleId": "AROAAAAAAAAAAAAAAAAAA",
        "AssumeRolePolicyDocument": document(allow(root(FRIEND))),
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        **more,
    }
    file = folder / name
    file.write_text(json.dumps({"RoleDetailList": [made]}))
    return file


def test_a_line_for_each_document_with_the_fields_of_the_contract_and_the_summary_last(tmp_path, organization):
    folder = tmp_path / "policies"
    folder.mkdir()
    policy(folder, "a.json", allow("*"))
    policy(folder, "b.json", allow("*", {"StringEquals": {"aws:PrincipalOrgID": ORG}}))
    policy(folder, "c.json", allow("arn:aws:iam::*:root"))
    result = run("--policy", folder, "--account", ROLE, "--organization", organization, "--json")
    assert result.exit_code == 3, result.output
    *told, summary = lines(result)
    assert [list(each) for each in told] == [LINE] * 3
    assert [each["exposed"] for each in told] == [True, False, False]
    assert [each["trust"] for each in told] == ["PUBLIC", "ORG", "NONE"]
    assert [each["valid"] for each in told] == [True, True, False]
    assert [[check["point"] for check in each["checks"]] for each in told] == [POINTS] * 3
    assert {check["status"] for each in told for check in each["checks"]} == {"pass", "fail", "not_applicable"}
    assert "wildcard inside a principal" in told[2]["errors"][0]
    assert summary["type"] == "summary"
    assert (summary["roles"], summary["exposed"], summary["invalid"]) == (3, 1, 1)


def test_every_line_has_the_published_shape(tmp_path, organization):
    for number, (_, statements, _) in enumerate(CASES):
        policy(tmp_path, f"{number:03}.json", *statements)
    result = run("--policy", tmp_path, "--account", ROLE, "--organization", organization, "--json")
    told = [AuditLine.model_validate_json(line) for line in result.stdout.splitlines()[:-1]]
    assert len(told) == len(CASES)
    assert sum(each.suggestion is not None for each in told) > 50


def test_it_works_with_no_configuration(tmp_path):
    result = run("--policy", policy(tmp_path, "a.json", CHECKED), "--account", ROLE, "--json")
    assert result.exit_code == 0, result.output
    assert (lines(result)[0]["exposed"], lines(result)[0]["trust"]) == (False, "SERVICE")


def test_bad_files_are_told_one_by_one_and_the_rest_goes_on(tmp_path):
    good = policy(tmp_path, "good.json", CHECKED)
    bad = {
        "empty.json": "",
        "garbage.json": "\x00\x01garbage",
        "two.json": good.read_text() * 2,
        "list.json": "[1]",
        "number.json": "7",
        "deep.json": "[" * 200_000,
        "operator.json": text(allow("*", {"StringMatches": {"aws:x": "y"}})),
        "large.json": text(allow("*", {"StringEquals": {"aws:x": "y" * 10_000_000}})),
    }
    for name, body in bad.items():
        (tmp_path / name).write_text(body)
    result = run("--policy", tmp_path, "--account", ROLE, "--json")
    assert result.exit_code == 1, result.output[-400:]
    *told, summary = lines(result)
    by_name = {each["file"].rsplit("/", 1)[-1]: each for each in told}
    assert by_name.keys() == {*bad, "good.json"}
    assert all(not by_name[name]["valid"] and by_name[name]["exposed"] is False for name in bad)
    assert all(by_name[name]["errors"] for name in bad)
    assert by_name["good.json"]["valid"]
    assert "10000162 characters" in by_name["large.json"]["errors"][0]
    assert summary["invalid"] == len(bad)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--policy", "x"], "give the 12 digits of the account"),
        (["--policy", "x", "--account", "12"], "give the 12 digits of the account"),
        ([], "name files, or ask AWS"),
    ],
)
def test_wrong_usage_exits_2(arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_roles_are_audited_with_their_tier_tags_and_session(tmp_path):
    admin = {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "PolicyName": "AdministratorAccess"}
    file = role_file(tmp_path, MaxSessionDuration=43_200, AttachedManagedPolicies=[admin])
    (told, _) = lines(run(file, "--json"))
    by_point = {check["point"]: check for check in told["checks"]}
    assert (told["role"], told["tier"]) == (role(ROLE, "team/deploy"), "critical")
    assert by_point["session_duration"]["status"] == "fail"
    assert "12 h" in by_point["session_duration"]["why"]
    assert told["exposed"] is True  # nobody said that the other account is ours


def test_the_accounts_that_files_are_of_are_inside(tmp_path):
    role_file(tmp_path, "one.json")
    role_file(tmp_path, "two.json", Arn=role(FRIEND, "x"), AssumeRolePolicyDocument=document(CHECKED))
    told = lines(run(tmp_path, "--json"))[:-1]
    assert [each["exposed"] for each in told] == [False, False]


def test_the_roles_own_tags_decide_what_depends_on_them(tmp_path):
    open_ = document(allow("*", {"StringEquals": {"aws:ResourceTag/open": "yes"}}))
    for value, exposed in (("yes", True), ("no", False)):
        file = role_file(tmp_path, AssumeRolePolicyDocument=open_, Tags=[{"Key": "Open", "Value": value}])
        assert lines(run(file, "--json"))[0]["exposed"] is exposed


def test_files_that_hold_no_roles_are_told_beside_those_that_do(tmp_path):
    role_file(tmp_path, "good.json")
    (tmp_path / "bad.json").write_text("{")
    policy(tmp_path, "policy.json", CHECKED)
    told = lines(run(tmp_path, "--json"))[:-1]
    assert [each["role"] is None for each in told] == [False, True, True]
    assert any("--policy" in each["errors"][0] for each in told if not each["valid"])


def test_a_vendor_is_outside_and_said_by_name(tmp_path, organization):
    known = policy(tmp_path, "known.json", allow(root("464622532012"), {"StringEquals": {"sts:ExternalId": "abc"}}))
    told = policy(tmp_path, "told.json", allow(root("444444444444"), {"StringEquals": {"sts:ExternalId": "abc"}}))
    named = lines(run("--policy", known, "--policy", told, "--account", ROLE, "--organization", organization, "--json"))
    assert [each["exposed"] for each in named[:2]] == [True, True]
    assert "Datadog" in named[0]["why"]
    assert "Acme" in named[1]["why"]
    assert [problem for each in named[:2] for problem in each["problems"] if problem["class"] == "UNKNOWN_VENDOR"] == []


def test_without_the_organisations_id_it_is_not_guessed(tmp_path):
    file = policy(tmp_path, "a.json", allow("*", {"StringEquals": {"aws:PrincipalOrgID": ORG}}))
    told = lines(run("--policy", file, "--account", ROLE, "--json"))[0]
    assert told["exposed"] is None
    assert "org_id" in told["why"]


def test_people_get_a_table_and_reasons_without_a_strangers_markup(tmp_path):
    policy(tmp_path, "a.json", allow("*", {"StringEquals": {"sts:ExternalId": "[red]x\x1b[31m`"}}, Sid="A"))
    policy(tmp_path, "b.json", allow(root(STRANGER)), deny("*", {"Bool": {"aws:SecureTransport": "false"}}))
    result = run("--policy", tmp_path, "--account", ROLE)
    assert result.exit_code == 3
    assert "\x1b" not in result.stdout
    for part in ("exposed", "exact_principal", "UNKNOWN_VENDOR", "2 roles"):
        assert part in result.stdout


def test_gzipped_files_are_read(tmp_path):
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text(allow("*")).encode()))
    assert lines(run("--policy", tmp_path, "--account", ROLE, "--json"))[0]["exposed"] is True


def test_sarif_has_a_result_for_what_is_wrong(tmp_path):
    out = tmp_path / "out.sarif"
    result = run("--policy", policy(tmp_path, "a.json", allow("*")), "--account", ROLE, "--sarif", out, "--json")
    assert result.exit_code == 3
    report = json.loads(out.read_text())
    (one,) = report["runs"]
    ids = {rule["id"] for rule in one["tool"]["driver"]["rules"]}
    assert report["version"] == "2.1.0"
    assert {"EXPOSED", "exact_principal"} <= {each["ruleId"] for each in one["results"]} <= ids


def test_sarif_names_files_as_addresses(tmp_path):
    out = tmp_path / "out.sarif"
    run("--policy", policy(tmp_path, "ci two %.json", allow("*")), "--account", ROLE, "--sarif", out, "--json")
    (one,) = json.loads(out.read_text())["runs"]
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in one["results"]}
    assert {place.rsplit("/", 1)[-1] for place in places} == {"ci%20two%20%25.json"}


def test_whoever_is_open_to_anybody_comes_before_a_vendor(tmp_path, organization):
    vendor = policy(tmp_path, "a-vendor.json", allow(root("444444444444")))
    unknown = policy(tmp_path, "b-unknown.json", allow(root(STRANGER)))
    anybody = policy(tmp_path, "c-anybody.json", allow("*"))
    files = [part for file in (vendor, unknown, anybody) for part in ("--policy", file)]
    said = run(*files, "--account", ROLE, "--organization", organization).stdout
    at = [said.index(name) for name in ("c-anybody", "b-unknown", "a-vendor")]
    assert at == sorted(at)


def test_a_wide_condition_beside_one_that_holds_is_no_problem(tmp_path, organization):
    held = {"StringEquals": {"aws:PrincipalOrgID": ORG}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/name"}}
    alone = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/name"}}
    kinds = []
    for condition in (held, alone):
        file = policy(tmp_path, "a.json", allow("*", condition))
        told = json.loads(
            run("--policy", file, "--account", ROLE, "--organization", organization, "--json").stdout.splitlines()[0]
        )
        kinds.append({each["class"] for each in told["problems"]})
    assert "OPEN_CONDITION" not in kinds[0]
    assert "OPEN_CONDITION" in kinds[1]
