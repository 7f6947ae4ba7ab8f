"""Every card is a message that Slack takes."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.slack_blocks import Target, is_link, reason_view, render, words
from integrations.slack_markup import units
from model.approval import Verb
from model.card import Button, Card
from standins.block_kit import MESSAGE_CHARACTERS, characters, elements_of, message_flaws, view_flaws
from tests.integrations.slack_world import CASE, CONTRACTS, card
from tests.integrations.test_slack_markup import strange

pairs = st.lists(st.tuples(strange, strange), max_size=14).map(tuple)
buttons = st.lists(
    st.builds(Button, verb=st.sampled_from(Verb), label=strange, danger=st.booleans(), confirm=strange), max_size=8
).map(tuple)
cards = st.builds(
    Card,
    case=strange,
    run=strange,
    version=st.integers(0, 10**9),
    plan=st.none() | strange,
    state=strange,
    lock_line=strange,
    title=strange,
    question=strange,
    evidence=strange,
    facts=pairs,
    effect=st.lists(strange, max_size=40).map(tuple),
    buttons=buttons,
    deadline=st.none() | st.integers(0, 2**32).map(lambda stamp: datetime.fromtimestamp(stamp, UTC)),
    silence=strange,
    notes=st.lists(strange, max_size=20).map(tuple),
    links=pairs,
)


@cache
def schema() -> Any:
    """Slack's own description of blocks, where it is."""
    found = list((CONTRACTS / "slack").glob("blockkit-*.schema.json"))
    if not found:
        return None
    import jsonschema

    return jsonschema.Draft7Validator(json.loads(found[0].read_text()))


def assert_taken(blocks: list[dict[str, Any]]) -> None:
    assert message_flaws(blocks) == []
    assert characters(blocks) <= MESSAGE_CHARACTERS
    judge = schema()
    assert judge is None or list(judge.iter_errors(blocks)) == []


def test_slacks_own_description_is_the_judge() -> None:
    if schema() is None:
        pytest.skip("Slack's Block Kit schema is not at HOPSTOP_SHARED")
    assert list(schema().iter_errors([{"type": "header"}]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cards)
def test_any_card_is_within_every_limit(given_card: Card) -> None:
    message = render(given_card)
    assert 0 < units(message.text) <= 150
    assert_taken(message.blocks)


def test_the_widest_card_is_within_every_limit() -> None:
    wide = "<😀&" * 2000
    full = card(
        case=CASE,
        lock_line=wide,
        title=wide,
        state=wide,
        question=wide,
        evidence=wide,
        facts=((wide, wide),) * 20,
        effect=(wide,) * 50,
        buttons=tuple(Button(verb=verb, label=wide, danger=True, confirm=wide) for verb in Verb),
        silence=wide,
        notes=(wide,) * 50,
        links=((wide, "https://example.com/" + "a" * 1900),) * 20,
    )
    message = render(full)
    assert_taken(message.blocks)
    assert len([e for block in message.blocks for e in elements_of(block)]) == len(Verb) + 5


@given(strange)
def test_any_reply_is_within_every_limit(text: str) -> None:
    message = words(text)
    assert 0 < units(message.text) <= 150
    assert_taken(message.blocks)


def test_a_card_reads_from_top_to_bottom() -> None:
    message = render(card())
    assert message.text == "Revoke sessions of 2 roles? ana hopped 3 accounts at night. Until 03:02 UTC"
    shown = [block.get("text", {}).get("text") or block["type"] for block in message.blocks]
    assert shown == [
        "ana hopped through 3 accounts",
        "*Waiting for a decision*\nRevoke the sessions of 2 roles that `ana` reached?",
        "`ana` assumed `deploy` in `222222222222` at 02:47, 4 hours outside any hour it has kept.",
        "section",
        "*If you approve*\n• revoke every session of role `deploy` in `222222222222` made before the cut",
        "actions",
        (
            "*Decide by* <!date^1790996520^{date_short_pretty} at {time}|2026-10-03 03:02 UTC>\n"
            "If nobody answers, PagerDuty is paged."
        ),
        "• Deploys: none in the window",
        "context",
    ]
    assert message.blocks[3]["fields"][0]["text"] == "*Origin*\n`ana` in `111111111111`"
    assert message.blocks[-1]["elements"][0]["text"] == f"`{CASE}` · plan `0123456789ab` · version 3"


def test_buttons_carry_ids_only() -> None:
    approve, deny, page, link = elements_of(render(card()).blocks[5])
    ids = {"case": CASE, "run": card().run, "card": 3, "plan": "0123456789ab"}
    for button, verb in ((approve, "approve"), (deny, "deny"), (page, "page")):
        assert button["action_id"] == f"case:{verb}"
        assert json.loads(button["value"]) == ids
    assert approve["style"] == "danger"
    assert approve["confirm"]["text"]["text"] == "Revoke sessions of 2 roles?"
    assert "confirm" not in deny
    assert link["url"].startswith("http://127.0.0.1:8233/")


def test_a_card_without_a_question_has_no_buttons() -> None:
    bare = card(buttons=(), links=(), deadline=None, effect=(), facts=(), notes=(), silence="")
    assert [block["type"] for block in render(bare).blocks] == ["header", "section", "section", "context"]


def test_ids_that_do_not_fit_are_never_shortened() -> None:
    assert all("value" not in e for b in render(card(run="x" * 3000)).blocks for e in elements_of(b))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "slack://x",
        "",
        "http://",
        "https://a b",
        "https://a|b",
        "https://[",
        "//x",
        "https://x/\u202e",
        "https://x/" + "a" * 3000,
    ],
)
def test_only_plain_web_addresses_are_links(url: str) -> None:
    assert not is_link(url)
    assert all("url" not in e for b in render(card(links=(("x", url),))).blocks for e in elements_of(b))


def test_the_modal_is_one_that_slack_takes_and_carries_the_ids() -> None:
    target = Target(case=CASE, run="r", card=3, plan=None)
    view = reason_view(target, "C0SEC")
    assert view_flaws(view) == []
    assert json.loads(view["private_metadata"]) == {**target.model_dump(), "channel": "C0SEC"}


def test_the_end_of_an_effect_that_names_whom_it_hits_is_shown() -> None:
    effect = (
        "Revoke this chain's sessions of role `ci-build`. " + "x " * 120 + "others (`ci-runner`) can sign in again."
    )
    assert "others (`ci-runner`) can sign in again." in str(render(card(effect=(effect,))).blocks)
