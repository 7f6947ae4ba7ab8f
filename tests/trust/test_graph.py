"""Who comes where: trust policies and identity policies together, and crowds that are never taken apart."""

import json
import random
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from model.organization import organization_from
from tests.trust.trust_world import (
    ACCOUNTS,
    DEV,
    HUB,
    ORG_ID,
    ORGANIZATION,
    PROD,
    STRANGE,
    arns,
    comes_to,
    document,
    graph,
    may,
    role,
    role_arn,
    root,
    trust,
    user,
    user_arn,
)
from trust.graph import TrustGraph
from trust.graph_joins import PERMISSION
from trust.nodes import ANYONE
from trust.snapshot import Permissions, Role, Snapshot

CI = role_arn(HUB, "ci")
NOW = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
IN_ORG = {"StringEquals": {"aws:PrincipalOrgID": ORG_ID}}


def caller(**more: Permissions) -> Role:
    return role(HUB, "ci", permissions=more.get("permissions", may()))


class TestWhoComesIn:
    def test_delegation_to_an_account_needs_the_callers_own_policy(self) -> None:
        target = role(HUB, "work", trust(root(HUB)))
        assert comes_to(graph(caller(), target), CI) == arns((HUB, "work"))
        assert comes_to(graph(caller(permissions=Permissions()), target), CI) == []
        assert comes_to(graph(caller(permissions=may(role_arn(HUB, "work"))), target), CI) == arns((HUB, "work"))
        assert comes_to(graph(caller(permissions=may("arn:aws:iam::*:role/oth*")), target), CI) == []

    def test_who_is_named_in_the_same_account_needs_no_policy(self) -> None:
        made = graph(caller(permissions=Permissions()), role(HUB, "work", trust(CI)))
        assert comes_to(made, CI) == arns((HUB, "work"))

    def test_who_is_named_in_another_account_needs_both(self) -> None:
        target = role(PROD, "deploy", trust(CI))
        assert comes_to(graph(caller(), target), CI, 1) == arns((PROD, "deploy"))
        assert comes_to(graph(caller(permissions=Permissions()), target), CI) == []

    def test_everybody_of_the_account_itself_comes_in_where_anybody_may(self) -> None:
        made = graph(caller(permissions=Permissions()), role(HUB, "open", trust("*")), role(PROD, "open", trust("*")))
        assert comes_to(made, CI) == arns((HUB, "open"))

    @pytest.mark.parametrize(
        ("statement", "strangers", "members"),
        [
            (trust("*"), True, True),
            (trust("*", IN_ORG), False, True),
            (trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-theirs12345"}}), True, False),
            (trust("*", {"StringEquals": {"aws:PrincipalAccount": HUB}}), False, True),
            (trust("*", {"StringEquals": {"aws:PrincipalAccount": STRANGE}}), False, False),
            (trust("*", {"StringEquals": {"sts:ExternalId": "7d0c"}}), True, True),
            (trust("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG_ID}}), True, True),
            (trust("*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}), False, True),
            (trust("*", {"StringEquals": {"aws:SourceAccount": HUB}}), False, False),
            (trust("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}}), True, True),
            (trust("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}}), True, False),
            (trust("*", {**IN_ORG, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}}), False, True),
            (trust("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{DEV}:role/*"}}), False, False),
        ],
    )
    def test_a_star_is_as_wide_as_its_conditions_let_it(self, statement, *, strangers: bool, members: bool) -> None:
        made = graph(caller(), role(PROD, "deploy", statement), role(PROD, "public", trust("*")))
        wanted = arns((PROD, "deploy"))
        assert (wanted[0] in comes_to(made, ANYONE)) is strangers
        assert (wanted[0] in comes_to(made, CI)) is members

    def test_a_deny_keeps_strangers_out(self) -> None:
        deny = {**trust("*", {"StringNotEquals": {"aws:PrincipalOrgID": ORG_ID}}), "Effect": "Deny"}
        made = graph(caller(), role(PROD, "deploy", trust("*"), deny), role(PROD, "public", trust("*")))
        assert comes_to(made, ANYONE) == arns((PROD, "public"))
        assert role_arn(PROD, "deploy") in comes_to(made, CI)

    def test_an_account_of_others_is_one_begin(self) -> None:
        made = graph(role(PROD, "vendor", trust(root(STRANGE), {"StringEquals": {"sts:ExternalId": "7d0c"}})))
        assert comes_to(made, STRANGE) == arns((PROD, "vendor"))
        assert comes_to(made, STRANGE, freely=True) == arns((PROD, "vendor"))
        assert [made.nodes.all[each].name for each in made.outside] == [STRANGE]

    def test_an_external_id_holds_vendors_that_are_known_and_nobody_else(self) -> None:
        asked = {"StringEquals": {"sts:ExternalId": "7d0c"}}
        known = ORGANIZATION.model_copy(update={"vendors": {STRANGE: "Scanner Ltd"}})
        made = graph(role(PROD, "vendor", trust(root(STRANGE), asked)), organization=known)
        assert comes_to(made, STRANGE) == arns((PROD, "vendor"))
        assert comes_to(made, STRANGE, freely=True) == []

    @pytest.mark.parametrize(
        "condition",
        [
            {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            {"StringEquals": {"sts:ExternalId": "x"}},
            {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            {"StringEquals": {"aws:PrincipalOrgID": f"{ORG_ID}*"}},
        ],
        ids=["private addresses", "too short an id", "a time that is over", "a star that is none"],
    )
    @pytest.mark.parametrize("principal", ["*", root(HUB), CI, root(STRANGE)])
    def test_what_nobody_can_meet_is_no_edge(self, condition, principal) -> None:
        made = graph(caller(), role(PROD, "deploy", trust(principal, condition)), now=NOW)
        deploy = made.nodes.at[role_arn(PROD, "deploy")]
        assert all(node == deploy or deploy not in made.ways([node]) for node in range(len(made.nodes)))

    def test_a_named_role_has_no_mfa(self) -> None:
        asked = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        made = graph(caller(), role(PROD, "deploy", trust(CI, asked)), role(PROD, "people", trust(root(HUB), asked)))
        assert comes_to(made, CI) == arns((PROD, "people"))

    def test_a_condition_on_the_role_itself_is_asked_of_each_role(self) -> None:
        here = trust("*", {"StringEquals": {"aws:ResourceAccount": PROD}})
        made = graph(role(PROD, "deploy", here), role(HUB, "deploy", here))
        assert comes_to(made, ANYONE) == arns((PROD, "deploy"))
        assert comes_to(made, ANYONE, freely=True) == arns((PROD, "deploy"))

    def test_other_partitions_are_worlds_of_their_own(self) -> None:
        theirs = "arn:aws-cn:iam::{}:role/{}"
        target = Role(theirs.format(PROD, "deploy"), PROD, "", document(trust("*")))
        assert comes_to(graph(target), ANYONE) == [target.arn]

    @pytest.mark.parametrize(
        "condition",
        [
            None,
            {"StringEquals": {"sts:ExternalId": "7d0c"}},
            {"StringLike": {"aws:PrincipalOrgID": [ORG_ID, "*"]}},
            {"StringEqualsIfExists": {"aws:SourceAccount": HUB}},
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deployer"}},
        ],
    )
    def test_a_way_that_strangers_meet_is_free(self, condition) -> None:
        made = graph(role(PROD, "deploy", trust("*", condition)))
        assert comes_to(made, ANYONE, freely=True) == arns((PROD, "deploy"))

    def test_a_role_of_others_is_a_begin_of_its_own(self) -> None:
        theirs = role_arn(STRANGE, "scanner")
        made = graph(role(PROD, "vendor", trust(theirs)))
        assert comes_to(made, theirs) == arns((PROD, "vendor"))
        assert [made.nodes.all[each].name for each in made.outside] == [theirs]

    def test_an_account_without_files_is_taken_at_its_widest(self) -> None:
        made = graph(role(PROD, "deploy", trust(root(HUB))))
        assert comes_to(made, HUB) == arns((PROD, "deploy"))

    def test_services_and_providers_are_begins(self) -> None:
        oidc = f"arn:aws:iam::{PROD}:oidc-provider/token.actions.githubusercontent.com"
        sub = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:ours/app:*"}}
        web = "sts:AssumeRoleWithWebIdentity"
        made = graph(
            role(PROD, "lambda", trust({"Service": "lambda.amazonaws.com"})),
            role(PROD, "held", trust({"Federated": oidc}, sub, web)),
        )
        assert comes_to(made, "lambda.amazonaws.com") == arns((PROD, "lambda"))
        assert comes_to(made, oidc) == arns((PROD, "held"))
        assert made.outside == []
        assert comes_to(made, oidc, freely=True) == []
        wide = graph(role(PROD, "wide", trust({"Federated": oidc}, None, web)))
        assert [wide.nodes.all[each].name for each in wide.outside] == [oidc]

    def test_strangers_with_tokens_come_only_where_their_tokens_are_taken(self) -> None:
        host = "token.actions.githubusercontent.com"
        oidc, web = f"arn:aws:iam::{PROD}:oidc-provider/{host}", "sts:AssumeRoleWithWebIdentity"
        audience = {"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}}
        ours = {**audience, "StringLike": {f"{host}:sub": "repo:ours/*"}}
        made = graph(
            role(PROD, "build", trust({"Federated": oidc}, ours, web), permissions=may()),
            role(PROD, "open", trust({"Federated": oidc}, audience, web), permissions=may(role_arn(HUB, "data"))),
            role(HUB, "data", trust(role_arn(PROD, "open"))),
            role(HUB, "more", trust(role_arn(PROD, "build"))),
        )
        (begin,) = made.outside
        assert made.nodes.all[begin].name == oidc
        ways = made.ways([begin], freely=True)
        found = [each.arn for number, each in enumerate(made.nodes.roles) if number in ways]
        assert sorted(found) == arns((PROD, "open"), (HUB, "data"))
        assert comes_to(made, oidc, 2) == arns((PROD, "open"), (PROD, "build"), (HUB, "data"), (HUB, "more"))

    @pytest.mark.parametrize(
        ("provider", "action"),
        [("saml-provider/idp", "sts:AssumeRoleWithSAML"), ("oidc-provider/idp.test", "sts:AssumeRoleWithWebIdentity")],
    )
    def test_whoever_has_a_provider_of_another_account_decides_who_comes(self, provider: str, action: str) -> None:
        theirs, mine = (f"arn:aws:iam::{account}:{provider}" for account in (STRANGE, PROD))
        made = graph(
            role(PROD, "theirs", trust({"Federated": theirs}, None, action)),
            role(PROD, "mine", trust({"Federated": mine}, None, action)),
        )
        assert [made.nodes.all[each].name for each in made.outside] == [theirs]

    def test_a_session_stands_for_its_role_whatever_the_path(self) -> None:
        session = f"arn:aws:sts::{HUB}:assumed-role/ci/nightly"
        made = graph(role(HUB, "path/ci", permissions=may()), role(PROD, "deploy", trust(session)))
        path = role_arn(HUB, "path/ci")
        assert role_arn(PROD, "deploy") in comes_to(made, path)
        assert role_arn(PROD, "deploy") not in comes_to(made, path, freely=True)

    def test_a_unique_id_is_who_still_has_it_or_nobody(self) -> None:
        made = graph(
            role(HUB, "ci", permissions=may(), unique_id="AROAEXAMPLECI000000000"),
            role(PROD, "deploy", trust("AROAEXAMPLECI000000000")),
            role(PROD, "orphan", trust("AROAEXAMPLEGONE0000000")),
        )
        assert role_arn(PROD, "deploy") in comes_to(made, CI)
        assert made.dangling == [(role_arn(PROD, "orphan"), "AROAEXAMPLEGONE0000000")]

    def test_policies_that_are_not_in_the_files_are_a_condition(self) -> None:
        made = graph(caller(permissions=Permissions(known=False)), role(PROD, "deploy", trust(root(HUB))))
        (begin,) = made.find(CI)
        ways = made.ways([begin])
        (step,) = made.steps(made.nodes.at[role_arn(PROD, "deploy")], ways)
        assert step.conditions == (PERMISSION,)

    def test_a_document_that_iam_would_reject_lets_nobody_in(self) -> None:
        broken = Role(role_arn(PROD, "deploy"), PROD, "", '{"Statement": {"Effect": "Allow"}}')
        made = graph(caller(), broken)
        assert comes_to(made, CI) == []
        assert made.invalid == [role_arn(PROD, "deploy")]

    def test_without_an_organisations_id_the_one_that_is_named_is_ours(self) -> None:
        organization = organization_from({"accounts": ACCOUNTS})
        made = graph(caller(), role(PROD, "deploy", trust("*", IN_ORG)), organization=organization)
        assert role_arn(PROD, "deploy") in comes_to(made, CI)
        assert ANYONE not in made.nodes.at


class TestHops:
    def chain(self) -> TrustGraph:
        laptop = user(HUB, "ana", may(CI))
        return graph(
            laptop,
            role(HUB, "ci", permissions=may(role_arn(DEV, "deploy"))),
            role(DEV, "deploy", trust(root(HUB)), permissions=may("arn:aws:iam::*:role/data")),
            role(PROD, "data", trust(role_arn(DEV, "deploy"), {"StringEquals": {"aws:PrincipalTag/team": "data"}})),
        )

    def test_reach_grows_hop_by_hop(self) -> None:
        made = self.chain()
        (ana,) = made.find("ana")
        found = [made.others(ana, made.within(hops)[ana]) for hops in range(5)]
        assert found == [[], [], [DEV], [DEV, PROD], [DEV, PROD]]
        assert made.others(ana, made.whole[ana]) == [DEV, PROD]
        assert made.others(ana, made.within(4, freely=True)[ana]) == [DEV]

    def test_a_way_is_told_with_what_has_to_hold(self) -> None:
        made = self.chain()
        (ana,) = made.find(user_arn(HUB, "ana"))
        steps = made.steps(made.nodes.at[role_arn(PROD, "data")], made.ways([ana]))
        assert [step.target.name for step in steps] == [CI, role_arn(DEV, "deploy"), role_arn(PROD, "data")]
        assert [step.conditions for step in steps] == [(), (), ("StringEquals aws:PrincipalTag/team data",)]

    @pytest.mark.parametrize(
        "name", [HUB, "hub", root(HUB), CI, "ana", f"arn:aws:sts::{HUB}:assumed-role/ci/anything", "lost"]
    )
    def test_people_may_write_names_as_they_have_them(self, name: str) -> None:
        assert len(self.chain().find(name)) == (name != "lost")


def denying(*arns: str, condition: dict[str, Any] | None = None) -> Permissions:
    deny = {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": [*arns], "Condition": condition or {}}
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    return Permissions((json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]}),))


OWN = {"StringEquals": {"aws:PrincipalAccount": HUB}}
OWN_USERS = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:user/*"}}
WITHOUT_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}


class TestAtHome:
    """In a role's own account trust by itself is enough, and what the caller's own policies deny is denied."""

    @pytest.mark.parametrize(
        "trusted", [trust("*"), trust("*", IN_ORG), trust("*", OWN), trust("*", OWN_USERS), trust(user_arn(HUB, "ana"))]
    )
    def test_nobody_needs_permission_and_a_deny_counts(self, trusted: dict[str, Any]) -> None:
        home = role(HUB, "home", trusted)
        for permissions, comes in ((Permissions(), True), (denying("*"), False), (denying("*:role/other"), True)):
            made = graph(user(HUB, "ana", permissions), home)
            assert (home.arn in comes_to(made, user_arn(HUB, "ana"))) is comes

    def test_a_deny_under_conditions_is_said(self) -> None:
        made = graph(user(HUB, "ana", denying("*", condition=WITHOUT_MFA)), role(DEV, "deploy", trust(root(HUB))))
        (ana,) = made.find("ana")
        assert made.others(ana, made.whole[ana]) == [DEV]
        assert made.others(ana, made.within(2, freely=True)[ana]) == []

    def test_a_trust_policy_that_denies_somebody_of_the_account_is_no_free_way(self) -> None:
        denied = trust(user_arn(HUB, "ana")) | {"Effect": "Deny"}
        made = graph(user(HUB, "ana", may("*")), role(DEV, "deploy", trust(root(HUB)), denied))
        (ana,) = made.find("ana")
        assert made.others(ana, made.within(2, freely=True)[ana]) == []


def plainly(roles: list[Role], grants: dict[str, list[str]], begin: Role) -> set[str]:
    """The roles that one hop comes to, looked at pair by pair."""
    found = set()
    for target in roles:
        named, allowed = target.trust, {"*", target.arn} & {*grants[begin.arn]}
        at_home = (begin.arn in named or ORG_ID in named) and begin.account == target.account
        trusted = begin.arn in named or root(begin.account) in named or ORG_ID in named
        if at_home or (trusted and allowed):
            found.add(target.arn)
    return found - {begin.arn}


@pytest.mark.parametrize("seed", range(30))
def test_crowds_come_where_pairs_come(seed: int) -> None:
    chance = random.Random(seed)
    accounts = [HUB, DEV, PROD]
    names = [(account, f"r{number}") for account, number in product(accounts, range(4))]
    grants = {
        role_arn(*each): chance.choice([[], ["*"], [role_arn(*other) for other in chance.sample(names, 3)]])
        for each in names
    }
    roles = []
    for each in names:
        trusted = chance.sample([root(account) for account in accounts] + [role_arn(*other) for other in names], 2)
        statements = [trust(trusted)] + [trust("*", IN_ORG)] * chance.choice([0, 0, 1])
        permissions = may(grants[role_arn(*each)]) if grants[role_arn(*each)] else Permissions()
        roles.append(role(*each, *statements, permissions=permissions))
    made = graph(*roles)
    for begin in roles:
        assert set(comes_to(made, begin.arn)) == plainly(roles, grants, begin)


def test_the_same_snapshot_in_any_order_reaches_the_same() -> None:
    roles = [caller(), role(PROD, "a", trust(root(HUB))), role(DEV, "b", trust(role_arn(PROD, "a")))]
    one, other = (
        TrustGraph(Snapshot(tuple(each)), organization_from({"accounts": ACCOUNTS})) for each in (roles, roles[::-1])
    )
    assert comes_to(one, CI, 5) == comes_to(other, CI, 5)


@pytest.mark.shared
def test_begins_outside_come_in_exactly_where_a_labelled_policy_is_exposed(shared: Path) -> None:
    told = json.loads((shared / "trust/adversarial-trust-policies.json").read_text())
    account = told["role_account"]
    organization = organization_from(
        {"org_id": told["org_id"], "accounts": {each: {} for each in told["org_accounts"]}}
    )
    wrong = []
    for case in told["cases"]:
        policy = case["policy"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        made = TrustGraph(Snapshot((Role(role_arn(account, "target"), account, "", text),)), organization)
        comes = made.ways(made.outside).get(0, (0, -1))[0] > 0
        if case["exposed"] is not None and comes is not case["exposed"]:
            wrong.append(case["id"])
    assert wrong == []
