"""What would cut off a chain, and what was cut: values, and the pure planner that makes them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from model.frozen import Frozen
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage
from model.protection import is_protected
from model.role_path import role_path
from model.text import role_label


class ActionKind(StrEnum):
    """What is done to a principal: `revoke` denies every session of a role minted before the cut, `deny_user` denies
    an IAM user everything and makes its access keys inactive."""

    REVOKE = "revoke"
    DENY_USER = "deny_user"


class Action(Frozen):
    """One thing to do to one principal. `lifts` says what ends it: `timer` or `human`."""

    kind: ActionKind
    target: str
    account: str
    unique_id: str
    effect: str
    undo: str
    lifts: Literal["timer", "human"]
    sessions: tuple[str, ...] = ()


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
        """Twelve hex digits over what is done to whom; wording does not change it."""
        facts = [[a.kind, a.target, a.unique_id, a.lifts] for a in self.actions]
        facts += [["cannot", c.target] for c in self.cannot]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


class Containment(Frozen):
    """What became of one action. `cut` is the revocation time (sessions minted before it are denied), None for a user.

    `contained` is true only where the policy was read back from IAM and evaluated: old sessions denied, and for a role
    a session minted after the cut not denied. `keys` are the access keys that were made inactive. `silent`:
    it failed only because AWS did not answer.
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


def plan_containment(
    lineages: Sequence[Lineage], protected: Sequence[str] = (), accounts: Sequence[str] = ()
) -> ContainmentPlan:
    """One action for each role of the chains and for their origin, origin first.

    `protected` (model/protection.py) is never touched; `accounts` are the organisation's (empty: all are ours).
    """
    planned: dict[str, Action | Cannot] = {}
    for lineage in lineages:
        _add(planned, _for_origin(lineage.origin))
        for hop in lineage.hops:
            _add(planned, _for_role(hop.role_arn, hop.account, hop.role_id, (hop.session,)))
    checked = [_guarded(step, protected, accounts) for step in planned.values()]
    return ContainmentPlan(
        actions=tuple(step for step in checked if isinstance(step, Action)),
        cannot=tuple(step for step in checked if isinstance(step, Cannot)),
    )


def _add(planned: dict[str, Action | Cannot], step: Action | Cannot) -> None:
    known = planned.get(step.target)
    if not isinstance(known, Action) or not isinstance(step, Action):
        planned.setdefault(step.target, step)
    elif known.unique_id != step.unique_id:
        why = "was deleted and made again under the same name while the chain ran"
        planned[step.target] = Cannot(target=step.target, why=why, do="look at both identities by hand")
    else:
        sessions = tuple(sorted({*known.sessions, *step.sessions}))
        planned[step.target] = known.model_copy(update={"sessions": sessions})


def _for_origin(origin: Identity) -> Action | Cannot:
    if origin.kind is Kind.USER and origin.arn and origin.account and origin.unique_id:
        return _deny_user(origin.arn, origin.account, origin.unique_id)
    if origin.kind is Kind.ROLE and origin.arn and origin.account:
        session = (f"{origin.unique_id}:{origin.session_name}",) if origin.session_name else ()
        return _for_role(origin.arn, origin.account, origin.unique_id, session)
    return Cannot(
        target=origin.arn or origin.key,
        why=f"an origin of kind {origin.kind} cannot be denied by a policy of ours",
        do="end its access where it comes from; the roles after it are cut",
    )


def _deny_user(arn: str, account: str, unique_id: str) -> Action:
    return Action(
        kind=ActionKind.DENY_USER,
        target=arn,
        account=account,
        unique_id=unique_id,
        effect=f"deny user {role_label(arn)} everything and make its access keys inactive",
        undo="a person lifts it; keys stay inactive until somebody turns them on",
        lifts="human",
    )


def _for_role(arn: str, account: str, unique_id: str | None, sessions: tuple[str, ...]) -> Action | Cannot:
    if (role_path(arn) or "").startswith(("aws-service-role/", "aws-reserved/")):
        return Cannot(target=arn, why="AWS lets nobody modify this role", do="end its sessions at their source")
    if not unique_id or not unique_id.startswith("AROA"):
        return Cannot(target=arn, why="no record names its unique id", do="check the role and revoke it by hand")
    return Action(
        kind=ActionKind.REVOKE,
        target=arn,
        account=account,
        unique_id=unique_id,
        effect=f"revoke every session of role {role_label(arn)} made before the cut; new sessions work",
        undo="lifts by itself when no older session can be alive",
        lifts="timer",
        sessions=sessions,
    )


def _guarded(step: Action | Cannot, protected: Sequence[str], accounts: Sequence[str]) -> Action | Cannot:
    if isinstance(step, Cannot):
        return step
    if is_protected(step.target, protected, step.unique_id):
        return Cannot(target=step.target, why="settings protect it", do="decide by hand whether to touch it")
    if accounts and step.account not in accounts:
        return Cannot(target=step.target, why="its account is not ours", do="tell the owner of the account")
    return step


def policy_name(case: str, run: str) -> str:
    """The one inline policy of a case's run on any principal: `hopstop-<case>-<run>`, in IAM's alphabet."""
    return f"hopstop-{case.removeprefix('case:').replace(':', '-')}-{run[:8]}"[:128]


def deny_document(kind: ActionKind, cut: datetime | None) -> str:
    """The deny policy as compact JSON. With a cut, only sessions minted before it are denied
    (AWS: `aws:TokenIssueTime`, whole seconds UTC)."""
    statement: dict[str, object] = {"Sid": "HopstopContainment", "Effect": "Deny", "Action": "*", "Resource": "*"}
    if kind is ActionKind.REVOKE:
        if cut is None:
            raise ValueError("a revocation needs its time")
        stamp = cut.strftime("%Y-%m-%dT%H:%M:%SZ")
        statement["Condition"] = {"DateLessThan": {"aws:TokenIssueTime": stamp}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def revocation_time(document: str, kind: ActionKind) -> datetime | None:
    """The cut that a document of ours carries; None where the document is not one that `deny_document` makes."""
    try:
        condition = json.loads(document)["Statement"][0]["Condition"]
        cut = datetime.fromisoformat(condition["DateLessThan"]["aws:TokenIssueTime"])
        return cut if json.loads(deny_document(kind, cut)) == json.loads(document) else None
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def is_ours(document: str, kind: ActionKind) -> bool:
    """Whether a policy document is exactly what this kind of action writes, whatever its time."""
    if kind is ActionKind.REVOKE:
        return revocation_time(document, kind) is not None
    try:
        return bool(json.loads(document) == json.loads(deny_document(kind, None)))
    except ValueError:
        return False


def denies(document: str, kind: ActionKind, issued: datetime) -> bool:
    """Whether a document of ours denies a session minted at `issued` (for a user: any request)."""
    if kind is ActionKind.DENY_USER:
        return is_ours(document, kind)
    cut = revocation_time(document, kind)
    return cut is not None and issued < cut


def sessions_of(lineages: Sequence[Lineage]) -> tuple[Hop, ...]:
    """Every distinct session of the chains, in the order of their minting."""
    hops = {(hop.role_arn, hop.session, hop.access_key_id): hop for line in lineages for hop in line.hops}
    return tuple(sorted(hops.values(), key=lambda hop: (hop.time, hop.role_arn, hop.session)))
