import pytest

from detectors.convergence import convergence
from model.baseline import Baseline
from model.identity import Identity, Kind
from model.label import caller_name
from model.role_use import RoleUse, attempt, use
from model.thresholds import Thresholds
from tests.detectors.made import ANA, AWAY, DAY, HOME, NOW, assumption, habits, peers

T = Thresholds()
SSO = f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO"


def user(name: str) -> Identity:
    return Identity(key=f"user:{name}", kind=Kind.USER, arn=f"arn:aws:iam::{HOME}:user/{name}", account=HOME)


def member(person: str, number: str) -> Identity:
    """A person with a permission set, one of many."""
    arn = f"{SSO}_Admin{number}_0123456789abcdef"
    return Identity(key=f"role:{number}:{person}", kind=Kind.ROLE, arn=arn, session_name=person, person=person)


def old_role(users: int = 4, days: int = 20) -> RoleUse:
    role = RoleUse()
    for n in range(users):
        use(role, f"old{n}", NOW - days * DAY + n, f"user:old{n}")
    return role


def came(role: RoleUse, *who: Identity, denied: bool = False, ago: float = 60) -> RoleUse:
    for n, each in enumerate(who):
        (attempt if denied else use)(role, caller_name(each), NOW - ago - n, each.key)
    return role


def asks(role, caller=ANA, baseline=None, group=None, **fields):
    made = assumption("shared", AWAY, caller=caller, **fields)
    return convergence(made, habits() if baseline is None else baseline, role, T, group)


def test_the_third_newcomer_of_an_hour():
    role = came(old_role(), user("bob"))
    assert asks(role) is None
    found = asks(came(role, user("eve"), denied=True))
    assert found is not None
    assert (found.confidence, found.observed) == ("medium", 3)
    assert "(1 denied)" in found.message
    assert "bob" in found.message


def test_newcomers_of_different_hours_are_no_crowd():
    assert asks(came(old_role(), user("bob"), user("eve"), ago=3600)) is None


def test_who_came_before_is_no_newcomer():
    role = came(old_role(), user("bob"), user("eve"))
    use(role, "ana", NOW - 3 * DAY, ANA.key)
    assert asks(role) is None


@pytest.mark.parametrize(("before", "fires"), [(2, True), (3, False), (4, False), (5, True), (6, False), (11, True)])
def test_it_says_so_again_when_they_are_twice_as_many(before, fires):
    role = came(old_role(), *[user(f"new{n}") for n in range(before)])
    assert (asks(role) is not None) is fires


@pytest.mark.parametrize(("users", "fires"), [(30, True), (31, False), (200, False)])
def test_a_role_with_many_users_gains_some_every_day(users, fires):
    assert (asks(came(old_role(users), user("bob"), user("eve"))) is not None) is fires


@pytest.mark.parametrize(
    ("days", "denied", "fires"), [(13, False, False), (13, True, True), (1, False, False), (15, False, True)]
)
def test_a_new_role_that_everybody_starts_to_use(days, denied, fires):
    role = came(old_role(days=days), user("bob"), user("eve"), denied=denied)
    assert (asks(role, denied=denied) is not None) is fires


def test_a_role_that_nobody_used_is_told_of_by_who_has_habits():
    """On the first days of learning every role is unused and nobody has habits."""
    role = came(RoleUse(), user("bob"), user("eve"))
    assert asks(role) is not None
    assert asks(role, baseline=Baseline()) is None
    assert asks(role, member("ana", "1"), Baseline()) is not None


def test_one_person_with_many_permission_sets_is_one():
    role = came(old_role(), member("ana@example.com", "1"), member("ana@example.com", "2"))
    assert asks(role, member("ana@example.com", "3")) is None
    assert asks(came(role, member("bob@example.com", "1")), member("eve@example.com", "1")) is not None


@pytest.mark.parametrize(("kind", "fires"), [(Kind.WEB_IDENTITY, False), (Kind.SAML, False), (Kind.USER, True)])
def test_subjects_of_an_identity_provider_are_no_crowd(kind, fires):
    who = [Identity(key=f"{kind}:idp:repo{n}", kind=kind) for n in range(3)]
    assert (asks(came(old_role(), *who[:2]), who[2]) is not None) is fires


@pytest.mark.parametrize(("denied", "fires"), [(False, False), (True, True)])
def test_an_identity_born_today_counts_where_it_is_denied(denied, fires):
    role = came(old_role(), user("bob"), user("eve"))
    assert (asks(role, baseline=Baseline(), denied=denied) is not None) is fires


def test_whose_peers_use_the_role_comes_as_they_did():
    role = came(old_role(), user("bob"), user("eve"))
    assert asks(role, member("ana", "1"), group=peers(role="shared")) is None
    assert asks(role, member("ana", "1"), group=peers(role="other")) is not None


def test_a_late_first_coming_completes_the_number():
    role = came(old_role(), user("bob"), user("eve"), ago=-600)
    assert asks(role) is not None
