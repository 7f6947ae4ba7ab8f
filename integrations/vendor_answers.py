"""What an answer of PagerDuty or Jira means to us, in one line that holds no address, header or secret."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from requests import exceptions as http

from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable
from model.text import code

_MISADDRESSED = (
    http.InvalidURL,
    http.MissingSchema,
    http.InvalidSchema,
    http.InvalidHeader,
    http.InvalidProxyURL,
    http.URLRequired,
)
_BAD_REQUESTS = {400, 411, 413, 414, 415, 422}
_LATER = {408, 409, 423, 425, 429}
_LONGEST_WAIT_S = 3600.0


class AnswerLost(Unavailable):
    """No answer, or one that does not say whether the work was done."""


def refused_by(vendor: str, doing: str, status: int, why: str, wait_s: float | None) -> HopstopError:
    """An HTTP status from 300 up as one of our errors; `wait_s` is its Retry-After."""
    said = f"{vendor} did not {doing}: HTTP {status}" + (f" {code(why, 240)}" if why else "")
    if status >= 500:
        return AnswerLost(said, wait_s)
    if status in _LATER:
        return Unavailable(said, wait_s)
    if status == 404:
        return NotFound(said)
    return Malformed(said) if status in _BAD_REQUESTS else Refused(said)


def unreachable_or_unreadable(vendor: str, doing: str, error: BaseException) -> HopstopError:
    """A request that came to no usable answer. The error's own text is left out: it may hold the request."""
    kind = type(error).__name__
    if isinstance(error, _MISADDRESSED):
        return Malformed(f"the address set for {vendor} is no web address ({kind})")
    if isinstance(error, http.TooManyRedirects):
        return Refused(f"{vendor} did not {doing}: it redirects in circles")
    if isinstance(error, http.ConnectTimeout):
        return Unavailable(f"{vendor} cannot be reached to {doing}: {kind}")
    if isinstance(error, http.ConnectionError | http.Timeout):
        return AnswerLost(f"{vendor} gave no answer when asked to {doing}: {kind}")
    return AnswerLost(f"{vendor} gave an answer that cannot be read when asked to {doing}: {kind}")


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait by Retry-After (a number or a date) or PagerDuty's ratelimit-reset; at most an hour."""
    given = headers.get("Retry-After") or headers.get("ratelimit-reset")
    if not given:
        return None
    if given.strip().isdecimal():
        return min(float(given), _LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    when = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((when - (now or datetime.now(UTC))).total_seconds(), 0.0), _LONGEST_WAIT_S)


def without_secrets(text: str, *secrets: str) -> str:
    """`text` with every secret replaced."""
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return text
