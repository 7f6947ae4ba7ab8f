"""The published shapes of findings, for `hopstop config schema`; cli/finding_lines.py writes them."""

from datetime import datetime
from typing import Any, Literal

from model.case import CaseView
from model.confidence import Confidence, Severity
from model.frozen import Frozen

Json = dict[str, Any]


class AnomalyShape(Frozen):
    """An anomaly as it stands in a finding. `window` is in seconds."""

    detector: str
    time: datetime
    confidence: Confidence
    observed: float | str
    expected: float | str | None
    threshold: float | str | None
    window: int | None
    message: str
    records: tuple[str, ...]


class FindingShape(Frozen):
    """A finding, as `backtest --json` prints one a line. `origin` and `principal` are null where unknown."""

    type: Literal["finding"]
    uid: str
    time: datetime
    last_time: datetime
    detected: datetime
    origin: str | None
    principal: str | None
    confidence: Confidence
    severity: Severity
    detectors: tuple[str, ...]
    techniques: tuple[str, ...]
    source_accounts: tuple[str, ...]
    target_accounts: tuple[str, ...]
    roles: tuple[str, ...]
    hops: int
    records: tuple[str, ...]
    message: str
    playbook: str
    anomalies: tuple[AnomalyShape, ...]


def case_schema() -> Json:
    """The schema of `case show --json`: the case as it is kept, its finding as findings are published."""
    case, finding = CaseView.model_json_schema(by_alias=True), FindingShape.model_json_schema()
    case["$defs"] |= finding.pop("$defs") | {"FindingShape": finding}
    case["properties"]["finding"] = {"$ref": "#/$defs/FindingShape"}
    return case
