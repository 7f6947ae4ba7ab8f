"""A made-up organisation's IAM, as `get-account-authorization-details` gives it: a page an account, seeded."""

import json
import random
from collections.abc import Iterator
from typing import Any

HUB, SECURITY = "100000000000", "100000000001"
VENDORS = ("900000000001", "900000000002", "900000000003")
ORG_ID = "o-bench123456"
_UNITS = ("payments", "search", "media", "data", "core")
_ENVIRONMENTS = ("production", "development", "test", "shared")


def account(number: int) -> str:
    """The id of the account with that number; the first is the hub, the second security's."""
    return str(100_000_000_000 + number)


def organization(accounts: int) -> dict[str, Any]:
    """What `--organization` takes."""
    known = {
        account(n): {
            "name": f"{_UNITS[n % 5]}-{n}",
            "environment": "shared" if n < 2 else _ENVIRONMENTS[n % 4],
            "business_unit": _UNITS[n % 5],
        }
        for n in range(accounts)
    }
    return {"org_id": ORG_ID, "accounts": known, "vendors": {VENDORS[0]: "Scanner Ltd"}}


def pages(accounts: int, roles: int, seed: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each account with its page; `roles` in all."""
    chance = random.Random(seed)  # noqa: S311 - the same organisation each time
    for number in range(accounts):
        share = roles // accounts + (number < roles % accounts)
        yield account(number), _page(number, accounts, share, chance)


def files(accounts: int, roles: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """The same as files."""
    for name, page in pages(accounts, roles, seed):
        yield f"{name}.json", json.dumps(page).encode()


def _page(number: int, accounts: int, share: int, chance: random.Random) -> dict[str, Any]:
    mine = account(number)
    usual = [_admin, _reader, _deploy, _organisation, _vendor, _github]
    made = [
        usual[at](mine, accounts, chance) if at < len(usual) else _app(mine, at, accounts, chance)
        for at in range(share)
    ]
    if number == 0:
        made += [_role(mine, "ci", _to(mine, "root"), [_assume("arn:aws:iam::*:role/deploy")])]
    if number == 1:
        made += [_role(mine, "auditor", _to(mine, "root"), [_assume("arn:aws:iam::*:role/reader")])]
    users = [_user(mine, f"person-{at}", chance) for at in range(3)]
    return {
        "UserDetailList": users,
        "GroupDetailList": [],
        "RoleDetailList": made,
        "Policies": [],
        "IsTruncated": False,
    }


def _admin(mine: str, _accounts: int, _chance: random.Random) -> dict[str, Any]:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    return _role(mine, "admin", _to(HUB, "root", mfa), [_statement("*", "*")])


def _reader(mine: str, _accounts: int, _chance: random.Random) -> dict[str, Any]:
    return _role(mine, "reader", _to(SECURITY, "role/auditor"), [_statement("iam:Get*", "*")])


def _deploy(mine: str, _accounts: int, _chance: random.Random) -> dict[str, Any]:
    return _role(mine, "deploy", _to(HUB, "role/ci"), [_assume(f"arn:aws:iam::{mine}:role/app-*")])


def _organisation(mine: str, _accounts: int, _chance: random.Random) -> dict[str, Any]:
    condition = {"StringEquals": {"aws:PrincipalOrgID": ORG_ID}}
    return _role(mine, "inventory", _allow({"AWS": "*"}, condition), [_statement("s3:ListAllMyBuckets", "*")])


def _vendor(mine: str, _accounts: int, chance: random.Random) -> dict[str, Any]:
    condition = {"StringEquals": {"sts:ExternalId": f"{mine}-{chance.randrange(10**6)}"}}
    return _role(mine, "vendor", _to(chance.choice(VENDORS), "root", condition), [_statement("s3:Get*", "*")])


def _github(mine: str, _accounts: int, chance: random.Random) -> dict[str, Any]:
    provider = f"arn:aws:iam::{mine}:oidc-provider/token.actions.githubusercontent.com"
    subject = {"token.actions.githubusercontent.com:sub": f"repo:bench/app-{chance.randrange(100)}:*"}
    audience = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
    condition = {"StringLike": subject, "StringEquals": audience}
    trust = _allow({"Federated": provider}, condition, "sts:AssumeRoleWithWebIdentity")
    return _role(mine, "github", trust, [_assume(f"arn:aws:iam::{mine}:role/deploy")])


def _app(mine: str, at: int, accounts: int, chance: random.Random) -> dict[str, Any]:
    """Most roles are a service's; some trust their account, some a role elsewhere."""
    kind = chance.random()
    other = account(chance.randrange(accounts))
    wanted = [_statement("s3:*", f"arn:aws:s3:::{mine}-app-{at}/*")]
    if kind < 0.6:
        trust = _allow({"Service": chance.choice(("ec2.amazonaws.com", "lambda.amazonaws.com"))})
        wanted += [_assume(f"arn:aws:iam::{other}:role/app-{chance.randrange(6, 40)}")] * (chance.random() < 0.3)
    elif kind < 0.85:
        trust = _to(mine, "root")
    else:
        trust = _to(other, f"role/app-{chance.randrange(6, 40)}")
    return _role(mine, f"app-{at}", trust, wanted)


def _user(mine: str, name: str, chance: random.Random) -> dict[str, Any]:
    wanted = chance.choice(([], [_assume(f"arn:aws:iam::{mine}:role/*")], [_statement("*", "*")]))
    policies = [{"PolicyName": "p", "PolicyDocument": _document(wanted)}] if wanted else []
    arn = f"arn:aws:iam::{mine}:user/{name}"
    return {"Arn": arn, "UserId": f"AIDA{mine}{name}", "UserPolicyList": policies, "GroupList": []}


def _role(mine: str, name: str, trust: dict[str, Any], allowed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Arn": f"arn:aws:iam::{mine}:role/{name}",
        "RoleName": name,
        "RoleId": f"AROA{mine}{name.upper()}",
        "Path": "/",
        "AssumeRolePolicyDocument": _document([trust]),
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": _document(allowed)}],
        "AttachedManagedPolicies": [],
        "MaxSessionDuration": 3600,
    }


def _to(owner: str, who: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    return _allow({"AWS": f"arn:aws:iam::{owner}:{who}"}, condition)


def _allow(principal: Any, condition: Any = None, action: str = "sts:AssumeRole") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, **({"Condition": condition} if condition else {})}


def _assume(resource: str) -> dict[str, Any]:
    return _statement("sts:AssumeRole", resource)


def _statement(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
