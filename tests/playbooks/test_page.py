"""The page that is made of the runbooks."""

from playbooks import PLAYBOOKS
from playbooks.page import PAGE, page


def test_the_page_says_what_runs() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_every_runbook_has_its_chapter_and_every_finding_its_row() -> None:
    for name in PLAYBOOKS:
        assert f"\n## `{name}`\n" in page()
    assert "| `cross_boundary` alone, medium | `review_exception` | the ticket stays open after 4 h |" in page()
