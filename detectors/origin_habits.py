"""What a role that many share does not know, and whoever is behind this chain does."""

from detectors.new_origin import is_known_network
from detectors.off_hours import keeps
from model.anomaly import Anomaly
from model.assumption import ApiCall, RoleAssumption
from model.baseline import Baseline
from model.chain import Chain
from model.confidence import Confidence
from model.organization import Organization
from model.thresholds import Thresholds


def place_of_origin(
    anomaly: Anomaly | None, made: RoleAssumption | ApiCall, way: Chain, origin: Baseline, thresholds: Thresholds
) -> Anomaly | None:
    """The `new_origin`, unless all that is new to the role is a network that the chain's mature origin comes from."""
    if anomaly is None or not _is_behind(made, way):
        return anomaly
    network_only = anomaly.observed == "network" and anomaly.confidence is Confidence.LOW
    return None if network_only and is_known_network(made, origin, thresholds) else anomaly


def hour_of_origin(
    anomaly: Anomaly | None,
    made: RoleAssumption,
    way: Chain,
    origin: Baseline,
    thresholds: Thresholds,
    organization: Organization,
) -> Anomaly | None:
    """The `off_hours`, unless the chain's mature origin keeps that hour."""
    if anomaly is None or not _is_behind(made, way):
        return anomaly
    return None if keeps(way.origin, made.time, origin, thresholds, organization) else anomaly


def _is_behind(made: RoleAssumption | ApiCall, way: Chain) -> bool:
    return way.depth > 0 and way.origin.key != made.caller.key
