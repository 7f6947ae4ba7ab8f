"""What is done in the management account: an account quarantined, a person of Identity Center denied, and its undo.

A tag says which runs hold what: on the account for a quarantine, on the list of people for a person. What another run
holds, or what was so before, is never taken away.
"""

import hashlib
import threading
from dataclasses import dataclass

from activities.ports import ServiceControls
from model.containment import ActionKind
from model.errors import NotFound, Refused
from model.scp import SCP_QUOTA, is_quarantine, people_document, people_of
from model.text import code

_STAYS = "was so before"
_CHANGED = "somebody changed the list of denied people: it is left as it is"


@dataclass(frozen=True)
class Wish:
    """One quarantine or one denied person, for one run of one case, by the SCP of that ARN.

    `name` is an account's number or a person's id; `holder` the key of the tag that says that this run holds it.
    """

    kind: ActionKind
    policy: str
    name: str
    case: str
    holder: str

    @property
    def is_quarantine(self) -> bool:
        """Whether it is an account."""
        return self.kind is ActionKind.QUARANTINE

    @property
    def tag(self) -> str:
        """The tag's key: one for each person, since a run may hold several."""
        if self.is_quarantine:
            return self.holder
        return f"{self.holder[:119]}-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"

    @property
    def mine(self) -> str:
        """The tag's value: of a person whom this run denied, their id."""
        return self.case if self.is_quarantine else self.name


class Controls:
    """Changes what two prepared SCPs deny. The list of people is one document: in one process, one change at a time.

    Two processes that change it in the same moment may lose one of the changes: reading back and the looks of the
    case (5 s, 30 s, 5 min) find that, and write it again.
    """

    def __init__(self, scps: ServiceControls) -> None:
        self._scps = scps
        self._one = threading.Lock()

    def hold(self, wish: Wish) -> None:
        """Deny; once more changes nothing."""
        with self._one:
            if wish.is_quarantine:
                self._quarantine(wish)
            else:
                self._deny(wish)

    def why_not(self, wish: Wish) -> str:
        """Why it is not denied now; empty where it is."""
        state = self._scps.read(wish.policy)
        if wish.is_quarantine:
            if not is_quarantine(state.document):
                return "the prepared SCP no longer denies everything"
            attached = self._scps.attached(wish.policy, wish.name)
            return "" if attached else "the prepared SCP is not attached to the account"
        people = people_of(state.document)
        if people is None:
            return _CHANGED
        if not state.everywhere:
            return "the list of denied people is not attached to the organisation's root"
        return "" if wish.name in people else "the person is not on the list of those who are denied"

    def free(self, wish: Wish) -> str:
        """Undo exactly what `hold` did; what was done. Refused where somebody changed it since."""
        with self._one:
            return self._release(wish) if wish.is_quarantine else self._strike(wish)

    def _quarantine(self, wish: Wish) -> None:
        if not is_quarantine(self._scps.read(wish.policy).document):
            raise Refused(f"{code(wish.policy, 200)} does not deny everything: it is not attached")
        there = self._scps.attached(wish.policy, wish.name)
        self._mark(wish, wish.name, there=there)
        if not there:
            self._scps.attach(wish.policy, wish.name)

    def _deny(self, wish: Wish) -> None:
        state = self._scps.read(wish.policy)
        people = people_of(state.document)
        if people is None:
            raise Refused(_CHANGED)
        if not state.everywhere:
            raise Refused(f"{code(wish.policy, 200)} is not attached to the organisation's root: it would deny nobody")
        wanted = people_document((*people, wish.name))
        if len(wanted) > SCP_QUOTA:
            raise Refused(f"the list of denied people is at AWS's quota of {SCP_QUOTA} characters")
        there = wish.name in people
        self._mark(wish, wish.policy, there=there)
        if not there:
            self._scps.write(wish.policy, wanted)

    def _mark(self, wish: Wish, on: str, *, there: bool) -> None:
        """Say first that this run holds it, so that no other run's lift takes it away."""
        holders = self._holders(wish, on)
        if wish.tag in holders:
            return
        foreign = _STAYS in holders.values() or (there and not holders)
        value = f"{_STAYS} {wish.name}" if foreign and not wish.is_quarantine else _STAYS if foreign else wish.mine
        self._scps.tag(wish.policy, on, wish.tag, value)

    def _holders(self, wish: Wish, on: str) -> dict[str, str]:
        """Who holds this account or this person."""
        prefix = wish.holder.partition(":")[0] + ":"
        tags = {key: value for key, value in self._scps.tags(wish.policy, on) if key.startswith(prefix)}
        if wish.is_quarantine:
            return tags
        kept = {key: value for key, value in tags.items() if value in (wish.name, f"{_STAYS} {wish.name}")}
        return {key: _STAYS if value.startswith(_STAYS) else value for key, value in kept.items()}

    def _release(self, wish: Wish) -> str:
        try:
            holders = self._holders(wish, wish.name)
        except NotFound:
            return "the account is gone"
        mine = holders.pop(wish.tag, None)
        if mine is None:
            return "there was nothing to remove"
        if not holders and mine != _STAYS:
            self._scps.detach(wish.policy, wish.name)
        self._scps.untag(wish.policy, wish.name, wish.tag)
        return _told(mine, holders, "quarantine")

    def _strike(self, wish: Wish) -> str:
        try:
            holders = self._holders(wish, wish.policy)
        except NotFound:
            return "the list of denied people is gone"
        mine = holders.pop(wish.tag, None)
        if mine is None:
            return "there was nothing to remove"
        if not holders and mine != _STAYS:
            people = people_of(self._scps.read(wish.policy).document)
            if people is None:
                raise Refused(_CHANGED)
            if wish.name in people:
                self._scps.write(wish.policy, people_document(one for one in people if one != wish.name))
        self._scps.untag(wish.policy, wish.policy, wish.tag)
        return _told(mine, holders, "denial")


def _told(mine: str, holders: dict[str, str], what: str) -> str:
    if mine == _STAYS:
        return f"the {what} was there before and stays"
    return f"the {what} stays for another case" if holders else f"{what} removed"
