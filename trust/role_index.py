"""Roles found by patterns, without looking at each of them for each pattern."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from trust.grants import Grant, Rule, Said, is_literal, matches

_FIELDS = 6
_LAST = "\U0010ffff"


class RoleIndex:
    """The ARNs of roles by whole, by account, and in the order of their resource."""

    def __init__(self, arns: Sequence[str]) -> None:
        self.arns = arns
        self.at = {arn: number for number, arn in enumerate(arns)}
        self.of_account: dict[str, list[int]] = {}
        for number, arn in enumerate(arns):
            self.of_account.setdefault(arn.split(":", _FIELDS - 1)[4], []).append(number)
        self._ordered = sorted((arn.split(":", _FIELDS - 1)[5], number) for number, arn in enumerate(arns))
        self.matching = lru_cache(maxsize=65_536)(self._matching)

    def allowed(self, grant: Grant) -> dict[int, bool]:
        """The roles that a grant allows, and whether surely."""
        here = self._allowed(grant.said)
        if grant.within is None:
            return here
        edge = self._allowed(grant.within)
        return {number: sure and edge[number] for number, sure in here.items() if number in edge}

    def _allowed(self, said: Said) -> dict[int, bool]:
        found: dict[int, bool] = {}
        for rule in said.allow:
            for number in self._spoken_of(rule):
                found[number] = rule.sure or found.get(number, False)
        for rule in said.deny:
            for number in self._spoken_of(rule):
                if number in found:
                    found[number] = False
                    if rule.sure:
                        del found[number]
        return found

    def _spoken_of(self, rule: Rule) -> Sequence[int]:
        if rule.others:
            return [number for number, arn in enumerate(self.arns) if rule.says(arn)]
        if len(rule.patterns) == 1:
            return self.matching(rule.patterns[0])
        return [*dict.fromkeys(number for pattern in rule.patterns for number in self.matching(pattern))]

    def _matching(self, pattern: str) -> Sequence[int]:
        """The roles that a pattern matches."""
        if pattern == "*":
            return range(len(self.arns))
        if is_literal(pattern):
            return (self.at[pattern],) if pattern in self.at else ()
        parts = pattern.split(":", _FIELDS - 1)
        if len(parts) != _FIELDS:
            return ()
        return tuple(number for number in self._near(parts[4], parts[5]) if matches(pattern, self.arns[number]))

    def _near(self, account: str, resource: str) -> Sequence[int]:
        if is_literal(account):
            return self.of_account.get(account, ())
        head = resource[: min(resource.find(sign) % (len(resource) + 1) for sign in "*?[")]
        first = bisect_left(self._ordered, (head,))
        last = bisect_left(self._ordered, (head + _LAST,))
        return [number for _, number in self._ordered[first:last]]
