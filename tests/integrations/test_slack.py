"""The conversation, against a Slack that answers as Slack does."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from integrations.slack import SlackConversation, card_key
from model.approval import Approvers
from model.card import Posted
from model.errors import HopstopError, NotFound, Refused, Unavailable
from model.settings import Approvals
from standins.slack import BOT_TOKEN, SlackStandIn
from tests.integrations.slack_world import OLAF, RIA, card, in_a_thread, put, stand_in
from tests.servers import free_port

CHANNEL = "C0SEC"
IMAGE = b"\x89PNG\r\n\x1a\n" + b"x" * 500


class Bench(NamedTuple):
    server: SlackStandIn
    talk: SlackConversation
    run: Any


@pytest.fixture
def bench() -> Iterator[Bench]:
    server = stand_in()
    with in_a_thread(server) as run:
        yield Bench(server, SlackConversation(BOT_TOKEN, CHANNEL, server.api_url, timeout_s=5), run)
    assert server.violations == []


def test_a_case_is_posted_once_with_its_key_and_link(bench: Bench) -> None:
    posted = bench.talk.post(card())
    assert bench.talk.post(card()) == posted
    (message,) = bench.server.messages(CHANNEL)
    assert (posted.channel, posted.ts) == (CHANNEL, message.ts)
    assert posted.link.startswith("http")
    assert message.metadata == {"event_type": "hopstop_case", "event_payload": {"key": card_key(card())}}
    assert message.text == card().lock_line


def test_a_lost_answer_never_doubles_the_message(bench: Bench) -> None:
    bench.server.fail("chat.postMessage", after_effect=True)
    with pytest.raises(Unavailable):
        bench.talk.post(card())
    posted = bench.talk.post(card())
    assert [message.ts for message in bench.server.messages(CHANNEL)] == [posted.ts]


def test_another_run_of_the_case_is_another_message(bench: Bench) -> None:
    assert bench.talk.post(card()).ts != bench.talk.post(card(run="another")).ts


def test_a_message_is_found_behind_many_others(bench: Bench) -> None:
    posted = bench.talk.post(card())
    for n in range(250):
        put(bench.server, f"chatter {n}")
    assert bench.talk.post(card()).ts == posted.ts


def test_an_update_shows_the_new_state_in_place(bench: Bench) -> None:
    posted = bench.talk.post(card())
    bench.talk.update(posted, card(state="Contained", buttons=(), version=4))
    (message,) = bench.server.messages(CHANNEL)
    assert message.ts == posted.ts
    assert "*Contained*" in str(message.blocks)
    assert "case:approve" not in str(message.blocks)
    assert bench.talk.post(card()).ts == posted.ts


def test_a_reply_is_made_once_per_key(bench: Bench) -> None:
    posted = bench.talk.post(card())
    bench.server.fail("chat.postMessage", after_effect=True)
    with pytest.raises(Unavailable):
        bench.talk.reply(posted, "enrichment", "on call: `Ria`\ndeploys: none")
    bench.talk.reply(posted, "enrichment", "on call: `Ria`\ndeploys: none")
    bench.talk.reply(posted, "reminder", "half of the time is over <!channel>")
    first, second = bench.server.thread(CHANNEL, posted.ts)
    assert first.blocks[0]["text"]["text"] == "on call: `Ria`\ndeploys: none"
    assert second.blocks[0]["text"]["text"] == "half of the time is over &lt;!channel&gt;"


def pictures(bench: Bench, posted: Posted) -> list[Any]:
    return [file for message in bench.server.thread(CHANNEL, posted.ts) for file in message.files]


def test_a_picture_is_shown_once_per_key_in_the_thread(bench: Bench) -> None:
    posted = bench.talk.post(card())
    bench.server.fail("files.completeUploadExternal", after_effect=True)
    with pytest.raises(Unavailable):
        bench.talk.picture(posted, "chain-3", "`ana` to deploy <!channel>" + "x" * 2000, IMAGE)
    bench.talk.picture(posted, "chain-3", "again", IMAGE)
    (shown,) = pictures(bench, posted)
    assert shown["name"] == "hopstop-chain-3.png"
    assert shown["alt_txt"].startswith("`ana` to deploy")
    bench.talk.picture(posted, "chain-4", "grown", IMAGE)
    assert len(pictures(bench, posted)) == 2
    assert len(bench.server.messages(CHANNEL)) == 1


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_at_any_step_of_a_picture_is_one_of_our_errors(bench: Bench, step: str, status: int) -> None:
    posted = bench.talk.post(card())
    bench.server.fail(step, status=status)
    with pytest.raises(Unavailable):
        bench.talk.picture(posted, "chain-3", "words", IMAGE)
    bench.talk.picture(posted, "chain-3", "words", IMAGE)
    assert len(pictures(bench, posted)) == 1


def test_an_app_without_the_scope_for_pictures_is_told_the_fix(bench: Bench) -> None:
    posted = bench.talk.post(card())
    bench.server.fail("files.getUploadURLExternal", status=200, error="missing_scope")
    with pytest.raises(Refused, match="give the app the scopes of its manifest"):
        bench.talk.picture(posted, "chain-3", "words", IMAGE)


def test_one_person_is_asked_once_by_direct_message(bench: Bench) -> None:
    bench.server.fail("chat.postMessage", after_effect=True)
    with pytest.raises(Unavailable):
        bench.talk.ask(OLAF.id, card())
    posted = bench.talk.ask(OLAF.id, card())
    assert posted == bench.talk.ask(OLAF.email, card())
    (message,) = bench.server.messages(posted.channel)
    assert posted.channel.startswith("D")
    assert message.ts == posted.ts
    assert bench.server.messages(CHANNEL) == []
    bench.talk.update(posted, card(state="Thank you", buttons=()))
    assert "Thank you" in str(bench.server.messages(posted.channel)[0].blocks)


def test_a_whisper_is_seen_by_one(bench: Bench) -> None:
    bench.talk.whisper(CHANNEL, RIA.id, "too late: `deploy` was decided")
    (seen,) = bench.server.ephemerals(RIA.id)
    assert seen.blocks[0]["text"]["text"] == "too late: `deploy` was decided"
    assert bench.server.ephemerals(OLAF.id) == []


@pytest.mark.parametrize(
    ("approvals", "found"),
    [
        (Approvals(), Approvers(team="T0LOCAL01")),
        (
            Approvals(users=(RIA.id,), groups=("S0RESP",)),
            Approvers(
                users=(RIA.id, OLAF.id),
                team="T0LOCAL01",
                said="`Ria Responder`, `Olaf ‹!channel›`",
                names=("`Ria Responder`", "`Olaf ‹!channel›`"),
            ),
        ),
        (
            Approvals(users=("U0GONE",), team="T9"),
            Approvers(users=("U0GONE",), team="T9", said="`U0GONE`", names=("`U0GONE`",)),
        ),
        (
            Approvals(users=("U1", "U2", "U3", "U4", "U5", "U6"), team="T9"),
            Approvers(
                users=("U1", "U2", "U3", "U4", "U5", "U6"),
                team="T9",
                said="`U1`, `U2`, `U3`, `U4` and 2 others",
                names=("`U1`", "`U2`", "`U3`", "`U4`"),
            ),
        ),
    ],
)
def test_who_may_decide_is_looked_up(bench: Bench, approvals: Approvals, found: Approvers) -> None:
    assert bench.talk.approvers(approvals) == found


def test_a_group_that_is_not_there_is_said(bench: Bench) -> None:
    with pytest.raises(NotFound, match=r"approvals\.groups"):
        bench.talk.approvers(Approvals(groups=("S0GONE",)))


def test_slack_says_when_to_come_back(bench: Bench) -> None:
    bench.server.fail("chat.update", status=429, retry_after=30)
    with pytest.raises(Unavailable) as busy:
        bench.talk.update(Posted(channel=CHANNEL, ts="1.1"), card())
    assert busy.value.retry_after_s == 30


def test_a_post_does_not_depend_on_its_link(bench: Bench) -> None:
    bench.server.fail("chat.getPermalink")
    assert bench.talk.post(card()).link == ""


def test_a_wrong_channel_or_token_is_refused_without_the_token() -> None:
    server = stand_in()
    with in_a_thread(server):
        with pytest.raises(Refused, match="HOPSTOP_SLACK_CHANNEL"):
            SlackConversation(BOT_TOKEN, "C0GONE", server.api_url).post(card())
        with pytest.raises(Refused, match="SLACK_BOT_TOKEN") as refused:
            SlackConversation("xoxb-wrong", CHANNEL, server.api_url).post(card())
    assert "xoxb" not in str(refused.value)


def test_a_slack_that_is_down_is_unavailable() -> None:
    talk = SlackConversation(BOT_TOKEN, CHANNEL, f"http://127.0.0.1:{free_port()}/api", timeout_s=2)
    for act in (
        lambda: talk.post(card()),
        lambda: talk.update(Posted(channel=CHANNEL, ts="1.1"), card()),
        lambda: talk.reply(Posted(channel=CHANNEL, ts="1.1"), "k", "text"),
        lambda: talk.whisper(CHANNEL, RIA.id, "text"),
        lambda: talk.approvers(Approvals()),
    ):
        with pytest.raises(Unavailable) as down:
            act()
        assert isinstance(down.value, HopstopError)
        assert BOT_TOKEN not in str(down.value)
