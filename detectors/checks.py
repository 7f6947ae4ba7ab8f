"""Every check of one assumption or call, and the evidence that they make."""

from collections.abc import Iterator

from detectors.after_assumption import Habits, after_assumption, secrets_in_bulk
from detectors.chain import chain
from detectors.convergence import convergence
from detectors.cross_boundary import cross_boundary
from detectors.defence_evasion import defence_evasion
from detectors.enumeration import enumeration
from detectors.fan_out import fan_out
from detectors.guardduty import guardduty
from detectors.memory import Memory
from detectors.new_origin import new_origin, new_origin_call
from detectors.new_pair import fresh_records, in_known_accounts, new_pair
from detectors.off_hours import off_hours, off_hours_call
from detectors.origin_habits import hour_of_origin, place_of_origin
from detectors.short_sessions import short_sessions
from detectors.velocity import role_surge, velocity
from model.anomaly import Anomaly
from model.assumption import ApiCall, RoleAssumption
from model.baseline import HOUR, Baseline, digest
from model.behind import behind, vouched
from model.chain import Chain
from model.confidence import Confidence
from model.deeds import TOLD, deed_of, is_read
from model.evidence import Evidence
from model.identity import Kind
from model.label import moment
from model.lineage import Lineage
from model.lineage_book import LineageBook
from model.minimums import Minimums
from model.organization import Organization
from model.own import Own
from model.peer_use import PeerUse, peer_key
from model.reach import Reach, who_comes
from model.thresholds import Thresholds
from model.trust_map import TrustMap

_NOTHING = Own()
_ROLE = Kind.ROLE
_BY_CALL = frozenset(("after_assumption", "defence_evasion"))
"""Detectors of which each call is an anomaly of its own."""
_SURGES = frozenset(("velocity", "fan_out"))


class Checks:
    """Runs the detectors against what is remembered; changes nothing."""

    def __init__(
        self,
        thresholds: Thresholds,
        organization: Organization,
        memory: Memory,
        book: LineageBook,
        minimums: Minimums,
        reach: Reach,
        own: Own = _NOTHING,
    ) -> None:
        self._thresholds = thresholds
        self._organization = organization
        self._memory = memory
        self._book = book
        self._minimums = minimums
        self._reach = reach
        self._trust = TrustMap(organization)
        self._own = own

    def document(self, organization: Organization) -> None:
        """Judge by this description of the organisation from now on."""
        self._organization = organization
        self._trust = TrustMap(organization)

    def assumption(self, made: RoleAssumption, way: Chain) -> list[Evidence]:
        """What is odd about an assumption that nothing remembers yet but the lineage book."""
        baseline = self._memory.baseline(made.caller.key)
        origin = self._memory.baseline(way.origin.key)
        limits = self._thresholds
        group = peer_key(made.caller)
        peers = None if group is None else self._memory.peers(group)
        surge = self._own_surge(velocity(made, baseline, limits), way)
        checks = (
            (made.caller.key, surge),
            (made.role_arn, None if surge else self._role_surge(made, baseline)),
            (made.role_arn, self._pair(made, way, baseline, origin, peers)),
            (made.caller.key, self._night(made, way, baseline, origin, peers)),
            (made.caller.key, self._doors(made, baseline)),
            (made.role_arn, self._crowd(made, baseline, peers)),
            (made.caller.key, short_sessions(made, self._minimums.of(made.caller.key), baseline, limits)),
            (made.caller.key, self._came_from(made, way, baseline, origin, peers)),
            (made.role_arn, self._boundary(made, way, baseline, peers)),
            (way.origin.key, self._many_accounts(made, way, origin, peers)),
        )
        found = [self._evidence(subject, anomaly, made, way) for subject, anomaly in checks if anomaly]
        return [*found, *self.way(made, way)]

    def way(self, made: RoleAssumption, way: Chain) -> list[Evidence]:
        """What is odd about the way there; asked again where a late record shows a longer one."""
        baseline = self._memory.baseline(made.caller.key)
        origin = self._memory.baseline(way.origin.key)
        anomaly = chain(made, way, baseline, origin, self._thresholds, self._organization)
        return [self._evidence(f"{way.path:x}", anomaly, made, way)] if anomaly else []

    def call(self, call: ApiCall, way: Chain) -> list[Evidence]:
        """What is odd about a call that nothing remembers yet."""
        baseline = self._memory.baseline(call.caller.key)
        hour, place = self._hour(call, way, baseline), self._place(call, way, baseline)
        told = TOLD.get(call.source)
        if told is not None and call.name in told:
            found = (hour, place, *self._deed(call, way, baseline))
        elif hour is None and place is None:
            return []
        else:
            found = (hour, place)
        return [self._call_evidence(anomaly, call, way) for anomaly in found if anomaly]

    def _deed(self, call: ApiCall, way: Chain, baseline: Baseline) -> Iterator[Anomaly | None]:
        """Dangerous calls, reads of secrets, attacks on the watch; nothing for most calls of the services that have
        some, and for hopstop itself at work."""
        if is_read(call):
            yield secrets_in_bulk(call, baseline, self._thresholds)
        deed = deed_of(call)
        if deed is None or self._own.is_containing(call, way):
            return
        origin = self._memory.baseline(way.origin.key) if way.depth else baseline
        group = peer_key(call.caller)
        known = Habits(baseline, origin, None if group is None else self._memory.peers(group))
        yield after_assumption(call, deed, way, known, self._thresholds, self._organization.management_account)
        yield defence_evasion(call, deed, baseline, self._own, self._thresholds)

    def warning(self, warning: ApiCall, line: Lineage, at: float | None = None) -> Evidence:
        """A finding of GuardDuty about somebody of this chain, as of then (None: its own time)."""
        anomaly = guardduty(warning, at)
        return Evidence(
            subject=f"{warning.caller.key} {warning.on}",
            anomaly=anomaly,
            last=anomaly.time,
            caller=warning.caller,
            lineages=(line,),
        )

    def _hour(self, call: ApiCall, way: Chain, baseline: Baseline) -> Anomaly | None:
        """A role session's first call in an hour, where nobody is seen to have assumed the role."""
        if way.depth or call.caller.kind is not _ROLE or vouched(call.caller):
            return None
        if baseline.was_active(int(call.time // HOUR)):
            return None
        return off_hours_call(call, baseline, self._thresholds, self._organization)

    def _place(self, call: ApiCall, way: Chain, baseline: Baseline) -> Anomaly | None:
        """Peers and the chain's origin are asked only where the place is new."""
        anomaly = new_origin_call(call, way, baseline, self._thresholds)
        if anomaly is None:
            return None
        group = peer_key(call.caller)
        if group is not None:
            anomaly = new_origin_call(call, way, baseline, self._thresholds, self._memory.peers(group))
        return place_of_origin(anomaly, call, way, self._memory.baseline(way.origin.key), self._thresholds)

    def _pair(
        self, made: RoleAssumption, way: Chain, baseline: Baseline, origin: Baseline, peers: PeerUse | None
    ) -> Anomaly | None:
        """What other roles were new is looked up only where there are many."""
        anomaly = new_pair(made, way, baseline, origin, self._thresholds, peers)
        if anomaly is None or made.denied or anomaly.threshold != self._thresholds.new_pair.many:
            return anomaly
        records = fresh_records(made, baseline, self._thresholds)
        chains = [chain for each in records if (chain := self._book.by_record(each))]
        others = [chain.hops[-1].role_arn if chain.hops else chain.origin.arn or "" for chain in chains]
        if len(others) < len(records):
            return anomaly
        return in_known_accounts(anomaly, [made.role_arn, *others], made, baseline, self._thresholds)

    def _came_from(
        self, made: RoleAssumption, way: Chain, baseline: Baseline, origin: Baseline, peers: PeerUse | None
    ) -> Anomaly | None:
        anomaly = new_origin(made, baseline, self._thresholds, peers, way)
        return place_of_origin(anomaly, made, way, origin, self._thresholds)

    def _night(
        self, made: RoleAssumption, way: Chain, baseline: Baseline, origin: Baseline, peers: PeerUse | None
    ) -> Anomaly | None:
        anomaly = off_hours(made, baseline, self._thresholds, self._organization, peers, way.origin)
        return hour_of_origin(anomaly, made, way, origin, self._thresholds, self._organization)

    def _own_surge(self, surge: Anomaly | None, way: Chain) -> Anomaly | None:
        """A surge of a role that many share is low for a chain whose origin has only a small part in it."""
        if surge is None or way.depth < 2:
            return surge
        others = [made for record in surge.records if (made := self._book.by_record(record)) and made is not way]
        share = len(surge.records) - sum(made.origin.key != way.origin.key for made in others)
        if share >= self._thresholds.velocity.least:
            return surge
        return surge.model_copy(update={"confidence": Confidence.LOW})

    def _boundary(self, made: RoleAssumption, way: Chain, baseline: Baseline, peers: PeerUse | None) -> Anomaly | None:
        """Only where the organisation says anything, and somebody crosses into another account."""
        if self._trust.says_nothing or made.account == made.caller.account == way.origin.account:
            return None
        role = self._memory.role(made.role_arn)
        return cross_boundary(made, way, baseline, role, self._trust, self._thresholds, peers)

    def _many_accounts(
        self, made: RoleAssumption, way: Chain, origin: Baseline, peers: PeerUse | None
    ) -> Anomaly | None:
        who = who_comes(made, way)
        came = self._reach.around(who.key, made.time, HOUR)
        if not came:
            return None
        habits = origin if who is way.origin else self._memory.baseline(who.key)
        return fan_out(made, who, came, habits, self._trust, self._thresholds, peers)

    def _doors(self, made: RoleAssumption, baseline: Baseline) -> Anomaly | None:
        return enumeration(made, baseline, self._memory.role(made.role_arn), self._thresholds) if made.denied else None

    def _crowd(self, made: RoleAssumption, baseline: Baseline, peers: PeerUse | None) -> Anomaly | None:
        """Whoever assumed the role before is no newcomer."""
        if digest(made.role_arn) in baseline.targets:
            return None
        return convergence(made, baseline, self._memory.role(made.role_arn), self._thresholds, peers)

    def _role_surge(self, made: RoleAssumption, baseline: Baseline) -> Anomaly | None:
        """A workload that fetches a role it knows is no surge of the role."""
        if baseline.knows_target(made.role_arn, made.time) and not made.caller.person:
            return None
        return role_surge(made, self._memory.role(made.role_arn), self._thresholds)

    def _evidence(self, subject: str, anomaly: Anomaly, made: RoleAssumption, way: Chain) -> Evidence:
        return Evidence(
            subject=subject,
            anomaly=anomaly,
            last=moment(made.time),
            caller=made.caller,
            target=made.role_arn,
            account=made.account,
            lineages=(way.lineage(), *self._siblings(anomaly, way)),
        )

    def _call_evidence(self, anomaly: Anomaly, call: ApiCall, way: Chain) -> Evidence:
        told = anomaly.observed if anomaly.detector in _BY_CALL else ""
        return Evidence(
            subject=f"{call.caller.key} {told}" if isinstance(told, str) and told else call.caller.key,
            anomaly=anomaly,
            last=moment(call.time),
            caller=call.caller,
            lineages=(way.lineage(),),
        )

    def _siblings(self, anomaly: Anomaly, way: Chain) -> list[Lineage]:
        """The other sessions that a surge's records made: they are part of it."""
        if anomaly.detector not in _SURGES:
            return []
        made = (self._book.by_record(record) for record in anomaly.records)
        lines = (other.lineage() for other in made if other and behind(other.origin) == behind(way.origin))
        return [line for line in lines if line != way.lineage()]
