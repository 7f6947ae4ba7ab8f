"""Words that strangers wrote, made harmless."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text import clean, code, joined, plural, role_label, shortened

HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=400) | st.sampled_from(
    ["`]}|<!channel>", "\u202eevil", "a\x00b", "\ud800", "<script>", "{{x}}", "|a|b|", "\u2028"]
)


@given(HOSTILE, st.integers(2, 60))
def test_nothing_in_a_cleaned_string_can_end_a_code_span_or_begin_markup(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert not set("`|{}<>\n\r\t") & set(shown)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in shown)
    shown.encode()


@given(HOSTILE)
def test_a_code_span_is_one_span_and_never_empty(text: str) -> None:
    span = code(text)
    assert span.count("`") == 2
    assert len(span) > 2


@pytest.mark.parametrize(
    ("arn", "label"),
    [
        ("arn:aws:iam::222222222222:role/ci/deploy", "`deploy` in `222222222222`"),
        ("arn:aws:iam::222222222222:root", "`root` in `222222222222`"),
        ("nonsense", "`nonsense`"),
    ],
)
def test_a_principal_is_named_by_name_and_account(arn: str, label: str) -> None:
    assert role_label(arn) == label


def test_counts_and_lists_read_well() -> None:
    assert (plural(1, "role"), plural(2, "role")) == ("1 role", "2 roles")
    assert joined(["a", "b", "c"], 2) == "a, b and 1 more"


@pytest.mark.parametrize("char", ["\x07", "\u200b", "\u202e", "\ud800", "\ue000", "\u0378", "\u2028", "\u2029"])
def test_what_cannot_be_seen_is_dropped(char: str) -> None:
    assert clean(f"a{char}b").replace(" ", "") == "ab"


def test_what_fits_is_left_as_it_is() -> None:
    assert shortened("`ana` hopped", 12) == "`ana` hopped"
    assert shortened("`ana` hopped", 11) == "`ana` h…"
    assert shortened("see `ana-banana`", 12) == "see `ana…`"
