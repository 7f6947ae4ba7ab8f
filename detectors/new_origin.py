"""A place that this identity never came from: address network, tool or region.

Fires when a mature identity assumes a role or calls something from a network, with a tool family or in a region that
it did not have in 30 days. A network is the /24 of an IPv4 address (the /48 of an IPv6 address), and none is new that
shares its first two numbers with a known one, since providers hand out neighbours. Low. A session whose key is used
from another network than the one that asked for it, with a tool that its role does not know either, is medium: that is
a key that was carried away. So is a session that a service started (an instance's, a function's) and that comes with a
new network and a new tool at once. What is new to one identity is one anomaly for as long as the finding goes on. Of an
identity that is old enough and seldom acts (3 hours and more: a weekly job, a key for audits) a new network and a new
tool count only at once.

Quiet: a network that is new to a role and known to the mature origin of this chain, addresses and user agents of AWS
services, the region of global endpoints (STS, IAM, Organizations and the like
in us-east-1 and us-west-2), a network from which two of its peers come (a new office or VPN), what is one more
of 24 (a phone's networks, a fleet's public addresses, a shared role's tools), a network of who came from a new one on
seven other days of the month (hosted runners), an identity that is too young.

False positives: travel, a new laptop, another internet provider, a VPN's new exit, runners that moved, dual stack.

ATT&CK: T1078.004, T1550.001.

Runbook: nothing by itself. With other signs, ask the person where they are, by another way than the one that may be
compromised. Where a session's key moved, cut the session: nobody needs to carry one from machine to machine.

Needs data events: no, because every record has the address, tool and region; data events show more of them.
"""

from typing import NamedTuple

from model.anomaly import Anomaly
from model.assumption import ApiCall, RoleAssumption
from model.baseline import DAY, KEPT_S, TEXT_BYTES, Baseline
from model.chain import Chain
from model.confidence import Confidence
from model.facts import network, tool
from model.identity import Identity, Kind
from model.label import label, moment
from model.peer_use import PeerUse
from model.spans import short
from model.text import code
from model.thresholds import Thresholds

NAME = "new_origin"
SELDOM = 3
"""Active hours from which it can be said where somebody comes from who acts once a week or month."""
_GLOBAL_REGIONS = frozenset(("us-east-1", "us-west-2"))
_GLOBAL = frozenset(
    f"{service}.amazonaws.com"
    for service in (
        *("account", "artifact", "billing", "budgets", "ce", "cloudfront", "globalaccelerator", "health", "iam"),
        *("organizations", "route53", "route53domains", "shield", "signin", "sso", "sts", "support", "waf"),
    )
)


class _Deed(NamedTuple):
    """Who did something when, by which records, from where; a part that says nothing is None."""

    caller: Identity
    time: float
    records: tuple[str, ...]
    network: str | None
    tool: str | None
    region: str | None


def new_origin(
    made: RoleAssumption,
    baseline: Baseline,
    thresholds: Thresholds,
    peers: PeerUse | None = None,
    way: Chain | None = None,
) -> Anomaly | None:
    """Whether the caller assumed a role from a place that its `baseline` and its `peers` do not know; `way` is how the
    caller's session came to be, this hop included where it was one."""
    place, name = network(made.source_ip), tool(made.user_agent)
    if place in baseline.networks and name in baseline.tools and made.region in baseline.regions:
        return None
    region = None if made.region in _GLOBAL_REGIONS else made.region
    deed = _Deed(made.caller, made.time, made.records, place, name, region)
    new = _news(deed, baseline, thresholds, peers)
    return _anomaly(deed, new, started=way is None or way.depth == (not made.denied)) if new else None


def new_origin_call(
    call: ApiCall, way: Chain, baseline: Baseline, thresholds: Thresholds, peers: PeerUse | None = None
) -> Anomaly | None:
    """The same for a call; `way` is how its session came to be."""
    place, name = network(call.source_ip), tool(call.user_agent)
    if place in baseline.networks and name in baseline.tools and call.region in baseline.regions:
        return None
    region = None if call.region in _GLOBAL_REGIONS and call.source in _GLOBAL else call.region
    deed = _Deed(call.caller, call.time, (call.record,), place, name, region)
    new = _news(deed, baseline, thresholds, peers)
    if not new:
        return None
    asked = network(way.hops[-1].source_ip) if way.hops else None
    moved = asked if asked and "network" in new and _has_moved(asked, new["network"]) else None
    return _anomaly(deed, new, moved, started=not way.depth)


def is_known_network(made: RoleAssumption | ApiCall, baseline: Baseline, thresholds: Thresholds) -> bool:
    """Whether a mature baseline knows the network that somebody came from, or one beside it."""
    place = network(made.source_ip)
    if place is None or not baseline.mature(made.time, thresholds.maturity.days, thresholds.maturity.active_hours):
        return False
    return place in baseline.networks or any(
        _is_address(known) and not _is_elsewhere(known, place) for known in baseline.networks
    )


def _news(deed: _Deed, baseline: Baseline, thresholds: Thresholds, peers: PeerUse | None) -> dict[str, str]:
    """What is new; of who was there long enough and seldom acts, only a network and a tool at once."""
    maturity = thresholds.maturity
    if not baseline.mature(deed.time, maturity.days, min(SELDOM, maturity.active_hours)):
        return {}
    new = _all_news(deed, baseline, thresholds, peers)
    mature = baseline.mature(deed.time, maturity.days, maturity.active_hours)
    return new if mature or {"network", "tool"} <= new.keys() else {}


def _all_news(deed: _Deed, baseline: Baseline, thresholds: Thresholds, peers: PeerUse | None) -> dict[str, str]:
    roams = thresholds.new_origin.roams
    new = {
        "network": deed.network if _is_new_network(deed, baseline, thresholds, peers) else None,
        "tool": deed.tool if _is_new(deed.tool, baseline.tools, roams) and not _is_aws(deed.tool or "") else None,
        "region": deed.region if _is_new(deed.region, baseline.regions, roams) else None,
    }
    return {what: value for what, value in new.items() if value}


def _is_new(value: str | None, known: dict[str, tuple[int, int]], roams: int) -> bool:
    return bool(value) and 0 < len(known) < roams and short(value or "", TEXT_BYTES) not in known


def _is_new_network(deed: _Deed, baseline: Baseline, thresholds: Thresholds, peers: PeerUse | None) -> bool:
    place, known = deed.network, baseline.networks
    if place is None or not _is_address(place) or place in known:
        return False
    around = [other for other in known if _is_address(other)]
    if not around or len(around) >= thresholds.new_origin.roams or not all(_is_elsewhere(o, place) for o in around):
        return False
    if _roams(baseline, deed.time) >= thresholds.new_origin.roaming_days:
        return False
    return peers is None or not peers.knows_network(place, deed.caller.key, deed.time, thresholds.maturity.days)


def _roams(baseline: Baseline, now: float) -> int:
    """On how many of the last 30 days but its first it came from a network that was new then."""
    since = max(now - KEPT_S, baseline.first + DAY)
    return len({first // DAY for first, _ in baseline.networks.values() if since <= first})


def _is_elsewhere(one: str, other: str) -> bool:
    """Whether two networks differ in their first two numbers; an IPv4 and an IPv6 one always do."""
    return _is_address(one) and _stem(one) != _stem(other)


def _has_moved(asked: str, used: str) -> bool:
    """Whether a key went elsewhere. An IPv4 and an IPv6 address, a private and a public one may be of one machine."""
    alike = (":" in asked) == (":" in used) and _is_private(asked) == _is_private(used)
    return alike and _is_address(asked) and _is_elsewhere(asked, used)


def _is_private(place: str) -> bool:
    first, second = (*_stem(place), "")[:2]
    between = {"100": range(64, 128), "172": range(16, 32)}.get(first, ())
    return first == "10" or (first, second) == ("192", "168") or (second.isdigit() and int(second) in between)


def _stem(place: str) -> list[str]:
    return (place.split(":") if ":" in place else place.split("."))[:2]


def _is_address(place: str) -> bool:
    """And no service's name."""
    return ":" in place or place.replace(".", "").isdigit()


def _is_aws(name: str) -> bool:
    return name.endswith("amazonaws.com") or name in ("aws", "aws-internal")


def _is_carried(deed: _Deed, new: dict[str, str], moved: str | None, *, started: bool) -> bool:
    """Whether a key seems to be in other hands: people buy laptops, and pipelines hop into a role from anywhere, but an
    instance or a function stays where a service `started` its session."""
    machine = started and deed.caller.kind is Kind.ROLE and not deed.caller.person
    return "tool" in new and (moved is not None or (machine and "network" in new))


def _anomaly(deed: _Deed, new: dict[str, str], moved: str | None = None, *, started: bool) -> Anomaly:
    said = ", ".join(f"{what} {code(value, 40)}" for what, value in new.items())
    end = f"; the session was asked for from {code(moved, 40)}" if moved else ""
    return Anomaly(
        detector=NAME,
        time=moment(deed.time),
        confidence=Confidence.MEDIUM if _is_carried(deed, new, moved, started=started) else Confidence.LOW,
        observed=", ".join(new),
        expected=None,
        threshold=None,
        window=None,
        message=f"{label(deed.caller)} came with what it did not have in 30 days: {said}{end}",
        records=deed.records,
        techniques=("T1078.004", "T1550.001"),
    )
