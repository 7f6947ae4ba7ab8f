"""Durable names: telling, harmless, short."""

from hypothesis import given
from hypothesis import strategies as st

from model.case_id import case_id, lease_id, short_name
from model.identity import Identity, Kind


@given(st.text(), st.text(), st.one_of(st.none(), st.text(), st.from_regex(r"\d{12}", fullmatch=True)))
def test_no_stranger_s_text_shapes_a_name(person: str, key: str, account: str | None) -> None:
    made = case_id(Identity(key=key, kind=Kind.USER, person=person, account=account))
    assert made.isascii()
    assert made.isprintable()
    assert "/" not in made
    assert made.count(":") == 3
    assert len(made) <= 60


@given(st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,64}", fullmatch=True), st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_a_lease_s_name_fits_and_two_roles_have_two(name: str, account: str) -> None:
    case = case_id(Identity(key="k", kind=Kind.USER, person="x" * 80, account=account))
    made = lease_id(case, "5e6f7a8b", f"arn:aws:iam::{account}:role/some/path/{name}")
    assert len(made) <= 100
    assert made != lease_id(case, "5e6f7a8b", f"arn:aws:iam::{account}:role/some/path/{name}x")


def test_the_telling_part_stands_first() -> None:
    origin = Identity(key="k", kind=Kind.USER, person="ana", account="111111111111")
    assert case_id(origin).startswith("case:ana:111111111111:")
    assert short_name("///<b>") == "b"
    assert short_name("") == "unknown"


def test_a_user_and_a_role_of_one_name_have_two_leases() -> None:
    user, role = (
        lease_id("case:a:1:2", "5e6f7a8b", f"arn:aws:iam::111111111111:{kind}/ana") for kind in ("user", "role")
    )
    assert user != role
