"""Exceptions: what people say is ordinary for an identity, until when and why."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated

from pydantic import Field, StringConstraints

from model.anomaly import DETECTORS
from model.confidence import Confidence
from model.evidence import Evidence
from model.frozen import Frozen
from model.identity import Identity
from model.organization import Moment
from model.text import clean

BY_NAME = frozenset(("defence_evasion", "unreadable"))
"""Detectors that `*` does not mean: whoever makes an exception of them has to write their name."""
NEVER = frozenset(("composite", "guardduty"))
"""What weighs or adds to the others; there is no exception from it."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
_STRANGERS = tuple(
    f"arn:aws:iam::{account}:{kind}/hopstop" for account in ("0" * 12, "9" * 12) for kind in ("role", "user")
)


class Exemption(Frozen):
    """One of `[[exceptions]]`. `identity` is the chain's origin and `role` what is assumed, both ARNs in which `*`
    matches anything within one field between colons; an identity without an ARN by its key. `session` narrows it to
    session names. From `until` on it is as if it were not there."""

    identity: str = Field(min_length=1, max_length=400)
    detector: str = "*"
    role: str = "*"
    session: str = "*"
    until: Moment
    reason: Words

    def covers(self, evidence: Evidence) -> bool:
        """Whether this oddity is one that people expect."""
        anomaly = evidence.anomaly
        if anomaly.time >= self.until or not self._names(anomaly.detector):
            return False
        return self._is(evidence.origin) and (self.role == "*" or fits(self.role, evidence.target))

    def _names(self, detector: str) -> bool:
        if detector in NEVER:
            return False
        return detector == self.detector or (self.detector == "*" and detector not in BY_NAME)

    def _is(self, origin: Identity) -> bool:
        known = fits(self.identity, origin.arn if self.identity.startswith("arn:") else origin.key)
        return known and (self.session == "*" or fits(self.session, origin.session_name))


def spared(evidence: Evidence, exemptions: Sequence[Exemption]) -> Evidence:
    """The evidence, quiet and low where an exception covers it: it makes no finding alone, and is one side of the
    composite still."""
    found = next((each for each in exemptions if each.covers(evidence)), None)
    if found is None:
        return evidence
    return hushed(evidence, f"excepted until {found.until:%Y-%m-%d} ({clean(found.reason, 120)})")


def hushed(evidence: Evidence, why: str) -> Evidence:
    """The evidence, quiet and low for a reason that is told."""
    changed = {"quiet": True, "confidence": Confidence.LOW, "message": f"{evidence.anomaly.message}; {why}"}
    anomaly = evidence.anomaly.model_copy(update=changed)
    return evidence.model_copy(update={"anomaly": anomaly, "loud": evidence.loud or evidence.anomaly})


def unspared(evidence: Evidence) -> Evidence:
    """The evidence as if there were no exceptions: it may turn out to be somebody else's."""
    if evidence.loud is None:
        return evidence
    told = {"records": evidence.anomaly.records, "time": evidence.anomaly.time}
    return evidence.model_copy(
        update={"anomaly": evidence.loud.model_copy(update=told), "loud": None, "repeated": False}
    )


def fits(pattern: str, text: str | None) -> bool:
    """Whether a text is what the pattern says; in an ARN `*` does not reach over a colon before the resource."""
    if text is None:
        return False
    if not pattern.startswith("arn:"):
        return bool(_compiled(pattern).fullmatch(text))
    wanted, given = pattern.split(":", 5), text.split(":", 5)
    return len(wanted) == len(given) == 6 and all(
        _compiled(one).fullmatch(other) for one, other in zip(wanted, given, strict=True)
    )


def senseless(exemptions: Sequence[Exemption]) -> Iterator[str]:
    """What cannot be meant by the exceptions: key, problem and fix in one line each."""
    for number, each in enumerate(exemptions):
        key = f"exceptions.{number}"
        if each.detector != "*" and (each.detector not in DETECTORS or each.detector in NEVER):
            allowed = ", ".join(name for name in DETECTORS if name not in NEVER)
            yield f"{key}.detector: {clean(each.detector)} has no exceptions; write * or one of {allowed}"
        if not each.identity.strip("*") or any(fits(each.identity, stranger) for stranger in _STRANGERS):
            yield f"{key}.identity: {clean(each.identity)} fits everybody; name an ARN, or its account at least"
        if each.role != "*" and not each.role.startswith("arn:"):
            yield f"{key}.role: {clean(each.role)} matches no role; write its ARN, in which * matches anything, or *"


def expired(exemptions: Sequence[Exemption], now: datetime) -> list[str]:
    """A line for each exception that is over."""
    return [
        f"exceptions.{number} ({clean(each.identity, 120)}, {clean(each.detector, 40)}) ended"
        f" {each.until:%Y-%m-%d %H:%M} UTC and does nothing any more: take it out, or say a new until"
        for number, each in enumerate(exemptions)
        if each.until <= now
    ]


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
