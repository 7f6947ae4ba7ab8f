"""After a case is closed, the same evidence opens no other for a while. Pure."""

import hashlib
import json
from datetime import datetime, timedelta

from model.case import CaseState, Resolution
from model.finding import Finding

COOLING = timedelta(hours=1)
_SETTLED = frozenset((CaseState.DENIED, CaseState.SUPPRESSED, CaseState.OBSERVED, CaseState.EXPIRED, CaseState.LIFTED))
"""Ends after which nothing is left to do about what was known. What was not contained or was cancelled never is."""


def evidence_of(finding: Finding) -> str:
    """What a finding says, apart from its records: whoever comes no further and does nothing new says the same."""
    deeds = sorted({(one.detector, one.confidence) for one in finding.anomalies})
    said = [finding.uid, finding.confidence, finding.hops, sorted(finding.roles), sorted(finding.detectors), deeds]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def cools(resolution: Resolution, closed: datetime, finding: Finding, now: datetime) -> bool:
    """Whether a finding says only what a case knew that people have just closed."""
    settled = resolution.state in _SETTLED and now - closed < COOLING
    return settled and evidence_of(finding) in resolution.evidence
