import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.wildcard import literal, matches, pattern


def by_regex(wanted: str, text: str) -> bool:
    shape = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in wanted)
    return re.fullmatch(shape, text, re.DOTALL) is not None


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=12))
def test_it_matches_what_the_same_regular_expression_does(wanted, text):
    assert matches(pattern(wanted), text) is by_regex(wanted, text)


def test_a_star_that_was_brought_is_no_wildcard():
    assert matches(literal("a*"), "a*")
    assert not matches(literal("a*"), "ab")
    assert not matches((*pattern("role/*/"), *literal("?")), "role/x/y")


@pytest.mark.parametrize("wanted", ["*a?" * 400 + "b", "*" + "a" * 1000 + "?b", "a*" * 700 + "b", "*?" * 600 + "b"])
def test_adversarial_patterns_take_time_linear_in_the_text(wanted):
    """Backtracking would take for ever; four times the text may not take much more than four times as long."""

    def seconds(length: int) -> float:
        began = time.perf_counter()
        assert not matches(pattern(wanted), "a" * length)
        return time.perf_counter() - began

    seconds(1000)
    short = min(seconds(20_000) for _ in range(3))
    long = min(seconds(80_000) for _ in range(3))
    assert long < short * 12 + 0.01
    assert long < 2
