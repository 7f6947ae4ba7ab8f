"""Bodies of issues and comments in the two shapes that Jira's API has: documents (v3), wiki text (v2)."""

import re
import unicodedata
from typing import Any, Literal, Protocol

from integrations.jira_document import document, plain

Api = Literal["2", "3"]

# Jira takes 32,767 characters; escapes make more of each.
_LIMIT = 15_000
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SPAN = re.compile(r"`([^`\n]+)`")
_MARKUP = re.compile(r"([\\*_\[\]!\-+^~?#{}|])")


class Body(Protocol):
    """How a version writes and reads a text."""

    def written(self, text: str) -> Any:
        """Plain text with code spans, as the API takes it."""
        ...

    def read(self, body: Any) -> str:
        """The words of what the API gives back, comparable with `read(written(text))`."""
        ...


class Documents:
    """REST v3, of Jira Cloud: nothing in a document's text node is markup."""

    def written(self, text: str) -> Any:
        """An Atlassian document."""
        return document(text)

    def read(self, body: Any) -> str:
        """A document without any markup."""
        return plain(body or {}).strip()


class WikiText:
    """REST v2, of Jira Server and Data Center: everything that could be markup is escaped."""

    def written(self, text: str) -> Any:
        """Wiki text; what stands between backticks becomes monospaced."""
        sound = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _DROPPED).strip()
        shown = sound if len(sound) <= _LIMIT else f"{sound[:_LIMIT]}… (shortened)"
        return "\n".join(_wiki(line) for line in shown.split("\n"))

    def read(self, body: Any) -> str:
        """The wiki text, with one kind of line break."""
        return "\n".join(str(body or "").splitlines()).strip()


def body_of(api: Api) -> Body:
    """The shape of a version."""
    return Documents() if api == "3" else WikiText()


def _wiki(line: str) -> str:
    """Every second part of the split is what stood between backticks."""
    parts = (
        f"{{{{{_escaped(part)}}}}}" if place % 2 else _escaped(part)
        for place, part in enumerate(_SPAN.split(line))
        if part
    )
    return "".join(parts)


def _escaped(words: str) -> str:
    """Words that Jira shows as they stand: no markup, no mention, no link that it makes by itself."""
    return _MARKUP.sub(r"\\\1", words).replace("://", ":∕∕").replace("`", "'")
