"""One role's trust audited: exposed or not, how wide, the eight points, the problems."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from model.organization import Organization
from model.text import code
from trust.check import checks
from trust.exposure import Exposure
from trust.judged import Judgement, judge
from trust.level import Level
from trust.ours import Ours
from trust.party import parties
from trust.point import Check, Point, Status
from trust.policy import Invalid, parse
from trust.principal import Kind
from trust.problem import Problem, problems
from trust.snapshot import Role
from trust.tier import Ranked, Tier, rank


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
    return Audited(role, file, ranked, (), exposed, reason(judgement), judgement.level, told, found, text, judgement)


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


def reason(judgement: Judgement) -> str:
    """Why it is exposed, or why it is not, in a sentence."""
    exposure = judgement.exposure
    if exposure.entry is not None:
        return _way_in(exposure, judgement)
    if not judgement.allows:
        return "no statement lets anybody in"
    open_ones = [each for each in judgement.allows if each.is_open]
    if open_ones:
        return (
            f"{judgement.policy.denies[0].name} keeps out everybody outside whom {open_ones[0].statement.name} lets in"
        )
    if all(each.level is Level.NONE for each in judgement.allows):
        return "nobody at all can assume the role by this policy"
    whom = {
        Level.PUBLIC: "only who is in a network, or has an id, that the policy names gets in",
        Level.SERVICE: "only AWS services are trusted",
        Level.FEDERATED: "only tokens that the organisation controls are taken",
    }
    return whom.get(judgement.level, f"every way in is held to the organisation ({judgement.level})")


def _way_in(exposure: Exposure, judgement: Judgement) -> str:
    entry = exposure.entry
    if entry is None:
        return ""
    who = _who(exposure, judgement)
    passed = [
        f"{code(each.written)} {code(', '.join(values), 60)}"
        for each in entry.statement.conditions
        if each.key in _PASSED or each.key.startswith(("aws:requesttag/", "aws:principaltag/"))
        if (values := entry.brings.get(each.key))
    ]
    by = f"{who} by {entry.statement.name}" + (f", bringing {' and '.join(passed[:3])}" if passed else "")
    if entry.sure:
        return f"{by} can assume the role"
    return f"perhaps {by}: {_doubt(exposure, judgement)}"


_PASSED = frozenset(("sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "aws:multifactorauthpresent"))


def _who(exposure: Exposure, judgement: Judgement) -> str:
    entry, ours = exposure.entry, judgement.ours
    if entry is None:
        return ""
    visitor = entry.visitor
    if visitor.issuer is not None:
        return f"another customer of {visitor.issuer.name}"
    if visitor.caller.kind in (Kind.OIDC, Kind.SAML):
        return f"whoever has the provider {code(visitor.caller.name, 160)}"
    if visitor.level is Level.PUBLIC:
        return "anybody with an AWS account"
    if visitor.level is Level.ORG:
        return f"anybody in the organisation {code(visitor.org)}"
    account = visitor.caller.account
    vendor = ours.vendors.get(account)
    name = f" ({vendor})" if vendor else ", whose owner is not known,"
    outside = any(account == each.account for each in parties(entry.statement, ours).outside)
    return f"account {code(account)}{name}" if outside else f"a principal of account {code(account)}{name}"


def _doubt(exposure: Exposure, judgement: Judgement) -> str:
    entry = exposure.entry
    if entry is None:
        return ""
    visitor, ours = entry.visitor, judgement.ours
    if visitor.caller.partition and visitor.caller.partition != ours.partition:
        return f"a principal of the partition {visitor.caller.partition} cannot assume a role in {ours.partition}"
    if visitor.org and not ours.org_id:
        return f"give the organisation's id (org_id) to tell whether {code(visitor.org)} is it"
    if any("resourcetag/" in each.key for each in entry.statement.conditions):
        return "it depends on the role's tags, which are not here"
    return "it depends on what the policy does not say"


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
