"""The local Jira's pages: the list of issues, and one issue as a stranger may see it."""

from collections.abc import Sequence
from datetime import datetime

from standins import adf
from standins.jira_state import Issue
from standins.page import link, page, section, table, tag, text

_ACCENT = "#0c66e4"


def issues_page(issues: Sequence[Issue]) -> str:
    """Every issue, newest first."""
    rows = [
        (
            link(f"/browse/{issue.key}", issue.key),
            text(issue.summary),
            _status(issue),
            text(_clock(issue.updated)),
        )
        for issue in reversed(issues)
    ]
    heads = ("Key", "Summary", "Status", "Updated")
    return page("Jira", "Jira", _ACCENT, section("Issues", table(heads, rows, "There is no issue yet.")))


def issue_page(issue: Issue, user: str) -> str:
    """One issue: what it says, who said what, where it links to, and what happened to it."""
    labels = "".join(tag(label) for label in issue.labels)
    head = (
        "<section><span class='soft'>"
        f"{text(issue.project)} / {text(issue.key)} · {text(issue.issue_type)}</span>"
        f"<h1>{text(issue.summary)}</h1><p>{_status(issue)}{labels}</p>"
        f"<p class='soft'>Reporter {text(user)} · created {text(_clock(issue.created))} · "
        f"updated {text(_clock(issue.updated))}</p></section>"
    )
    description = adf.html(issue.description) if issue.description else "<p class='soft'>None.</p>"
    return page(
        f"{issue.key} {issue.summary}",
        "Jira",
        _ACCENT,
        head,
        section("Description", description),
        section("Links", _links(issue)),
        section("Comments", _comments(issue)),
        section("History", _history(issue)),
    )


def _links(issue: Issue) -> str:
    shown = [f"<p>{link(each['object']['url'], each['object']['title'])}</p>" for each in issue.links]
    return "".join(shown) or "<p class='soft'>None.</p>"


def _comments(issue: Issue) -> str:
    shown = [
        f"<article><span class='soft'>{text(_clock(each.created))}</span>{adf.html(each.body)}</article>"
        for each in issue.comments
    ]
    return "<hr>".join(shown) or "<p class='soft'>None.</p>"


def _history(issue: Issue) -> str:
    rows = [(text(_clock(when)), text(what)) for when, what in issue.history]
    return table(("When", "What"), rows, "Nothing happened.")


def _status(issue: Issue) -> str:
    return tag(issue.status, "good" if issue.status == "Done" else "")


def _clock(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")
