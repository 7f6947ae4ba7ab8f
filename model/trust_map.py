"""What an organisation says of who may go where: its accounts, their environments, and the documented trust."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache

from model.exemption import fits
from model.identity import Identity
from model.label import moment
from model.organization import ORGANISATION, Organization, Relationship

PRODUCTION = frozenset(("prod", "prd", "production", "live", "prodn"))
DEVELOPMENT = frozenset(
    (
        *("dev", "devel", "development", "sandbox", "sbx", "test", "testing", "qa", "uat", "stage", "staging", "stg"),
        *("lab", "experiment", "experimental", "playground", "nonprod", "nonproduction", "preprod", "preproduction"),
    )
)
"""Words of an account's `environment`, and where it has none of its `name`, however they are written."""
OUTSIDERS = frozenset(("contractor", "contractors", "vendor", "vendors", "partner", "partners", "external", "supplier"))
_WORDS = re.compile(r"[^a-z0-9]+")
_ALMOST = re.compile(r"(?<![a-z0-9])(non|pre)[^a-z0-9](?=prod)")
_MOST = 65_536


class Rule(Enum):
    """What an assumption across accounts breaks, the worst last."""

    UNDOCUMENTED = "no documented trust"
    REGION = "a region that is not documented"
    BUSINESS_UNIT = "an outsider leaves its business unit"
    ENVIRONMENT = "development comes to production"


class TrustMap:
    """Answers for one organisation; keeps its answers, bounded."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._exact: dict[str, list[Relationship]] = {}
        self._patterns: list[Relationship] = []
        for each in organization.trust:
            if "*" in each.target:
                self._patterns.append(each)
            else:
                self._exact.setdefault(each.target, []).append(each)
        self._matching = lru_cache(maxsize=_MOST)(self._matching_relationships)
        self._broken = lru_cache(maxsize=_MOST)(self._broken_rule)
        self.says_nothing = not (organization.accounts or organization.trust or organization.regions)
        """Whether there is nothing to hold anybody to."""

    def is_documented(self, who: Identity, role_arn: str, account: str, time: float) -> bool:
        """Whether a relationship that has not ended lets this identity (its account, its ARN) come to that role."""
        found = self._matching(who.account, who.arn, role_arn, account)
        return bool(found) and _holds(found, time)

    def broken(self, source: str, target: str) -> Rule | None:
        """The rule that going from one account to another breaks, whatever is documented; None where none."""
        return self._broken(source, target)

    def is_strange_region(self, region: str | None) -> bool:
        """Whether regions are documented and this is none of them; the global one (us-east-1) never is strange."""
        regions = self._organization.regions
        return bool(regions and region) and region not in regions and region not in ("us-east-1", "aws-global")

    def business_unit(self, account: str) -> str:
        """The business unit that an account belongs to, empty where unknown."""
        known = self._organization.accounts.get(account)
        return known.business_unit if known else ""

    def _broken_rule(self, source: str, target: str) -> Rule | None:
        if source == target:
            return None
        if self.environment(source) is DEVELOPMENT and self.environment(target) is PRODUCTION:
            return Rule.ENVIRONMENT
        ours, theirs = self.business_unit(source), self.business_unit(target)
        if self._is_outsider(source) and theirs and ours != theirs and (ours or source in self._organization.accounts):
            return Rule.BUSINESS_UNIT
        return Rule.UNDOCUMENTED if self._organization.trust else None

    def environment(self, account: str) -> frozenset[str]:
        """PRODUCTION, DEVELOPMENT, or nothing where neither is said; development wins where both are."""
        known = self._organization.accounts.get(account)
        said = (_words(known.environment) or _words(known.name)) if known else frozenset()
        if said & DEVELOPMENT:
            return DEVELOPMENT
        return PRODUCTION if said & PRODUCTION else frozenset()

    def _is_outsider(self, account: str) -> bool:
        known = self._organization.accounts.get(account)
        if known is None:
            return account in self._organization.vendors
        return bool((_words(known.ou) | _words(known.tier) | _words(known.name)) & OUTSIDERS)

    def _matching_relationships(
        self, source: str | None, arn: str | None, role_arn: str, account: str
    ) -> tuple[Relationship, ...]:
        return self.documents(self.names(source, arn), role_arn, account)

    def documents(self, sources: Sequence[str], role_arn: str, account: str) -> tuple[Relationship, ...]:
        """The relationships, ended ones too, that let whoever has one of these names come to that role."""
        targets = self.names(account, role_arn)
        near = [each for name in targets for each in self._exact.get(name, ())]
        near += [each for each in self._patterns if _matches(each.target, targets)]
        return tuple(each for each in near if _matches(each.source, sources))

    def names(self, account: str | None, arn: str | None) -> tuple[str, ...]:
        """Under which names a relationship may mean this: the account's id, its name, its root, the ARN, and where the
        account is ours the organisation."""
        known = self._organization.accounts.get(account or "")
        name = known.name if known else self._organization.vendors.get(account or "", "")
        root = f"{_partition(arn)}:iam::{account}:root" if account else ""
        return tuple(text for text in (account, name, root, arn, ORGANISATION if known else "") if text)


def _matches(pattern: str, names: Sequence[str]) -> bool:
    return any(fits(pattern, name) for name in names)


def _holds(found: Sequence[Relationship], time: float) -> bool:
    if any(each.until is None for each in found):
        return True
    now: datetime = moment(time)
    return any(each.until is not None and now < each.until for each in found)


def _partition(arn: str | None) -> str:
    return ":".join((arn or "arn:aws").split(":", 2)[:2])


def _words(text: str) -> frozenset[str]:
    """The words of a name in small letters; `non-prod` and `pre-prod` are one word each."""
    return frozenset(_WORDS.split(_ALMOST.sub(r"\1", text.lower()))) - {""}
