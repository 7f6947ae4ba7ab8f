"""Consuming the queue: read, judge, commit, delete, hand findings over; poll by poll, nothing lost, nothing twice."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from temporalio import activity

from activities.ports import Cases, Message, Queue, Store
from detectors.judge import Judge
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.confidence import Confidence
from model.envelopes import unwrap
from model.errors import HopstopError, Refused, Unavailable
from model.frozen import Frozen
from model.organization import Organization
from model.provenance import believed
from model.thresholds import Thresholds

POLL = 100
"""Messages of one commit at most."""

GATHER_S = 0.2
"""How long a commit may wait for more messages once it has one."""

WAIT_S = 1
BACKOFF_S = 2.0


class WatchOrder(Frozen):
    """Watch this queue for so many seconds, then report."""

    queue: str
    span_s: int


class Coverage(Frozen):
    """What was watched in one span: counts, the age of the oldest message when it was read, and the last trouble."""

    since: datetime
    until: datetime
    messages: int = 0
    records: int = 0
    unparsed: int = 0
    assumptions: int = 0
    anomalies: int = 0
    findings: int = 0
    oldest_lag_s: float = 0.0
    trouble: str = ""


class Watching:
    """The one judge of an installation, on one queue and one store."""

    def __init__(
        self, queue: Queue, store: Store, cases: Cases, thresholds: Thresholds, organization: Organization
    ) -> None:
        self._queue = queue
        self._store = store
        self._cases = cases
        self._thresholds = thresholds
        self._organization = organization
        self._judge: Judge | None = None
        self._version = 0
        self._quiet_until = 0.0

    @activity.defn(name="Detect: consume queue")
    def consume(self, order: WatchOrder) -> Coverage:
        """Consume for a span; the row of what was covered. A silent system is waited for and said in the row."""
        self._judge = None
        row = Coverage(since=datetime.now(UTC), until=datetime.now(UTC))
        end = time.monotonic() + order.span_s
        while time.monotonic() < end and not _told_to_stop():
            activity.heartbeat(row.records)
            try:
                row = self._poll(row)
            except Refused as error:
                # Another judge leads, or a commit is refused for good: begin again from what was committed.
                self._judge = None
                row = row.model_copy(update={"trouble": str(error)})
                time.sleep(BACKOFF_S)
            except HopstopError as error:
                row = row.model_copy(update={"trouble": str(error)})
                time.sleep(BACKOFF_S)
        return row.model_copy(update={"until": datetime.now(UTC)})

    def _poll(self, row: Coverage) -> Coverage:
        judge = self._leading()
        messages = self._gather()
        if messages:
            row = self._taken_in(judge, messages, row)
        trouble = self._hand_over()
        # Committed records are skipped when they come again, but they need not come.
        if messages:
            self._queue.delete(messages)
        return row.model_copy(update={"trouble": trouble}) if trouble else row

    def _taken_in(self, judge: Judge, messages: Sequence[Message], row: Coverage) -> Coverage:
        before = (judge.counts.unparsed, judge.counts.assumptions)
        read, findings, anomalies = self._judged(judge, messages)
        lag = (datetime.now(UTC) - min(message.sent for message in messages)).total_seconds()
        return row.model_copy(
            update={
                "messages": row.messages + len(messages),
                "records": row.records + read,
                "unparsed": row.unparsed + judge.counts.unparsed - before[0],
                "assumptions": row.assumptions + judge.counts.assumptions - before[1],
                "anomalies": row.anomalies + anomalies,
                "findings": row.findings + findings,
                "oldest_lag_s": max(row.oldest_lag_s, lag),
            }
        )

    def _leading(self) -> Judge:
        if self._judge is None:
            self._version = self._store.lead()
            self._judge = Judge(self._thresholds, self._organization, self._store)
        return self._judge

    def _gather(self) -> list[Message]:
        gathered = list(self._queue.receive(WAIT_S))
        end = time.monotonic() + GATHER_S
        while gathered and len(gathered) < POLL and time.monotonic() < end:
            more = self._queue.receive(0)
            if not more:
                break
            gathered += more
        return gathered

    def _judged(self, judge: Judge, messages: Sequence[Message]) -> tuple[int, int, int]:
        """Judge and commit one poll; numbers of records read, findings and anomalies."""
        fresh, ids = self._fresh(messages)
        poll = judge.judge(fresh, now=time.time())
        arrived = max(message.sent for message in messages)
        findings = tuple(found.model_copy(update={"arrived": found.arrived or arrived}) for found in poll.findings)
        try:
            self._store.commit(self._version, ids, judge.changes(), findings)
        except HopstopError:
            # What this judge holds in memory is no longer what the store holds.
            self._judge = None
            raise
        if judge.crowded:
            judge.let_go()
        return len(fresh), len(findings), len(poll.anomalies)

    def _fresh(self, messages: Sequence[Message]) -> tuple[list[CloudTrailRecord | Unparsed], list[str]]:
        read = [believed(record) for message in messages for record in unwrap(message.body)]
        named = [record.id for record in read if isinstance(record, CloudTrailRecord)]
        known = self._store.seen(named)
        fresh = [r for r in read if isinstance(r, Unparsed) or r.id not in known]
        return fresh, [name for name in dict.fromkeys(named) if name not in known]

    def _hand_over(self) -> str:
        """Send every finding that no case has acknowledged; what stopped that, or nothing.

        Low ones are kept for the composite and open no case. A silent Temporal delays findings and never the watch.
        """
        if time.monotonic() < self._quiet_until:
            return ""
        trouble = ""
        for finding in self._store.unsent():
            try:
                if finding.confidence is not Confidence.LOW:
                    self._cases.open(finding)
            except HopstopError as error:
                self._quiet_until = time.monotonic() + BACKOFF_S
                trouble = f"findings wait: {error}"
                if isinstance(error, Unavailable):
                    return trouble
            else:
                self._store.acknowledge((finding,))
        return trouble


def _told_to_stop() -> bool:
    return activity.is_cancelled() or activity.is_worker_shutdown()
