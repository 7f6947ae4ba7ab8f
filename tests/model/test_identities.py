import pytest

from model.envelopes import unwrap
from model.identities import _caller, by_arn, identity_of, role_session, session_of
from model.identity import Kind
from tests.model.records import ALICE, FOREIGN_ALICE, OWNER, dumped, record, role_id, session

SSO = "AWSReservedSSO_Admin_0123456789abcdef"
SSO_ARN = f"arn:aws:iam::{OWNER}:role/aws-reserved/sso.amazonaws.com/eu-west-1/{SSO}"


def of(who):
    (found,) = unwrap(dumped(record(userIdentity=who)))
    return identity_of(found)


def sso(person):
    made = session(SSO, person)
    made["sessionContext"]["sessionIssuer"]["arn"] = SSO_ARN
    return made


@pytest.mark.parametrize(
    ("who", "kind", "key", "person"),
    [
        (ALICE, Kind.USER, "user:111111111111:AIDAALICE00000000001", "alice"),
        ({**ALICE, "type": None}, Kind.USER, "user:111111111111:AIDAALICE00000000001", "alice"),
        (
            {**ALICE, "principalId": "AIDA***********"},
            Kind.USER,
            "user:arn:aws:iam::111111111111:user/alice",
            "alice",
        ),
        ({"type": "IAMUser", "userName": "bob", "accountId": "1"}, Kind.USER, "user:1:bob", "bob"),
        (session(), Kind.ROLE, f"role:{OWNER}:{role_id('deploy')}", None),
        ({**session(), "sessionContext": None}, Kind.ROLE, f"role:{OWNER}:{role_id('deploy')}", None),
        ({**session(), "type": None}, Kind.ROLE, f"role:{OWNER}:{role_id('deploy')}", None),
        (session(name="jane.doe"), Kind.ROLE, f"role:{OWNER}:{role_id('deploy')}", "jane.doe"),
        (session(name="jane@example.com"), Kind.ROLE, f"role:{OWNER}:{role_id('deploy')}", "jane@example.com"),
        (sso("jane"), Kind.ROLE, f"role:{OWNER}:{role_id(SSO)}:jane", "jane"),
        (
            {"type": "AssumedRole", "arn": f"arn:aws:sts::{OWNER}:assumed-role/deploy/s1"},
            Kind.ROLE,
            f"role:arn:aws:iam::{OWNER}:role/deploy",
            None,
        ),
        (
            {
                "type": "FederatedUser",
                "principalId": "111111111111:bob",
                "arn": "arn:aws:sts::111111111111:federated-user/bob",
                "accountId": "111111111111",
            },
            Kind.FEDERATED_USER,
            "federated_user:111111111111:bob",
            "bob",
        ),
        (
            {"type": "SAMLUser", "principalId": "idp=:jane@example.com", "userName": "jane@example.com"},
            Kind.SAML,
            "saml:idp=:jane@example.com",
            "jane@example.com",
        ),
        (
            {
                "type": "WebIdentityUser",
                "principalId": "token.actions:sts:repo:o/r:ref",
                "userName": "repo:o/r:ref",
                "identityProvider": "arn:aws:iam::1:oidc-provider/token.actions",
            },
            Kind.WEB_IDENTITY,
            "web_identity:arn:aws:iam::1:oidc-provider/token.actions:repo:o/r:ref",
            None,
        ),
        (
            {
                "type": "IdentityCenterUser",
                "accountId": "1",
                "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
            },
            Kind.IDENTITY_CENTER,
            "identity_center:arn:aws:identitystore::1:identitystore/d-1:u-1",
            None,
        ),
        (
            {"type": "Root", "accountId": "1", "principalId": "1", "arn": "arn:aws:iam::1:root"},
            Kind.ROOT,
            "root:1",
            None,
        ),
        (FOREIGN_ALICE, Kind.ACCOUNT, "user:111111111111:AIDAALICE00000000001", None),
        (
            {"type": "AWSAccount", "principalId": "AROAX000000000000001:s", "accountId": "1"},
            Kind.ACCOUNT,
            "role:1:AROAX000000000000001",
            None,
        ),
        ({"type": "AWSAccount", "accountId": "1"}, Kind.ACCOUNT, "account:1", None),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, Kind.SERVICE, "service:ec2.amazonaws.com", None),
        ({}, Kind.UNKNOWN, "unknown:::", None),
        (None, Kind.UNKNOWN, "unknown:::", None),
        ({"type": "Unknown", "principalId": "p"}, Kind.UNKNOWN, "unknown:Unknown::p", None),
    ],
)
def test_every_kind_of_caller_has_its_key(who, kind, key, person):
    found = of(who)
    assert (found.kind, found.key, found.person) == (kind, key, person)


def test_a_role_keeps_the_path_that_its_session_arn_drops():
    found = of(session())
    assert found.arn == f"arn:aws:iam::{OWNER}:role/team/deploy"
    assert (found.unique_id, found.session_name, found.account) == (role_id("deploy"), "s1", OWNER)


def test_a_name_given_again_is_another_identity():
    again = {**ALICE, "principalId": "AIDAALICE00000000002"}
    assert of(ALICE).key != of(again).key


def test_two_sessions_of_one_role_are_one_identity_and_two_people_of_one_permission_set_are_two():
    assert of(session(name="a")).key == of(session(name="b")).key
    assert of(sso("jane")).key != of(sso("john")).key


def test_the_source_identity_is_the_person():
    who = session(name="ci")
    who["sessionContext"]["sourceIdentity"] = "jane"
    assert of(who).person == "jane"


def test_the_same_caller_is_the_same_object():
    assert of(ALICE) is of(dict(ALICE))


def test_a_key_stays_short_whatever_is_in_it():
    assert len(of({"type": "IAMUser", "userName": "x" * 9000}).key) <= 400


def test_the_other_ways_to_name_a_session_agree():
    arn = f"arn:aws:iam::{OWNER}:role/team/deploy"
    assert role_session(arn, role_id("deploy"), "s1") == of(session())
    assert by_arn(ALICE["arn"]).kind is Kind.USER


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (session(), f"{role_id('deploy')}:s1"),
        (ALICE, None),
        (FOREIGN_ALICE, None),
        ({"type": "AWSAccount", "principalId": "AROAX000000000000001:s"}, "AROAX000000000000001:s"),
        (None, None),
    ],
)
def test_a_session_is_named_as_policies_name_it(who, expected):
    (found,) = unwrap(dumped(record(userIdentity=who)))
    assert session_of(found) == expected


@pytest.mark.parametrize(
    ("arn", "same"),
    [
        (SSO_ARN, False),
        (f"arn:aws:iam::{OWNER}:role/{SSO}", False),
        (f"arn:aws:iam::{OWNER}:role/mine/{SSO}", True),
        (f"arn:aws:iam::{OWNER}:role/x{SSO}", True),
    ],
)
def test_a_role_that_only_looks_like_identity_center_s_is_one_identity_for_all_sessions(arn, same):
    def named(person):
        who = sso(person)
        who["sessionContext"]["sessionIssuer"]["arn"] = arn
        return of(who)

    assert (named("jane").key == named("john").key) is same


PARTS = {
    "type": "AssumedRole",
    "principalId": f"{role_id('deploy')}:s1",
    "arn": f"arn:aws:sts::{OWNER}:assumed-role/deploy/s1",
    "accountId": OWNER,
    "userName": "deploy",
    "identityProvider": "arn:aws:iam::1:saml-provider/x",
    "sessionContext": {
        "sessionIssuer": {"arn": f"arn:aws:iam::{OWNER}:role/team/deploy"},
        "sourceIdentity": "jane",
    },
    "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:store"},
}
OTHERS = {
    "type": [
        "Root",
        "AWSService",
        "SAMLUser",
        "WebIdentityUser",
        "IdentityCenterUser",
        "AWSAccount",
        "FederatedUser",
        "x",
    ],
    "principalId": [f"{role_id('other')}:s1", f"{role_id('deploy')}:s2"],
    "arn": [f"arn:aws:sts::{OWNER}:assumed-role/other/s1"],
    "accountId": ["333333333333"],
    "userName": ["other"],
    "identityProvider": ["other"],
    "sessionContext": [{**PARTS["sessionContext"], "sourceIdentity": "john"}, {}, None],
    "onBehalfOf": [{"userId": "u-2", "identityStoreArn": "arn:store"}, None],
}


@pytest.mark.parametrize("kind", [*dict.fromkeys(["AssumedRole", *OTHERS["type"], None])])
def test_no_caller_is_given_the_identity_kept_for_another(kind):
    """Whatever was looked up before, a caller that differs in any part gets what a fresh process gives it."""
    callers = [{**PARTS, "type": kind}]
    callers += [
        {**PARTS, "type": kind, part: other} for part, others in OTHERS.items() if part != "type" for other in others
    ]
    kept = [of(who) for who in (*callers, *callers)]
    for who, found in zip((*callers, *callers), kept, strict=True):
        _caller.cache_clear()
        assert of(who) == found


def test_what_is_kept_is_bounded():
    assert _caller.cache_info().maxsize == 65_536
