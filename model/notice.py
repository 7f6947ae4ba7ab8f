"""What is told to pagers and ticket systems, before any vendor's shape."""

from model.frozen import Frozen


class Page(Frozen):
    """A page by its key: one key is one page."""

    key: str
    summary: str
    severity: str
    details: dict[str, str]
    link: str


class TicketDraft(Frozen):
    """A ticket by its label: one label is one ticket."""

    label: str
    summary: str
    description: str
