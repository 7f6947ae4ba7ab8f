"""The audit's own search (trust.exposure), asked about crowds: whether anybody of them gets in, surely or perhaps."""

from collections.abc import Callable
from functools import cached_property
from itertools import islice

from trust.exposure import way_in
from trust.grants import matches
from trust.judged import MOST_TRIES
from trust.level import Level
from trust.ours import Ours
from trust.policy import Policy, Statement
from trust.principal import Kind, Principal
from trust.truth import FALSE, TRUE, UNKNOWN, Truth
from trust.visitor import Visitor, visitors

Who = Callable[[Visitor], bool]


class Tried:
    """One policy in one place at `now` (seconds since 1970), and everybody worth trying there."""

    def __init__(self, policy: Policy, ours: Ours, now: float) -> None:
        self._policy, self._ours, self._now = policy, ours, now

    @cached_property
    def _everybody(self) -> tuple[Visitor, ...]:
        return tuple(islice(visitors(self._policy, self._ours), self._most + 1))

    @property
    def _most(self) -> int:
        return MOST_TRIES // max(1, len(self._policy.allows))

    def anybody(self, statement: Statement, who: Who) -> bool:
        """Whether one of these may get in by the statement, in whatever network and with whatever id; also where
        nobody of them is worth trying, so that nothing is known."""
        among = [each for each in self._everybody if who(each)]
        if not among or len(self._everybody) > self._most:
            return True
        denies = self._policy.denies
        return any(way_in(statement, denies, each, self._ours, self._now, borrowed=True) for each in among)

    def strangers(self, statement: Statement, who: Who) -> Truth:
        """Whether somebody outside among these gets in by the statement, choosing what a caller can choose."""
        most = UNKNOWN if len(self._everybody) > self._most else FALSE
        for each in self._everybody:
            if each.inside or not who(each):
                continue
            entry = way_in(statement, self._policy.denies, each, self._ours, self._now)
            if entry is not None and entry.sure:
                return TRUE
            most = most if entry is None else UNKNOWN
        return most


def of_account(account: str) -> Who:
    """Whoever is of that account."""
    return lambda each: each.caller.account == account


def is_member(each: Visitor) -> bool:
    """Somebody of our organisation whose account the policy does not name."""
    return each.inside and each.level is Level.ORG


def is_named(principal: Principal) -> Who:
    """Whom a single entry names: a session's role by its name, whatever its path."""
    if principal.kind is not Kind.SESSION:
        return lambda each: each.caller.name == principal.text
    _, role, session = principal.name.split("/")
    return lambda each: (
        each.caller.account == principal.account
        and each.caller.session == session
        and each.caller.name.rsplit("/", 1)[-1] == role
    )


def is_like(pattern: str) -> Who:
    """Whoever has an ARN that the pattern of a condition matches."""
    return lambda each: matches(pattern, each.caller.name)
