import pytest

from detectors.cross_boundary import cross_boundary
from model.baseline import Baseline
from model.identity import Identity, Kind
from model.learning import learn
from model.organization import organization_from
from model.role_use import RoleUse, use
from model.thresholds import Thresholds
from model.trust_map import TrustMap
from tests.detectors.made import ANA, AWAY, DAY, HOME, NOW, assumption, chain_of, fact, habits, peers

T = Thresholds()
DEV, PROD, OTHER, VENDOR = "333333333333", "444444444444", "555555555555", "666666666666"
ACCOUNTS = {
    HOME: {"name": "tools", "business_unit": "IT"},
    DEV: {"environment": "Development", "business_unit": "Shop"},
    PROD: {"environment": "prod", "business_unit": "Shop"},
    OTHER: {"name": "billing-live", "business_unit": "Money"},
    AWAY: {"name": "contractor-7", "business_unit": "Shop"},
}
DOCUMENTED = [{"from": HOME, "to": PROD}]


def organised(trust=(), **fields) -> TrustMap:
    return TrustMap(organization_from({"accounts": ACCOUNTS, "trust": list(trust), **fields}))


def of(account: str, name: str = "bot") -> Identity:
    arn = f"arn:aws:iam::{account}:role/team/{name}"
    return Identity(key=f"role:{name}:{account}", kind=Kind.ROLE, arn=arn, account=account, session_name="s")


def asks(trust, caller=ANA, to=PROD, baseline=None, role=None, way=None, peers=None, **fields):
    made = assumption("data", to, caller=caller, **fields)
    way = way or chain_of(("data", to), origin=caller)
    return cross_boundary(made, way, baseline or Baseline(), role or RoleUse(), trust, T, peers)


def used_from(account: str, days: float = 20) -> RoleUse:
    caller = of(account, "old")
    return use(RoleUse(), f"{caller.arn} (s)", NOW - days * DAY, caller.key)


def test_development_to_production_is_high():
    found = asks(organised(), of(DEV))
    assert found is not None
    assert (found.confidence, found.threshold) == ("high", "environment")
    assert "development comes to production" in found.message


def test_a_refusal_is_medium():
    assert asks(organised(), of(DEV), denied=True).confidence == "medium"


def test_a_refusal_without_documents_is_low_and_an_old_one_quiet():
    assert asks(organised(DOCUMENTED), to=OTHER, denied=True).confidence == "low"
    tried = learn(habits(), fact(NOW - DAY, "data", OTHER, denied=True))
    assert asks(organised(DOCUMENTED), to=OTHER, denied=True, baseline=tried) is None


def test_an_account_without_an_environment_is_known_by_its_name():
    assert asks(organised(), of(DEV), OTHER).confidence == "high"


@pytest.mark.parametrize("word", ["non-prod", "Pre_Prod", "staging", "prod-test", "dev"])
def test_what_is_not_quite_production_is_development(word):
    trust = TrustMap(organization_from({"accounts": {HOME: {"environment": word}, PROD: {"environment": "live"}}}))
    assert asks(trust).confidence == "high"


def test_the_origin_s_account_counts_however_it_hops():
    way = chain_of(("ci", HOME), ("data", PROD), origin=of(DEV))
    found = asks(organised(DOCUMENTED), of(HOME), way=way)
    assert (found.confidence, found.observed) == ("high", f"{DEV} → {PROD}")


def test_what_is_not_documented_is_medium_where_anything_is():
    assert asks(organised(), to=OTHER) is None
    found = asks(organised(DOCUMENTED), to=OTHER)
    assert (found.confidence, found.threshold) == ("medium", "undocumented")
    assert asks(organised(DOCUMENTED), of("999999999999")).confidence == "medium"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (DEV, PROD),
        (f"arn:aws:iam::{DEV}:role/team/bot", f"arn:aws:iam::{PROD}:role/data"),
        ("arn:aws:iam::*:role/team/*", f"arn:aws:iam::{PROD}:role/d*"),
        (f"arn:aws:iam::{DEV}:root", PROD),
        ("*", PROD),
    ],
)
def test_documented_trust_is_quiet(source, target):
    assert asks(organised([{"from": source, "to": target}]), of(DEV)) is None


@pytest.mark.parametrize(
    ("source", "target"), [(PROD, DEV), (f"arn:aws:iam::{DEV}:role/bot", PROD), (DEV, f"arn:aws:iam::{PROD}:role/x*")]
)
def test_trust_for_others_documents_nothing(source, target):
    assert asks(organised([{"from": source, "to": target}]), of(DEV)) is not None


def test_trust_ends_when_it_says():
    ends = "2026-09-30T10:00:00Z"
    assert asks(organised([{"from": DEV, "to": PROD, "until": ends}]), of(DEV), time=NOW - 1) is None
    assert asks(organised([{"from": DEV, "to": PROD, "until": ends}]), of(DEV), time=NOW) is not None


def test_hops_that_are_documented_make_a_way_that_is():
    way = chain_of(("ci", OTHER), ("data", PROD), origin=of(HOME))
    assert asks(organised([{"from": OTHER, "to": PROD}]), of(OTHER), way=way) is None
    assert asks(organised(DOCUMENTED), of(OTHER), way=way) is None


def test_an_outsider_stays_in_its_business_unit():
    assert asks(organised(), of(AWAY), PROD) is None
    assert asks(organised(), of(AWAY), OTHER).threshold == "business_unit"


def test_a_vendor_needs_documents_once_there_are_any():
    vendors = {"vendors": {VENDOR: "Scans Ltd"}}
    assert asks(organised(DOCUMENTED, **vendors), of(VENDOR)) is not None
    assert asks(organised([{"from": "Scans Ltd", "to": PROD}], **vendors), of(VENDOR)) is None


def test_a_region_that_is_not_documented():
    trust = organised(regions=["eu-central-1"])
    assert asks(trust, region="eu-central-1") is None
    assert asks(trust, region="us-east-1") is None
    assert asks(trust, region="ap-east-1").threshold == "region"


def test_the_same_account_is_no_crossing():
    assert asks(organised(DOCUMENTED), to=HOME) is None


def test_an_organisation_that_says_nothing():
    trust = TrustMap(organization_from({}))
    assert trust.says_nothing
    assert asks(trust, of(DEV)) is None


def test_a_habit_is_quiet_and_from_development_to_production_low():
    used = habits()
    for day in range(1, 20):
        learn(used, fact(NOW - day * DAY, "data", PROD))
        learn(used, fact(NOW - day * DAY, "data", OTHER))
    assert asks(organised(DOCUMENTED), to=OTHER, baseline=used) is None
    assert asks(organised(), of(DEV), baseline=used).confidence == "low"


def test_people_are_told_once_however_young_the_identity_is():
    young = learn(Baseline(), fact(NOW - DAY, "data", OTHER))
    assert asks(organised(DOCUMENTED), to=OTHER, baseline=young) is None


def test_what_others_do_is_a_step_less():
    for role, group in ((used_from(HOME), None), (None, peers(role="data"))):
        assert asks(organised(DOCUMENTED), to=OTHER, role=role, peers=group).confidence == "low"
    assert asks(organised(), of(DEV), role=used_from(DEV)).confidence == "medium"
    assert asks(organised(DOCUMENTED), to=OTHER, role=used_from(HOME, days=0.5)).confidence == "medium"
    assert asks(organised(DOCUMENTED), to=OTHER, role=used_from(AWAY)).confidence == "medium"


def test_the_order_of_relationships_does_not_matter():
    some = [{"from": DEV, "to": PROD}, {"from": "*", "to": OTHER}, {"from": HOME, "to": DEV}]
    for trust in (some, some[::-1]):
        assert asks(organised(trust), of(DEV)) is None
        assert asks(organised(trust), of(PROD), DEV) is not None
