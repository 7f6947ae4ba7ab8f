"""One set of credentials that somebody was seen to get, and who can be acting in it."""

import msgspec

from model.actor import Name, role_of
from model.assumption import RoleAssumption
from model.chain import Chain
from model.identity import Identity, Kind

SLACK_S = 2.0
"""How much later than its first use a session may seem to be made, in seconds."""
HOP_S, TOKEN_S = 12 * 3600, 36 * 3600
"""The longest that a role's session lives, and one from GetSessionToken or GetFederationToken, in seconds."""
HOPS = frozenset(("AssumeRole", "SwitchRole", "AssumeRoot"))
TOKENS = frozenset(("GetSessionToken", "GetFederationToken"))

_DEFAULT_S = 3600
_SHORTEST_S = 900
_GRACE_S = 60
_USERS = frozenset((Kind.USER, Kind.FEDERATED_USER, Kind.ROOT))
_SESSIONS = frozenset((Kind.ROLE, Kind.ACCOUNT, Kind.UNKNOWN))


class Session(msgspec.Struct, eq=False, gc=False):
    """A session, and its place in the tree of who made whom.

    `keyless`: its key tells nothing. `parent` holds while `linked`, and was found by name where `named`. `before` is
    the chain up to it where the parent is no longer kept. `cut`: records say that it made itself, which is not
    believed. `asks_key`, `asks_name`: it is to be told of a new session under these. `since`: what was logged from
    then on is enough to tell its chain.
    """

    made: RoleAssumption
    keyless: bool = False
    gone: bool = False
    linked: bool = False
    named: bool = False
    cut: bool = False
    asks_key: str | None = None
    asks_name: Name | str | None = None
    parent: "Session | None" = None
    children: "list[Session] | None" = None
    before: Chain | None = None
    chain: Chain | None = None
    since: float = 0.0

    @property
    def last(self) -> float:
        """When its key can have been used at the latest, whatever was asked for."""
        return self.made.time + (TOKEN_S if self.made.how in TOKENS else HOP_S) + _GRACE_S

    @property
    def ends(self) -> float:
        """When it ends, as far as the records say, in seconds since 1970 UTC."""
        made = self.made
        if made.how == "SwitchRole":
            return made.time + HOP_S
        if made.how in TOKENS:
            return made.time + TOKEN_S
        return made.time + max(made.duration or _DEFAULT_S, _SHORTEST_S) + _GRACE_S

    def join(self, child: "Session", named: bool) -> None:
        """Become a session's parent."""
        child.parent, child.named = self, named
        if self.children is None:
            self.children = [child]
        else:
            self.children.append(child)

    def made_by_it(self) -> "list[Session]":
        """The sessions whose parent it is, each once."""
        if self.children is None:
            return []
        return [child for child in dict.fromkeys(self.children) if child.parent is self and not child.gone]


def is_of(made: RoleAssumption, caller: Identity) -> bool:
    """Whether the caller can be that session: the same role and name. A role made anew under its ARN is another one."""
    named = made.session_name and caller.session_name
    if made.role_id is not None and made.role_id == caller.unique_id:
        return not named or made.session_name == caller.session_name
    if made.how == "AssumeRoot":
        return caller.kind is Kind.ROOT and caller.account == made.account
    if made.how in TOKENS:
        return caller.account == made.account and caller.kind in _USERS
    if caller.kind not in _SESSIONS or (made.role_id is not None and caller.unique_id is not None):
        return False
    if named and made.session_name != caller.session_name:
        return False
    return caller.arn is None or role_of(caller.arn) == role_of(made.role_arn)
