"""The eight points that are commonly asked of a trust policy, and the answers to them."""

from enum import StrEnum
from typing import NamedTuple

from trust.judged import Judged
from trust.ours import Ours
from trust.party import Parties
from trust.policy import Policy
from trust.tier import Tier


class Point(StrEnum):
    """The points, in the order in which they are told."""

    EXACT_PRINCIPAL = "exact_principal"
    EXTERNAL_ID = "external_id"
    SOURCE_ACCOUNT = "source_account"
    SOURCE_ARN = "source_arn"
    PRINCIPAL_ORG_ID = "principal_org_id"
    MFA = "mfa"
    SOURCE_IP = "source_ip"
    SESSION_DURATION = "session_duration"


class Status(StrEnum):
    """The values of `status`."""

    PASS = "pass"  # noqa: S105 - no password, but what a point may do
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"


class Check(NamedTuple):
    """One point, answered."""

    point: Point
    status: Status
    why: str


class Said(NamedTuple):
    """What one statement means for one point."""

    status: Status
    why: str


class Asked(NamedTuple):
    """One statement that lets in, with whom it lets in."""

    judged: Judged
    who: Parties
    policy: Policy
    ours: Ours
    tier: Tier
    now: float

    @property
    def name(self) -> str:
        """What to call the statement."""
        return self.judged.statement.name

    @property
    def is_strict(self) -> bool:
        """Whether the role is of the two upper tiers."""
        return self.tier in (Tier.CRITICAL, Tier.HIGH)


PASS, FAIL, NOT_APPLICABLE = Status.PASS, Status.FAIL, Status.NOT_APPLICABLE
NOT_SERVICES = "an AWS service calls, which"
NOT_FEDERATION = "callers come with a token of a provider, which"
