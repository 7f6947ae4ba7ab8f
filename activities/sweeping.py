"""Looking for cases that stand still: nothing that was found may end where nobody looks."""

from temporalio import activity

from activities.ports import OpenCases
from model.frozen import Frozen


class Stuck(Frozen):
    """A workflow that does not go on: its id and run, and why, in words with code spans."""

    id: str
    run: str
    why: str


class Found(Frozen):
    """One round's find; `pages` says whether a pager is configured now."""

    stuck: tuple[Stuck, ...]
    pages: bool


class Sweeping:
    """Finds what stands still."""

    def __init__(self, cases: OpenCases, *, pages: bool) -> None:
        self._cases = cases
        self._pages = pages

    @activity.defn(name="Temporal: find cases that stand still")
    def find(self) -> Found:
        """Every case and lease that does not go on."""
        stuck = (Stuck(id=one.id, run=one.run, why=one.why) for one in self._cases.stuck())
        return Found(stuck=tuple(stuck), pages=self._pages)
