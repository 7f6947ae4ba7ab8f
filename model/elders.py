"""One chain seen from two origins: the case of a session whose own ancestor becomes known late is its elder. Pure.

A chain whose first hops were not yet seen belongs to the session that it seemed to begin with. When the hop into that
session is seen after all, the same chain has an older origin, and so another case's name.
"""

from collections.abc import Sequence

from model.case_id import case_id
from model.finding import Finding
from model.identities import role_session
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage


def elders(finding: Finding) -> tuple[str, ...]:
    """The names of the cases that the finding's chains would have had while their first hops were not seen."""
    own = case_id(finding.origin)
    inner = (case_id(_session(hop)) for line in finding.lineages for hop in line.hops)
    return tuple(name for name in dict.fromkeys(inner) if name != own)


def is_of_chain(origin: Identity, finding: Finding) -> bool:
    """Whether a case's origin is a session that one of the finding's chains came through."""
    return any(_is(origin, hop) for line in finding.lineages for hop in line.hops)


def without_stale(lineages: Sequence[Lineage]) -> tuple[Lineage, ...]:
    """Without those that another one tells from an older ancestor on."""
    return tuple(line for line in lineages if not any(_tells(other, line) for other in lineages))


def _tells(whole: Lineage, part: Lineage) -> bool:
    """Whether a chain goes through the other's origin, and then through all of its hops."""
    sessions, rest = [_key(hop) for hop in whole.hops], [_key(hop) for hop in part.hops]
    return any(_is(part.origin, hop) and sessions[at : at + len(rest)] == rest for at, hop in enumerate(whole.hops, 1))


def _is(origin: Identity, hop: Hop) -> bool:
    same = bool(origin.unique_id) and f"{origin.unique_id}:{origin.session_name}" == hop.session
    return origin.kind is Kind.ROLE and same


def _session(hop: Hop) -> Identity:
    made = role_session(hop.role_arn, hop.role_id, hop.session_name)
    return made.model_copy(update={"person": hop.source_identity or made.person})


def _key(hop: Hop) -> tuple[str, str, str | None]:
    return hop.role_arn, hop.session, hop.access_key_id
