"""Whom a chain's names belong to: they never decide about it. Pure."""

from collections.abc import Collection, Iterable, Mapping

from model.identity import Identity
from model.lineage import Hop


def suspects(
    origins: Iterable[Identity], hops: Iterable[Hop], people: Mapping[str, str], approvers: Collection[str]
) -> tuple[str, ...]:
    """The Slack ids of the people behind the names; `people` maps names to ids, `approvers` are ids.

    Session names are chosen by whoever starts the session: they bar somebody only while that leaves an approver, else
    an attacker could bar everybody.
    """
    known = tuple(origins)
    sure = called({one.person for one in known}, people)
    chosen = {one.session_name for one in known} | {
        name for hop in hops for name in (hop.session_name, hop.source_identity)
    }
    perhaps = sure | called(chosen, people)
    return tuple(sorted(perhaps if {*approvers} - perhaps else sure))


def called(names: Iterable[str | None], people: Mapping[str, str]) -> set[str]:
    """The Slack ids of whoever is called so; capitals do not matter, nor an e-mail's domain where one side has none."""
    folded = {name.casefold() for name in names if name}
    local = {name.partition("@")[0] for name in folded}
    return {user for name, user in people.items() if _is(name.casefold(), folded, local)}


def _is(name: str, folded: Collection[str], local: Collection[str]) -> bool:
    """Whether a name of settings is one of the chain's: as it stands, or one of the two without its domain."""
    if name in folded:
        return True
    return name.partition("@")[0] in folded if "@" in name else name in local
