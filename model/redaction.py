"""What must not stay in a text that is kept: tokens, keys, passwords, whatever looks like one."""

import re
from collections.abc import Iterator
from functools import lru_cache

REMOVED = "[removed]"
_WORDS = (
    *("token", "secret", "passw", "passphrase", "privatekey", "private_key", "keymaterial", "plaintext", "credential"),
    *("authorization", "apikey", "api_key", "api-key", "x-amz-", "signature", "cookie", "bearer"),
)
_NAMED = (
    r"""
    (?i: ( (?: """
    + "|".join(map(re.escape, _WORDS))
    + r""" ) [\w-]{0,24} \\{0,4} ["']? \s{0,4} [:=] \s{0,4} | bearer \s ) )
    (?! \s | [{\[] ) (?: (?i:basic|bearer|digest) \s [^"'\\,;)\s}\]]+ | \\{0,4} " [^"]{1,4096} "?
                       | ' [^']{1,4096} '? | [^"'\\,;)\s}\]]+ )
"""
)
_ARN = r"arn:aws[\w-]{0,12}:[^\s\"'<>]{1,2000}"
_RUN = r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4} | (?<![A-Za-z0-9+/=_-]) [A-Za-z0-9+/=_-]{40,}"
_SECRET_IN_TEXT = re.compile(rf"({_ARN}) | {_NAMED} | ({_RUN})", re.VERBOSE)
_LONG = re.compile(r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/=_-]{40}|eyJ)")

_NAMED_SECRET = re.compile(_NAMED, re.VERBOSE)
_LOOKS_SECRET = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{8,}|[A-Za-z0-9+/=_]{32,}")
_PART = re.compile(r'\[removed\]|("(?:[^"\\]++|\\.)*+"?)(\s{0,8}:)?|[^\s"{}\[\],:]++|[{}\[\],:]|\s++|\\', re.DOTALL)
_NAME = re.compile(r'"[A-Za-z][\w.:/ -]{0,60}"?')
_PLAIN = re.compile(r'"[\w .:/@+=,*-]{0,200}"?')
_JSON = re.compile(r"[{\"]|\[\s*[{\[\"]")
_OUTSIDE = re.compile(r"[{}\[\],:\s]+|\[removed\]|null|true|false")
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,6})?")
_HEAD = 4096
_SHOWN = frozenset(
    (
        *("eventversion", "eventtime", "eventsource", "eventname", "awsregion", "eventid", "sharedeventid"),
        *("requestid", "eventtype", "eventcategory", "recipientaccountid", "accountid", "type", "arn", "principalid"),
        *("invokedby", "errorcode", "readonly", "managementevent", "sourceipaddress", "rolearn", "detail-type"),
        *("source", "account", "region", "id", "version", "time", "messagetype"),
    )
)


@lru_cache(maxsize=4096)
def scrubbed(text: str) -> str:
    """A free text of a record (an agent, an error's message) without what looks like a credential; ARNs stay whole."""
    lower = text.lower()
    if not any(word in lower for word in _WORDS) and not _LONG.search(text):
        return text
    return _SECRET_IN_TEXT.sub(lambda found: _hidden(found[0], found[1], found[2], found[3]), text)


def _hidden(text: str, arn: str | None, name: str | None, token: str | None) -> str:
    if arn is not None:
        return text
    if name is not None:
        return name + REMOVED
    return REMOVED if token is None or _is_random(token) else text


def _is_random(token: str) -> bool:
    """True for what keys and tokens are made of; a path or a digest in lower case is not."""
    return len(token) >= 100 or token[:3] == "eyJ" or (any(map(str.isdigit, token)) and any(map(str.isupper, token)))


def excerpt(data: bytes, limit: int = 2000) -> str:
    """At most `limit` printable characters of the start.

    Of JSON, however broken, names in quotes are shown, and the values of those fields only that never hold a secret.
    """
    head = "".join(char if char.isprintable() else " " for char in data[:_HEAD].decode("utf-8", "replace"))
    head = _NAMED_SECRET.sub(rf"\1{REMOVED}", head)
    begins = _JSON.search(head)
    prose = head[: begins.start()] if begins else head
    return (_LOOKS_SECRET.sub(REMOVED, prose) + "".join(_parts(head[len(prose) :])))[:limit]


def _parts(body: str) -> Iterator[str]:
    """JSON, part by part. A missing quote turns all inside out, so of what stands outside quotes no word is shown."""
    key: str | None = None
    for part in _PART.finditer(body):
        text, colon = part[1], part[2]
        if colon is not None:
            key = text.strip('"').lower()
            yield (text if _is_shown(text, _NAME) else f'"{REMOVED}"') + colon
        elif text is not None:
            yield text if key in _SHOWN and _is_shown(text, _PLAIN) else f'"{REMOVED}"'
        else:
            yield part[0] if _OUTSIDE.fullmatch(part[0]) or (key in _SHOWN and _NUMBER.fullmatch(part[0])) else REMOVED


def _is_shown(text: str, form: re.Pattern[str]) -> bool:
    return form.fullmatch(text) is not None and _LOOKS_SECRET.search(text) is None
