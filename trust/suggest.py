"""A narrower trust policy for a role: no wider than what stands, and every assumption that was seen still passes.

That it is no wider holds by how it is made (trust.narrowing) and is proved once more with the evaluator for everybody
worth trying. Who was seen to assume the role decides to whom a statement is narrowed; where nobody was seen, only what
the organisation itself says is used, and the suggestion is called unverified.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from model.text import code, joined, plural
from trust.caller import Caller
from trust.condition import holds
from trust.evaluate import applies, may_assume, names
from trust.exposure import ways_in
from trust.guard import guard
from trust.issuers import issuer_of
from trust.judged import Judged, Judgement, reaches_aws
from trust.narrowing import Written, demanding, split, without, without_implied
from trust.observed import Observed
from trust.ours import Ours
from trust.party import parties
from trust.policy import Policy, parse
from trust.principal import AWS_KINDS, Kind, Principal
from trust.statement import Statement
from trust.tier import Tier
from trust.truth import FALSE, TRUE, every
from trust.visitor import visitors
from trust.words import who

_MOST = 20
"""Of values in one condition: a trust policy has room for 2,048 characters by default."""
_ARN = ("ArnEquals", "ArnLike", "StringEquals")
_TEXT = ("StringEquals",)


class Suggestion(NamedTuple):
    """A narrower policy as a document, what it changes, how far it was verified, who gets in now and would not any
    more, and what only people can do."""

    document: dict[str, Any]
    changes: tuple[str, ...]
    verified: str
    denies: tuple[str, ...]
    advice: tuple[str, ...]


class _Made(NamedTuple):
    """A new statement, of which old one it is made (by number), and what was changed."""

    written: Written
    number: int
    changes: tuple[str, ...] = ()


def suggest(text: str, judgement: Judgement, tier: Tier, seen: Observed) -> Suggestion | None:
    """The narrower policy; None where nothing can be narrowed without guessing."""
    seen = _succeeding(seen, judgement.policy)
    document = document_of(text)
    old = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    by_number = {each.statement.number: each for each in judgement.allows}
    made: list[_Made] = []
    for number, written in enumerate(old, 1):
        judged = by_number.get(number)
        made += [_Made(written, number)] if judged is None else _narrowed(written, judged, judgement, tier, seen)
    changes = tuple(change for each in made for change in each.changes)
    if not changes:
        return None
    new = {**document, "Statement": [each.written for each in made]}
    policy = parse(json.dumps(new))
    parents = tuple(each.number for each in made)
    if not isinstance(policy, Policy) or not is_safe(judgement, policy, parents, seen):
        return None
    denies = tuple(shut_out(judgement, policy))
    told = (*_outsiders(seen, judgement.ours), *advice(judgement))
    return Suggestion(new, changes, _verified(seen), denies, told)


def is_safe(judgement: Judgement, new: Policy, parents: tuple[int, ...], seen: Observed) -> bool:
    """Whether the new policy is no wider than what stands and every call that was seen passes it; `parents` are the
    numbers of the statements that each new one was made of. The proof of what the narrowing promises."""
    old = judgement.policy
    return is_no_wider(old, new, judgement.ours, judgement.now) and _passing(old, new, parents, seen) == seen.told


def document_of(text: str) -> dict[str, Any]:
    """The document of a text that was parsed as a policy before."""
    plain = text.removeprefix("\ufeff").strip()
    found = json.loads(plain if plain.startswith("{") else unquote(plain))
    assert isinstance(found, dict)  # noqa: S101 - it was a policy
    return found


def _narrowed(written: Written, judged: Judged, judgement: Judgement, tier: Tier, seen: Observed) -> Iterator[_Made]:
    """What becomes of one Allow, a statement for each type of principal where they must be told apart."""
    number, ours = judged.statement.number, judgement.ours
    gone = () if judged.statement.not_principals else parties(judged.statement, ours).deleted
    cut = without(written, [each.text for each in gone])
    changes = (f"{judged.statement.name}: deleted principals are taken out",) if gone and cut != written else ()
    wide = _needs_callers(judged, judgement, tier)
    tokens = [each for each in parties(judged.statement, ours).providers if _is_open_issuer(each, judged)]
    if not wide and not tokens:
        yield _Made(cut, number, changes)
        return
    for part in split(cut):
        found = _part(part, judged, judgement, seen, wide=wide, tokens=tokens)
        yield _Made(found.written, number, (*changes, *found.changes))
        changes = ()


def _part(
    part: Written, judged: Judged, judgement: Judgement, seen: Observed, *, wide: bool, tokens: list[Principal]
) -> _Made:
    named = part.get("Principal", "*")
    is_aws = named == "*" or "AWS" in named
    number = judged.statement.number
    if is_aws and wide:
        return _for_callers(part, judged, judgement, seen)
    if tokens and not is_aws and "Federated" in named:
        return _for_tokens(part, judged, tokens, seen)
    return _Made(part, number)


def _needs_callers(judged: Judged, judgement: Judgement, tier: Tier) -> bool:
    """Whether AWS principals are trusted more widely than the role's tier allows."""
    if not reaches_aws(judged.statement) or judged.is_dead:
        return False
    them = parties(judged.statement, judgement.ours)
    if them.anyone and judged.is_open:
        return True
    whole = [each for each in (*them.inside, *them.outside) if each.kind is Kind.ACCOUNT]
    pinned = guard(judged.statement, "aws:principalarn").demands
    strict = tier in (Tier.CRITICAL, Tier.HIGH)
    return (not pinned and any(each in them.outside or strict for each in whole)) or (
        strict and bool(them.anyone) and not pinned
    )


def _is_open_issuer(principal: Principal, judged: Judged) -> bool:
    """Whether other customers of a shared issuer get in by this statement."""
    issuer = issuer_of(principal)
    return issuer is not None and judged.entry is not None and judged.entry.visitor.issuer is issuer


def _for_callers(part: Written, judged: Judged, judgement: Judgement, seen: Observed) -> _Made:
    """Held to who was seen; where nobody was, and strangers get in, to the organisation."""
    statement, ours = judged.statement, judgement.ours
    callers = [each for each, _ in seen.callers if each.kind in AWS_KINDS and applies(statement, each) is not FALSE]
    arns = sorted({each.name for each in callers})
    accounts = sorted({each.account for each in callers} | {account for account, _ in seen.strangers})
    if not arns and not accounts:
        return _for_organisation(part, judged, ours)
    if not seen.strangers and len(arns) <= _MOST:
        made, what = (
            demanding(part, _ARN, "aws:PrincipalArn", arns),
            f"the {plural(len(arns), 'principal')} seen",
        )
    elif all(accounts) and len(accounts) <= _MOST:
        made = demanding(part, _TEXT, "aws:PrincipalAccount", accounts)
        what = f"the {plural(len(accounts), 'account')} seen"
    else:
        return _Made(part, statement.number)
    if made is None or made == part:
        return _Made(part, statement.number)
    return _Made(made, statement.number, (f"{statement.name}: held to {what} to assume the role",))


def _for_organisation(part: Written, judged: Judged, ours: Ours) -> _Made:
    statement = judged.statement
    if not judged.is_open or not parties(statement, ours).anyone:
        return _Made(part, statement.number)
    accounts = sorted({ours.account, *ours.accounts})
    if not ours.org_id and len(accounts) > _MOST:
        return _Made(part, statement.number)
    if not ours.org_id:
        made = demanding(part, _TEXT, "aws:PrincipalAccount", accounts)
        what = "the accounts that are known to be ours"
    else:
        made = demanding(part, _TEXT, "aws:PrincipalOrgID", [ours.org_id])
        made = made and without_implied(made, statement, "aws:principalorgid", ours.org_id)
        what = f"the organisation {code(ours.org_id)}"
    if made is None:
        return _Made(part, statement.number)
    return _Made(made, statement.number, (f"{statement.name}: held to {what}",))


def _for_tokens(part: Written, judged: Judged, tokens: list[Principal], seen: Observed) -> _Made:
    """Held to the subjects that were seen."""
    statement, changes = judged.statement, []
    for provider in tokens:
        key = f"{provider.name}:sub"
        brought = [each.brings.get(key) or () for each, _ in seen.callers if each.name == provider.text]
        subjects = sorted({subject for values in brought for subject in values})
        made = demanding(part, _TEXT, key, subjects) if 0 < len(subjects) <= _MOST else None
        if made is not None and len(tokens) == 1:
            part = made
            changes.append(f"{statement.name}: held to the {plural(len(subjects), 'subject')} seen of {provider.name}")
    return _Made(part, statement.number, tuple(changes))


def is_no_wider(old: Policy, new: Policy, ours: Ours, now: float) -> bool:
    """Whether everybody worth trying who gets in by the new policy gets in by the old one too."""
    for entry in ways_in(new, visitors(new, ours), ours, now):
        caller = entry.visitor.caller._replace(brings=entry.brings)
        if may_assume(old, caller) < may_assume(new, caller):
            return False
    return True


def shut_out(judgement: Judgement, new: Policy) -> Iterator[str]:
    """Who gets in by the policy that stands and would not by the new one."""
    old, ours, now = judgement.policy, judgement.ours, judgement.now
    told: set[str] = set()
    for visitor in visitors(old, ours):
        entry = next(ways_in(old, (visitor,), ours, now), None)
        if entry is None or any(ways_in(new, (visitor,), ours, now)):
            continue
        words = who(entry, ours)
        if words not in told:
            told.add(words)
            yield words if not visitor.caller.account or "anybody" in words else f"everybody else of {words}"


def _succeeding(seen: Observed, policy: Policy) -> Observed:
    """Without calls that the policy as it stands refuses: it was changed since, and nothing breaks for them."""
    callers = [
        (caller, count)
        for caller, count in seen.callers
        if any(each.allow and applies(each, caller) is not FALSE for each in policy.statements)
    ]
    return seen._replace(callers=tuple(callers))


def _passing(old: Policy, new: Policy, parents: tuple[int, ...], seen: Observed) -> int:
    """How many of the calls that were seen surely pass the new policy.

    A call succeeded by one of the old statements that may apply to it. So it passes where each of these has a new
    statement that names the caller and of which every condition that the old one lacked is met.
    """
    passed = 0
    for caller, count in seen.callers:
        by = [each for each in old.statements if each.allow and applies(each, caller) is not FALSE]
        heirs = [
            [each for each, parent in zip(new.statements, parents, strict=True) if parent == one.number] for one in by
        ]
        if by and all(any(_inherits(heir, one, caller) for heir in each) for one, each in zip(by, heirs, strict=True)):
            passed += count
    return passed


def _inherits(heir: Statement, parent: Statement, caller: Caller) -> bool:
    added = [each for each in heir.conditions if each not in parent.conditions]
    return names(heir, caller) is TRUE and every(holds(each, caller.brought) for each in added) is TRUE


def _verified(seen: Observed) -> str:
    if not seen.told and not seen.untold:
        return "unverified"
    said = f"verified against {plural(seen.told, 'call')}" if seen.told else "unverified"
    untold = f"; {plural(seen.untold, 'call')} by callers of whom only the account is known"
    return said + (untold if seen.untold else "")


def _outsiders(seen: Observed, ours: Ours) -> Iterator[str]:
    """Who came from elsewhere is let in as before: that somebody came says nothing of whether it should have."""
    came = {caller.account for caller, _ in seen.callers} | {account for account, _ in seen.strangers}
    for account in sorted(each for each in came if each and not ours.has(each)):
        known = ours.vendors.get(account, "nobody knows whose")
        yield f"account {code(account)} ({known}) was seen to assume it: ask whether it should"


def advice(judgement: Judgement) -> Iterator[str]:
    """What no policy can be written for without asking somebody."""
    for each in judgement.allows:
        trusted = parties(each.statement, judgement.ours)
        if trusted.outside and not guard(each.statement, "sts:externalid").exact:
            them = joined([code(one.text, 120) for one in trusted.outside], 2)
            yield f"{each.statement.name}: ask {them} for the external id that they issued for you, and demand it"
        for provider in trusted.providers:
            if _is_open_issuer(provider, each):
                yield f"{each.statement.name}: demand {code(f'{provider.name}:sub')} with the owner written out"
