"""Who may come where by `sts:AssumeRole`, as IAM is configured: a graph of roles, principals and crowds.

An edge into a role needs the role's trust policy, and, unless that names the caller itself in the role's own account,
the caller's own policies too, where the snapshot holds them. Crowds (an account, the organisation, everybody) are one
node on the way, never pairs of callers and roles. Service control policies and session policies are not looked at:
they only ever take away.
"""

import time
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from model.organization import Organization
from trust.entrances import Entrances
from trust.graph_joins import Joins, Said
from trust.nodes import Kind, Node, Nodes
from trust.snapshot import Snapshot
from trust.vendors import known_vendors
from trust.web import Web, bits, way_to


class Step(NamedTuple):
    """One hop of a way: from whom to which role, and what has to hold for it; `met`: nothing that a stranger lacks."""

    source: Node
    target: Node
    conditions: tuple[str, ...]
    met: bool


class TrustGraph:
    """Answers about one snapshot, as of `now` (seconds since 1970; the present where it is not given)."""

    def __init__(self, snapshot: Snapshot, organization: Organization, now: float | None = None) -> None:
        self.snapshot = snapshot
        self.organization = organization
        self.nodes = Nodes(snapshot)
        self.ours = snapshot.accounts | frozenset(organization.accounts)
        self._vendors = {**known_vendors(), **organization.vendors}
        moment = time.time() if now is None else now
        joins = Joins(self.nodes, self.ours, Entrances(self.ours, organization.org_id, moment, self._vendors))
        self.dangling, self.invalid = joins.dangling, joins.invalid
        self.accounts = sorted({role.account for role in snapshot.roles})
        self._bit = {account: 1 << at for at, account in enumerate(self.accounts)}
        self._conditions = joins.conditions
        self.web = self._web(joins)

    def _web(self, joins: Joins) -> Web:
        marks = [self._bit[role.account] for role in self.nodes.roles]
        marks += [0] * (len(joins.to) - len(marks))
        return Web(joins.to, marks, joins.first)

    def free(self, node: int) -> bool:
        """Whether nothing else has to hold on the way over this join than what a stranger meets."""
        said = self._conditions.get(node)
        return said is None or said.met

    def within(self, hops: int, *, freely: bool = False) -> list[int]:
        """For each node the set of accounts that it comes to in so many hops; `freely`: by what strangers meet."""
        return self.web.within(hops, self.free if freely else None)

    @cached_property
    def whole(self) -> list[int]:
        """For each node the set of accounts that it comes to in any number of hops."""
        return self.web.whole

    def others(self, node: int, held: int) -> list[str]:
        """The accounts of a set, without the node's own."""
        own = self._bit.get(self.nodes.all[node].account, 0)
        return [self.accounts[at] for at in bits(held & ~own)]

    def ways(self, begins: Iterable[int], *, freely: bool = False) -> dict[int, tuple[int, int]]:
        """Shortest ways from these to everything that they come to (trust.web)."""
        return self.web.ways(begins, self.free if freely else None)

    def steps(self, node: int, ways: dict[int, tuple[int, int]]) -> tuple[Step, ...]:
        """The way to a role, hop by hop."""
        steps: list[Step] = []
        source = -1
        said: list[Said] = []
        for each in way_to(node, ways):
            if each >= self.web.joins:
                said += [self._conditions[each]] if each in self._conditions else []
                continue
            if source >= 0:
                words = tuple(dict.fromkeys(word for one in said for word in one.words))
                met = all(one.met for one in said)
                steps.append(Step(self.nodes.all[source], self.nodes.all[each], words, met))
            source, said = each, []
        return tuple(steps)

    def find(self, name: str) -> list[int]:
        """The nodes that somebody may mean: an ARN, a unique id, an account's id or name, a service, `*`, a name."""
        asked = _asked(name)
        exact = self.nodes.at.get(asked, self.nodes.by_id.get(asked))
        if exact is not None:
            return [exact]
        named = [account for account, known in self.organization.accounts.items() if known.name == name]
        found = [self.nodes.at[account] for account in named if account in self.nodes.at]
        return found or [
            number
            for number, node in enumerate(self.nodes.all)
            if node.kind in (Kind.ROLE, Kind.USER) and node.name.rsplit("/", 1)[-1] == name
        ]

    @cached_property
    def outside(self) -> list[int]:
        """The begins that are not ours: everybody, accounts and principals of others, strangers with tokens."""
        return [number for number, node in enumerate(self.nodes.all) if self._is_outside(node)]

    def _is_outside(self, node: Node) -> bool:
        if node.kind in (Kind.SERVICE, Kind.PROVIDER):
            return False
        return node.kind in (Kind.ANYONE, Kind.CUSTOMERS) or node.account not in self.ours

    def is_known(self, node: Node) -> bool:
        """Whether a begin outside is of a vendor that is known by name."""
        return node.account in self._vendors


def _asked(name: str) -> str:
    """An assumed-role ARN is asked about as its role where that has no path; `account:root` as its account."""
    parts = name.split(":", 5)
    if len(parts) == 6 and parts[2] == "iam" and parts[5] == "root":
        return parts[4]
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        return f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
    return name
