"""Words that strangers wrote, made harmless.

Every text that hopstop shows is its own words plus code spans: a stranger's string appears between backticks, cleaned
by `code`, and nowhere else. Slack, Temporal's Markdown and Jira all render that the same way.
"""

import unicodedata

_REPLACE = str.maketrans({"`": "'", "|": "¦", "{": "(", "}": ")", "<": "‹", ">": "›", "\n": " ", "\r": " ", "\t": " "})
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, limit: int = 80) -> str:
    """`text` without control, direction, surrogate and markup characters, at most `limit` characters long."""
    shown = "".join(c for c in text[: limit * 4].translate(_REPLACE) if unicodedata.category(c) not in _DROPPED)
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def code(text: str, limit: int = 80) -> str:
    """A stranger's string as a code span."""
    return f"`{clean(text, limit) or '(empty)'}`"


def shortened(text: str, limit: int) -> str:
    """Words with code spans in at most `limit` bytes of UTF-8, cut with `…`; a span that is cut is still closed."""
    if len(text.encode()) <= limit:
        return text
    kept = text.encode()[: limit - 4].decode(errors="ignore")
    return f"{kept}…`" if kept.count("`") % 2 else f"{kept}…"


def role_label(arn: str) -> str:
    """A role or user by its name and account: `name` in 111111111111."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return code(arn)
    return f"{code(parts[5].rsplit('/', 1)[-1])} in {code(parts[4])}"


def plural(count: int, noun: str) -> str:
    """`1 role`, `2 roles`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def joined(parts: "tuple[str, ...] | list[str]", most: int = 4) -> str:
    """The first `most` parts, with how many were left out."""
    rest = len(parts) - most
    return ", ".join(parts[:most]) + (f" and {rest} more" if rest > 0 else "")
