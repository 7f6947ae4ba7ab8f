"""Nothing that a stranger wrote can mean anything to Slack."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.slack_markup import bullets, moment, mrkdwn, paragraphs, plain, units

HOSTILE = (
    "<!channel>",
    "<!here|here>",
    "<@U0RIA>",
    "<#C0SEC>",
    "<https://evil.example|click>",
    "<!date^1^{date}|x>",
    "&lt;!channel&gt;",
    "@here @channel @everyone",
    "http://evil.example/x",
    "*bold* _it_ ~struck~",
    "> quoted",
    "```\ncode\n```",
    "`` ` `a`b` `",
    ":rotating_light: :+1: :tada:",
    "\u202eevil\u2066\u200b\ufeff",
    "\x00\x1b[31m\r\n\t",
    "\ud800",
    "é" * 5000,
    "&" * 5000,
    "😀" * 5000,
    "`" * 5000,
    "```` > quoted",
)
strange = st.one_of(st.sampled_from(HOSTILE), st.text(), st.lists(st.sampled_from(HOSTILE)).map(" ".join))


def outside_code(markup: str) -> str:
    return re.sub(r"`[^`]*`", " ", markup)


def assert_harmless(markup: str) -> None:
    assert "<" not in markup
    assert ">" not in markup
    assert not re.search(r"&(?!amp;|lt;|gt;)", markup)
    words = outside_code(markup)
    assert "`" not in words
    assert not re.search(r"[*~@]|://", words)
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", words)
    assert not re.search(r":[\w+'-]*[A-Za-z][\w+'-]*:", words)
    assert not re.search(r"^\s*&gt;", words)
    assert not re.search("[\\x00-\\x09\\x0b-\\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", markup)


@settings(deadline=None)
@given(strange, st.integers(2, 400))
def test_no_text_has_markup_or_is_too_long(text: str, limit: int) -> None:
    for shown in (mrkdwn(text, limit), plain(text, limit)):
        assert_harmless(shown)
        assert units(shown) <= limit
    assert "`" not in plain(text, limit)


@settings(deadline=None)
@given(strange)
def test_a_strangers_text_in_a_code_span_stays_in_it(text: str) -> None:
    inside = text.replace("`", "'")
    shown = mrkdwn(f"role `{inside}` was taken", 8000)
    assert_harmless(shown)
    assert outside_code(shown).split() in (["role", "was", "taken"], ["role", "was", "taken…"], ["role"], ["role", "…"])


@settings(deadline=None)
@given(st.lists(strange, max_size=30), st.integers(40, 3000))
def test_lists_count_what_they_leave_out(lines: list[str], limit: int) -> None:
    shown = bullets(lines, limit)
    assert units(shown) <= limit
    there = [line for line in lines if mrkdwn(line, 250)]
    bulleted = shown.splitlines()
    more = re.fullmatch(r"• … and (\d+) more", bulleted[-1]) if bulleted else None
    left_out = int(more[1]) if more else 0
    assert len(bulleted) - bool(more) + left_out == len(there)


@settings(deadline=None)
@given(strange, st.integers(10, 3000))
def test_paragraphs_keep_to_their_limit(text: str, limit: int) -> None:
    shown = paragraphs(text, limit)
    assert units(shown) <= limit
    for line in shown.splitlines():
        assert_harmless(line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`deploy` in `222222222222`", "`deploy` in `222222222222`"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("`arn:aws:iam::111111111111:role/*`", "`arn:aws:iam::111111111111:role/*`"),
        ("suspend_credentials at 02:47:11", "suspend_credentials at 02:47:11"),
        ("x`deploy`y", "x `deploy` y"),
        ("`a``b`", "`a` `b`"),
        ("it`s", "it's"),
        ("", ""),
        ("` `", ""),
    ],
)
def test_our_own_words_are_kept(text: str, shown: str) -> None:
    assert mrkdwn(text, 3000) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 5, "abcd…"),
        ("ab `cdefgh` i", 9, "ab `cde…`"),
        ("<<<<", 9, "&lt;&lt;…"),
        ("😀😀😀", 5, "😀😀…"),
    ],
)
def test_a_cut_is_marked_and_leaves_whole_tokens(text: str, limit: int, shown: str) -> None:
    assert mrkdwn(text, limit) == shown


def test_a_time_is_every_readers_own() -> None:
    token = moment(datetime(2026, 10, 3, 3, 2, tzinfo=UTC))
    assert token == "<!date^1790996520^{date_short_pretty} at {time}|2026-10-03 03:02 UTC>"
