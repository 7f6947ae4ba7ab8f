"""How many principals may be contained in an hour and a day: each counted once, however often it is tried. Pure."""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from model.errors import Malformed
from model.settings import Budget
from model.text import code

HOUR_S = 3600
DAY_S = 86_400
OVER = "the budget is used up, so somebody is paged instead"
KEPT_S = 2 * DAY_S
"""How long a claim is remembered: what is tried again later counts anew."""


class Claim(NamedTuple):
    """One principal of one run of one case, in its account; `at` is when it was counted, seconds since 1970 UTC."""

    name: str
    account: str
    at: int = 0


def claim(case: str, run: str, target: str, account: str) -> Claim:
    """The claim of a containment: a digest, so that nothing an attacker named is kept."""
    told = json.dumps([case, run, target]).encode()
    return Claim(hashlib.sha256(told).hexdigest()[:20], account)


def spend(spent: Sequence[Claim], wanted: Sequence[Claim], budget: Budget, now: int) -> tuple[Claim, ...] | str:
    """The claims with the wanted ones among them, all or none; a string says which budget does not hold them."""
    kept = tuple(one for one in spent if one.at > now - KEPT_S)
    known = {one.name for one in kept}
    fresh = {one.name: one._replace(at=now) for one in wanted if one.name not in known}
    after = (*kept, *fresh.values())
    return (_broken(after, {one.account for one in fresh.values()}, budget, now) if fresh else "") or after


def _broken(claims: Sequence[Claim], accounts: set[str], budget: Budget, now: int) -> str:
    limits = ((HOUR_S, budget.hour, budget.account_hour, "an hour"), (DAY_S, budget.day, budget.account_day, "a day"))
    for span, total, per_account, name in limits:
        recent = [one.account for one in claims if one.at > now - span]
        if len(recent) > total:
            return f"more than {total} containments in {name}"
        for account in sorted(accounts):
            if recent.count(account) > per_account:
                return f"more than {per_account} containments of account {code(account)} in {name}"
    return ""


def written(claims: Sequence[Claim]) -> bytes:
    """The claims as a store keeps them."""
    return json.dumps([list(one) for one in claims], separators=(",", ":")).encode()


def read(body: bytes | None) -> tuple[Claim, ...]:
    """The claims of a store; none where nothing was counted yet. Raises Malformed where it is something else."""
    try:
        return tuple(Claim(str(name), str(account), int(at)) for name, account, at in json.loads(body or b"[]"))
    except (ValueError, TypeError):
        raise Malformed("the budget in the store cannot be read, so nothing is contained; remove it there") from None
