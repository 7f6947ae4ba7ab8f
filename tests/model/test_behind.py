import pytest

from model.behind import behind
from model.identity import Identity, Kind

HOME, AWAY = "111111111111", "222222222222"
PORTAL = "role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef"


def session(account: str, person: str | None, path: str = PORTAL) -> Identity:
    arn = f"arn:aws:iam::{account}:{path}"
    return Identity(key=f"role:{account}:AROAX:{person}", kind=Kind.ROLE, arn=arn, account=account, person=person)


def test_a_person_of_identity_center_is_one_in_every_account_and_in_the_portal():
    portal = Identity(key="identity_center:store:7", kind=Kind.IDENTITY_CENTER, person="Ana@Example.com")
    keys = {behind(session(HOME, "ana@example.com")), behind(session(AWAY, "ana@example.com")), behind(portal)}
    assert len(keys) == 1


@pytest.mark.parametrize(
    "other",
    [
        session(HOME, "bob@example.com"),
        session(HOME, "ana@example.com", "role/AWSReservedSSO_Admin_0123456789abcdef"),
        session(HOME, None),
        Identity(key="user:ana", kind=Kind.USER, person="ana@example.com"),
        Identity(key="identity_center:store:7", kind=Kind.IDENTITY_CENTER),
    ],
)
def test_somebody_else_or_a_role_of_ones_own_with_such_a_name_is_not(other):
    assert behind(other) != behind(session(HOME, "ana@example.com"))


def test_everybody_else_is_known_by_the_identitys_key():
    user = Identity(key="user:ana", kind=Kind.USER, person="ana")
    assert behind(user) == "user:ana"
