"""Where documented, configured and used trust part from one another."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from model.organization import ORGANISATION, Organization, Relationship
from trust.documented import Documented, Entry
from trust.grants import matches
from trust.snapshot import Snapshot, arn_of


class Kind(Enum):
    """What parts, the worst first. UNUSED alone is no drift to act on: it is a way that could be closed."""

    USED_UNDOCUMENTED = "used_undocumented"
    USED_ENDED = "used_ended"
    PUBLIC = "configured_public"
    USED_UNCONFIGURED = "used_unconfigured"
    ENDED = "configured_ended"
    CONFIGURED_UNDOCUMENTED = "configured_undocumented"
    DOCUMENTED_UNCONFIGURED = "documented_unconfigured"
    UNUSED = "configured_unused"


SAID = {
    Kind.USED_UNDOCUMENTED: "used, and nobody documented it",
    Kind.USED_ENDED: "used, and what documented it ended",
    Kind.PUBLIC: "anybody may come in",
    Kind.USED_UNCONFIGURED: "used, and no policy lets it in now",
    Kind.ENDED: "a policy lets it in, and what documented it ended",
    Kind.CONFIGURED_UNDOCUMENTED: "a policy lets it in, and nobody documented it",
    Kind.DOCUMENTED_UNCONFIGURED: "documented, and no policy lets it in",
    Kind.UNUSED: "a policy lets it in, and nobody used it",
}


class Use(NamedTuple):
    """That somebody of one account assumed a role of another: how often, and when last (seconds since 1970 UTC)."""

    account: str
    arn: str
    role: str
    times: int
    last: float


class Drift(NamedTuple):
    """One difference. `ended`: when what documented it did."""

    kind: Kind
    source: str
    target: str
    level: str = ""
    times: int = 0
    last: float | None = None
    ended: datetime | None = None

    @property
    def why(self) -> str:
        """What parts, in words."""
        return SAID[self.kind] + (f" on {self.ended:%Y-%m-%d}" if self.ended is not None else "")


def _last_end(ended: Iterable[Relationship]) -> datetime | None:
    return max((each.until for each in ended if each.until is not None), default=None)


def drift(
    snapshot: Snapshot,
    organization: Organization,
    entries: Sequence[Entry],
    uses: Sequence[Use] | None,
    now: datetime,
) -> list[Drift]:
    """Every difference, the worst kind first. Where nothing is documented nothing can be undocumented; `uses` None:
    nothing is known of use."""
    told = Documented(organization, now)
    found = [*_undocumented(told, entries, documents=bool(organization.trust))]
    found += _unconfigured(snapshot, organization, told, entries, now)
    if uses is not None:
        found += _used(snapshot, organization, told, entries, uses)
    order = list(Kind)
    return sorted(dict.fromkeys(found), key=lambda each: (order.index(each.kind), each.target, each.source))


def _undocumented(told: Documented, entries: Iterable[Entry], *, documents: bool) -> Iterator[Drift]:
    for entry in entries:
        if entry.open:
            yield Drift(Kind.PUBLIC, entry.source, entry.target, entry.level)
            continue
        holds, ended = told.covering(entry.source, entry.account, entry.target)
        if documents and not holds:
            kind = Kind.ENDED if ended else Kind.CONFIGURED_UNDOCUMENTED
            yield Drift(kind, entry.source, entry.target, entry.level, ended=_last_end(ended))


def _unconfigured(
    snapshot: Snapshot, organization: Organization, told: Documented, entries: Iterable[Entry], now: datetime
) -> Iterator[Drift]:
    """Documents of ways that no policy of the accounts that were looked at opens."""
    kept = {id(each) for entry in entries for each in told.covering(entry.source, entry.account, entry.target)[0]}
    for each in organization.trust:
        ended = each.until is not None and each.until <= now
        if id(each) not in kept and not ended and _looked_at(each, snapshot, organization):
            yield Drift(Kind.DOCUMENTED_UNCONFIGURED, each.source, each.target, each.level)


def _looked_at(each: Relationship, snapshot: Snapshot, organization: Organization) -> bool:
    """Whether the snapshot holds the account that a relationship leads to; a pattern may lead anywhere."""
    target = arn_of(each.target).account if each.target.count(":") >= 5 else each.target
    named = {known.name: account for account, known in organization.accounts.items() if known.name}
    return "*" in target or named.get(target, target) in snapshot.accounts


def _used(
    snapshot: Snapshot,
    organization: Organization,
    told: Documented,
    entries: Sequence[Entry],
    uses: Iterable[Use],
) -> Iterator[Drift]:
    ours = snapshot.accounts | frozenset(organization.accounts)
    by_role: dict[str, list[Entry]] = {}
    for entry in entries:
        by_role.setdefault(entry.target, []).append(entry)
    touched: set[Entry] = set()
    for use in uses:
        who = use.arn or use.account
        ways = [entry for entry in by_role.get(use.role, ()) if _admits(entry, use, ours)]
        touched.update(ways)
        holds, ended = told.covering(who, use.account, use.role)
        if organization.trust and not holds:
            kind = Kind.USED_ENDED if ended else Kind.USED_UNDOCUMENTED
            yield Drift(kind, who, use.role, "", use.times, use.last, _last_end(ended))
        if not ways and arn_of(use.role).account in snapshot.accounts:
            yield Drift(Kind.USED_UNCONFIGURED, who, use.role, "", use.times, use.last)
    for entry in entries:
        if entry not in touched:
            yield Drift(Kind.UNUSED, entry.source, entry.target, entry.level)


def _admits(entry: Entry, use: Use, ours: frozenset[str]) -> bool:
    if entry.source == "*":
        return True
    if entry.source == ORGANISATION:
        return use.account in ours
    if entry.source.startswith("arn:"):
        return entry.source == use.arn or matches(entry.source, use.arn) or _same_session(entry, use)
    return entry.source == use.account


def _same_session(entry: Entry, use: Use) -> bool:
    """A record may name a role without its path."""
    mine, theirs = entry.source.split(":", 5), use.arn.split(":", 5)
    return len(theirs) == 6 and mine[4:5] == theirs[4:5] and mine[5].rsplit("/", 1)[-1] == theirs[5].rsplit("/", 1)[-1]
