"""Cutting a principal off, reading it back, and undoing exactly that."""

from datetime import datetime, timedelta

from temporalio import activity

from activities.ports import Iam, Switch
from model.budget import OVER, claim
from model.containment import (
    Action,
    ActionKind,
    Containment,
    denies,
    deny_document,
    is_ours,
    policy_name,
    revocation_time,
)
from model.errors import NotFound, Refused, Unavailable, WrongTarget
from model.frozen import Frozen
from model.own import TAG
from model.principal_state import PrincipalState
from model.protection import is_protected, protects
from model.text import code

_SECOND = timedelta(seconds=1)
_WRITES = 4


class ContainRequest(Frozen):
    """One action of an approved plan, for one run of one case. `keys` are the user's access keys that were active
    before anything was done: asked first, so that an answer lost later does not lose them."""

    case: str
    run: str
    action: Action
    keys: tuple[str, ...] = ()

    @property
    def policy(self) -> str:
        """The name of the inline policy that this run writes."""
        return policy_name(self.case, self.run)


class LiftRequest(Frozen):
    """What to undo; `keys` are access keys to activate again, empty unless a person asked for it."""

    request: ContainRequest
    keys: tuple[str, ...] = ()


class Lifted(Frozen):
    """What a lift did: `clean` when nothing of ours is left; `said` tells what was left and why."""

    clean: bool
    said: str


class Containing:
    """Writes and removes the deny policy of a case, for the one principal that the plan means."""

    def __init__(self, iam: Iam, switch: Switch) -> None:
        self._iam = iam
        self._switch = switch

    @activity.defn(name="AWS: list active access keys")
    def active_keys(self, action: Action) -> tuple[str, ...]:
        """The user's access keys that work now."""
        return tuple(key for key, active in self._same(action).keys if active)

    @activity.defn(name="AWS: contain principal")
    def contain(self, request: ContainRequest) -> Containment:
        """Deny, tag, read back, evaluate. Doing it again moves a revocation time forward and changes nothing else.

        Raises Refused where a guard rule forbids it or somebody changed the policy since, WrongTarget where the name
        now means another identity.
        """
        self._awake(request.action.target)
        before = self._same(request.action)
        # A record may name a role without its path: what IAM calls it counts as well, and its unique id.
        self._permitted(before)
        self._counted(request)
        standing = _document(before, request.policy)
        if standing is not None and not is_ours(standing, request.action.kind):
            raise Refused(f"somebody changed policy {request.policy}: it is left as it is")
        if request.action.kind is ActionKind.DENY_USER:
            return self._deny_user(request, before)
        return self._revoke(request, before)

    @activity.defn(name="AWS: read back containment")
    def read_back(self, request: ContainRequest) -> Containment:
        """Whether the containment stands as IAM holds it now; writes nothing."""
        state = self._same(request.action)
        document = _document(state, request.policy)
        kind = request.action.kind
        cut = revocation_time(document, kind) if document and kind is ActionKind.REVOKE else None
        return _judged(request, state, cut)

    @activity.defn(name="AWS: lift containment")
    def lift(self, order: LiftRequest) -> Lifted:
        """Remove exactly what `contain` added; what somebody changed since is left and said."""
        request, action = order.request, order.request.action
        try:
            state = self._same(action)
        except NotFound:
            return Lifted(clean=True, said="the principal is gone, and the policy with it")
        except WrongTarget:
            return Lifted(clean=True, said="another identity has the name now; nothing of ours is on it")
        document = _document(state, request.policy)
        if document and not is_ours(document, action.kind):
            return Lifted(clean=False, said=f"somebody changed policy {request.policy}: it was left as it is")
        if document:
            self._iam.delete_policy(action.target, request.policy)
        self._untag(request, state)
        said = "policy removed" if document else "there was nothing to remove"
        return Lifted(clean=True, said=said + self._activate(order, state))

    def _activate(self, order: LiftRequest, state: PrincipalState) -> str:
        """Turn the asked-for keys on again; what to say of those that are gone."""
        there = dict(state.keys)
        for key in order.keys:
            if key in there:
                self._iam.set_key(order.request.action.target, key, True)
        gone = [code(key) for key in order.keys if key not in there]
        return f"; deleted meanwhile: {', '.join(gone)}" if gone else ""

    def _awake(self, arn: str) -> None:
        guard = self._switch.guard()
        if guard.stop:
            raise Refused("the kill switch is on (guard.stop in hopstop.toml): nothing is contained")
        if is_protected(arn, guard.protected):
            raise Refused("settings protect this principal (guard.protected in hopstop.toml)")

    def _permitted(self, state: PrincipalState) -> None:
        why = protects(self._switch.guard(), state.arn, state.unique_id, state.tags)
        if why:
            raise Refused(why)

    def _counted(self, request: ContainRequest) -> None:
        action = request.action
        why = self._switch.take([claim(request.case, request.run, action.target, action.account)])
        if why:
            raise Refused(f"{OVER}: {why}")

    def _same(self, action: Action) -> PrincipalState:
        state = self._iam.read(action.target)
        if state.unique_id != action.unique_id:
            raise WrongTarget("the name now belongs to another identity than the one in the finding")
        return state

    def _revoke(self, request: ContainRequest, before: PrincipalState) -> Containment:
        cut = _cut_after(before, request)
        for _ in range(_WRITES):
            self._iam.put_policy(request.action.target, request.policy, deny_document(ActionKind.REVOKE, cut))
            after = self._same(request.action)
            if after.read_at < cut:
                break
            # The write took so long that a session minted meanwhile would be younger than the cut.
            cut = after.read_at + _SECOND
        else:
            raise Unavailable("IAM answers too slowly to fix a revocation time")
        note = self._tag(request, after)
        return _judged(request, after, cut).model_copy(update={"note": note})

    def _deny_user(self, request: ContainRequest, before: PrincipalState) -> Containment:
        target = request.action.target
        self._iam.put_policy(target, request.policy, deny_document(ActionKind.DENY_USER, None))
        for key, active in before.keys:
            if active:
                self._iam.set_key(target, key, False)
        note = self._tag(request, before)
        after = self._same(request.action)
        found = (key for key, active in before.keys if active)
        keys = tuple(dict.fromkeys((*request.keys, *found)))
        return _judged(request, after, None, keys).model_copy(update={"note": note})

    def _tag(self, request: ContainRequest, state: PrincipalState) -> str:
        """Mark the principal; what to say where that is refused, since the denial stands without it."""
        if TAG in dict(state.tags):
            return ""
        try:
            self._iam.tag(request.action.target, TAG, request.case)
        except Refused as error:
            return f"not tagged: {error}"
        return ""

    def _untag(self, request: ContainRequest, state: PrincipalState) -> None:
        others = any(p.name.startswith("hopstop-") and p.name != request.policy for p in state.policies)
        if not others and TAG in dict(state.tags):
            self._iam.untag(request.action.target, TAG)


def _cut_after(before: PrincipalState, request: ContainRequest) -> datetime:
    """A second past AWS's own clock, and never earlier than the cut that stands."""
    cut = before.read_at + _SECOND
    document = _document(before, request.policy)
    standing = revocation_time(document, ActionKind.REVOKE) if document else None
    return max(cut, standing) if standing else cut


def _document(state: PrincipalState, name: str) -> str | None:
    return next((policy.document for policy in state.policies if policy.name == name), None)


def _judged(
    request: ContainRequest, state: PrincipalState, cut: datetime | None, keys: tuple[str, ...] = ()
) -> Containment:
    document = _document(state, request.policy)
    why = _why_not(document, request.action.kind, state, cut)
    return Containment(
        target=request.action.target,
        kind=request.action.kind,
        policy=request.policy,
        cut=cut,
        contained=not why,
        keys=keys,
        why=why,
    )


def _why_not(document: str | None, kind: ActionKind, state: PrincipalState, cut: datetime | None) -> str:
    """Empty where the stored policy denies what it must and nothing else."""
    if document is None:
        return "the deny policy is not on the principal"
    if not is_ours(document, kind):
        return "the deny policy is not as it was written"
    if kind is ActionKind.DENY_USER:
        return "an access key is still active" if any(active for _, active in state.keys) else ""
    if cut is None or not denies(document, kind, cut - _SECOND) or denies(document, kind, cut):
        return "the deny policy does not part old sessions from new ones"
    return ""
