from datetime import UTC, datetime

import pytest

from model.errors import Malformed
from model.identity import Identity, Kind
from model.organization import read_organization

TOML = """
org_id = "o-example"
management_account = "111111111111"
time_zone = "Europe/Berlin"
vendors = { "222222222222" = "Scanner Ltd" }
trust = [{ from = "111111111111", to = "arn:aws:iam::333333333333:role/*", until = 2026-12-31 }]
on_call = [{ person = "ana@example.com", from = 2026-10-01T00:00:00Z, until = 2026-10-08T00:00:00Z }]
[accounts."111111111111"]
name = "tools"
environment = "production"
"""


def test_toml_at_the_top_and_under_its_table_are_the_same():
    plain = read_organization(TOML)
    nested = read_organization("[organization]\n" + TOML.replace('[accounts."', '[organization.accounts."'))
    assert plain == nested
    assert plain.accounts["111111111111"].name == "tools"
    assert plain.trust[0].source == "111111111111"
    assert plain.trust[0].until == datetime(2026, 12, 31, tzinfo=UTC)


def test_json_reads_like_toml():
    organization = read_organization('{"time_zone": "Asia/Tokyo", "accounts": {"111111111111": {"tier": "critical"}}}')
    assert organization.time_zone == "Asia/Tokyo"
    assert organization.accounts["111111111111"].tier == "critical"


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        ('time_zone = "Mars/Base"', "organization.time_zone", "write one like Europe/Berlin"),
        ('time_zone = "../../etc/passwd"', "organization.time_zone", "write one like Europe/Berlin"),
        ('time_zones = { "ana" = "Mars/Base" }', "organization.time_zones.ana", "write one like Europe/Berlin"),
        ("timezone = 'UTC'", "organization.timezone", "correct its spelling"),
        ("management_account = 111111111111", "organization.management_account", "in quotes"),
        ('accounts = {"1" = {}}', "organization.accounts.1", "12-digit"),
        ('trust = [{from = "a"}]', "organization.trust.0.to", "add it"),
        ('on_call = [{person="a", from="soon", until=2026-01-01}]', "organization.on_call.0.from", "2026-01-31T08"),
        ("[accounts", "organization", "mend the file"),
        ('{"accounts": ', "organization", "mend the file"),
        ("accounts = 1", "organization.accounts", "must be a table"),
    ],
)
def test_a_wrong_value_is_one_line_with_key_and_fix(text, key, fix):
    with pytest.raises(Malformed) as caught:
        read_organization(text)
    assert str(caught.value).startswith(f"{key}: ")
    assert fix in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("person", "arn", "zone"),
    [
        ("ana", "arn:aws:iam::111111111111:role/x", "Asia/Tokyo"),
        ("Ana@example.com", None, "Asia/Tokyo"),
        (None, "arn:aws:iam::111111111111:role/syd-ops", "Australia/Sydney"),
        ("bob", "arn:aws:iam::111111111111:role/ops", "Europe/Berlin"),
        (None, None, "Europe/Berlin"),
    ],
)
def test_the_clock_that_an_identity_lives_by(person, arn, zone):
    zones = 'time_zones = { "ana" = "Asia/Tokyo", "arn:aws:iam::*:role/syd-*" = "Australia/Sydney" }'
    organization = read_organization(f"{zones}\n{TOML}")
    identity = Identity(key="k", kind=Kind.USER, person=person, arn=arn)
    assert str(organization.zone_of(identity)) == zone
    assert organization.zone_of(identity) is organization.zone_of(identity)
    assert organization == read_organization(f"{zones}\n{TOML}")
    assert read_organization("").zone_of(identity) is UTC


def test_a_name_that_a_session_was_given_moves_no_clock():
    organization = read_organization(f'time_zones = {{ "ana" = "Asia/Tokyo" }}\n{TOML}')
    session = Identity(key="k", kind=Kind.ROLE, person="ana", arn="arn:aws:iam::111111111111:role/ops")
    assert str(organization.zone_of(session)) == "Europe/Berlin"
    assert str(organization.zone_of(session, session)) == "Europe/Berlin"
    ana = Identity(key="u", kind=Kind.USER, person="ana")
    assert str(organization.zone_of(session, ana)) == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("person", "day", "expected"),
    [
        ("ana@example.com", 3, True),
        ("Ana", 3, True),
        ("ANA@example.com", 3, True),
        ("ana@elsewhere.example", 3, False),
        ("ana", 8, False),
        ("anna", 3, False),
        (None, 3, False),
        ("", 3, False),
    ],
)
def test_who_is_on_call(person, day, expected):
    assert read_organization(TOML).is_on_call(person, datetime(2026, 10, day, tzinfo=UTC)) is expected
