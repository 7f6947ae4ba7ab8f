"""Atlassian Document Format: what Jira Cloud's v3 takes for a description or comment, and how it looks."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

_BLOCKS = {
    "paragraph": "p",
    "heading": "h3",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "codeBlock": "pre",
    "panel": "div",
    "rule": "hr",
}
_INLINE = {"text", "hardBreak"}
_MARKS = {"code": "code", "strong": "strong", "em": "em", "strike": "s", "underline": "u", "link": "a"}
_TEXT_ONLY = {"paragraph", "heading", "codeBlock"}


def problems(document: object) -> list[str]:
    """What Jira would refuse in a document; empty where nothing is."""
    if not isinstance(document, Mapping):
        return ["Operation value must be an Atlassian Document (see the Atlassian Document Format)"]
    found = [f"a document has no {name!r}" for name in sorted(set(document) - {"type", "version", "content"})]
    if document.get("type") != "doc" or document.get("version") != 1:
        found.append("a document is {type: doc, version: 1, content: [...]}")
    return found + _content_problems("doc", document.get("content"))


def text_document(text: str) -> dict[str, Any]:
    """Plain text as a document: one paragraph a line."""
    lines = [line for line in text.split("\n") if line]
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}


def plain_text(node: Mapping[str, Any]) -> str:
    """A document's text: a line for each block and each hard break."""
    return "\n".join(_lines(node)) if node.get("type") == "doc" else _flat(node)


def html(node: Mapping[str, Any]) -> str:
    """A document that has no problems, as escaped HTML."""
    kind = node["type"]
    if kind == "text":
        return _marked(node)
    if kind == "hardBreak":
        return "<br>"
    inner = "".join(html(child) for child in node.get("content", []))
    if kind == "rule":
        return "<hr>"
    element = _BLOCKS.get(kind, "div")
    return f"<{element}>{inner}</{element}>"


def _content_problems(kind: str, content: object) -> list[str]:
    if not isinstance(content, list):
        return [f"{kind} has no content"]
    return [problem for child in content for problem in _node_problems(kind, child)]


def _node_problems(parent: str, node: object) -> list[str]:
    if not isinstance(node, Mapping):
        return [f"{parent} holds something that is no node"]
    kind = node.get("type")
    if kind not in _BLOCKS and kind not in _INLINE:
        return [f"{parent} holds {kind!r}, which is no node"]
    if (kind in _INLINE) != (parent in _TEXT_ONLY):
        return [f"{parent} may not hold {kind}"]
    if kind == "text":
        return _text_problems(node)
    if kind in ("hardBreak", "rule"):
        return []
    return _content_problems(str(kind), node.get("content", []))


def _text_problems(node: Mapping[str, Any]) -> list[str]:
    if not isinstance(node.get("text"), str) or not node["text"]:
        return ["a text node is empty"]
    marks = [mark.get("type") for mark in node.get("marks", [])]
    wrong = [f"{mark!r} is no mark" for mark in marks if mark not in _MARKS]
    if "code" in marks and set(marks) - {"code", "link"}:
        wrong.append("code goes together with link only")
    return wrong


def _marked(node: Mapping[str, Any]) -> str:
    shown = escape(node["text"])
    for mark in node.get("marks", []):
        shown = _wrapped(shown, mark)
    return shown


def _wrapped(shown: str, mark: Mapping[str, Any]) -> str:
    element = _MARKS[mark["type"]]
    if element != "a":
        return f"<{element}>{shown}</{element}>"
    href = str(mark.get("attrs", {}).get("href", ""))
    return f"<a href='{escape(href)}'>{shown}</a>" if href.startswith(("http://", "https://")) else shown


def _lines(node: Mapping[str, Any]) -> Iterable[str]:
    for child in node.get("content", []):
        if child["type"] in _TEXT_ONLY:
            yield _flat(child)
        else:
            yield from _lines(child)


def _flat(node: Mapping[str, Any]) -> str:
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    return "".join(_flat(child) for child in node.get("content", []))
