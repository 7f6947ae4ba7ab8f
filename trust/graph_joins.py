"""The edges of the trust graph: from callers over joins to roles, as trust policies and identity policies allow."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from model.errors import Malformed
from trust.entrances import Crowd, Entrance, Entrances
from trust.grants import Grant, grant_of, matches
from trust.nodes import ANYONE, Kind, Nodes
from trust.role_index import RoleIndex
from trust.snapshot import arn_of

PERMISSION = "the caller's own policies allow it under conditions, or are not in the files"


class Said(NamedTuple):
    """What has to hold on a way, in words. `met`: nothing, or only what a stranger surely meets."""

    words: tuple[str, ...] = ()
    met: bool = True


Ways = dict[int, tuple[Said, ...]]
"""Roles, and the ways into each of them: what has to hold on it."""

_SOURCES = {Crowd.SERVICE: Kind.SERVICE, Crowd.PROVIDER: Kind.PROVIDER}


class Joins:
    """`to`: where each node leads; `first`: the first join; `conditions`: what has to hold over a join; `dangling`:
    roles that trust somebody who is gone, and whom; `invalid`: roles with a trust policy that IAM would reject."""

    def __init__(self, nodes: Nodes, ours: frozenset[str], entrances: Entrances) -> None:
        self._nodes = nodes
        self._ours = ours
        self._known = {account for account in nodes.principals_of if account}
        self._index = RoleIndex([role.arn for role in nodes.roles])
        self._reached = lru_cache(maxsize=65_536)(self._index.allowed)
        self._accounts: dict[str, Ways] = {}
        self._everywhere: Ways = {}
        self._strangers: Ways = {}
        self._own: dict[str, Ways] = {}
        self._shared: dict[Grant, list[int]] = {}
        self._direct: dict[int, Ways] = {}
        self._patterns: dict[str, Ways] = {}
        self._by_anyone: set[tuple[int, str]] = set()
        self.dangling: list[tuple[str, str]] = []
        self.invalid: list[str] = []
        for account in sorted(ours):
            nodes.place(Kind.ACCOUNT, account)
        self._enter_all(entrances)
        if self._strangers:
            nodes.place(Kind.ANYONE, ANYONE)
        self.first = len(nodes)
        self.to: list[list[int]] = [[] for _ in nodes.all]
        self.conditions: dict[int, Said] = {}
        self._grants = [grant_of(each.permissions) for each in nodes.principals]
        self._join_all()

    def _enter_all(self, entrances: Entrances) -> None:
        """Sort every entrance of every role by who comes in there."""
        for number, role in enumerate(self._nodes.roles):
            for entrance in entrances.of(role):
                self._enter(number, entrance)
            if role.trust in entrances.invalid:
                self.invalid.append(role.arn)

    def _enter(self, role: int, entrance: Entrance) -> None:
        said, home = _said(entrance), self._nodes.roles[role].account
        if _needs_no_permission(entrance, home):
            _add(self._own.setdefault(home, {}), role, said)
        if entrance.crowd in _ALL_OF:
            for ways in _ALL_OF[entrance.crowd]:
                _add(self._everywhere if ways is Crowd.ORGANISATION else self._strangers, role, said)
        elif entrance.crowd is Crowd.ACCOUNT:
            self._nodes.place(Kind.ACCOUNT, entrance.value)
            _add(self._accounts.setdefault(entrance.value, {}), role, said)
        elif entrance.crowd is Crowd.PATTERN:
            self._enter_pattern(role, entrance, said)
        elif (source := self._source(role, entrance)) is not None:
            _add(self._direct.setdefault(source, {}), role, said)
            if entrance.crowd is Crowd.PROVIDER and entrance.open:
                strangers = self._nodes.place(Kind.CUSTOMERS, entrance.value)
                _add(self._direct.setdefault(strangers, {}), role, said)

    def _enter_pattern(self, role: int, entrance: Entrance, said: Said) -> None:
        _add(self._patterns.setdefault(entrance.value, {}), role, said)
        if entrance.by_anyone:
            self._by_anyone.add((role, entrance.value))
        account = entrance.value.split(":", 5)[4] if entrance.value.count(":") >= 5 else "*"
        if entrance.open:
            words = (f"a principal named like {entrance.value}", *said.words)
            _add(self._strangers, role, Said(words, said.met))
        elif account.isdigit() and account not in self._known:
            source = self._nodes.place(Kind.PRINCIPAL, entrance.value)
            _add(self._direct.setdefault(source, {}), role, said)

    def _source(self, role: int, entrance: Entrance) -> int | None:
        """The node of a single caller; None where it is gone."""
        if entrance.crowd in _SOURCES:
            return self._nodes.place(_SOURCES[entrance.crowd], entrance.value)
        if entrance.crowd is Crowd.UNIQUE_ID:
            found = self._nodes.by_id.get(entrance.value)
        elif entrance.crowd is Crowd.SESSION:
            found = self._nodes.role_named(_account(entrance.value), entrance.value.split("/")[1])
        else:
            found = self._nodes.at.get(entrance.value)
        if entrance.crowd is not Crowd.UNIQUE_ID and _account(entrance.value) not in self._known:
            return self._nodes.place(Kind.PRINCIPAL, entrance.value)
        if found is None:
            self.dangling.append((self._nodes.roles[role].arn, entrance.value))
        return found

    def _join_all(self) -> None:
        halls = {account: self._bundle(ways) for account, ways in self._accounts.items()}
        everywhere = [self._join(self._bundle(self._everywhere), Said())] if self._everywhere else []
        if self._strangers:
            self.to[self._nodes.at[ANYONE]] += self._bundle(self._strangers)
        for account in sorted(self._ours | self._accounts.keys()):
            if account in self._known:
                self._join_account(account, halls.get(account, []), everywhere)
            else:
                ours = everywhere if account in self._ours else []
                self.to[self._nodes.at[account]] += [*halls.get(account, []), *ours]
        self._join_direct()
        self._join_patterns()

    def _join_account(self, account: str, hall: Sequence[int], everywhere: Sequence[int]) -> None:
        """Everybody of an account, a crowd for each set of permissions."""
        own = self._own.get(account, {})
        home = self._bundle(own)
        for grant, members in self._by_grant(self._nodes.principals_of[account]).items():
            targets = self._bundle(self._unbarred(grant, own)) if grant.denies else [*home]
            if grant.everything:
                targets += [*hall, *everywhere]
            elif not grant.nothing:
                targets += self._limited(grant, self._accounts.get(account, {}))
                targets += self._limited_everywhere(grant)
            self._crowd([*members, self._nodes.at[account]], targets)

    def _by_grant(self, members: Iterable[int]) -> dict[Grant, list[int]]:
        found: dict[Grant, list[int]] = {}
        for each in members:
            if each < len(self._grants):
                found.setdefault(self._grants[each], []).append(each)
        return found

    def _unbarred(self, grant: Grant, ways: Ways) -> Ways:
        """Those of the ways that need no permission, but stand under what the caller's own policies deny."""
        bars = {role: grant.bars(self._nodes.roles[role].arn) for role in ways}
        return {role: _perhaps(said, sure=bars[role] is False) for role, said in ways.items() if bars[role] is not True}

    def _crowd(self, members: Iterable[int], targets: Sequence[int]) -> None:
        if not targets:
            return
        join = targets[0] if len(targets) == 1 else self._join(targets, Said())
        for each in members:
            self.to[each].append(join)

    def _limited(self, grant: Grant, ways: Ways) -> list[int]:
        """Joins to those of the roles that a grant allows."""
        return self._bundle(self._allowed(grant, ways))

    def _limited_everywhere(self, grant: Grant) -> list[int]:
        """The same for what everybody of the organisation may come to; one for all accounts with that grant."""
        if grant not in self._shared:
            self._shared[grant] = self._limited(grant, self._everywhere)
        return self._shared[grant]

    def _allowed(self, grant: Grant, ways: Ways) -> Ways:
        allowed = self._reached(grant)
        fewer = ways if len(ways) < len(allowed) else allowed
        both = [role for role in fewer if role in ways and role in allowed]
        return {role: _perhaps(ways[role], sure=allowed[role]) for role in both}

    def _bundle(self, ways: Mapping[int, tuple[Said, ...]]) -> list[int]:
        """A join for each set of conditions; a role that somebody enters freely needs no other way."""
        by_said: dict[Said, list[int]] = {}
        for role, each in ways.items():
            free = min((said for said in each if said.met), key=lambda said: len(said.words), default=None)
            for said in each if free is None else (free,):
                by_said.setdefault(said, []).append(role)
        return [self._join(roles, said) for said, roles in by_said.items()]

    def _join(self, targets: Sequence[int], said: Said) -> int:
        self.to.append([*targets])
        if said.words:
            self.conditions[len(self.to) - 1] = said
        return len(self.to) - 1

    def _join_direct(self) -> None:
        for source, ways in self._direct.items():
            self.to[source] += self._bundle(self._permitted(source, ways))

    def _permitted(self, source: int, ways: Ways) -> Ways:
        """What of its ways a caller's own policies let it go: in its own account, where it is named, what they do not
        deny."""
        if source >= len(self._grants):
            return ways
        account, grant = self._nodes.all[source].account, self._grants[source]
        home = {role: said for role, said in ways.items() if self._nodes.roles[role].account == account}
        found = self._unbarred(grant, home)
        for role, said in ways.items():
            if role not in home and (covers := grant.covers(self._nodes.roles[role].arn)) is not False:
                found[role] = _perhaps(said, sure=covers is True)
        return found

    def _like(self, pattern: str) -> list[int]:
        """The roles and users whose ARN a pattern matches."""
        users = range(len(self._nodes.roles), len(self._grants))
        return [*self._index.matching(pattern), *(n for n in users if matches(pattern, self._nodes.all[n].name))]

    def _join_patterns(self) -> None:
        for pattern, ways in self._patterns.items():
            members = self._like(pattern)
            self._join_own(members, {role: said for role, said in ways.items() if (role, pattern) in self._by_anyone})
            for grant, those in self._by_grant(members).items():
                targets = self._bundle(ways) if grant.everything else self._limited(grant, ways)
                self._crowd(those, targets)

    def _join_own(self, members: Sequence[int], ways: Ways) -> None:
        """Of a pattern beside `*`, those of a role's own account need no permission."""
        for each in members if ways else ():
            account = self._nodes.all[each].account
            home = {role: said for role, said in ways.items() if self._nodes.roles[role].account == account}
            self.to[each] += self._bundle(self._unbarred(self._grants[each], home)) if home else []


_ALL_OF = {
    Crowd.ANYONE: (Crowd.ORGANISATION, Crowd.STRANGERS),
    Crowd.STRANGERS: (Crowd.STRANGERS,),
    Crowd.ORGANISATION: (Crowd.ORGANISATION,),
}


def _needs_no_permission(entrance: Entrance, home: str) -> bool:
    """Whether whoever is of the role's own account comes in by the entry `*` itself."""
    if entrance.crowd in (Crowd.ANYONE, Crowd.ORGANISATION):
        return True
    return entrance.crowd is Crowd.ACCOUNT and entrance.by_anyone and entrance.value == home


def _add(ways: Ways, role: int, said: Said) -> None:
    known = ways.get(role, ())
    if said not in known:
        ways[role] = (*known, said)


def _perhaps(each: tuple[Said, ...], *, sure: bool) -> tuple[Said, ...]:
    return each if sure else tuple(Said((*said.words, PERMISSION), met=False) for said in each)


def _said(entrance: Entrance) -> Said:
    return Said(entrance.conditions, entrance.met or not entrance.conditions)


def _account(arn: str) -> str:
    try:
        return arn_of(arn).account
    except Malformed:
        return ""
