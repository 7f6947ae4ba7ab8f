"""How soon an account is asked again, by what depends on its roles."""

import json
from pathlib import Path

import pytest

from cli.trust_again import Again
from model.organization import Organization
from trust.audit import Audited, audit_role
from trust.snapshot import Role

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def audited(account: str, tier: str) -> Audited:
    role = Role(f"arn:aws:iam::{account}:role/{tier}", account, "AROA1", TRUST, tags=(("hopstop-tier", tier),))
    return audit_role(role, Organization(), {}, 0.0)


@pytest.mark.parametrize(("tier", "seconds"), [("critical", 60), ("high", 900), ("medium", 3600), ("low", 86_400)])
def test_the_most_important_role_of_an_account_says_when(tmp_path: Path, tier: str, seconds: float) -> None:
    Again(tmp_path).note([audited("1" * 12, "low"), audited("1" * 12, tier), audited("2" * 12, "low")])
    again = Again(tmp_path)
    assert again.due_s("1" * 12) == seconds
    assert again.due_s("2" * 12) == 86_400


def test_an_account_that_nobody_audited_is_due_after_a_day(tmp_path: Path) -> None:
    assert Again(tmp_path).due_s("1" * 12) == 86_400


def test_what_is_no_longer_critical_is_asked_less_often_and_the_others_stay(tmp_path: Path) -> None:
    Again(tmp_path).note([audited("1" * 12, "critical"), audited("2" * 12, "high")])
    Again(tmp_path).note([audited("1" * 12, "medium")])
    assert (Again(tmp_path).due_s("1" * 12), Again(tmp_path).due_s("2" * 12)) == (3600, 900)


@pytest.mark.parametrize("body", ["not JSON", "[]", '{"111111111111": "urgent"}'])
def test_a_file_that_cannot_be_read_is_said_and_costs_nothing(tmp_path: Path, body: str, capsys) -> None:
    (tmp_path / "tiers.json").write_text(body)
    assert Again(tmp_path).due_s("1" * 12) == 86_400
    assert "cannot be read" in capsys.readouterr().err
