"""The little JQL: `project = X AND labels = "y" [AND updated >= "-90m"] [ORDER BY created ASC|DESC]`."""

import re
from dataclasses import dataclass

_CLAUSE = re.compile(r'\s*(project|labels|issuetype|status)\s*=\s*("(?:[^"\\]|\\.)*"|[\w.-]+)\s*', re.IGNORECASE)
_UPDATED = re.compile(r'\s*updated\s*>=\s*"-(\d{1,6})m"\s*', re.IGNORECASE)
_ORDER = re.compile(r"\s+ORDER\s+BY\s+created(?:\s+(ASC|DESC))?\s*$", re.IGNORECASE)


class JqlError(ValueError):
    """A query that this Jira does not understand; the text says where."""


@dataclass(frozen=True)
class Query:
    """Field and value pairs that must all hold (`updated`: within so many minutes), and the order by creation."""

    clauses: tuple[tuple[str, str], ...]
    newest_first: bool = True


def parse(jql: str) -> Query:
    """The query's meaning; JqlError for anything beyond the subset."""
    order = _ORDER.search(jql)
    text = jql[: order.start()] if order else jql
    newest_first = order is None or (order.group(1) or "ASC").upper() == "DESC"
    return Query(tuple(_clauses(text)), newest_first)


def _clauses(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while True:
        clause, updated = _CLAUSE.match(text, at), _UPDATED.match(text, at)
        if updated is not None:
            clause = updated
            found.append(("updated", updated.group(1)))
        elif clause is not None:
            found.append((clause.group(1).lower(), _unquoted(clause.group(2))))
        else:
            raise JqlError(f"Error in the JQL Query: cannot read it from character {at + 1}.")
        at = clause.end()
        if at == len(text):
            return found
        if text[at : at + 3].upper() != "AND":
            raise JqlError(f"Error in the JQL Query: expecting 'AND' at character {at + 1}.")
        at += 3


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
