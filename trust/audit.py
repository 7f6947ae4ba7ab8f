"""One role's trust audited: exposed or not, how wide, the eight points, the problems."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from model.organization import Account, Organization
from trust.check import checks
from trust.judged import Judgement, judge
from trust.level import Level
from trust.ours import Ours
from trust.point import Check, Point, Status
from trust.policy import Invalid, parse
from trust.problem import Problem, problems
from trust.snapshot import Role
from trust.tier import Ranked, Tier, rank
from trust.words import reason


class Audited(NamedTuple):
    """What came of one role or document. `role` is None where only the document is known."""

    role: str | None
    file: str
    ranked: Ranked
    errors: tuple[str, ...]
    exposed: bool | None
    why: str
    level: Level
    checks: tuple[Check, ...]
    problems: tuple[Problem, ...]
    document: str = ""
    judgement: Judgement | None = None
    max_session_s: int | None = None

    @property
    def valid(self) -> bool:
        """Whether IAM would take the document."""
        return not self.errors

    @property
    def fails(self) -> bool:
        """Whether it is exposed, perhaps exposed, or fails one of the points."""
        return self.exposed is not False or any(each.status is Status.FAIL for each in self.checks)


def ours_of(
    organization: Organization,
    vendors: Mapping[str, str],
    account: str,
    partition: str = "aws",
    role: Role | None = None,
) -> Ours:
    """The organisation as seen from one role's account."""
    accounts = frozenset((*organization.accounts, organization.management_account or account))
    tags = role.tags if role is not None else None
    return Ours(account, partition, accounts, organization.org_id, vendors, tags)


def inside_of(organization: Organization, accounts: frozenset[str]) -> Organization:
    """The organisation with the accounts that files are of: nobody exports what is not theirs."""
    added = {account: Account() for account in accounts if account not in organization.accounts}
    return organization.model_copy(update={"accounts": {**organization.accounts, **added}})


def audit_document(text: str, file: str, ours: Ours, now: float) -> Audited:
    """A bare trust policy of a role in `ours.account`."""
    return _audited(text, file, None, None, ours, now, _UNRANKED)


def unreadable(file: str, why: str) -> Audited:
    """A file that holds no role and no policy that could be read."""
    return Audited(
        None, file, _UNRANKED, (why,), False, "there is nothing that could be judged", Level.NONE, _unasked(), ()
    )


_UNRANKED = Ranked(Tier.MEDIUM, "what it may do is not known here")


def audit_role(role: Role, organization: Organization, vendors: Mapping[str, str], now: float) -> Audited:
    """A role with what is known of it."""
    account = organization.accounts.get(role.account)
    ranked = rank(role.tags, account.tier if account else "", role.permissions)
    ours = ours_of(organization, vendors, role.account, role.arn.split(":", 2)[1], role)
    return _audited(role.trust, role.file, role.arn, role.max_session_s, ours, now, ranked)


def _audited(
    text: str, file: str, role: str | None, most_s: int | None, ours: Ours, now: float, ranked: Ranked
) -> Audited:
    policy = parse(text)
    if isinstance(policy, Invalid):
        return Audited(role, file, ranked, policy.reasons, False, _INVALID, Level.NONE, _unasked(), (), text)
    needs_tags = "resourcetag/" in text.lower()
    key = (text, ours if needs_tags else ours._replace(tags=None), now)
    judgement, found = _judgement(_Key(*key))
    told = checks(judgement, ranked.tier, most_s, role)
    exposed = judgement.exposure.exposed
    why = reason(judgement)
    return Audited(role, file, ranked, (), exposed, why, judgement.level, told, found, text, judgement, most_s)


def _unasked() -> tuple[Check, ...]:
    return tuple(Check(point, Status.NOT_APPLICABLE, "there is no valid policy") for point in Point)


_INVALID = "IAM would reject the document: it lets nobody in"


class _Key:
    """One distinct document in one place; equal where both are."""

    __slots__ = ("_hash", "now", "ours", "text")

    def __init__(self, text: str, ours: Ours, now: float) -> None:
        self.text, self.ours, self.now = text, ours, now
        self._hash = hash((text, ours.account, ours.tags))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Key)
            and (self.text, self.now) == (other.text, other.now)
            and _same(self.ours, other.ours)
        )


def _same(one: Ours, other: Ours) -> bool:
    plain = one[:2] == other[:2] and one.org_id == other.org_id and one.tags == other.tags
    return plain and one.vendors is other.vendors and one.accounts == other.accounts


@lru_cache(maxsize=16_384)
def _judgement(key: _Key) -> tuple[Judgement, tuple[Problem, ...]]:
    policy = parse(key.text)
    assert not isinstance(policy, Invalid)  # noqa: S101 - whoever asks has looked
    found = judge(policy, key.ours, key.now)
    return found, problems(found)


def fields(audited: Audited, suggestion: dict[str, Any] | None) -> dict[str, Any]:
    """The line of `trust audit --json`."""
    return {
        "type": "role",
        "role": audited.role,
        "file": audited.file,
        "valid": audited.valid,
        "errors": list(audited.errors),
        "tier": audited.ranked.tier.value,
        "exposed": audited.exposed,
        "why": audited.why,
        "trust": audited.level.value,
        "checks": [
            {"point": each.point.value, "status": each.status.value, "why": each.why} for each in audited.checks
        ],
        "problems": [{"class": each.kind.value, "why": each.why} for each in audited.problems],
        "suggestion": suggestion,
    }
