"""Examples of texts that fit two patterns: they fit, and there is one wherever there is any."""

from hypothesis import given
from hypothesis import strategies as st

from trust.wildcard import Pattern, matches, pattern
from trust.witness import common

PATTERNS = st.text("ab*?", max_size=8).map(pattern)


@given(PATTERNS, PATTERNS)
def test_what_is_found_fits_both(one: Pattern, other: Pattern) -> None:
    found = common(one, other)
    assert found is None or (matches(one, found) and matches(other, found))


@given(PATTERNS, PATTERNS, st.text("abz", max_size=8))
def test_where_a_text_fits_both_one_is_found(one: Pattern, other: Pattern, text: str) -> None:
    if matches(one, text) and matches(other, text):
        assert common(one, other) is not None


@given(st.text("ab", max_size=6), st.text("ab*?", max_size=6), st.sampled_from(["*", "?*", "*?", "?a*"]))
def test_an_end_that_is_free_is_filled(head: str, wanted: str, end: str) -> None:
    one, template = pattern(head + wanted), pattern(head + end)
    found = common(one, template)
    assert (found is None) is (common(template, one) is None)
    assert found is None or (matches(one, found) and matches(template, found))
