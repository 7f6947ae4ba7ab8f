from hypothesis import given
from hypothesis import strategies as st

from trust.wildcard import matches, pattern
from trust.witness import LONGEST, common, examples

patterns = st.text("ab*?", max_size=7)


@given(patterns, patterns)
def test_an_example_fits_both_patterns(one, other):
    found = common(pattern(one), pattern(other), "b")
    if found is not None:
        assert matches(pattern(one), found)
        assert matches(pattern(other), found)


@given(patterns, patterns, st.text("ab", max_size=7))
def test_where_a_text_fits_both_there_is_an_example(one, other, text):
    if matches(pattern(one), text) and matches(pattern(other), text):
        assert common(pattern(one), pattern(other), "a") is not None


def test_examples_are_the_shortest_and_longer_ones():
    assert examples(pattern("o-*"), pattern("o-???"), ("z", "9")) == ("o-zzz", "o-999")
    assert examples(pattern("a*c"), pattern("*"), ("z",)) == ("ac", "azzc")


def test_no_value_of_aws_is_longer_than_the_longest():
    assert common(("a",) * (LONGEST + 1), (None,)) is None


@given(st.text("ab", max_size=6), st.text("ab*?", max_size=6), st.sampled_from(["*", "?*", "*?", "?a*"]))
def test_an_end_that_is_free_is_filled(head: str, wanted: str, end: str) -> None:
    one, template = pattern(head + wanted), pattern(head + end)
    found = common(one, template)
    assert (found is None) is (common(template, one) is None)
    assert found is None or (matches(one, found) and matches(template, found))
