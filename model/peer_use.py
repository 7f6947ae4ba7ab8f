"""What a group of like identities does: the same permission set, or the same role name, in many accounts.

Peers stand in for the history that an identity does not have yet, and only ever add suspicion. A thing counts as known
to peers when at least two others, each in the group for as long as maturity asks, did it in the last 30 days: whoever
makes new roles with a group's name teaches the group nothing for two weeks, and a flood of names can only push things
out, which makes more noise and not less.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from model.baseline import Fact
from model.deeds import FAMILIES as KIND_OF
from model.identity import Identity, Kind
from model.spans import DAY, HOUR, KEPT_S, K, digest, newest, note, short

MEMBERS = 200
ROLES, ACCOUNTS, NETWORKS, FAMILIES = 150, 120, 60, 20
WHO = 5
"""Members kept for each thing: those that did it last."""
OTHERS = 2
_ROLE = Kind.ROLE
TEXT_BYTES = 44

_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")

Doers = dict[int, int]
"""Members (digests) and the last hour (since 1970 UTC) in which they did something."""


class PeerUse(msgspec.Struct, array_like=True):
    """The group's members with their span (model/spans.py), and for each thing who did it last.

    Roles are by name without account, `hours` are hours of the day, UTC, `families` those of dangerous calls.
    """

    last: int = 0
    members: dict[int, tuple[int, int]] = {}
    roles: dict[str, Doers] = {}
    accounts: dict[str, Doers] = {}
    networks: dict[str, Doers] = {}
    hours: dict[int, Doers] = {}
    families: dict[str, Doers] = {}

    def mature(self, member: str, now: float, days: int, others: int) -> bool:
        """Whether at least `others` others were in the group for `days` days before `now`."""
        return len(self._elders(member, now, days)) >= others

    def knows_role(self, role_arn: str, member: str, now: float, days: int) -> bool:
        """Whether two others assume a role of that name, in whatever account."""
        return self._knows(self.roles, _short_name(role_arn), member, now, days)

    def knows_account(self, account: str, member: str, now: float, days: int) -> bool:
        """Whether two others assume roles in that account."""
        return self._knows(self.accounts, short(account, TEXT_BYTES), member, now, days)

    def knows_network(self, network: str, member: str, now: float, days: int) -> bool:
        """Whether two others come from that network."""
        return self._knows(self.networks, short(network, TEXT_BYTES), member, now, days)

    def knows_hour(self, member: str, now: float, days: int) -> bool:
        """Whether two others act at that hour of the day, or at the one before or after it."""
        hour = int(now // HOUR)
        return any(self._knows(self.hours, (hour + step) % 24, member, now, days) for step in (0, -1, 1))

    def knows_family(self, family: str, member: str, now: float, days: int) -> bool:
        """Whether two others make calls of that family (model/deeds.py)."""
        return self._knows(self.families, family, member, now, days)

    def _knows(self, things: dict[K, Doers], thing: K, member: str, now: float, days: int) -> bool:
        elders, since = self._elders(member, now, days), (now - KEPT_S) // HOUR
        return sum(who in elders and last >= since for who, last in things.get(thing, {}).items()) >= OTHERS

    def _elders(self, member: str, now: float, days: int) -> set[int]:
        own = digest(member)
        return {who for who, (first, _) in self.members.items() if who != own and now - first >= days * DAY}


def peer_key(identity: Identity) -> str | None:
    """The group of a role's session: its permission set, or its role's name; None for any other kind of identity."""
    if identity.kind is not _ROLE:
        return None
    return _group(identity.arn) if identity.arn else None


def role_name(role_arn: str) -> str:
    """The last part of a role's ARN; of an Identity Center role the permission set, whatever the account's suffix."""
    name = role_arn.rsplit("/", 1)[-1]
    found = _SET.fullmatch(name)
    return f"AWSReservedSSO_{found[1]}" if found else name


@lru_cache(maxsize=16_384)
def _short_name(role_arn: str) -> str:
    return short(role_name(role_arn), TEXT_BYTES)


@lru_cache(maxsize=16_384)
def _group(role_arn: str) -> str | None:
    return f"peers:{short(role_name(role_arn), 100)}" if ":role/" in role_arn else None


def learn_peer(peer: PeerUse, member: str, fact: Fact) -> PeerUse:
    """The group with one fact more of the member with that identity key. Denied attempts teach it nothing."""
    time = int(fact.time)
    hour = time // HOUR
    if fact.denied or hour < (peer.last - KEPT_S) // HOUR:
        return peer
    peer.last = max(peer.last, time)
    who = digest(member)
    note(peer.members, who, hour * HOUR)
    _did(peer.hours, hour % 24, who, hour)
    family = KIND_OF.get(fact.deed) if fact.deed is not None else None
    if family is not None:
        _did(peer.families, family, who, hour)
    if fact.network is not None:
        _did(peer.networks, short(fact.network, TEXT_BYTES), who, hour)
    if fact.target is not None:
        _did(peer.roles, _short_name(fact.target), who, hour)
    if fact.target is not None and fact.account is not None:
        _did(peer.accounts, short(fact.account, TEXT_BYTES), who, hour)
    return prune_peer(peer) if _overfull(peer) else peer


def prune_peer(peer: PeerUse) -> PeerUse:
    """Forget what is older than 30 days before the newest fact, and all but the latest of what there is too much of."""
    oldest = (peer.last - KEPT_S) // HOUR
    peer.members = newest(peer.members, oldest * HOUR, MEMBERS)
    peer.roles = _kept(peer.roles, oldest, ROLES)
    peer.accounts = _kept(peer.accounts, oldest, ACCOUNTS)
    peer.networks = _kept(peer.networks, oldest, NETWORKS)
    peer.hours = _kept(peer.hours, oldest, 24)
    peer.families = _kept(peer.families, oldest, FAMILIES)
    return peer


def joined_things(one: dict[K, Doers], other: dict[K, Doers]) -> dict[K, Doers]:
    """What either group knows."""
    both = {thing: dict(doers) for thing, doers in one.items()}
    for thing, doers in other.items():
        for who, hour in doers.items():
            _did(both, thing, who, hour)
    return both


def _did(things: dict[K, Doers], thing: K, who: int, hour: int) -> None:
    doers = things.get(thing)
    if doers is None:
        doers = things[thing] = {}
    if doers.get(who, -1) < hour:
        doers[who] = hour
        if len(doers) > 4 * WHO:
            things[thing] = _last_few(doers)


def _kept(things: dict[K, Doers], oldest: int, most: int) -> dict[K, Doers]:
    """Without whoever did a thing long ago, and without the things that were done longest ago."""
    few = {thing: _last_few({w: h for w, h in doers.items() if h >= oldest}) for thing, doers in things.items()}
    return _newest_things(few, most)


def _newest_things(things: dict[K, Doers], most: int) -> dict[K, Doers]:
    live: Iterable[K] = [thing for thing, doers in things.items() if doers]
    order = sorted(live, key=lambda thing: (-max(things[thing].values()), thing))
    return {thing: things[thing] for thing in order[:most]}


def _last_few(doers: Doers) -> Doers:
    latest = sorted([(-hour, who) for who, hour in doers.items()])[:WHO]
    return {who: -hour for hour, who in latest}


def _overfull(peer: PeerUse) -> bool:
    return (
        len(peer.members) > 2 * MEMBERS
        or len(peer.roles) > 2 * ROLES
        or len(peer.accounts) > 2 * ACCOUNTS
        or len(peer.networks) > 2 * NETWORKS
    )
