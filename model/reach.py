"""Which accounts each origin came to lately: when it came to each of them last.

Who enters by federation (SAML, OpenID Connect) begins a chain in every account, and is one all the same: the subject.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from model.assumed import Assumed, Given, Told
from model.assumption import RoleAssumption, corrected
from model.chain import Chain
from model.identity import Identity
from model.lineage_book import LineageBook

FEDERATED = frozenset(("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"))
MOST = 20_000
MOST_ACCOUNTS = 512
"""Of one origin: those it came to last."""


class Came(NamedTuple):
    """When an origin came to an account last (seconds since 1970 UTC), and the record of it."""

    time: float
    account: str
    record: str


def who_comes(made: RoleAssumption, way: Chain) -> Identity:
    """Whose coming to the account it is."""
    return made.caller if made.how in FEDERATED else way.origin


_NOWHERE: OrderedDict[str, Came] = OrderedDict()


class Reach:
    """Bounded: the latest 512 accounts of the 20,000 origins that moved last. `restore` makes it anew from the log."""

    def __init__(self) -> None:
        self._came: OrderedDict[str, OrderedDict[str, Came]] = OrderedDict()

    def add(self, made: RoleAssumption, way: Chain) -> None:
        """Remember where the origin came to; a refusal is nowhere."""
        if made.denied or not made.account:
            return
        origin = who_comes(made, way).key
        accounts = self._came.get(origin)
        if accounts is None:
            accounts = self._came[origin] = OrderedDict()
            if len(self._came) > MOST:
                self._came.popitem(last=False)
        else:
            self._came.move_to_end(origin)
        came = Came(made.time, made.account, made.records[0])
        accounts[made.account] = max(came, accounts.pop(made.account, came))
        if len(accounts) > MOST_ACCOUNTS:
            accounts.popitem(last=False)

    def around(self, origin: str, time: float, within_s: int) -> list[Came]:
        """Where it came to later than `within_s` before `time` (seconds since 1970 UTC) and less than that
        after it, the latest first. Where it came again, only its last time there is known."""
        found: list[Came] = []
        for came in reversed(self._came.get(origin, _NOWHERE).values()):
            if came.time <= time - within_s:
                break
            if came.time < time + within_s:
                found.append(came)
        return found

    def restore(self, items: Iterable[Assumed], book: LineageBook) -> None:
        """Go on from a log, with the book that was restored from it."""
        given: dict[str, RoleAssumption] = {}
        for item in items:
            if isinstance(item, Given):
                given[item.made.records[0]] = item.made
            elif isinstance(item, Told) and item.copy.of in given:
                given[item.copy.of] = corrected(given[item.copy.of], item.copy)
        for record, made in given.items():
            way = book.by_record(record)
            if way is not None:
                self.add(made, way)
