"""Which action fits a principal, by what IAM says of it: the kind, the scope, whom it hits, whether it fits. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from model.containment import PROTECTED, Action, ActionKind, Cannot
from model.containment_documents import Denial, document_of, size_of
from model.containment_origins import Prepared, names_of
from model.frozen import Frozen
from model.identity import Kind
from model.lineage import Lineage
from model.principal_state import MANAGED_QUOTA, Door, PrincipalFacts
from model.role_path import role_path
from model.text import code, joined, role_label

Step = Action | Cannot

WORKLOADS = {
    "ec2.amazonaws.com": "EC2: for up to 6 h, or until it is stopped and started or gets a new instance profile",
    "lambda.amazonaws.com": "Lambda: until new environments start, so deploy the function again",
    "ecs-tasks.amazonaws.com": "ECS: until the task is replaced, so stop the task",
}
"""Services whose sessions bear names that AWS chooses, and how each comes back to life after a revocation."""

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class Knowledge(Frozen):
    """What is known besides records. `managed` is the name, with its path, of the deny policy that is prepared in every
    account (empty: there is none); `always` uses it for everything, else for what has no room for an inline policy.
    `prepared` are the SCPs for what IAM does not deny."""

    facts: tuple[PrincipalFacts, ...] = ()
    managed: str = ""
    always: bool = False
    prepared: Prepared = Prepared()

    def of(self, arn: str) -> PrincipalFacts | None:
        """What IAM said of a principal."""
        return next((one for one in self.facts if one.arn == arn), None)


def informed(
    steps: Mapping[str, Step], lineages: Sequence[Lineage], accounts: Sequence[str], known: Knowledge
) -> dict[str, Step]:
    """The plan with each action made right for its principal."""
    closed = {shut: origin for line in lineages for shut, origin in _shut(line, steps, accounts, known)}
    return {target: _fitted(step, closed.get(target, ""), lineages, known) for target, step in steps.items()}


def _shut(
    line: Lineage, steps: Mapping[str, Step], accounts: Sequence[str], known: Knowledge
) -> Iterator[tuple[str, str]]:
    """The first role of ours, where the origin could enter it again at any time; with who that is."""
    origin = line.origin
    target = next((name for name in names_of(origin) if name in steps), origin.arn or origin.key)
    step = steps.get(target)
    if isinstance(step, Action):
        facts = known.of(target)
        outside = next((door for door in facts.doors if _is_outside(door, accounts)), None) if facts else None
        if origin.kind is Kind.ROLE and outside is not None and not _is_workload(origin.session_name or "", facts):
            yield target, outside.who
        return
    if isinstance(step, Cannot) and step.why == PROTECTED:
        return
    first = next((hop.role_arn for hop in line.hops if isinstance(steps.get(hop.role_arn), Action)), None)
    if first is not None:
        yield first, target


def _is_outside(door: Door, accounts: Sequence[str]) -> bool:
    """Whether somebody may come in there whom no policy of ours denies."""
    if door.kind != "aws":
        return door.who not in WORKLOADS
    if door.who == "*":
        return True
    account = door.who.split(":")[4] if door.who.count(":") >= 5 else door.who
    return bool(accounts) and account.isdigit() and account not in accounts


def _is_workload(session: str, facts: PrincipalFacts | None) -> bool:
    """Whether a session is an instance's, a function's or a task's, so that it is AWS that names it."""
    doors = facts.doors if facts else ()
    only = bool(doors) and all(door.who in WORKLOADS for door in doors)
    instance = session.startswith("i-") and any(door.who == "ec2.amazonaws.com" for door in doors)
    return only or (instance and all(char in "0123456789abcdef" for char in session[2:]))


def _fitted(step: Step, outsider: str, lineages: Sequence[Lineage], known: Knowledge) -> Step:
    if isinstance(step, Cannot):
        return step
    facts = known.of(step.target)
    if facts is None:
        return _closed(step, outsider, facts) if outsider else step
    if facts.unique_id != step.unique_id:
        why = "another identity has the name now"
        return Cannot(target=step.target, why=why, do="look at both identities by hand")
    if (role_path(facts.found) or "").startswith(("aws-service-role/", "aws-reserved/")):
        return Cannot(target=step.target, why="AWS lets nobody modify this role", do="end its sessions at their source")
    return _with_room(_shaped(step, outsider, lineages, facts), facts, known)


def _shaped(step: Action, outsider: str, lineages: Sequence[Lineage], facts: PrincipalFacts) -> Action:
    if step.kind is ActionKind.DENY_USER:
        password = " (its console password stays, and is of no use)" if facts.console else ""
        return step.model_copy(update={"effect": step.effect + password})
    if outsider:
        return _closed(step, outsider, facts)
    if step.sessions and all(_is_workload(session.partition(":")[2], facts) for session in step.sessions):
        return _workload(step, facts)
    return _session(step, lineages, facts) if facts.others else step


def _closed(step: Action, outsider: str, facts: PrincipalFacts | None) -> Action:
    """Deny new sessions too: those of the chain's names where no caller can choose them, else everybody's."""
    named = facts is not None and bool(facts.doors) and all(door.kind == "saml" for door in facts.doors)
    narrow = named and bool(step.sessions)
    whom = f"the sessions {_names(step)} of role" if narrow else "everybody in role"
    hits = () if narrow or facts is None else facts.others or ()
    also = f"; also hit: {joined([code(name) for name in hits])}" if hits else ""
    return step.model_copy(
        update={
            "kind": ActionKind.CLOSE,
            "scope": "named" if narrow else "role",
            "effect": f"close: deny {whom} {role_label(step.target)} everything, new sessions too, because "
            f"{code(outsider)} can come in again; this also stops legitimate use{also}",
            "undo": "a person lifts it",
            "lifts": "human",
            "hits": hits,
        }
    )


def _workload(step: Action, facts: PrincipalFacts) -> Action:
    back = joined([WORKLOADS[door.who] for door in facts.doors if door.who in WORKLOADS])
    effect = (
        f"revoke the sessions of {_names(step)} in role {role_label(step.target)}: what runs there stops ({back}); "
        "whoever holds it gets new sessions too, so isolate it"
    )
    return step.model_copy(update={"scope": "named", "effect": effect})


def _session(step: Action, lineages: Sequence[Lineage], facts: PrincipalFacts) -> Action:
    hops = [hop for line in lineages for hop in line.hops if hop.role_arn == step.target]
    carried = {hop.source_identity or "" for hop in hops}
    since = min((hop.time.replace(microsecond=0) for hop in hops), default=None)
    began = f" since {since:%H:%M:%S} UTC" if since else ""
    others = joined([code(name) for name in facts.others or ()], 2)
    effect = (
        f"revoke this chain's sessions of role {role_label(step.target)} made before the cut, and whatever was started "
        f"in it under any name{began}; others ({others}) keep sessions from before, and can sign in again at once"
    )
    source = carried.pop() if len(carried) == 1 else ""
    changes = {"scope": "session", "effect": effect, "source_identity": source, "since": since}
    return step.model_copy(update=changes)


def _names(step: Action) -> str:
    return joined([code(session.partition(":")[2]) for session in step.sessions])


def _with_room(step: Action, facts: PrincipalFacts, known: Knowledge) -> Step:
    """An action that AWS will take: what does not fit is planned as something else, and that is another plan."""
    if known.managed and known.always:
        return _managed(step, facts, known)
    if _size(step) <= facts.room:
        return step
    whole = _whole(step)
    if whole is not None and _size(whole) <= facts.room:
        return whole
    if known.managed:
        return _managed(step, facts, known)
    why = f"its inline policies leave {max(facts.room, 0)} characters and the deny needs {_size(step)}"
    return Cannot(target=step.target, why=why, do="make room on it, then look at the plan again; or deny it by hand")


def _whole(step: Action) -> Action | None:
    """The whole role instead of many sessions of it."""
    if step.kind is not ActionKind.REVOKE or step.scope == "role":
        return None
    effect = (
        f"revoke every session of role {role_label(step.target)} made before the cut, others' too, because there is no "
        "room to name this chain's alone; new sessions work"
    )
    return step.model_copy(update={"scope": "role", "source_identity": "", "since": None, "effect": effect})


def _managed(step: Action, facts: PrincipalFacts, known: Knowledge) -> Step:
    partition = step.target.split(":", 2)[1]
    policy = f"arn:{partition}:iam::{step.account}:policy/{known.managed}"
    if facts.attached >= MANAGED_QUOTA:
        why = f"{facts.attached} managed policies are attached to it, which is AWS's quota"
        return Cannot(target=step.target, why=why, do="detach one, or deny it by hand")
    user = step.kind is ActionKind.DENY_USER
    keys = " and make its access keys inactive" if user else ", new sessions included: this also stops legitimate use"
    return step.model_copy(
        update={
            "kind": ActionKind.MANAGED,
            "scope": "role",
            "source_identity": "",
            "since": None,
            "effect": f"attach {code(known.managed)} to {role_label(step.target)}: everything is denied{keys}",
            "undo": "a person lifts it" + ("; keys stay inactive until somebody turns them on" if user else ""),
            "lifts": "human",
            "hits": facts.others or (),
            "managed": policy,
        }
    )


def _size(step: Action) -> int:
    return size_of(document_of(denial_for(step, _ANY_TIME, since=_ANY_TIME.replace(year=1999))))


def denial_for(action: Action, cut: datetime | None, since: datetime | None = None) -> Denial:
    """What an action's policy denies, cut at that time."""
    if action.kind is not ActionKind.REVOKE:
        return Denial(sessions=action.sessions if action.kind is ActionKind.CLOSE and action.scope == "named" else ())
    if cut is None:
        raise ValueError("a revocation needs its time")
    if action.scope == "role":
        return Denial(cut=cut)
    window = since if action.scope == "session" and since is not None and since < cut else None
    return Denial(cut=cut, sessions=action.sessions, source_identity=action.source_identity, since=window)
