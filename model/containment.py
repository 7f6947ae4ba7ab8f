"""What would cut off a chain, and what was cut: values. model/containment_planner.py makes the plan."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from model.frozen import Frozen, added
from model.lineage import Hop, Lineage

Scope = Literal["role", "session", "named"]
"""Whom a deny on a role hits: everybody in it; this chain's sessions; or sessions whose names no caller can choose
(an instance's, a function's, a person's whom the identity provider names)."""


CLOSED = ".close"
"""How the name of a policy ends that denies whenever a session is minted."""
PROTECTED = "settings protect it"


class ActionKind(StrEnum):
    """What is done to a principal.

    `revoke` denies sessions of a role that were minted before the cut. `close` denies them whenever they are minted:
    for the first role of ours where the origin itself cannot be denied. `managed` attaches one prepared deny policy,
    which stops the whole role or user. `deny_user` denies an IAM user everything and makes its access keys inactive.
    `quarantine` attaches a prepared SCP to an account, `deny_person` writes a person of Identity Center into another.
    """

    REVOKE = "revoke"
    CLOSE = "close"
    MANAGED = "managed"
    DENY_USER = "deny_user"
    QUARANTINE = "quarantine"
    DENY_PERSON = "deny_person"


BY_SCP = frozenset((ActionKind.QUARANTINE, ActionKind.DENY_PERSON))
"""What is done in the management account, by a service control policy."""


class Action(Frozen):
    """One thing to do to one principal. `lifts` says what ends it: `timer` or `human`.

    `sessions` are the chain's own (`role id:session name`), `source_identity` what they carry, if anything; `hits`
    names everybody else whom it hits. `since`: in scope `session`, whatever was minted from then on is cut under any
    name, since whoever held a parent chose the names. `managed` is the ARN of the policy that is attached, or of the
    SCP. `guards` are further ARNs whose protection protects the target.
    """

    kind: ActionKind
    target: str
    account: str
    unique_id: str
    effect: str
    undo: str
    lifts: Literal["timer", "human"]
    sessions: tuple[str, ...] = ()
    scope: Scope = added("role")
    source_identity: str = added("")
    since: datetime | None = added(None)
    hits: tuple[str, ...] = added(())
    managed: str = added("")
    guards: tuple[str, ...] = added(())

    @property
    def key(self) -> str:
        """One containment a case: by principal, and by kind where two may stand on one principal."""
        return _key(self.kind, self.target)


class Cannot(Frozen):
    """A part of the chain that hopstop cannot or must not cut, why, and what a person should do."""

    target: str
    why: str
    do: str


class ContainmentPlan(Frozen):
    """Every action, every part that cannot be contained. `hash` binds an approval to exactly these actions."""

    actions: tuple[Action, ...]
    cannot: tuple[Cannot, ...] = ()

    @property
    def hash(self) -> str:
        """Twelve hex digits over what is done to whom; wording does not change it.

        Which sessions of the chain are cut is not in it: that they are the chain's own is what was approved.
        """
        facts = [[a.kind, a.target, a.unique_id, a.lifts, *_further(a)] for a in self.actions]
        facts += [["cannot", c.target] for c in self.cannot]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def _further(action: Action) -> list[str]:
    """What a hash holds besides; nothing for what the first release could do, so that its hashes stay as they were."""
    wider = [] if action.scope == "role" else [f"scope={action.scope}"]
    names = [*action.sessions] if action.kind is ActionKind.CLOSE and action.scope == "named" else []
    wider += [f"since={action.since:%Y-%m-%dT%H:%MZ}"] if action.since else []
    return [*wider, *names, *([f"managed={action.managed}"] if action.managed else [])]


class Containment(Frozen):
    """What became of one action. `cut` is the revocation time (sessions minted before it are denied), None for a user.

    `contained` is true only where the policy was read back from IAM and evaluated: old sessions denied, and for a role
    a session minted after the cut not denied (`close` and `managed`: denied as well). `at` is when AWS took the denial.
    `keys` are the access keys that were made inactive. `silent`: it failed only because AWS did not answer.
    """

    target: str
    kind: ActionKind
    policy: str
    cut: datetime | None = None
    contained: bool = False
    keys: tuple[str, ...] = ()
    why: str = ""
    note: str = ""
    silent: bool = False
    at: datetime | None = added(None)

    @property
    def key(self) -> str:
        """As the action's."""
        return _key(self.kind, self.target)


def _key(kind: ActionKind, target: str) -> str:
    return target if kind in (ActionKind.REVOKE, ActionKind.DENY_USER) else f"{kind}:{target}"


def target_of(key: str) -> str:
    """The principal of an action's key."""
    return key[key.index("arn:") :] if "arn:" in key else key


def policy_name(case: str, run: str, kind: ActionKind = ActionKind.REVOKE) -> str:
    """The one inline policy of a case's run on any principal: `hopstop-<case>-<run>`, in IAM's alphabet.

    What is closed has a policy of its own (`….close`), so that a revocation on the same role lifts without it.
    """
    end = f"-{run[:8]}" + (CLOSED if kind is ActionKind.CLOSE else "")
    return f"hopstop-{case.removeprefix('case:').replace(':', '-')}"[: 128 - len(end)] + end


def sessions_of(lineages: Sequence[Lineage]) -> tuple[Hop, ...]:
    """Every distinct session of the chains, in the order of their minting."""
    hops = {(hop.role_arn, hop.session, hop.access_key_id): hop for line in lineages for hop in line.hops}
    return tuple(sorted(hops.values(), key=lambda hop: (hop.time, hop.role_arn, hop.session)))
