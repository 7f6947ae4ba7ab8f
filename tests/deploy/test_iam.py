"""The policies in deploy/iam: on a server that enforces IAM, and, where it is installed, in an outside simulator, which
knows paths, tags, the attached policy and SCPs."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integrations.aws_world import DENIED, EXTERNAL_ID, World, allow, make_world, trust
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/iam"
NAMES = ("containing", "deny-all", "people.scp", "protect-contained.scp", "quarantine.scp")
OURS, TAGGED = "arn:aws:sts::111111111111:assumed-role/hopstop-containment/case-x", "hopstop-contained"
ADMIN = "arn:aws:iam::111111111111:user/admin"
PREPARED = "arn:aws:iam::111111111111:policy/hopstop/hopstop-deny"


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text("utf-8")


@pytest.fixture(scope="module")
def world(ministack: Ministack) -> World:
    made = make_world(ministack)
    for name in ("break-glass", "app"):
        made.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(made.account))
    return made


@pytest.fixture(scope="module")
def iam(world: World) -> Any:
    role = f"arn:aws:iam::{world.account}:role/hopstop/hopstop-containment"
    sts = world.ministack.client("sts", world.base)
    made = sts.assume_role(RoleArn=role, RoleSessionName="case-x", ExternalId=EXTERNAL_ID)["Credentials"]
    session = world.ministack.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return world.ministack.client("iam", session)


def refused(call: Any, **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        return True
    return False


def test_the_containing_role_does_what_it_must_and_no_more(iam: Any) -> None:
    policy = {"PolicyName": "hopstop-p", "PolicyDocument": text_of("deny-all")}
    assert not refused(iam.put_role_policy, RoleName="app", **policy)
    assert not refused(iam.tag_role, RoleName="app", Tags=[{"Key": TAGGED, "Value": "case:x"}])
    assert not refused(iam.untag_role, RoleName="app", TagKeys=[TAGGED])
    assert not refused(iam.delete_role_policy, RoleName="app", PolicyName="hopstop-p")
    assert refused(iam.put_role_policy, RoleName="break-glass", **policy)
    assert refused(iam.update_assume_role_policy, RoleName="app", PolicyDocument=text_of("deny-all"))
    assert refused(iam.delete_role, RoleName="app")
    assert refused(iam.create_user, UserName="new")
    assert refused(iam.create_access_key, UserName="new")


def test_quarantine_stops_everybody_it_names(world: World) -> None:
    person = world.user("quarantined")
    assert world.allowed(person)
    world.iam.put_user_policy(UserName="quarantined", PolicyName="scp", PolicyDocument=text_of("quarantine.scp"))
    assert not world.allowed(person)


def case(action: str, resource: str, **context: Any) -> tuple[str, str, dict[str, Any]]:
    return f"iam:{action}", f"arn:aws:iam::111111111111:{resource}", context


TAG = {"aws:ResourceTag/hopstop-contained": "case:x"}
ALLOWED_TO_US = (
    case("PutRolePolicy", "role/app/app"),
    case("PutRolePolicy", "role/app/app", **TAG),
    case("DeleteUserPolicy", "user/people/ana"),
    case("UpdateAccessKey", "user/people/ana"),
    case("TagRole", "role/app/app", **{"aws:TagKeys": [TAGGED]}),
    case("UntagRole", "role/app/app", **{"aws:TagKeys": [f"{TAGGED}:hopstop-ana-1"]}),
    case("AttachRolePolicy", "role/app/app", **{"iam:PolicyARN": PREPARED}),
)
DENIED_TO_US = (
    case("PutRolePolicy", "role/hopstop/hopstop-containment"),
    case("PutRolePolicy", "role/break-glass-1"),
    case("PutRolePolicy", "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1"),
    case("PutRolePolicy", "role/app/app", **{"aws:ResourceTag/hopstop-protected": "yes"}),
    case("AttachRolePolicy", "role/app/app", **{"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    case("TagRole", "role/app/app", **{"aws:TagKeys": ["owner"]}),
    case("TagRole", "role/app/app", **{"aws:TagKeys": [TAGGED, "owner"]}),
    case("UpdateAssumeRolePolicy", "role/app/app"),
    case("CreateAccessKey", "user/people/ana"),
    case("CreateUser", "user/new"),
)
DENIED_TO_ADMINS = (
    case("DeleteRolePolicy", "role/app/app", **TAG),
    case("PutRolePolicy", "role/app/app", **TAG),
    case("DetachUserPolicy", "user/people/ana", **TAG),
    case("CreateAccessKey", "user/people/ana", **TAG),
    case("UpdateAccessKey", "user/people/ana", **TAG),
    case("UntagRole", "role/app/app", **{"aws:TagKeys": [TAGGED]}),
    case("TagUser", "user/people/ana", **{"aws:TagKeys": ["hopstop-protected"]}),
    case("PutRolePolicy", "role/hopstop/hopstop-containment"),
)
ALLOWED_TO_ADMINS = (
    case("PutRolePolicy", "role/app/app"),
    case("TagRole", "role/app/app", **{"aws:TagKeys": ["owner"]}),
    case("CreateAccessKey", "user/people/ana"),
)


def simulated(who: str, policy: str, scp: str, cases: tuple[tuple[str, str, dict[str, Any]], ...]) -> list[str]:
    """What the outside simulator says of each case."""
    node, folder = shutil.which("node"), os.environ.get("HOPSTOP_IAM_SIMULATE", "")
    if not node or not (Path(folder) / "node_modules/@cloud-copilot/iam-simulate").is_dir():
        pytest.skip(
            "no outside simulator: install @cloud-copilot/iam-simulate, and name its folder HOPSTOP_IAM_SIMULATE"
        )
    caller = {
        "aws:PrincipalArn": ADMIN if who == ADMIN else "arn:aws:iam::111111111111:role/hopstop/hopstop-containment"
    }
    rules = [{"name": "scp", "policy": json.loads(scp)}, {"name": "all", "policy": json.loads(allow("*"))}]
    asked = [
        {
            "request": {
                "principal": who,
                "action": action,
                "resource": {"resource": resource, "accountId": "111111111111"},
                "contextVariables": {**caller, **context},
            },
            "identityPolicies": [{"name": "p", "policy": json.loads(policy)}],
            "serviceControlPolicies": [{"orgIdentifier": "o-1", "policies": rules}],
            "resourceControlPolicies": [],
        }
        for action, resource, context in cases
    ]
    run = subprocess.run(
        [node, str(ROOT / "tests/trust/simulate.mjs"), folder],
        input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=100,
    )  # fmt: skip
    return list(json.loads(run.stdout))


ALL = allow("*")
PROTECT = text_of("protect-contained.scp")


@pytest.mark.parametrize(
    ("who", "policy", "scp", "cases", "expected"),
    [
        (OURS, text_of("containing"), PROTECT, ALLOWED_TO_US, "Allowed"),
        (OURS, text_of("containing"), ALL, DENIED_TO_US, "Denied"),
        (ADMIN, ALL, PROTECT, DENIED_TO_ADMINS, "Denied"),
        (ADMIN, ALL, PROTECT, ALLOWED_TO_ADMINS, "Allowed"),
        (ADMIN, ALL, text_of("quarantine.scp"), ALLOWED_TO_ADMINS, "Denied"),
        (OURS, text_of("containing"), text_of("quarantine.scp"), ALLOWED_TO_US, "Allowed"),
    ],
    ids=["ours may", "ours may not", "contained stays", "the rest goes on", "quarantine", "quarantine lets us in"],
)
def test_an_outside_simulator_agrees(
    who: str, policy: str, scp: str, cases: tuple[tuple[str, str, dict[str, Any]], ...], expected: str
) -> None:
    answers = simulated(who, policy, scp, cases)
    wrong = [(case, answer) for case, answer in zip(cases, answers, strict=True) if expected not in answer]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_fits_awss_quota(name: str) -> None:
    size = len(json.dumps(json.loads(text_of(name)), separators=(",", ":")))
    assert size <= (5120 if name.endswith("scp") else 10_240)


@pytest.mark.parametrize("stack", ["spoke", "hub"])
def test_a_template_makes_a_stack(world: World, stack: str) -> None:
    account = world.ministack.new_account()
    cloud = world.ministack.client("cloudformation", world.ministack.root(account))
    given = {
        "spoke": {"WorkerRoleArn": f"arn:aws:iam::{world.hub}:role/hopstop/worker", "ExternalId": EXTERNAL_ID},
        "hub": {
            "RuleArns": f"arn:aws:events:us-east-1:{account}:rule/hopstop-*",
            "RedriveRoleArn": f"arn:aws:iam::{account}:role/hopstop/redrive",
        },
    }[stack]
    template = (ROOT / f"deploy/cloudformation/{stack}.yaml").read_text("utf-8")
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    cloud.create_stack(
        StackName=stack, TemplateBody=template, Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    cloud.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    iam = world.ministack.client("iam", world.ministack.root(account))
    if stack == "spoke":
        made = iam.get_role_policy(RoleName="hopstop-containment", PolicyName="containing")["PolicyDocument"]
        assert made == json.loads(text_of("containing"))
        found = iam.get_role(RoleName="hopstop-containment")["Role"]["AssumeRolePolicyDocument"]
        assert found["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    else:
        assert iam.get_role(RoleName="hopstop-worker")["Role"]["Path"] == "/hopstop/"


@pytest.mark.parametrize("name", ["quarantine", "people"])
def test_the_stack_of_the_management_account_makes_the_scps_that_are_shipped(name: str) -> None:
    template = (ROOT / "deploy/cloudformation/management.yaml").read_text("utf-8")
    assert "".join(text_of(f"{name}.scp").split()) in "".join(template.split())
