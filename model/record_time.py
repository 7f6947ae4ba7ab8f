"""When a record says it happened, whatever way the time is written."""

import re
from datetime import UTC, datetime
from functools import lru_cache

_EPOCH = re.compile(r"\d{9,19}(\.\d+)?")
_FRACTION = re.compile(r"(\.\d{6})\d+")
_WORDED = ("%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p", "%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z")


@lru_cache(maxsize=8192)
def seconds(text: str | None) -> float | None:
    """Seconds since 1970 UTC; None where `text` is no time between 1980 and 2100. No zone means UTC."""
    if not text or len(text) > 64:
        return None
    found = _plain(text) if len(text) == 20 and text[19] == "Z" else _other(text.strip())
    return found if found is not None and 315_532_800 <= found < 4_102_444_800 else None


def _plain(text: str) -> float | None:
    """The form AWS writes: 2026-10-03T02:47:11Z."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return _other(text.strip())


def _other(text: str) -> float | None:
    return _epoch(text) or _iso(text) or _worded(text)


def _iso(text: str) -> float | None:
    try:
        return _utc(datetime.fromisoformat(_FRACTION.sub(r"\1", text.replace(" UTC", "Z"))))
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> float | None:
    if not _EPOCH.fullmatch(text):
        return None
    number = float(text)
    while number > 1e11:  # milliseconds, microseconds, nanoseconds
        number /= 1000
    return number


def _worded(text: str) -> float | None:
    for form in _WORDED:
        try:
            return _utc(datetime.strptime(text, form))  # noqa: DTZ007 - _utc gives it a zone
        except (ValueError, OverflowError):
            continue
    return None


def _utc(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
