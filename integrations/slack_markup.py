"""Words with code spans as Slack's markup, in which nothing but hopstop's own tokens can mean anything.

Outside code spans no character is left that Slack's mrkdwn reads: bold, italic, strike, quote, emoji, mention,
link and date all lose a character to a look-alike. `&`, `<` and `>` are escaped everywhere. Limits count UTF-16
units after escaping, the strictest reading of Slack's figures.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LOOK_ALIKE = str.maketrans({"*": "∗", "~": "∼", "@": "＠"})
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_EMOJI = re.compile(r":(?=[\w+'-]*[A-Za-z][\w+'-]*:)")
_QUOTE = re.compile("^( *)>")
_MORE = "…"


def mrkdwn(text: str, limit: int) -> str:
    """One line of words with code spans, at most `limit` long, cut with `…`."""
    return _fitted(_pieces(text), limit)


def plain(text: str, limit: int) -> str:
    """One line without any markup, code spans opened, for plain_text objects and the notification line."""
    words = "".join(content for _, content in _pieces(text))
    return _fitted([(False, _harmless(words))] if words else [], limit)


def bullets(lines: Iterable[str], limit: int, each: int = 250) -> str:
    """A list, one line each; lines that do not fit in `limit` are counted, never silently left out."""
    made = [f"• {shown}" for line in lines if (shown := mrkdwn(line, each))]
    for kept in range(len(made), -1, -1):
        left_out = [f"• … and {len(made) - kept} more"] if kept < len(made) else []
        whole = "\n".join([*made[:kept], *left_out])
        if units(whole) <= limit:
            return whole
    return ""


def paragraphs(text: str, limit: int) -> str:
    """Several lines of words with code spans."""
    shown, left = [], limit
    for line in text.splitlines():
        made = mrkdwn(line, left)
        shown.append(made)
        left -= units(made) + 1
        if left <= 0:
            break
    return "\n".join(shown).strip()


def moment(when: datetime) -> str:
    """A time in each reader's own time zone, in UTC where their Slack cannot."""
    stamp = int(when.timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{when.astimezone(UTC):%Y-%m-%d %H:%M UTC}>"


def units(text: str) -> int:
    """Length as JavaScript counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def _pieces(text: str) -> list[tuple[bool, str]]:
    """(is code, content) in order, made harmless; a backtick without a partner is an apostrophe."""
    parts = _printable(text).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["'".join(parts[-2:])]
    pieces: list[tuple[bool, str]] = []
    for place, part in enumerate(parts):
        content = part.strip() if place % 2 else _harmless(part)
        if content:
            _join(pieces, bool(place % 2), content)
    return pieces


def _join(pieces: list[tuple[bool, str]], is_code: bool, content: str) -> None:
    """Slack sees a code span only where no letter or backtick touches it."""
    before = pieces[-1] if pieces else (False, " ")
    if is_code and (before[0] or before[1][-1].isalnum()):
        pieces.append((False, " "))
    if not is_code and before[0] and content[0].isalnum():
        content = f" {content}"
    pieces.append((is_code, content))


def _printable(text: str) -> str:
    spaced = (" " if character.isspace() else character for character in text)
    return re.sub(" +", " ", "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)).strip()


def _harmless(words: str) -> str:
    words = _OUTER_UNDERSCORE.sub("ˍ", words.translate(_LOOK_ALIKE)).replace("://", ":∕∕")
    return _QUOTE.sub(r"\1›", _EMOJI.sub("∶", words))


def _fitted(pieces: list[tuple[bool, str]], limit: int) -> str:
    whole = "".join(_marked(is_code, _escaped(content)) for is_code, content in pieces)
    if units(whole) <= limit:
        return whole
    shown, left = "", limit - units(_MORE)
    for is_code, content in pieces:
        room = left - 2 * is_code
        cut = _cut(content, room)
        if not is_code and cut != _escaped(content):
            cut = cut.rstrip("_")
        if cut or not is_code:
            shown += _marked(is_code, cut + ("" if cut == _escaped(content) else _MORE))
            left = room - units(cut)
        if cut != _escaped(content):
            return shown if shown.endswith((_MORE, f"{_MORE}`")) else shown + _MORE
    return shown


def _cut(content: str, room: int) -> str:
    """As many whole characters as fit, escaped."""
    shown: list[str] = []
    for character in content:
        escaped = _ESCAPES.get(character, character)
        room -= units(escaped)
        if room < 0:
            break
        shown.append(escaped)
    return "".join(shown)


def _escaped(content: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in content)


def _marked(is_code: bool, escaped: str) -> str:
    return f"`{escaped}`" if is_code else escaped
