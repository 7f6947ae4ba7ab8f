"""What would cut off a chain: one action for each role and for the origin. Pure.

Without `known` it is the first release's plan, from records alone. With it, what IAM says of each principal decides the
kind and the scope of each action (model/containment_kinds.py).
"""

from collections.abc import Sequence

from model.containment import PROTECTED, Action, ActionKind, Cannot, ContainmentPlan
from model.containment_kinds import Knowledge, Step, informed
from model.containment_origins import above
from model.identity import Identity, Kind
from model.lineage import Lineage
from model.protection import is_protected
from model.role_path import role_path
from model.text import code, role_label


def plan_containment(
    lineages: Sequence[Lineage],
    protected: Sequence[str] = (),
    accounts: Sequence[str] = (),
    known: Knowledge | None = None,
) -> ContainmentPlan:
    """One action for each role of the chains and for their origin, origin first.

    `protected` (model/protection.py) is never touched; `accounts` are the organisation's (empty: all are ours).
    """
    planned: dict[str, Step] = {}
    for lineage in lineages:
        origin = _for_origin(lineage.origin)
        _add(planned, above(origin, lineage.origin, known.prepared) if known is not None else origin)
        for hop in lineage.hops:
            _add(planned, _for_role(hop.role_arn, hop.account, hop.role_id, (hop.session,)))
    guarded = {target: _guarded(step, protected, accounts, known) for target, step in planned.items()}
    checked = informed(guarded, lineages, accounts, known).values() if known is not None else guarded.values()
    return ContainmentPlan(
        actions=tuple(step for step in checked if isinstance(step, Action)),
        cannot=tuple(step for step in checked if isinstance(step, Cannot)),
    )


def _add(planned: dict[str, Step], step: Step) -> None:
    known = planned.get(step.target)
    if not isinstance(known, Action) or not isinstance(step, Action):
        planned.setdefault(step.target, step)
    elif known.unique_id != step.unique_id:
        why = "was deleted and made again under the same name while the chain ran"
        planned[step.target] = Cannot(target=step.target, why=why, do="look at both identities by hand")
    else:
        sessions = tuple(sorted({*known.sessions, *step.sessions}))
        planned[step.target] = known.model_copy(update={"sessions": sessions})


def _for_origin(origin: Identity) -> Step:
    if origin.kind is Kind.USER and origin.arn and origin.account and origin.unique_id:
        return _deny_user(origin.arn, origin.account, origin.unique_id)
    if origin.kind is Kind.ROLE and origin.arn and origin.account:
        session = (f"{origin.unique_id}:{origin.session_name}",) if origin.session_name else ()
        return _for_role(origin.arn, origin.account, origin.unique_id, session)
    if origin.kind is Kind.FEDERATED_USER and origin.account and origin.issuer:
        return _deny_minter(origin, origin.account, *origin.issuer)
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


def _deny_minter(origin: Identity, account: str, arn: str, unique_id: str) -> Action:
    """A federated user has the rights of the IAM user that minted it, and loses them with it."""
    step = _deny_user(arn, account, unique_id)
    minted = f"; the federated user {code(origin.session_name or origin.key)} that it minted loses everything with it"
    return step.model_copy(update={"effect": step.effect + minted, "guards": (origin.arn,) if origin.arn else ()})


def _for_role(arn: str, account: str, unique_id: str | None, sessions: tuple[str, ...]) -> Step:
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


def _guarded(step: Step, protected: Sequence[str], accounts: Sequence[str], known: Knowledge | None) -> Step:
    if isinstance(step, Cannot):
        return step
    facts = known.of(step.target) if known else None
    # A record may name a role without its path: what IAM calls it counts as well.
    if any(
        is_protected(arn, protected, step.unique_id)
        for arn in {step.target, facts.found if facts else step.target, *step.guards}
    ):
        return Cannot(target=step.target, why=PROTECTED, do="decide by hand whether to touch it")
    if accounts and step.account not in accounts:
        return Cannot(target=step.target, why="its account is not ours", do="tell the owner of the account")
    return step
