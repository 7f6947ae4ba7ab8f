import pytest

from detectors.fan_out import fan_out
from model.baseline import HOUR, Baseline
from model.identity import Identity, Kind
from model.learning import learn
from model.organization import Organization
from model.peer_use import PeerUse, learn_peer
from model.reach import MOST_ACCOUNTS, Came, Reach
from model.thresholds import Thresholds
from model.trust_map import TrustMap
from tests.detectors.made import ANA, DAY, NOW, assumption, chain_of, fact, habits

T = Thresholds()
UNITS = {f"{n:012}": {"business_unit": f"unit {n % 4}"} for n in range(1, 20)} | {ANA.account: {"business_unit": "IT"}}
MAP = TrustMap(Organization(accounts=UNITS))
NO_MAP = TrustMap(Organization())


def accounts(count: int, first: int = 1) -> list[str]:
    return [f"{n:012}" for n in range(first, first + count)]


def came(*where: str, ago: float = 60) -> list[Came]:
    return [Came(NOW - ago - n, account, f"r{account}") for n, account in enumerate(where)]


def asks(before: list[Came], origin: Baseline, trust: TrustMap = NO_MAP, to: str = "9" * 12, **fields):
    made = assumption("audit", to, **fields)
    return fan_out(made, ANA, before, origin, trust, T)


def scanner(known: list[str], days: int = 20) -> Baseline:
    baseline = habits(days)
    for day in range(1, days):
        for account in known:
            learn(baseline, fact(NOW - day * DAY, "audit", account))
    return baseline


def test_the_tenth_account_of_an_hour_is_high():
    assert asks(came(*accounts(8)), habits()) is None
    found = asks(came(*accounts(9)), habits())
    assert found is not None
    assert (found.confidence, found.observed, found.window) == ("high", 10, HOUR)
    assert {f"r{account}" for account in accounts(9)} <= {*found.records}


def test_nobody_s_first_day_is_an_excuse():
    assert asks(came(*accounts(9)), Baseline()) is not None


def test_accounts_of_another_hour_do_not_count():
    assert asks(came(*accounts(9), ago=HOUR), habits()) is None


def test_a_late_record_is_judged_in_its_own_hour():
    assert asks([Came(each.time + 600, each.account, each.record) for each in came(*accounts(9))], habits()) is not None


def test_a_scanner_that_does_so_daily_is_quiet():
    every = accounts(15)
    assert asks(came(*every), scanner(every)) is None


def test_however_young_it_is_what_it_did_for_days_is_its_history():
    young = Baseline()
    for account in accounts(9):
        learn(young, fact(NOW - 3 * DAY, "audit", account))
    assert asks(came(*accounts(9)), young) is None


def test_a_scanner_in_as_many_new_accounts_is_not():
    assert asks(came(*accounts(5), *accounts(8, 50)), scanner(accounts(5))) is not None


def test_who_goes_everywhere_is_quiet():
    assert asks(came(*accounts(12, 900)), scanner(accounts(120), days=16)) is None


def test_the_same_account_again_is_none_more():
    again = came(*accounts(9))
    assert asks(again, habits(), to=accounts(1)[0]) is None


def test_a_refusal_is_nowhere():
    assert asks(came(*accounts(9)), habits(), denied=True) is None


@pytest.mark.parametrize(("units", "fires"), [(accounts(2), False), (accounts(3), True)])
def test_three_business_units_that_are_none_of_its_own_are_medium(units, fires):
    found = asks(came(*units[:-1]), habits(), MAP, to=units[-1])
    assert (found is not None) is fires
    assert not fires or (found.confidence, found.observed) == ("medium", 3)


def test_business_units_it_deals_with_are_none():
    assert asks(came(*accounts(2)), scanner(accounts(3)), MAP, to=accounts(3)[-1]) is None


SAML = Identity(key="saml:x:ana@example.com", kind=Kind.SAML, person="ana@example.com")


@pytest.mark.parametrize(
    ("role", "confidence"), [("AdministratorAccess", "high"), ("SecurityAudit", "medium"), ("ReadOnlyAccess", "medium")]
)
def test_who_enters_many_accounts_through_the_portal_and_only_reads_is_medium(role, confidence):
    name = f"aws-reserved/sso.amazonaws.com/AWSReservedSSO_{role}_0123456789abcdef"
    made = assumption(name, "9" * 12, caller=SAML, how="AssumeRoleWithSAML")
    found = fan_out(made, SAML, came(*accounts(9)), habits(), NO_MAP, T)
    assert found is not None
    assert found.confidence == confidence


def test_a_role_that_only_has_the_name_of_a_permission_set_for_reading_is_high():
    found = asks(came(*accounts(9)), habits())
    assert found is not None
    by_role = fan_out(assumption("SecurityAudit", "9" * 12), ANA, came(*accounts(9)), habits(), NO_MAP, T)
    assert by_role is not None
    assert by_role.confidence == "high"


@pytest.mark.parametrize(("others", "confidence"), [(0, "high"), (1, "high"), (2, "medium")])
def test_where_peers_go_anyway_it_is_medium(others, confidence):
    group = PeerUse()
    for day in range(1, 20):
        for member in range(others):
            for account in accounts(9):
                learn_peer(group, f"role:member{member}", fact(NOW - day * DAY, "audit", account))
    found = fan_out(assumption("audit", "9" * 12), ANA, came(*accounts(9)), habits(), NO_MAP, T, group)
    assert found is not None
    assert found.confidence == confidence


@pytest.mark.parametrize(("name", "confidence"), [("audit", "medium"), ("deploy", "high")])
def test_a_campaign_by_a_role_that_peers_use_elsewhere_is_medium(name, confidence):
    group = PeerUse()
    for day in range(1, 20):
        for member in range(2):
            learn_peer(group, f"role:member{member}", fact(NOW - day * DAY, name, "8" * 12))
    found = fan_out(assumption("audit", "9" * 12), ANA, came(*accounts(9)), habits(), NO_MAP, T, group)
    assert found is not None
    assert found.confidence == confidence


class TestReach:
    def test_a_subject_of_a_provider_is_one_in_every_account(self):
        reach = Reach()
        for n in (1, 2):
            made = assumption("a", f"{n:012}", NOW + n, caller=SAML, how="AssumeRoleWithSAML")
            reach.add(made, chain_of(origin=SAML.model_copy(update={"key": f"role:{n}"})))
        assert len(reach.around(SAML.key, NOW, HOUR)) == 2

    def told(self, *made) -> Reach:
        reach = Reach()
        for each in made:
            reach.add(each, chain_of(("audit", each.account)))
        return reach

    def test_it_knows_the_last_time_of_each_account(self):
        reach = self.told(assumption("a", "1" * 12, NOW - 10), assumption("b", "1" * 12, NOW - 5))
        assert reach.around(ANA.key, NOW, HOUR) == [Came(NOW - 5, "1" * 12, f"b-{NOW - 5}")]

    def test_refusals_and_other_hours_are_not_in_it(self):
        reach = self.told(
            assumption("a", "1" * 12, NOW - HOUR),
            assumption("a", "2" * 12, NOW + HOUR),
            assumption("a", "3" * 12, NOW, denied=True),
        )
        assert reach.around(ANA.key, NOW, HOUR) == []

    def test_it_is_bounded(self):
        reach = self.told(*(assumption("a", f"{n:012}", NOW + n / 1000) for n in range(MOST_ACCOUNTS + 9)))
        assert len(reach.around(ANA.key, NOW, HOUR)) == MOST_ACCOUNTS
