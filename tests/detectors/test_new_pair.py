import pytest

from detectors.new_pair import MASTER_KEYS, fresh_records, in_known_accounts, new_pair
from model.baseline import Baseline, digest
from model.learning import learn, reach, seen, teach
from model.thresholds import Thresholds
from tests.detectors.made import ANA, AWAY, DAY, HOME, NOW, arn, assumption, chain_of, fact, habits, peers

T = Thresholds()


def alone(made, baseline):
    return new_pair(made, chain_of((made.role_arn.rsplit("/")[-1], made.account)), baseline, baseline, T)


@pytest.mark.parametrize(
    ("role", "account", "confidence"),
    [("ci", HOME, None), ("other", HOME, "low"), ("other", AWAY, "medium"), ("ci", AWAY, "medium")],
)
def test_a_mature_identity_and_a_role(role, account, confidence):
    found = alone(assumption(role, account), habits())
    assert (found and found.confidence) == confidence


@pytest.mark.parametrize(("days", "fires"), [(13, False), (15, True)])
def test_an_identity_is_mature_after_fourteen_days(days, fires):
    assert (alone(assumption("other"), habits(days)) is not None) is fires


def test_a_pair_last_seen_31_days_ago_is_new_again():
    baseline = habits()
    learn(baseline, fact(NOW - 20 * DAY, "old"))
    assert alone(assumption("old"), baseline) is None
    assert alone(assumption("old", time=NOW + 11 * DAY), baseline) is not None


def test_a_denied_try_is_new_once_and_success_is_new_still():
    baseline = habits()
    assert alone(assumption("door", denied=True), baseline) is not None
    learn(baseline, fact(NOW - DAY, "door", denied=True))
    assert alone(assumption("door", denied=True), baseline) is None
    assert alone(assumption("door"), baseline) is not None


@pytest.mark.parametrize(("before", "confidence"), [(3, "medium"), (4, "high")])
def test_the_fifth_new_role_within_an_hour_weighs_more(before, confidence):
    baseline = habits()
    for n in range(before):
        seen(baseline, fact(NOW - 60 - n, f"new{n}", AWAY))
    found = alone(assumption("last", AWAY), baseline)
    assert found is not None
    assert (found.confidence, found.observed) == (confidence, before + 1)


def test_the_origin_that_comes_to_a_role_by_way_of_others():
    ci = habits(role="deploy")
    line = chain_of(("ci", HOME), ("deploy", AWAY))
    made = assumption("deploy", AWAY)
    learn(ci, fact(NOW - DAY, "deploy", AWAY))
    assert new_pair(made, line, ci, Baseline(), T) is None
    ana = habits()
    found = new_pair(made, line, ci, ana, T)
    assert found is not None
    assert found.confidence == "medium"
    assert ANA.arn.rsplit("/")[-1] in found.message
    reach(ana, fact(NOW - DAY, "deploy", AWAY, reached=(digest(arn("deploy", AWAY)),), depth=2))
    assert new_pair(made, line, ci, ana, T) is None


@pytest.mark.parametrize(("days", "fires"), [((2, 1), False), ((1,), True)])
def test_who_assumes_750_roles_day_after_day_is_not_asked_about_one_more(days, fires):
    baseline = habits()
    for day in days:
        for n in range(750):
            learn(baseline, fact(NOW - day * DAY, f"tenant{n}", AWAY))
    assert (alone(assumption("tenant750", AWAY), baseline) is not None) is fires


def test_roles_beyond_a_days_share_stay_new_until_another_day_saw_them():
    baseline = habits()
    for n in range(30):
        learn(baseline, fact(NOW - 2 * DAY, f"new{n:02}", AWAY))
    quiet = [n for n in range(30) if alone(assumption(f"new{n:02}", AWAY), baseline) is None]
    assert len(quiet) == 10
    for n in range(30):
        learn(baseline, fact(NOW - DAY, f"new{n:02}", AWAY))
    assert [n for n in range(30) if alone(assumption(f"new{n:02}", AWAY), baseline)] == []


def test_a_role_that_people_vouch_for_is_quiet_until_then():
    baseline = teach(habits(), fact(NOW, "other", AWAY), NOW + DAY)
    assert alone(assumption("other", AWAY), baseline) is None
    assert alone(assumption("other", AWAY, time=NOW + DAY), baseline) is not None


@pytest.mark.parametrize(
    ("role", "own_days", "others", "confidence"),
    [
        ("vault", 0, 3, "low"),
        ("vault", 0, 2, None),
        ("data", 0, 3, None),
        ("vault", 20, 3, "medium"),
        ("ci", 3, 3, None),
    ],
)
def test_an_identity_without_habits_is_held_against_its_peers(role, own_days, others, confidence):
    baseline = habits(own_days)
    found = new_pair(
        assumption(role, AWAY if role != "ci" else HOME), chain_of((role, AWAY)), baseline, baseline, T, peers(others)
    )
    assert (found and found.confidence) == confidence
    assert confidence != "low" or "its peers" in found.message


def test_a_refusal_across_accounts_is_low():
    assert alone(assumption("door", AWAY, denied=True), habits()).confidence == "low"


def test_an_administrators_role_that_every_account_has_is_high_across_accounts():
    keys = [assumption(name, AWAY) for name in MASTER_KEYS]
    assert {alone(made, habits()).confidence for made in keys} == {"high"}
    assert alone(assumption("OrganizationAccountAccessRole"), habits()).confidence == "medium"


def test_who_uses_such_a_role_elsewhere_is_an_administrator():
    baseline = learn(habits(), fact(NOW - 2 * DAY, "OrganizationAccountAccessRole", "333333333333"))
    assert alone(assumption("OrganizationAccountAccessRole", AWAY), baseline).confidence == "medium"


def many_new(accounts: tuple[str, ...], name: str = "agent") -> tuple[Baseline, list[str]]:
    """Who goes to those accounts every day, and just took a new role in each."""
    baseline = habits()
    for account in accounts:
        for day in range(1, 20):
            learn(baseline, fact(NOW - day * DAY, "deploy", account))
    roles = [arn(name, account) for account in accounts]
    for n, account in enumerate(accounts):
        seen(baseline, fact(NOW - 60 + n, name, account, record=f"r{n}"))
    return baseline, roles


FIVE = tuple(f"{n:012}" for n in range(3, 8))


@pytest.mark.parametrize(
    ("name", "account", "other", "confidence"),
    [
        ("agent", FIVE[0], None, "medium"),
        ("agent", AWAY, None, "high"),
        ("agent", FIVE[0], arn("vault", FIVE[1]), "high"),
        ("OrganizationAccountAccessRole", FIVE[0], None, "high"),
    ],
)
def test_one_role_rolled_out_to_accounts_that_it_goes_to_anyway_is_one_new_role(name, account, other, confidence):
    baseline, roles = many_new(FIVE, name)
    made = assumption(name, account)
    found = alone(made, baseline)
    assert found.confidence == "high"
    told = [arn(name, account), *roles, *([other] if other else [])]
    assert in_known_accounts(found, told, made, baseline, T).confidence == confidence


def test_the_records_of_the_other_new_roles_of_the_hour():
    baseline, _ = many_new(FIVE)
    assert fresh_records(assumption("agent", FIVE[0]), baseline, T) == ["r1", "r2", "r3", "r4"]


@pytest.mark.parametrize(("known", "confidence"), [(False, "medium"), (True, "low")])
def test_a_new_role_within_an_account_is_across_for_an_origin_that_never_came_to_it(known, confidence):
    """From the tools account into production, and there on to its data."""
    caller = ANA.model_copy(update={"key": "role:deploy", "account": AWAY})
    made = assumption("data", AWAY, caller=caller)
    ana = habits()
    if known:
        reach(ana, fact(NOW - DAY, "data", AWAY, reached=(digest(arn("data", AWAY)),), depth=2))
    found = new_pair(made, chain_of(("deploy", AWAY), ("data", AWAY)), habits(role="other"), ana, T)
    assert found is not None
    assert found.confidence == confidence


@pytest.mark.parametrize(
    ("role", "account", "group", "confidence"),
    [
        ("OrganizationAccountAccessRole", AWAY, None, "medium"),
        ("OrganizationAccountAccessRole", HOME, None, None),
        ("OrganizationAccountAccessRole", AWAY, peers(3, "OrganizationAccountAccessRole"), None),
        ("audit", AWAY, None, None),
    ],
)
def test_an_administrators_role_is_asked_about_whoever_takes_it(role, account, group, confidence):
    young = Baseline()
    found = new_pair(assumption(role, account), chain_of((role, account)), young, young, T, group)
    assert (found and found.confidence) == confidence
