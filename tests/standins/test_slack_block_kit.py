import pytest

from standins.block_kit import message_flaws, view_flaws
from tests.standins.slack_fixtures import ask, button, modal, plain, section


def confirm(**more) -> dict:
    return {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n"), **more}


def actions(*elements) -> dict:
    return {"type": "actions", "elements": list(elements)}


def context(count: int) -> dict:
    return {"type": "context", "elements": [plain("x")] * count}


def fields(count: int, size: int) -> dict:
    return {"type": "section", "fields": [plain("x" * size)] * count}


FITS = {
    "an ask": ask(),
    "50 blocks": [{"type": "divider"}] * 50,
    "section text of 3000": [section("x" * 3000)],
    "10 fields of 2000": [fields(10, 2000)],
    "header of 150": [{"type": "header", "text": plain("x" * 150)}],
    "label of 75": [actions(button(text=plain("x" * 75)))],
    "value of 2000": [actions(button(value="x" * 2000))],
    "action_id of 255": [actions(button("x" * 255))],
    "block_id of 255": [section("x", block_id="x" * 255)],
    "10 context elements": [context(10)],
    "confirm at its limits": [
        actions(button(confirm=confirm(title=plain("x" * 100), text=plain("x" * 300), deny=plain("x" * 30))))
    ],
}
DOES_NOT_FIT = {
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items"),
    "section text of 3001": ([section("x" * 3001)], "/blocks/0/text/text"),
    "empty section text": ([section("")], "at least 1 characters"),
    "section of nothing": ([{"type": "section"}], "text or fields"),
    "11 fields": ([fields(11, 1)], "no more than 10 items"),
    "field of 2001": ([fields(1, 2001)], "/blocks/0/fields/0/text"),
    "header of 151": ([{"type": "header", "text": plain("x" * 151)}], "no more than 150"),
    "mrkdwn header": (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "unsupported type: mrkdwn",
    ),
    "label of 76": ([actions(button(text=plain("x" * 76)))], "no more than 75"),
    "value of 2001": ([actions(button(value="x" * 2001))], "no more than 2000"),
    "action_id of 256": ([actions(button("x" * 256))], "no more than 255"),
    "block_id of 256": ([section("x", block_id="x" * 256)], "no more than 255"),
    "same action_id twice": ([actions(button()), actions(button())], "action_id 'revoke' is not unique"),
    "same block_id twice": ([section("x", block_id="b")] * 2, "block_id 'b' is not unique"),
    "confirm title of 101": ([actions(button(confirm=confirm(title=plain("x" * 101))))], "no more than 100"),
    "confirm text of 301": ([actions(button(confirm=confirm(text=plain("x" * 301))))], "no more than 300"),
    "confirm button of 31": ([actions(button(confirm=confirm(confirm=plain("x" * 31))))], "no more than 30"),
    "deny button of 31": ([actions(button(confirm=confirm(deny=plain("x" * 31))))], "no more than 30"),
    "11 context elements": ([context(11)], "no more than 10 items"),
    "26 buttons": ([actions(*[button(f"b{n}") for n in range(26)])], "no more than 25 items"),
    "unknown style": ([actions(button(style="warning"))], "one of primary, danger"),
    "unknown block": ([{"type": "html"}], "unsupported type: html"),
    "unknown element": ([actions({"type": "script", "action_id": "x"})], "unsupported type: script"),
    "unknown key": ([section("x", colour="red")], "/blocks/0/colour"),
    "a type that is no string": ([{"type": ["section"]}], "unsupported type"),
    "javascript address": ([actions(button(url="javascript:alert(1)"))], "http or https"),
    "input in a message": (modal()["blocks"], "unsupported type: input"),
    "no list": ("blocks", "must be a list"),
}


@pytest.mark.parametrize("blocks", FITS.values(), ids=FITS.keys())
def test_slack_takes(blocks):
    assert message_flaws(blocks) == []


@pytest.mark.parametrize(("blocks", "why"), DOES_NOT_FIT.values(), ids=DOES_NOT_FIT.keys())
def test_slack_refuses(blocks, why):
    assert any(why in flaw for flaw in message_flaws(blocks))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"title": plain("x" * 25)}, "no more than 24"),
        ({"submit": plain("x" * 25)}, "no more than 24"),
        ({"close": plain("x" * 25)}, "no more than 24"),
        ({"private_metadata": "x" * 3001}, "no more than 3000"),
        ({"callback_id": "x" * 256}, "no more than 255"),
        ({"blocks": []}, "not empty"),
        ({"type": "dialog"}, "unsupported type"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_slack_refuses_a_modal_with(change, why):
    assert view_flaws(modal()) == []
    assert any(why in flaw for flaw in view_flaws({**modal(), **change}))


def test_a_modal_with_inputs_needs_a_submit_button():
    view = modal()
    del view["submit"]
    assert any("submit" in flaw for flaw in view_flaws(view))
