"""Whom nobody may touch."""

import pytest

from model.protection import is_protected, protects, role_pattern
from model.settings import Guard

ROLE = "arn:aws:iam::111111111111:role/break-glass/admin"
ID = "AROAEXAMPLEADMIN"


@pytest.mark.parametrize(
    ("pattern", "protected"),
    [
        (ROLE, True),
        (ROLE.upper(), True),
        ("arn:aws:iam::*:role/break-glass/*", True),
        ("*", True),
        ("*admin", True),
        ("/break-glass/", True),
        ("/Break-Glass/", True),
        ("/break/", False),
        ("/admin/", False),
        ("/", True),
        (ID, True),
        (ID.lower(), True),
        ("AROAEXAMPLE", False),
        ("arn:aws:iam::222222222222:role/break-glass/admin", False),
        ("arn:aws:iam::111111111111:role/admin", False),
    ],
)
def test_a_principal_is_named_by_its_arn_its_path_or_its_unique_id(pattern: str, protected: bool) -> None:
    assert is_protected(ROLE, (pattern,), ID) is protected


def test_one_pattern_of_many_is_enough_and_none_protects_nobody() -> None:
    assert is_protected(ROLE, ("arn:nobody", "/break-glass/"))
    assert not is_protected(ROLE, ())


def test_a_principal_without_a_unique_id_is_not_named_by_an_empty_one() -> None:
    assert not is_protected(ROLE, ("",))
    assert not is_protected(ROLE, ("",), "")


def test_a_role_without_a_path_has_no_path_to_be_protected_by() -> None:
    assert not is_protected("arn:aws:iam::111111111111:role/break-glass", ("/break-glass/",))


@pytest.mark.parametrize(
    ("tag", "scp", "tags", "protected"),
    [
        ("keep", "p-1", (("keep", ""),), True),
        ("keep", "p-1", (("other", "keep"),), False),
        ("keep", "", (("keep", "yes"),), False),
        ("", "p-1", (("", "yes"),), False),
        ("keep", "p-1", (("a", "b"), ("keep", "no")), True),
        ("keep", "p-1", (("Keep", "yes"),), False),
    ],
)
def test_a_tag_protects_only_where_an_scp_reserves_its_key(
    tag: str, scp: str, tags: tuple[tuple[str, str], ...], protected: bool
) -> None:
    why = protects(Guard(tag=tag, tag_scp=scp), ROLE, ID, tags)
    assert bool(why) is protected
    assert why in {"", "its tag protects this principal (guard.tag in hopstop.toml)"}


@pytest.mark.parametrize("pattern", [ROLE, ID])
def test_what_settings_name_is_protected_and_said(pattern: str) -> None:
    why = protects(Guard(protected=(pattern,)), ROLE, ID, ())
    assert why == "settings protect this principal (guard.protected in hopstop.toml)"


@pytest.mark.parametrize("name", ["hopstop/containing", "/hopstop/containing", "hopstop/containing/"])
@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_a_role_of_ours_is_protected_in_every_account_and_partition(name: str, partition: str) -> None:
    arn = f"arn:{partition}:iam::333333333333:role/hopstop/containing"
    assert is_protected(arn, (role_pattern(name),))
    assert not is_protected(arn + "-not", (role_pattern(name),))
