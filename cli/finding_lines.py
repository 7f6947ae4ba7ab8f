"""Findings and anomalies as the lines that others build on: names and their order are a contract."""

from datetime import UTC, datetime
from typing import Any

from detectors import DETECTORS
from model.anomaly import Anomaly
from model.finding import Finding
from model.normaliser import Counts


def finding_line(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "type": "finding",
        "uid": finding.uid,
        "time": stamp(finding.time),
        "last_time": stamp(finding.last_time),
        "detected": stamp(finding.detected),
        "origin": finding.origin.arn,
        "principal": finding.principal,
        "confidence": finding.confidence,
        "severity": finding.severity,
        "detectors": finding.detectors,
        "techniques": finding.techniques,
        "source_accounts": finding.source_accounts,
        "target_accounts": finding.target_accounts,
        "roles": finding.roles,
        "hops": finding.hops,
        "records": finding.records,
        "message": finding.message,
        "playbook": finding.playbook,
        "anomalies": [anomaly_fields(anomaly) for anomaly in finding.anomalies],
    }


def anomaly_line(anomaly: Anomaly) -> dict[str, Any]:
    """One anomaly."""
    return {"type": "anomaly", **anomaly_fields(anomaly)}


def anomaly_fields(anomaly: Anomaly) -> dict[str, Any]:
    """An anomaly as it stands in a finding."""
    return {
        "detector": anomaly.detector,
        "time": stamp(anomaly.time),
        "confidence": anomaly.confidence,
        "observed": _whole(anomaly.observed),
        "expected": _whole(anomaly.expected),
        "threshold": _whole(anomaly.threshold),
        "window": anomaly.window,
        "message": anomaly.message,
        "records": anomaly.records,
    }


def _whole(number: float | str | None) -> float | str | None:
    """Counts as whole numbers: 4 and not 4.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def summary_line(
    counts: Counts, identities: int, anomalies: dict[str, int], findings: int, seconds: float
) -> dict[str, Any]:
    """The last line; `anomalies` by detector, those that never fired are added with 0."""
    return {
        "type": "summary",
        "records": counts.records,
        "unique": counts.unique,
        "unparsed": counts.unparsed,
        "assumptions": counts.assumptions,
        "denied": counts.denied,
        "service_assumptions": counts.service_assumptions,
        "identities": identities,
        "anomalies": {name: anomalies.get(name, 0) for name in DETECTORS},
        "findings": findings,
        "seconds": round(seconds, 3),
    }


def stamp(time: datetime) -> str:
    """A time in RFC 3339, UTC, as short as it can be."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
