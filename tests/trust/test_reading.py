"""Whatever AWS's own tools write becomes roles and users; what cannot be read is named and stops nothing."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from trust.reading import read_snapshot
from trust.snapshot import Snapshot, Trouble

ACCOUNT = "111111111111"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}]}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def role(name: str = "deploy", **more: Any) -> dict[str, Any]:
    return {"Arn": arn("role", name), "RoleId": f"AROA{name.upper()}", "AssumeRolePolicyDocument": TRUST, **more}


def detail(name: str = "deploy", **more: Any) -> dict[str, Any]:
    return role(name, RolePolicyList=[], AttachedManagedPolicies=[], **more)


def page(**lists: list[dict[str, Any]]) -> dict[str, Any]:
    names = {"users": "UserDetailList", "groups": "GroupDetailList", "roles": "RoleDetailList", "policies": "Policies"}
    return {names[key]: value for key, value in lists.items()} | {"IsTruncated": False}


def policy(name: str, document: Any = ALLOW) -> dict[str, Any]:
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": TRUST},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": document},
    ]
    return {"Arn": arn("policy", name), "DefaultVersionId": "v2", "PolicyVersionList": versions}


def attached(*names: str) -> list[dict[str, str]]:
    return [{"PolicyName": name, "PolicyArn": arn("policy", name)} for name in names]


def read(*texts: str | Any) -> Snapshot:
    bodies = [text if isinstance(text, str) else json.dumps(text) for text in texts]
    return read_snapshot((f"{number}.json", body.encode()) for number, body in enumerate(bodies))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(page(roles=[detail()])),
        json.dumps([page(roles=[detail()]), page(roles=[])]),
        json.dumps(page(roles=[])) + "\n" + json.dumps(page(roles=[detail()]), indent=2),
        json.dumps({"Role": role()}),
        json.dumps({"Roles": [role()]}),
        json.dumps(role()),
        json.dumps([role()]),
        "\ufeff" + json.dumps([role()]),
    ],
    ids=["page", "list of pages", "pages in a row", "get-role", "list-roles", "role", "roles", "with a BOM"],
)
def test_every_form_gives_its_role(text: str) -> None:
    found = read(text)
    assert [each.arn for each in found.roles] == [arn("role", "deploy")]
    assert (found.troubles, found.accounts) == ((), {ACCOUNT})


@pytest.mark.parametrize("document", [TRUST, json.dumps(TRUST), quote(json.dumps(TRUST), safe="")])
def test_a_document_is_the_same_parsed_as_text_and_url_encoded(document: Any) -> None:
    found = read(page(roles=[{**detail(), "AssumeRolePolicyDocument": document}]))
    assert json.loads(found.roles[0].trust) == TRUST


def test_a_role_keeps_what_binds_it() -> None:
    details = detail(
        MaxSessionDuration=7200,
        Tags=[{"Key": "tier", "Value": "critical"}],
        RoleLastUsed={"LastUsedDate": "2026-03-01T00:00:00+00:00", "Region": "eu-central-1"},
        PermissionsBoundary={"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy", "edge")},
    )
    made = read(page(roles=[details], policies=[policy("edge")])).roles[0]
    assert (made.unique_id, made.max_session_s, made.tags) == ("AROADEPLOY", 7200, (("tier", "critical"),))
    assert made.last_used == "2026-03-01T00:00:00+00:00"
    assert json.loads(made.permissions.boundary or "") == ALLOW
    assert made.permissions.missing == ()


def test_policies_are_found_on_any_page_by_their_default_version() -> None:
    role_page = page(roles=[{**detail(), "AttachedManagedPolicies": attached("assume")}])
    for pages in ([role_page, page(policies=[policy("assume")])], [page(policies=[policy("assume")]), role_page]):
        assert [json.loads(text) for text in read(*pages).roles[0].permissions.policies] == [ALLOW]


def test_a_user_has_what_its_groups_have() -> None:
    user = {"Arn": arn("user", "people/ana"), "UserId": "AIDAANA", "GroupList": ["ops"], "UserPolicyList": []}
    inline = [{"PolicyName": "p", "PolicyDocument": TRUST}]
    group = {"Arn": arn("group", "ops"), "GroupName": "ops", "GroupPolicyList": inline}
    group["AttachedManagedPolicies"] = attached("assume")
    found = read(page(users=[user], groups=[group], policies=[policy("assume")])).users[0]
    assert [json.loads(text) for text in found.permissions.policies] == [TRUST, ALLOW]


def test_what_is_attached_and_not_there_is_named() -> None:
    user = {"Arn": arn("user", "ana"), "GroupList": ["gone"], "AttachedManagedPolicies": attached("absent")}
    assert read(page(users=[user])).users[0].permissions.missing == ("group gone", arn("policy", "absent"))


def test_a_role_by_itself_says_nothing_of_its_policies() -> None:
    assert not read(role()).roles[0].permissions.known
    assert read(page(roles=[detail()]), role()).roles[0].permissions.known
    assert read(role(), page(roles=[detail()])).roles[0].permissions.known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("no json", "not JSON"),
        ('{"RoleDetailList": [', "cut off"),
        (json.dumps(TRUST), "a policy and no role"),
        ('{"answer": 42}', "an object that is neither"),
        ("42", "a value that is neither"),
        (json.dumps({"Role": {"Arn": "arn:aws:iam::1:role/x", "AssumeRolePolicyDocument": {}}}), "no role's"),
        (json.dumps({"Role": {"Arn": arn("user", "x"), "AssumeRolePolicyDocument": {}}}), "no role's"),
        (json.dumps(page(roles=[{"Arn": arn("role", "bare")}])), "no AssumeRolePolicyDocument"),
        (json.dumps(page(policies=[{"Arn": arn("policy", "p"), "PolicyVersionList": []}])), "no default version"),
    ],
)
def test_what_cannot_be_read_is_said_of_that_file_and_the_rest_goes_on(text: str, said: str) -> None:
    found = read(text, page(roles=[detail()]))
    assert [each.arn for each in found.roles] == [arn("role", "deploy")]
    assert [each.file for each in found.troubles] == ["0.json"]
    assert said in found.troubles[0].why


def test_a_file_of_garbage_is_said_once() -> None:
    found = read_snapshot([("a.json", bytes(range(256)) * 40 + b'\n{"a": \n[1, \n')])
    assert len([each for each in found.troubles if "write the output" in each.why]) == 1


def test_a_file_that_could_not_be_opened_is_a_trouble_like_any_other() -> None:
    lost = Trouble("a.json", "cannot be opened")
    assert read_snapshot([("a.json", lost)]).troubles == (lost,)


def test_ten_megabytes_of_one_policy_are_read() -> None:
    statements = TRUST["Statement"] * 100_000
    found = read(page(roles=[{**detail(), "AssumeRolePolicyDocument": {**TRUST, "Statement": statements}}]))
    assert len(found.roles[0].trust) > 6_000_000


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_every_partition_has_roles(partition: str) -> None:
    name = f"arn:{partition}:iam::{ACCOUNT}:role/x"
    assert read({**role(), "Arn": name}).roles[0].account == ACCOUNT
