"""Chains whose beginning was not seen yet: a late record may show it."""

from collections import OrderedDict

from model.assumption import RoleAssumption
from model.identities import role_session
from model.identity import Kind
from model.lineage import Lineage

MOST_ROOTS = 20_000
MOST_CHILDREN = 64
LATE_S = 12 * 3600

Root = tuple[str, str | None]
_OPEN = frozenset((Kind.ROLE, Kind.ACCOUNT, Kind.UNKNOWN))


class Rootless:
    """Assumptions by the origin they have so far, where that origin may itself be somebody's session.

    In memory only: after a restart, a late record joins what comes after it and not what came before.
    """

    def __init__(self) -> None:
        self._children: OrderedDict[Root, list[RoleAssumption]] = OrderedDict()
        self._roots: dict[str, Root] = {}

    def add(self, made: RoleAssumption, lineage: Lineage) -> None:
        """Remember the assumption where its chain's origin is no person or service."""
        if lineage.origin.kind not in _OPEN:
            return
        root = (lineage.origin.key, lineage.origin.session_name)
        children = self._children.setdefault(root, [])
        self._children.move_to_end(root)
        children.append(made)
        self._roots[made.records[0]] = root
        self._forget(children[:-MOST_CHILDREN])
        del children[:-MOST_CHILDREN]
        while len(self._children) > MOST_ROOTS:
            self._forget(self._children.popitem(last=False)[1])

    def take(self, made: RoleAssumption) -> tuple[str, list[RoleAssumption]]:
        """The origin's key, and what was done in the session that `made` made before it was known how it came to be."""
        key = role_session(made.role_arn, made.role_id, made.session_name).key
        children = self._children.get((key, made.session_name), [])
        if not any(made.time - 2 <= child.time <= made.time + LATE_S for child in children):
            return key, []
        return key, self._pop((key, made.session_name))

    def take_with(self, record: str) -> tuple[str, list[RoleAssumption]]:
        """The same, for everything that has its origin in common with the assumption of that record."""
        root = self._roots.get(record)
        return (root[0], self._pop(root)) if root else ("", [])

    def _pop(self, root: Root) -> list[RoleAssumption]:
        children = self._children.pop(root, [])
        self._forget(children)
        return children

    def _forget(self, children: list[RoleAssumption]) -> None:
        for child in children:
            self._roots.pop(child.records[0], None)
