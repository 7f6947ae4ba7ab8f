"""Cutting a principal off, reading it back, and undoing exactly that."""

from datetime import datetime

from temporalio import activity

from activities.controlling import Controls, Wish
from activities.ports import Iam, ServiceControls, Switch
from model.budget import OVER, claim
from model.containment import BY_SCP, Action, ActionKind, Containment, policy_name
from model.containment_documents import Denial, denial_of, document_of, is_deny_all
from model.containment_kinds import denial_for
from model.containment_proof import SECOND, document_in, key_still_active, standing, why_not
from model.errors import NotFound, Refused, Unavailable, WrongTarget
from model.frozen import Frozen
from model.own import TAG
from model.principal_state import PrincipalState
from model.protection import is_protected, protects
from model.text import code

_WRITES = 4
_STAYS = "was attached before"


class ContainRequest(Frozen):
    """One action of an approved plan, for one run of one case. `keys` are the user's access keys that were active
    before anything was done: asked first, so that an answer lost later does not lose them."""

    case: str
    run: str
    action: Action
    keys: tuple[str, ...] = ()

    @property
    def policy(self) -> str:
        """The name of the inline policy that this run writes, or the ARN of the managed one that it attaches."""
        return self.action.managed or policy_name(self.case, self.run, self.action.kind)

    @property
    def holder(self) -> str:
        """The tag that says that this run holds a managed policy which others may hold as well."""
        return f"{TAG}:{policy_name(self.case, self.run)}"[:128]

    @property
    def wish(self) -> Wish:
        """The same for what only an SCP does."""
        action = self.action
        return Wish(action.kind, action.managed, action.unique_id, self.case, self.holder)


class LiftRequest(Frozen):
    """What to undo; `keys` are access keys to activate again, empty unless a person asked for it."""

    request: ContainRequest
    keys: tuple[str, ...] = ()


class Lifted(Frozen):
    """What a lift did: `clean` when nothing of ours is left; `said` tells what was left and why."""

    clean: bool
    said: str


class Containing:
    """Writes and removes what a case denies, for the one principal that the plan means."""

    def __init__(self, iam: Iam, switch: Switch, scps: ServiceControls | None = None) -> None:
        self._iam = iam
        self._switch = switch
        self._controls = Controls(scps) if scps is not None else None

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
        self._awake(request.action)
        if request.action.kind in BY_SCP:
            return self._by_scp(request)
        before = self._same(request.action)
        # A record may name a role without its path: what IAM calls it counts as well, and its unique id.
        self._permitted(before)
        self._counted(request)
        held = document_in(before, request.policy)
        if held is not None and denial_of(held) is None:
            raise Refused(f"somebody changed policy {request.policy}: it is left as it is")
        if request.action.kind is ActionKind.REVOKE:
            return self._revoke(request, before)
        deny = self._attach if request.action.kind is ActionKind.MANAGED else self._deny
        deny(request, before)
        return self._closed(request, before)

    @activity.defn(name="AWS: read back containment")
    def read_back(self, request: ContainRequest) -> Containment:
        """Whether the containment stands as IAM holds it now; writes nothing."""
        if request.action.kind in BY_SCP:
            return self._judged_above(request)
        state = self._same(request.action)
        denial = standing(state, request.policy)
        return self._judged(request, state, denial.cut if denial else None)

    @activity.defn(name="AWS: lift containment")
    def lift(self, order: LiftRequest) -> Lifted:
        """Remove exactly what `contain` added; what somebody changed since is left and said."""
        request, action = order.request, order.request.action
        if action.kind in BY_SCP:
            return Lifted(clean=True, said=self._above.free(request.wish))
        try:
            state = self._same(action)
        except NotFound:
            return Lifted(clean=True, said="the principal is gone, and the policy with it")
        except WrongTarget:
            return Lifted(clean=True, said="another identity has the name now; nothing of ours is on it")
        document = document_in(state, request.policy)
        if document and denial_of(document) is None:
            return Lifted(clean=False, said=f"somebody changed policy {request.policy}: it was left as it is")
        said = self._detach(request, state) if action.managed else self._remove(request, document)
        self._untag(request, state)
        return Lifted(clean=True, said=said + self._activate(order, state))

    def _activate(self, order: LiftRequest, state: PrincipalState) -> str:
        """Turn the asked-for keys on again; what to say of those that are gone."""
        there = dict(state.keys)
        for key in order.keys:
            if key in there:
                self._iam.set_key(order.request.action.target, key, True)
        gone = [code(key) for key in order.keys if key not in there]
        return f"; deleted meanwhile: {', '.join(gone)}" if gone else ""

    def _by_scp(self, request: ContainRequest) -> Containment:
        above = self._above
        self._counted(request)
        above.hold(request.wish)
        return self._judged_above(request)

    def _judged_above(self, request: ContainRequest) -> Containment:
        action, why = request.action, self._above.why_not(request.wish)
        return Containment(target=action.target, kind=action.kind, policy=request.policy, contained=not why, why=why)

    @property
    def _above(self) -> Controls:
        if self._controls is None:
            raise Refused("this worker reaches no service control policies")
        return self._controls

    def _awake(self, action: Action) -> None:
        guard = self._switch.guard()
        if guard.stop:
            raise Refused("the kill switch is on (guard.stop in hopstop.toml): nothing is contained")
        if any(is_protected(arn, guard.protected, action.unique_id) for arn in (action.target, *action.guards)):
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
        held = standing(before, request.policy)
        cut = _cut_after(before, held)
        # Whoever still holds a parent mints under any name: what is younger than the chain's first session goes too.
        since = request.action.since or (held.since if held else None) or before.read_at
        for attempt in range(1, _WRITES + 1):
            self._put(request, denial_for(request.action, cut, since))
            after = self._same(request.action)
            if after.read_at < cut:
                break
            # The write took so long that a session minted meanwhile would be younger than the cut.
            cut = after.read_at + SECOND * 2**attempt
        else:
            raise Unavailable("IAM answers too slowly to fix a revocation time")
        note = self._tag(request, after)
        return self._judged(request, after, cut).model_copy(update={"note": note})

    def _deny(self, request: ContainRequest, _before: PrincipalState) -> None:
        self._put(request, denial_for(request.action, None))

    def _put(self, request: ContainRequest, denial: Denial) -> None:
        self._iam.put_policy(request.action.target, request.policy, document_of(denial))

    def _closed(self, request: ContainRequest, before: PrincipalState) -> Containment:
        """After the denial: a user's keys off, the tag, and what became of it."""
        found = tuple(key for key, active in before.keys if active)
        for key in found:
            self._iam.set_key(request.action.target, key, False)
        note = self._tag(request, before)
        after = self._same(request.action)
        keys = tuple(dict.fromkeys((*request.keys, *found)))
        return self._judged(request, after, None).model_copy(update={"note": note, "keys": keys})

    def _attach(self, request: ContainRequest, before: PrincipalState) -> None:
        """Attach the managed policy; first mark it as held by this run, so that no other lift takes it away."""
        target, policy = request.action.target, request.policy
        if not is_deny_all(self._iam.managed_document(policy)):
            raise Refused(f"{code(policy, 200)} does not deny everything: it is not attached")
        there = policy in self._iam.attached(target)
        holders = _holders(before)
        if request.holder not in holders:
            foreign = _STAYS in holders.values() or (there and not holders)
            self._iam.tag(target, request.holder, _STAYS if foreign else request.case)
        if not there:
            self._iam.attach(target, policy)

    def _detach(self, request: ContainRequest, state: PrincipalState) -> str:
        holders = _holders(state)
        mine = holders.pop(request.holder, None)
        if mine is None:
            return "there was nothing to remove"
        if not holders and mine != _STAYS:
            self._iam.detach(request.action.target, request.policy)
        self._iam.untag(request.action.target, request.holder)
        if mine == _STAYS:
            return "the managed policy was attached before and stays"
        return "managed policy stays for another case" if holders else "managed policy detached"

    def _remove(self, request: ContainRequest, document: str | None) -> str:
        if document is None:
            return "there was nothing to remove"
        self._iam.delete_policy(request.action.target, request.policy)
        return "policy removed"

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
        policies = any(p.name.startswith("hopstop-") and p.name != request.policy for p in state.policies)
        others = policies or {*_holders(state)} - {request.holder}
        if not others and TAG in dict(state.tags):
            self._iam.untag(request.action.target, TAG)

    def _judged(self, request: ContainRequest, state: PrincipalState, cut: datetime | None) -> Containment:
        action = request.action
        why = self._not_attached(action, state) if action.managed else why_not(action, state, request.policy, cut)
        return Containment(
            target=action.target,
            kind=action.kind,
            policy=request.policy,
            cut=cut,
            contained=not why,
            why=why,
            at=state.read_at if action.kind is not ActionKind.REVOKE else None,
        )

    def _not_attached(self, action: Action, state: PrincipalState) -> str:
        if action.managed not in self._iam.attached(action.target):
            return "the managed deny policy is not attached"
        if not is_deny_all(self._iam.managed_document(action.managed)):
            return "the managed policy no longer denies everything"
        return key_still_active(action, state)


def _holders(state: PrincipalState) -> dict[str, str]:
    """The runs that hold the managed policy, by their tags."""
    return {key: value for key, value in state.tags if key.startswith(f"{TAG}:")}


def _cut_after(before: PrincipalState, held: Denial | None) -> datetime:
    """A second past AWS's own clock, and never earlier than the cut that stands."""
    cut = before.read_at + SECOND
    return max(cut, held.cut) if held and held.cut else cut
