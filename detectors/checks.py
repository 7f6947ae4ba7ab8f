"""Every check of one assumption or call, and the evidence that they make."""

from detectors.chain import chain
from detectors.memory import Memory
from detectors.new_pair import new_pair
from detectors.off_hours import off_hours, off_hours_call
from detectors.velocity import role_surge, velocity
from model.anomaly import Anomaly
from model.assumption import ApiCall, RoleAssumption
from model.baseline import HOUR
from model.evidence import Evidence
from model.facts import path_digest
from model.identity import Kind
from model.label import moment
from model.lineage import Lineage
from model.lineage_book import LineageBook
from model.organization import Organization
from model.thresholds import Thresholds


class Checks:
    """Runs the detectors against what is remembered; changes nothing."""

    def __init__(self, thresholds: Thresholds, organization: Organization, memory: Memory, book: LineageBook) -> None:
        self._thresholds = thresholds
        self._organization = organization
        self._memory = memory
        self._book = book

    def assumption(self, made: RoleAssumption, lineage: Lineage) -> list[Evidence]:
        """What is odd about an assumption that nothing remembers yet but the lineage book."""
        baseline = self._memory.baseline(made.caller.key)
        origin = self._memory.baseline(lineage.origin.key)
        limits = self._thresholds
        surge = velocity(made, baseline, limits)
        checks = (
            (made.caller.key, surge),
            (made.role_arn, None if surge else self._role_surge(made)),
            (made.role_arn, new_pair(made, lineage, baseline, origin, limits)),
            (made.caller.key, off_hours(made, baseline, limits, self._organization)),
        )
        found = [self._evidence(subject, anomaly, made, lineage) for subject, anomaly in checks if anomaly]
        return [*found, *self.way(made, lineage)]

    def way(self, made: RoleAssumption, lineage: Lineage) -> list[Evidence]:
        """What is odd about the way there; asked again where a late record shows a longer one."""
        baseline = self._memory.baseline(made.caller.key)
        origin = self._memory.baseline(lineage.origin.key)
        anomaly = chain(made, lineage, baseline, origin, self._thresholds, self._organization)
        return [self._evidence(f"{path_digest(lineage):x}", anomaly, made, lineage)] if anomaly else []

    def call(self, call: ApiCall) -> Evidence | None:
        """What is odd about a role session's first call in an hour, where nobody is seen to have assumed the role."""
        if call.caller.kind is not Kind.ROLE or call.caller.person:
            return None
        baseline = self._memory.baseline(call.caller.key)
        if int(call.time // HOUR) in baseline.active:
            return None
        anomaly = off_hours_call(call, baseline, self._thresholds, self._organization)
        if anomaly is None:
            return None
        lineage = self._book.of(call)
        if lineage.depth:
            return None
        return Evidence(
            subject=call.caller.key,
            anomaly=anomaly,
            last=moment(call.time),
            caller=call.caller,
            lineages=(lineage,),
        )

    def _role_surge(self, made: RoleAssumption) -> Anomaly | None:
        """A workload that fetches a role it knows is no surge of the role."""
        baseline = self._memory.baseline(made.caller.key)
        if baseline.knows_target(made.role_arn, made.time) and not made.caller.person:
            return None
        return role_surge(made, self._memory.role(made.role_arn), self._thresholds)

    def _evidence(self, subject: str, anomaly: Anomaly, made: RoleAssumption, lineage: Lineage) -> Evidence:
        return Evidence(
            subject=subject,
            anomaly=anomaly,
            last=moment(made.time),
            caller=made.caller,
            target=made.role_arn,
            account=made.account,
            lineages=(lineage, *self._siblings(anomaly, lineage)),
        )

    def _siblings(self, anomaly: Anomaly, lineage: Lineage) -> list[Lineage]:
        """The other sessions that a surge's records made: they are part of it."""
        if anomaly.detector != "velocity":
            return []
        made = (self._book.by_record(record) for record in anomaly.records)
        return [line for line in made if line and line.origin.key == lineage.origin.key and line != lineage]
