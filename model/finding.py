"""Weighed anomalies of one chain."""

from datetime import datetime
from typing import Literal

from model.anomaly import Anomaly
from model.confidence import Confidence, Severity
from model.frozen import Frozen
from model.identity import Identity
from model.lineage import Lineage


class Finding(Frozen):
    """What `weigh` made of a chain's anomalies; the input of a case.

    `uid` is stable across runs and input order (the origin's key and the first proving record's id). Times are
    record times: of the first and last proving record, and of the record that decided the confidence.
    `lineages` are the chains of hops from the same origin that the anomalies lie on; `arrived` is when the deciding
    record reached the queue (None in a backtest).
    """

    type: Literal["finding"] = "finding"
    uid: str
    time: datetime
    last_time: datetime
    detected: datetime
    origin: Identity
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
    anomalies: tuple[Anomaly, ...]
    lineages: tuple[Lineage, ...]
    arrived: datetime | None = None
