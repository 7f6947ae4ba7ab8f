"""The one seam where the exceptions of Slack's clients become hopstop's errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import (
    BotUserAccessError,
    SlackApiError,
    SlackClientError,
    SlackClientNotConnectedError,
    SlackObjectFormationError,
    SlackRequestError,
)

from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable
from model.text import code

_INSTALL = "install the app again and set SLACK_BOT_TOKEN"
_CHANNEL = "set HOPSTOP_SLACK_CHANNEL to the id of a channel that hopstop is in"

_FIXES = {
    "account_inactive": _INSTALL,
    "invalid_auth": _INSTALL,
    "not_authed": _INSTALL,
    "token_expired": _INSTALL,
    "token_revoked": _INSTALL,
    "not_allowed_token_type": "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-",
    "missing_scope": "give the app the scopes of its manifest and install it again",
    "no_permission": "give the app the scopes of its manifest and install it again",
    "channel_not_found": _CHANNEL,
    "not_in_channel": "invite hopstop to the channel",
    "is_archived": "unarchive the channel, or set HOPSTOP_SLACK_CHANNEL to another",
    "restricted_action": "let the app post in the channel",
    "user_not_in_channel": "that person is not in the channel",
    "no_such_subteam": "correct approvals.groups in hopstop.toml",
    "user_not_found": "correct the Slack user id in hopstop.toml",
    "message_not_found": "somebody deleted the message",
    "thread_not_found": "somebody deleted the message",
    "expired_trigger_id": "click again",
    "exchanged_trigger_id": "click again",
    "ratelimited": "Slack is busy",
    "rate_limited": "Slack is busy",
}
_BUSY = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "external_channel_migrating",
    "team_added_to_org",
    "deprecated_endpoint_timeout",
}
_BADLY_SAID = {
    "no_text",
    "json_not_object",
    "metadata_too_large",
    "metadata_must_be_sent_from_app",
    "missing_post_type",
    "too_many_attachments",
    "too_many_contact_cards",
    "unknown_method",
    "markdown_text_conflict",
    "block_mismatch",
    "attachment_payload_limit_exceeded",
    "view_too_large",
    "duplicate_external_id",
}
# `invalid_auth` and its kin are about us, not about what was sent.
_NOT_BADLY_SAID = {"invalid_auth", "invalid_app_id"}

SDK_ERRORS = (SlackClientError, ClientError, HTTPException, OSError)


@contextmanager
def slack_errors(doing: str) -> Iterator[None]:
    """Turn whatever a client of Slack raises into Refused, NotFound, Malformed or Unavailable."""
    try:
        yield
    except SDK_ERRORS as error:
        raise as_ours(error, doing) from None


def as_ours(error: Exception, doing: str) -> HopstopError:
    """One exception of the SDK as one of ours; the text is one line that holds no token."""
    if isinstance(error, SlackApiError):
        return _answered(error, doing)
    if isinstance(error, SlackObjectFormationError | SlackRequestError):
        return Malformed(f"the request to {doing} was not one for Slack: {type(error).__name__}")
    if isinstance(error, SlackClientNotConnectedError):
        return Unavailable(f"Slack's socket is down, it could not {doing}")
    if isinstance(error, BotUserAccessError):
        return Refused(f"Slack did not {doing}: {_INSTALL}")
    if isinstance(error, SlackClientError):
        return Refused(f"Slack did not {doing}: {type(error).__name__}")
    return Unavailable(f"Slack cannot be reached to {doing}: {type(error).__name__}")


def kind_of(error_code: str, http_status: int) -> type[Malformed | Refused | Unavailable]:
    """What an error code of Slack means to us; the unknown is a refusal, or an outage from HTTP 500 up."""
    if error_code in _BUSY or http_status == 429 or http_status >= 500:
        return Unavailable
    absent = error_code.endswith("not_found") or error_code.startswith("no_such_")
    if absent and error_code != "channel_not_found":
        return NotFound
    invalid = error_code.startswith(("invalid_", "msg_")) and error_code not in _NOT_BADLY_SAID
    return Malformed if invalid or error_code in _BADLY_SAID else Refused


def _answered(error: SlackApiError, doing: str) -> HopstopError:
    answer = error.response
    error_code = _error_code(answer)
    status = getattr(answer, "status_code", 200)
    kind = kind_of(error_code, status if isinstance(status, int) else 200)
    fix = f": {_FIXES[error_code]}" if error_code in _FIXES else ""
    line = f"Slack did not {doing}: {code(error_code)}{fix}"
    if kind is Unavailable:
        return Unavailable(line, _retry_after(getattr(answer, "headers", None)))
    return kind(line)


def _error_code(answer: Any) -> str:
    data = getattr(answer, "data", answer)
    found = data.get("error") if isinstance(data, Mapping) else None
    return found if isinstance(found, str) else "unreadable answer"


def _retry_after(headers: Any) -> float | None:
    if not isinstance(headers, Mapping):
        return None
    for name, value in headers.items():
        if str(name).lower() == "retry-after":
            first = value[0] if isinstance(value, list) and value else value
            return float(first) if str(first).isdigit() else None
    return None
