"""A caller as lineages need it: the chain that it is alone, and the session that it may be."""

from functools import lru_cache

import msgspec

from model.assumption import RoleAssumption
from model.chain import Chain
from model.identity import Identity, Kind

Name = tuple[str, str]
"""A role as account/name, and the session's name."""

_MOST = 16_384
_SESSIONS = frozenset((Kind.ROLE, Kind.ACCOUNT))


class Actor(msgspec.Struct, frozen=True, eq=False, gc=False):
    """`name` is None where only the role's unique id is known, and for whoever is no role's session."""

    alone: Chain
    is_session: bool
    name: Name | None
    unique_id: str | None
    session_name: str | None


class Actors:
    """The same caller is mostly the same Identity object: what it is to lineages is kept with the object."""

    def __init__(self) -> None:
        self._known: dict[int, Actor] = {}

    def get(self, identity: Identity) -> Actor:
        """What lineages need of an identity."""
        found = self._known.get(id(identity))
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[id(identity)] = _caller(identity)
        return found


def name_of(made: RoleAssumption) -> Name | None:
    """The name of the session that an assumption made; None for root, and where a record does not say it."""
    role = role_of(made.role_arn)
    return (role, made.session_name) if role is not None and made.session_name else None


@lru_cache(maxsize=65_536)
def role_of(arn: str) -> str | None:
    """A role's account and name, without its path; None for another ARN."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[4] or not parts[5].startswith("role/"):
        return None
    return f"{parts[4]}/{parts[5].rsplit('/', 1)[-1]}"


def _caller(identity: Identity) -> Actor:
    """The chain holds the identity, so that no other object can take its id while this is kept."""
    session = identity.session_name if identity.kind in _SESSIONS else None
    role = role_of(identity.arn) if identity.arn else None
    return Actor(
        alone=Chain(identity),
        is_session=session is not None,
        name=(role, session) if role is not None and session is not None else None,
        unique_id=identity.unique_id,
        session_name=session,
    )
