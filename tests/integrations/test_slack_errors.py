"""Every exception of Slack's clients, and every error that Slack describes, is one of ours."""

import inspect
import json
from http.client import RemoteDisconnected
from urllib.error import URLError

import aiohttp
import pytest
from slack_sdk import errors as slack
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from integrations.slack_errors import as_ours, kind_of, slack_errors
from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable
from tests.integrations.slack_world import CONTRACTS

METHODS = (
    "auth.test",
    "chat.postMessage",
    "chat.update",
    "chat.postEphemeral",
    "chat.getPermalink",
    "conversations.history",
    "conversations.replies",
    "usergroups.users.list",
    "users.info",
    "views.open",
    "apps.connections.open",
)
CLASSES = [found for _, found in inspect.getmembers(slack, inspect.isclass) if issubclass(found, Exception)]
TOKEN = "xoxb-1234-not-a-real-one"


def answer(error: str, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    response = SlackResponse(
        client=None,
        http_verb="POST",
        api_url=f"https://slack.com/api/x?token={TOKEN}",
        req_args={"headers": {"Authorization": f"Bearer {TOKEN}"}},
        data={"ok": False, "error": error},
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError(f"The request to Slack failed with {TOKEN}", response)


def test_the_walk_sees_the_sdk() -> None:
    assert len(CLASSES) >= 8


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: found.__name__)
def test_no_exception_class_escapes(found: type[Exception]) -> None:
    error = found.__new__(found)
    if isinstance(error, SlackApiError):
        error.response = {}
    with pytest.raises(HopstopError) as raised, slack_errors("post"):
        raise error
    assert isinstance(raised.value, Malformed | Refused | Unavailable)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "error",
    [
        URLError("refused"),
        TimeoutError(),
        ConnectionResetError(),
        RemoteDisconnected(TOKEN),
        aiohttp.ServerDisconnectedError(TOKEN),
        aiohttp.ClientPayloadError(TOKEN),
    ],
)
def test_a_slack_that_cannot_be_reached_is_unavailable(error: Exception) -> None:
    ours = as_ours(error, "post")
    assert type(ours) is Unavailable
    assert TOKEN not in str(ours)


@pytest.mark.parametrize(
    ("error", "status", "ours"),
    [
        ("ratelimited", 429, Unavailable),
        ("ratelimited", 200, Unavailable),
        ("internal_error", 500, Unavailable),
        ("fatal_error", 200, Unavailable),
        ("anything", 503, Unavailable),
        ("message_not_found", 200, NotFound),
        ("no_such_subteam", 200, NotFound),
        ("channel_not_found", 200, Refused),
        ("is_archived", 200, Refused),
        ("token_revoked", 200, Refused),
        ("invalid_auth", 200, Refused),
        ("missing_scope", 200, Refused),
        ("invalid_blocks", 200, Malformed),
        ("msg_too_long", 200, Malformed),
        ("msg_blocks_too_long", 200, Malformed),
        ("metadata_too_large", 200, Malformed),
        ("something new", 200, Refused),
    ],
)
def test_an_error_means_what_to_do_next(error: str, status: int, ours: type[HopstopError]) -> None:
    made = as_ours(answer(error, status), "post")
    assert type(made) is ours
    assert TOKEN not in str(made)
    assert "\n" not in str(made)


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("channel_not_found", "HOPSTOP_SLACK_CHANNEL"),
        ("not_in_channel", "invite hopstop"),
        ("is_archived", "unarchive"),
        ("token_revoked", "SLACK_BOT_TOKEN"),
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("not_allowed_token_type", "xapp-"),
        ("missing_scope", "manifest"),
    ],
)
def test_a_refusal_names_the_fix(error: str, fix: str) -> None:
    assert fix in str(as_ours(answer(error), "post"))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry-After": "30"}, 30.0), ({"retry-after": "7"}, 7.0), ({}, None), ({"Retry-After": "soon"}, None)],
)
def test_slack_says_how_long_to_wait(headers: dict[str, str], wait: float | None) -> None:
    made = as_ours(answer("ratelimited", 429, headers), "post")
    assert isinstance(made, Unavailable)
    assert made.retry_after_s == wait


def described() -> list[tuple[str, str]]:
    files = [path for path in (CONTRACTS / "slack" / "methods").glob("*/*.json") if path.stem in METHODS]
    return sorted((path.stem, error) for path in files for error in json.loads(path.read_text())["errors"])


@pytest.mark.skipif(not described(), reason="Slack's descriptions are not at HOPSTOP_SHARED")
def test_every_described_error_means_something() -> None:
    kinds = {error: kind_of(error, 200) for _, error in described()}
    assert len(kinds) > 80
    for error, kind in kinds.items():
        if error.startswith(("invalid_arg", "invalid_block", "invalid_metadata", "msg_")):
            assert kind is Malformed, error
        if error.endswith("_not_found") and error != "channel_not_found":
            assert kind is NotFound, error
        if error.endswith(("_error", "unavailable")) or "ratelimited" in error:
            assert kind is Unavailable, error


def test_other_exceptions_pass() -> None:
    with pytest.raises(KeyError), slack_errors("post"):
        raise KeyError("ours to mend")
