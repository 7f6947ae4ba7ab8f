"""Every call that a case makes of Slack, PagerDuty and Jira, against every trouble that a vendor can be in.

What is asserted of each cell: the error says whether trying again can help and when, the text is one line without a
secret, and once the trouble is over the same call does its work, and has done it once.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from activities.ports import TicketRef
from integrations.jira import JiraTickets
from integrations.pagerduty import PagerDutyDirectory, PagerDutyPager
from integrations.slack import SlackConversation
from model.card import Posted
from model.errors import HopstopError, Refused, Unavailable
from model.settings import Approvals
from standins.jira import JiraStandIn
from standins.pagerduty import PagerDutyStandIn
from standins.slack import BOT_TOKEN, SlackStandIn
from tests.integrations.slack_world import CHANNEL, OLAF, RIA, card, in_a_thread, stand_in
from tests.standins.vendor_fixtures import NOON, jira_standin, off_loop, pagerduty

LABEL = "hopstop-ana-111111111111-0123abcd-run12345"


class Trouble(NamedTuple):
    """What is ordered of the stand-in, and what comes of it."""

    order: dict[str, Any]
    kind: type[HopstopError]
    wait_s: float | None = None


# Slack

SLACK_TROUBLES = {
    "429 with Retry-After": Trouble({"status": 429, "retry_after": 7}, Unavailable, 7),
    "500": Trouble({"status": 500}, Unavailable),
    "503": Trouble({"status": 503}, Unavailable),
    "answer lost": Trouble({"after_effect": True}, Unavailable),
    "channel archived": Trouble({"status": 200, "error": "is_archived"}, Refused),
    "token revoked": Trouble({"status": 200, "error": "token_revoked"}, Refused),
    "channel gone": Trouble({"status": 200, "error": "channel_not_found"}, Refused),
    "Slack's own error": Trouble({"status": 200, "error": "internal_error"}, Unavailable),
}
POSTED = Posted(channel=CHANNEL.id, ts="")
SLACK_CALLS: dict[str, tuple[str, Callable[[SlackConversation, Posted], object]]] = {
    "post": ("chat.postMessage", lambda talk, _: talk.post(card(run="another"))),
    "look for the post": ("conversations.history", lambda talk, _: talk.post(card(run="another"))),
    "update": ("chat.update", lambda talk, posted: talk.update(posted, card(state="Contained"))),
    "reply": ("chat.postMessage", lambda talk, posted: talk.reply(posted, "known", "what is known")),
    "look for the reply": ("conversations.replies", lambda talk, posted: talk.reply(posted, "known", "what is known")),
    "ask a person": ("conversations.open", lambda talk, _: talk.ask(OLAF.id, card())),
    "find a person": ("users.lookupByEmail", lambda talk, _: talk.ask(OLAF.email, card())),
    "whisper": ("chat.postEphemeral", lambda talk, _: talk.whisper(CHANNEL.id, RIA.id, "recorded")),
    "expand a group": ("usergroups.users.list", lambda talk, _: talk.approvers(Approvals(groups=("S0RESP",)))),
}


def assert_told(error: HopstopError, trouble: Trouble, *secrets: str) -> None:
    said = str(error)
    assert said.isprintable()
    assert not any(secret in said for secret in secrets)
    if isinstance(error, Unavailable):
        assert error.retry_after_s == trouble.wait_s


@pytest.mark.parametrize("named", SLACK_TROUBLES)
@pytest.mark.parametrize("call", SLACK_CALLS)
def test_slack_in_every_trouble(call: str, named: str) -> None:
    trouble, (method, act) = SLACK_TROUBLES[named], SLACK_CALLS[call]
    server: SlackStandIn = stand_in()
    with in_a_thread(server):
        talk = SlackConversation(BOT_TOKEN, CHANNEL.id, server.api_url, timeout_s=5)
        posted = talk.post(card())
        server.fail(method, **trouble.order)
        with pytest.raises(trouble.kind) as raised:
            act(talk, posted)
        assert_told(raised.value, trouble, BOT_TOKEN)
        act(talk, posted)
        assert len(server.messages(CHANNEL.id)) == (2 if method == "conversations.history" or call == "post" else 1)
        assert len(server.thread(CHANNEL.id, posted.ts)) == ("reply" in call)
        assert server.violations == []


# Jira

JIRA_TROUBLES = {
    "429 with Retry-After": Trouble({"status": 429, "retry_after": "7"}, Unavailable, 7),
    "500": Trouble({"status": 500}, Unavailable),
    "503 with Retry-After": Trouble({"status": 503, "retry_after": "3"}, Unavailable, 3),
    "connection cut": Trouble({"status": 0}, Unavailable),
    "no answer in time": Trouble({"hang_s": 30}, Unavailable),
    "done, answer lost": Trouble({"status": 0, "after_effect": True}, Unavailable),
    "token revoked": Trouble({"status": 401}, Refused),
    "forbidden": Trouble({"status": 403}, Refused),
}
JIRA_CALLS: dict[str, tuple[str, Callable[[JiraTickets, TicketRef], object]]] = {
    "search": ("search", lambda jira, _: jira.open(LABEL, "s", "d")),
    "update": ("edit", lambda jira, ref: jira.update(ref.key, "contained")),
    "comment": ("comment", lambda jira, ref: jira.comment(ref.key, "mark-1", "lifted")),
    "resolve": ("transition", lambda jira, ref: jira.resolve(ref.key, "over")),
    "link": ("remote_link", lambda jira, ref: jira.link(ref.key, LABEL, "The case", "http://127.0.0.1/x")),
}


@pytest.mark.parametrize("api", ["3", "2"])
@pytest.mark.parametrize("named", JIRA_TROUBLES)
@pytest.mark.parametrize("call", JIRA_CALLS)
async def test_jira_in_every_trouble(call: str, named: str, api: Any) -> None:
    trouble, (route, act) = JIRA_TROUBLES[named], JIRA_CALLS[call]
    route = "legacy_search" if route == "search" and api == "2" else route
    async with jira_standin(search_lag_s=0) as standin:
        jira = _jira(standin, api)
        ref = await off_loop(jira.open, LABEL, "s", "d")
        standin.fail(route, **trouble.order)
        with pytest.raises(trouble.kind) as raised:
            await off_loop(act, _jira(standin, api, 1), ref)
        assert_told(raised.value, trouble, standin.token)
        await off_loop(act, jira, ref)
        issue = standin.issue(ref.key)
        assert len(standin.issues) == 1
        assert len(issue.comments) == (call in ("comment", "resolve"))
        assert len(issue.links) == (call == "link")
        assert standin.violations == []


def _jira(standin: JiraStandIn, api: Any, timeout_s: float = 20) -> JiraTickets:
    return JiraTickets(standin.url, standin.user, standin.token, "SEC", api=api, settle_s=0.2, timeout_s=timeout_s)


# PagerDuty

PAGERDUTY_CALLS: dict[str, tuple[str, Callable[[PagerDutyStandIn, float], object]]] = {
    "page": (
        "enqueue",
        lambda standin, s: _pager(standin, s).page("case:1:run", "wake", "critical", {"case": "1"}, ""),
    ),
    "resolve": ("enqueue", lambda standin, s: _pager(standin, s).resolve("case:1:run")),
    "on call": ("oncalls", lambda standin, s: _directory(standin, s).on_call()),
    "changes": ("change_events", lambda standin, s: _directory(standin, s).changes(NOON - timedelta(hours=2), NOON)),
}


def _pager(standin: PagerDutyStandIn, timeout_s: float) -> PagerDutyPager:
    return PagerDutyPager(standin.routing_key, standin.events_url, timeout_s=timeout_s)


def _directory(standin: PagerDutyStandIn, timeout_s: float) -> PagerDutyDirectory:
    return PagerDutyDirectory(standin.token, standin.api_url, timeout_s=timeout_s)


@pytest.mark.parametrize("named", JIRA_TROUBLES)
@pytest.mark.parametrize("call", PAGERDUTY_CALLS)
async def test_pagerduty_in_every_trouble(call: str, named: str) -> None:
    trouble, (route, act) = JIRA_TROUBLES[named], PAGERDUTY_CALLS[call]
    async with pagerduty() as standin:
        standin.fail(route, **trouble.order)
        with pytest.raises(trouble.kind) as raised:
            await off_loop(act, standin, 1)
        assert_told(raised.value, trouble, standin.token, standin.routing_key)
        await off_loop(act, standin, 20)
        assert len(standin.incidents) == (call == "page")
        assert standin.violations == []
