"""Where a role lives and what belongs to its organisation."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Ours(NamedTuple):
    """The role's account and partition, the organisation's accounts and id (empty where not known), what outside
    accounts are called, and the role's tags (None where not known)."""

    account: str
    partition: str = "aws"
    accounts: frozenset[str] = frozenset()
    org_id: str = ""
    vendors: Mapping[str, str] = MappingProxyType({})
    tags: tuple[tuple[str, str], ...] | None = None

    def has(self, account: str) -> bool:
        """Whether an account is inside."""
        return account == self.account or account in self.accounts
