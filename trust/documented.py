"""Trust as it is configured, written as trust that people document: what `cross_boundary` holds the world against.

One entry for each way into a role from another account. What would keep the watch from seeing the worst is an
exception, which ends: development to production, outsiders beyond their unit, accounts of others that nobody named,
everybody of the organisation into production. What anybody may come in by is never documented.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from model.organization import ORGANISATION, Organization, Relationship
from model.trust_map import DEVELOPMENT, PRODUCTION, Rule, TrustMap
from trust.entrances import Crowd, Entrance, Entrances
from trust.snapshot import Role, Snapshot, arn_of

Level = Literal["NAMED", "PATTERN", "ACCOUNT", "ORG", "PUBLIC", "SERVICE", "FEDERATED", "NONE"]

_LEVELS: dict[Crowd, Level] = {
    Crowd.ANYONE: "PUBLIC",
    Crowd.STRANGERS: "PUBLIC",
    Crowd.ORGANISATION: "ORG",
    Crowd.ACCOUNT: "ACCOUNT",
    Crowd.PRINCIPAL: "NAMED",
    Crowd.SESSION: "NAMED",
    Crowd.UNIQUE_ID: "NAMED",
    Crowd.PATTERN: "PATTERN",
    Crowd.SERVICE: "SERVICE",
    Crowd.PROVIDER: "FEDERATED",
}


class Entry(NamedTuple):
    """A way into a role from another account: `source` and `target` as a relationship has them. `account` is the
    source's, empty where it has none of its own. `why` tells what is wrong with it; with `open` nobody should document
    it."""

    level: Level
    source: str
    target: str
    account: str
    why: str = ""
    open: bool = False


class Configured(NamedTuple):
    """Every entry, and how many roles each level is the widest of."""

    entries: tuple[Entry, ...]
    levels: dict[str, int]


def configured(snapshot: Snapshot, organization: Organization, now: datetime) -> Configured:
    """What the trust policies of a snapshot let in from other accounts; nothing of what nobody at all can meet."""
    reading = _Reading(snapshot, organization, now)
    entries: dict[tuple[str, str], Entry] = {}
    levels: Counter[str] = Counter()
    for role in snapshot.roles:
        found = reading.entrances.of(role)
        levels[widest(found)] += 1
        for entry in reading.entries(role, found):
            entries.setdefault((entry.source, entry.target), entry)
    return Configured(tuple(sorted(entries.values(), key=lambda e: (e.target, e.source))), dict(levels))


_WIDEST: Sequence[Level] = ("PUBLIC", "ORG", "ACCOUNT", "PATTERN", "NAMED", "FEDERATED", "SERVICE")


def widest(entrances: Iterable[Entrance]) -> Level:
    """The widest level of some entrances."""
    levels = {"PUBLIC" if each.open and each.crowd is Crowd.PATTERN else _LEVELS[each.crowd] for each in entrances}
    return next((level for level in _WIDEST if level in levels), "NONE")


class _Reading:
    """What is needed to turn entrances into entries."""

    def __init__(self, snapshot: Snapshot, organization: Organization, now: datetime) -> None:
        self._organization = organization
        self._ours = snapshot.accounts | frozenset(organization.accounts)
        self._map = TrustMap(organization)
        self._has_development = any(self._map.environment(each) is DEVELOPMENT for each in organization.accounts)
        self._by_id = {role.unique_id: role.arn for role in snapshot.roles if role.unique_id}
        self._by_id.update({user.unique_id: user.arn for user in snapshot.users if user.unique_id})
        self.entrances = Entrances(self._ours, organization.org_id, now.timestamp())

    def entries(self, role: Role, entrances: Iterable[Entrance]) -> Iterator[Entry]:
        """The entries of one role; what is at home in its account is no crossing."""
        for entrance in entrances:
            source, account = self._source(entrance)
            if source and account != role.account:
                level = "PUBLIC" if entrance.open else _LEVELS[entrance.crowd]
                why = self._why(level, account, role.account)
                yield Entry(level, source, role.arn, account, why, open=level == "PUBLIC")

    def _source(self, entrance: Entrance) -> tuple[str, str]:
        """How a relationship names whoever comes in, and their account; nothing where it is no AWS principal."""
        crowd, value = entrance.crowd, entrance.value
        if crowd in (Crowd.ANYONE, Crowd.STRANGERS):
            return "*", ""
        if crowd is Crowd.ORGANISATION:
            return ORGANISATION, ""
        if crowd is Crowd.ACCOUNT:
            return value, value
        if crowd is Crowd.UNIQUE_ID:
            value = self._by_id.get(value, "")
        if crowd is Crowd.SESSION:
            parts = arn_of(value)
            value = f"arn:{parts.partition}:iam::{parts.account}:role/{parts.resource.split('/')[1]}"
        if crowd in (Crowd.SERVICE, Crowd.PROVIDER) or value.count(":") < 5:
            return "", ""
        account = arn_of(value).account
        return value, "" if "*" in account or "?" in account else account

    def _why(self, level: Level, account: str, target: str) -> str:
        if level == "PUBLIC":
            return "anybody may come in"
        production = self._map.environment(target) is PRODUCTION
        if not account:
            whole = production and self._has_development
            return "everybody of the organisation comes to production, development too" if whole else ""
        rule = self._map.broken(account, target)
        if rule in (Rule.ENVIRONMENT, Rule.BUSINESS_UNIT):
            return str(rule.value)
        if account not in self._ours and account not in self._organization.vendors:
            return f"account {account} is neither ours nor a vendor that is named"
        return ""


class Documented:
    """What people documented, asked about entries and uses at one moment."""

    def __init__(self, organization: Organization, now: datetime) -> None:
        self._organization = organization
        self._map = TrustMap(organization)
        self._now = now

    def covering(self, source: str, account: str, target: str) -> tuple[list[Relationship], list[Relationship]]:
        """The relationships that document a way into a role, and those that did until they ended."""
        names = self._names(source, account)
        found = self._map.documents(names, target, arn_of(target).account)
        holds = [each for each in found if each.until is None or self._now < each.until]
        return holds, [each for each in found if each not in holds]

    def _names(self, source: str, account: str) -> tuple[str, ...]:
        if source in ("*", ORGANISATION):
            return (source,)
        return self._map.names(account or None, source if source.startswith("arn:") else None) or (source,)


def relationship(entry: Entry, until: datetime) -> Relationship | None:
    """How an entry is documented, an exception until then; None where it must not be."""
    if entry.open or entry.level in ("SERVICE", "FEDERATED", "NONE"):
        return None
    told = {"from": entry.source, "to": entry.target, "level": entry.level, "reason": entry.why}
    return Relationship.model_validate({**told, **({"until": until} if entry.why else {})})
