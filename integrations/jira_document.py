"""hopstop's plain text with code spans as an Atlassian document, and back.

A document's text nodes are shown as they are: nothing in them can become a link, a mention or markup.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

# Jira takes 32,767 characters.
_LIMIT = 30_000
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SHORTENED = "… (shortened)"
_SPAN = re.compile(r"`([^`\n]+)`")


def document(text: str) -> dict[str, Any]:
    """Lines become lines, an empty line parts paragraphs, and what stands between backticks becomes code."""
    sound = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _DROPPED).strip()
    shown = sound if len(sound) <= _LIMIT else sound[:_LIMIT] + _SHORTENED
    paragraphs = [part.strip("\n") for part in re.split(r"\n\s*\n", shown)]
    content = [{"type": "paragraph", "content": list(_inline(part))} for part in paragraphs if part]
    return {"type": "doc", "version": 1, "content": content}


def plain(node: Mapping[str, Any]) -> str:
    """A document's text without any markup; a line for each block and hard break."""
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    inner = "".join(plain(child) for child in node.get("content") or ())
    return f"{inner}\n" if kind in ("paragraph", "heading", "codeBlock") else inner


def _inline(paragraph: str) -> Iterable[dict[str, Any]]:
    for place, line in enumerate(paragraph.split("\n")):
        if place:
            yield {"type": "hardBreak"}
        yield from _spans(line)


def _spans(line: str) -> Iterable[dict[str, Any]]:
    """Every second part of the split is what stood between backticks."""
    for place, part in enumerate(_SPAN.split(line)):
        if part:
            marks = {"marks": [{"type": "code"}]} if place % 2 else {}
            yield {"type": "text", "text": part, **marks}
