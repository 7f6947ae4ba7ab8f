"""Block Kit's rules: which blocks Slack takes, with every limit, as a table of small checks."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
Rule = Callable[[Any, str], Iterator[str]]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# Slack publishes no figure for msg_blocks_too_long; this is where posts are seen to fail.
MESSAGE_CHARACTERS = 13_200


def message_flaws(blocks: Any) -> list[str]:
    """What Slack would not take in a message's blocks: one line each, with a JSON pointer; [] when fine."""
    return list(_surface(blocks, "/blocks", MESSAGE_BLOCKS, MESSAGE_BLOCK)) or _repeated(blocks)


def view_flaws(view: Any) -> list[str]:
    """What Slack would not take in a modal: one line each, with a JSON pointer; [] when fine."""
    flaws = list(MODAL(view, "/view"))
    if flaws:
        return flaws
    needs_submit = any(block["type"] == "input" for block in view["blocks"])
    missing = ["a view with input blocks must have submit [json-pointer:/view]"]
    return missing if needs_submit and "submit" not in view else _repeated(view["blocks"])


def characters(blocks: list[Json]) -> int:
    """How many characters of text the blocks hold."""
    return sum(len(text) for text in _texts(blocks))


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of one block, in the order shown."""
    candidates = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return [item for item in candidates if isinstance(item, dict) and "action_id" in item]


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            yield from _texts(value)


def _repeated(blocks: list[Json]) -> list[str]:
    block_ids = [block["block_id"] for block in blocks if "block_id" in block]
    action_ids = [element["action_id"] for block in blocks for element in elements_of(block)]
    return [
        f"{name} {value!r} is not unique [json-pointer:/blocks]"
        for name, values in (("block_id", block_ids), ("action_id", action_ids))
        for value, count in Counter(values).items()
        if count > 1
    ]


def _surface(blocks: Any, at: str, most: int, block: Rule) -> Iterator[str]:
    yield from _items(block, most)(blocks, at)


def _flaw(message: str, at: str) -> Iterator[str]:
    yield f"{message} [json-pointer:{at}]"


def _string(most: int, least: int = 1) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield from _flaw("must be a string", at)
        elif len(value) < least:
            yield from _flaw(f"must be at least {least} characters", at)
        elif len(value) > most:
            yield from _flaw(f"must be no more than {most} characters", at)

    return check


def _one_of(*allowed: str) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield from _flaw(f"must be one of {', '.join(allowed)}", at)

    return check


def _boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield from _flaw("must be a boolean", at)


def _whole(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 3000:
        yield from _flaw("must be a whole number from 0 to 3000", at)


def _url(value: Any, at: str) -> Iterator[str]:
    yield from _string(3000)(value, at)
    if isinstance(value, str) and not value.startswith(("https://", "http://")):
        yield from _flaw("must be an http or https address", at)


def _items(rule: Rule, most: int) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield from _flaw("must be a list that is not empty", at)
            return
        if len(value) > most:
            yield from _flaw(f"no more than {most} items allowed", at)
        for position, item in enumerate(value):
            yield from rule(item, f"{at}/{position}")

    return check


def _shape(needed: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    known = {"type": _string(50), **needed, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield from _flaw("must be an object", at)
            return
        for key in needed.keys() - value.keys():
            yield from _flaw(f"missing required field: {key}", at)
        for key, inner in value.items():
            yield from (known[key](inner, f"{at}/{key}") if key in known else _flaw("unknown key", f"{at}/{key}"))

    return check


def _by_type(rules: dict[str, Rule]) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in rules:
            yield from _flaw(f"unsupported type: {kind}", at)
            return
        yield from rules[kind](value, at)

    return check


def _plain(most: int) -> Rule:
    return _by_type({"plain_text": _shape({"text": _string(most)}, {"emoji": _boolean})})


def _rich(most: int) -> Rule:
    return _by_type(
        {
            "plain_text": _shape({"text": _string(most)}, {"emoji": _boolean}),
            "mrkdwn": _shape({"text": _string(most)}, {"verbatim": _boolean}),
        }
    )


ID = _string(255)
CONFIRM = _shape(
    {"title": _plain(100), "text": _rich(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": _one_of("primary", "danger")},
)
BUTTON = _shape(
    {"text": _plain(75), "action_id": ID},
    {
        "value": _string(2000),
        "url": _url,
        "style": _one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": _string(75),
    },
)
OPTION = _shape({"text": _plain(75), "value": _string(150)}, {"description": _plain(75)})
SELECT = _shape(
    {"action_id": ID, "options": _items(OPTION, 100)},
    {"placeholder": _plain(150), "initial_option": OPTION, "confirm": CONFIRM, "focus_on_load": _boolean},
)
INPUT_TEXT = _shape(
    {"action_id": ID},
    {
        "placeholder": _plain(150),
        "initial_value": _string(3000),
        "multiline": _boolean,
        "min_length": _whole,
        "max_length": _whole,
        "focus_on_load": _boolean,
    },
)
PICTURE = _shape({"image_url": _url, "alt_text": _string(2000)})
INTERACTIVE = {"button": BUTTON, "static_select": SELECT}

_SECTION = _shape(
    {},
    {
        "block_id": ID,
        "text": _rich(3000),
        "fields": _items(_rich(2000), 10),
        "accessory": _by_type({**INTERACTIVE, "image": PICTURE}),
        "expand": _boolean,
    },
)


def _section(value: Any, at: str) -> Iterator[str]:
    yield from _SECTION(value, at)
    if not ({"text", "fields"} & value.keys()):
        yield from _flaw("a section must have text or fields", at)


_BLOCKS: dict[str, Rule] = {
    "section": _section,
    "header": _shape({"text": _plain(150)}, {"block_id": ID}),
    "divider": _shape({}, {"block_id": ID}),
    "context": _shape(
        {
            "elements": _items(
                _by_type(
                    {
                        "plain_text": _shape({"text": _string(3000)}, {"emoji": _boolean}),
                        "mrkdwn": _shape({"text": _string(3000)}, {"verbatim": _boolean}),
                        "image": PICTURE,
                    }
                ),
                10,
            )
        },
        {"block_id": ID},
    ),
    "actions": _shape({"elements": _items(_by_type(INTERACTIVE), 25)}, {"block_id": ID}),
    "image": _shape(
        {"image_url": _url, "alt_text": _string(2000)},
        {"block_id": ID, "title": _plain(2000)},
    ),
}
_INPUT = _shape(
    {"label": _plain(2000), "element": _by_type({"plain_text_input": INPUT_TEXT, "static_select": SELECT})},
    {"block_id": ID, "hint": _plain(2000), "optional": _boolean, "dispatch_action": _boolean},
)
MESSAGE_BLOCK = _by_type(_BLOCKS)
# Slack also takes input blocks in messages; nothing here posts one, so one in a message is a mistake.
MODAL = _by_type(
    {
        "modal": _shape(
            {"title": _plain(24), "blocks": _items(_by_type({**_BLOCKS, "input": _INPUT}), VIEW_BLOCKS)},
            {
                "submit": _plain(24),
                "close": _plain(24),
                "private_metadata": _string(3000, 0),
                "callback_id": _string(255, 0),
                "external_id": _string(255, 0),
                "clear_on_close": _boolean,
                "notify_on_close": _boolean,
            },
        )
    }
)
