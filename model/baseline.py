"""What is normal for one identity, and for one role: small, bounded, forgetting by age.

`learn` is a pure function in behaviour: what it returns depends on the arguments alone. For speed it changes the
baseline that it is given and returns that same object; copy first (`copy.deepcopy`) to keep the old one. Facts
that lie within 29 days may come in any order and give the same baseline once `prune` has run (it does when one is
stored).
Whoever learns decides what may be learned: what an anomalous chain does is only `seen`, for the sliding windows.
"""

import math
from bisect import bisect_right, insort
from hashlib import blake2b
from typing import NamedTuple, TypeVar

import msgspec

HOUR = 3600
QUARTER = 900
DAY = 86_400
KEPT_S = 30 * DAY
RECENT = 224
MINUTES = 125
TARGETS = 750
NAMES = 32
ACCOUNTS = 300
REACHED = 150
SETS = 40
CALLERS = 200

K = TypeVar("K")


class Fact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The little of one assumption or call that a baseline keeps. `target` is a role's ARN, None for a call.

    `reached` are digests of what the origin of a chain came to by way of other roles (`digest` of a role, `digest` of a
    path), `depth` in how many hops. Times are seconds since 1970 UTC, `duration` the seconds asked for.
    """

    time: float
    target: str | None = None
    account: str | None = None
    denied: bool = False
    network: str | None = None
    tool: str | None = None
    region: str | None = None
    duration: int | None = None
    reached: tuple[int, ...] = ()
    depth: int = 0
    record: str = ""


class Recent(NamedTuple):
    """One assumption in the sliding windows: its time, the digest of its target, whether it was denied, its record."""

    time: float
    target: int
    denied: bool
    record: str


class Baseline(msgspec.Struct, gc=False, array_like=True):
    """What one identity did in the last 30 days.

    `assumed` counts successful assumptions in the four quarters of each hour (hours since 1970 UTC), `active` calls and
    assumptions of each hour. Sets map a name or digest to first and last seen, in seconds; `first` is the oldest hour.
    """

    first: int = 0
    last: int = 0
    assumed: dict[int, list[int]] = {}
    active: dict[int, int] = {}
    targets: dict[int, tuple[int, int]] = {}
    tried: dict[int, tuple[int, int]] = {}
    accounts: dict[str, tuple[int, int]] = {}
    reached: dict[int, tuple[int, int]] = {}
    depths: dict[int, int] = {}
    names: dict[str, int] = {}
    networks: dict[str, tuple[int, int]] = {}
    tools: dict[str, tuple[int, int]] = {}
    regions: dict[str, tuple[int, int]] = {}
    durations: dict[int, tuple[int, int]] = {}
    recent: list[Recent] = []
    minutes: dict[int, int] = {}

    @property
    def wanders(self) -> bool:
        """Whether it assumes so many roles that one more is no news (the set of targets is full)."""
        return len(self.targets) >= TARGETS

    def mature(self, now: float, days: int, active_hours: int) -> bool:
        """Whether it has been known for `days` before `now` and was active in `active_hours` hours of them."""
        return bool(self.last) and now - self.first >= days * DAY and len(self.active) >= active_hours

    def knows_target(self, role_arn: str, now: float) -> bool:
        """Whether it assumed the role in the 30 days before `now`."""
        return _known(self.targets, digest(role_arn), now)

    def has_tried(self, role_arn: str, now: float) -> bool:
        """Whether it was denied the role in the 30 days before `now`."""
        return _known(self.tried, digest(role_arn), now)

    def deepest(self, now: float) -> int:
        """In how many hops its deepest chain of the 30 days before `now` went."""
        direct = 1 if self.targets else 0
        return max((depth for depth, last in self.depths.items() if last >= now - KEPT_S), default=direct)

    def has_reached(self, thing: int, now: float) -> bool:
        """Whether it came to a role or by a path (their digests) through other roles in the 30 days before `now`."""
        return _known(self.reached, thing, now)


class Spread(NamedTuple):
    """How many slots were active, their mean and their standard deviation (of the population)."""

    slots: int
    mean: float
    sigma: float


def digest(text: str) -> int:
    """63 bits that stand for a text; stable across runs and machines."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def learn(baseline: Baseline, fact: Fact) -> Baseline:
    """The baseline with one fact more. A fact older than 30 days before the newest changes nothing."""
    time = int(fact.time)
    if time < _oldest(baseline):
        return baseline
    hour = time // HOUR
    baseline.first = min(baseline.first or time, hour * HOUR)
    baseline.last = max(baseline.last, time)
    baseline.active[hour] = baseline.active.get(hour, 0) + 1
    for names, name in _sets(baseline, fact):
        _note(names, name, time)
    if fact.target is not None:
        _learn_assumption(baseline, fact, fact.target, time)
    return prune(baseline) if _overfull(baseline) else baseline


def _overfull(baseline: Baseline) -> bool:
    """Whether something outgrew its bound twice: between two prunings the order of facts may matter only then."""
    return (
        len(baseline.networks) > 2 * SETS
        or len(baseline.tools) > 2 * SETS
        or len(baseline.names) > 4 * NAMES
        or len(baseline.targets) > 2 * TARGETS
        or len(baseline.tried) > 2 * REACHED
        or len(baseline.active) > 2 * KEPT_S // HOUR
    )


def _sets(baseline: Baseline, fact: Fact) -> tuple[tuple[dict[str, tuple[int, int]], str | None], ...]:
    return (baseline.networks, fact.network), (baseline.tools, fact.tool), (baseline.regions, fact.region)


def _learn_assumption(baseline: Baseline, fact: Fact, target: str, time: int) -> None:
    if fact.denied:
        _note(baseline.tried, digest(target), time)
        return
    quarters = baseline.assumed.setdefault(time // HOUR, [0, 0, 0, 0])
    quarters[time % HOUR // QUARTER] += 1
    _note(baseline.targets, digest(target), time)
    _note(baseline.accounts, fact.account, time)
    baseline.names[target[:200]] = max(baseline.names.get(target[:200], 0), time)
    _note(baseline.durations, fact.duration, time)


def reach(baseline: Baseline, fact: Fact) -> Baseline:
    """The origin's baseline, with what one of its chains came to."""
    if fact.denied or fact.time < _oldest(baseline):
        return baseline
    for thing in fact.reached:
        _note(baseline.reached, thing, int(fact.time))
    if fact.depth:
        baseline.depths[fact.depth] = max(baseline.depths.get(fact.depth, 0), int(fact.time))
    return baseline


def seen(baseline: Baseline, fact: Fact) -> Baseline:
    """The baseline with one assumption more in its sliding windows, whether it may be learned or not."""
    entry = Recent(fact.time, digest(fact.target or ""), fact.denied, fact.record)
    insort(baseline.recent, entry)
    del baseline.recent[: max(0, len(baseline.recent) - RECENT)]
    minute = int(fact.time // 60)
    baseline.minutes[minute] = baseline.minutes.get(minute, 0) + 1
    if len(baseline.minutes) > MINUTES:
        newest = max(baseline.minutes)
        baseline.minutes = {m: n for m, n in baseline.minutes.items() if m > newest - MINUTES}
    return baseline


def window(baseline: Baseline, since: float, until: float) -> list[Recent]:
    """The assumptions later than `since` and not later than `until` that are kept one by one (the last 224)."""
    low = bisect_right(baseline.recent, since, key=_time)
    return baseline.recent[low : bisect_right(baseline.recent, until, key=_time)]


def count(baseline: Baseline, since: float, until: float) -> int:
    """How many assumptions in (since, until]: exact to 224, by whole minutes beyond."""
    kept = len(window(baseline, since, until))
    if len(baseline.recent) < RECENT or baseline.recent[0].time <= since:
        return kept
    return max(kept, sum(n for m, n in baseline.minutes.items() if since < m * 60 + 60 and m * 60 <= until))


def quarter_spread(baseline: Baseline, before: float) -> Spread:
    """Assumptions in an active quarter of an hour, over the 30 days that ended before the running and the last one."""
    edge, start = int(before // QUARTER) - 1, int((before - KEPT_S) // QUARTER)
    counts = [
        n
        for hour, quarters in baseline.assumed.items()
        for i, n in enumerate(quarters)
        if n and start <= hour * 4 + i < edge
    ]
    return _spread(counts)


def hour_spread(baseline: Baseline, before: float, days: int) -> Spread:
    """Assumptions in an active hour, over the `days` that ended before the running and the last one."""
    edge, start = int(before // HOUR) - 1, int((before - days * DAY) // HOUR)
    return _spread([sum(quarters) for hour, quarters in baseline.assumed.items() if start <= hour < edge])


def prune(baseline: Baseline) -> Baseline:
    """Forget what is older than 30 days before the newest fact, and the oldest of what there is too much of."""
    oldest = _oldest(baseline)
    hour = oldest // HOUR
    baseline.active = {h: n for h, n in baseline.active.items() if h >= hour}
    baseline.assumed = {h: n for h, n in baseline.assumed.items() if h >= hour}
    baseline.targets = _newest(baseline.targets, oldest, TARGETS)
    baseline.tried = _newest(baseline.tried, oldest, REACHED)
    baseline.accounts = _newest(baseline.accounts, oldest, ACCOUNTS)
    baseline.reached = _newest(baseline.reached, oldest, REACHED)
    baseline.depths = {depth: last for depth, last in baseline.depths.items() if last >= oldest}
    baseline.networks = _newest(baseline.networks, oldest, SETS)
    baseline.tools = _newest(baseline.tools, oldest, SETS)
    baseline.regions = _newest(baseline.regions, oldest, SETS)
    kept = sorted(baseline.names, key=lambda name: (-baseline.names[name], name))[:NAMES]
    baseline.names = {name: baseline.names[name] for name in kept if baseline.names[name] >= oldest}
    baseline.durations = _newest(baseline.durations, oldest, SETS)
    baseline.first = min(baseline.active, default=0) * HOUR
    return baseline


class RoleUse(msgspec.Struct, gc=False, array_like=True):
    """Who assumed one role lately (caller's name to its last time), and how often in each hour of 30 days."""

    first: int = 0
    last: int = 0
    callers: dict[str, int] = {}
    hours: dict[int, int] = {}

    def daily(self, before: float) -> float:
        """Assumptions a day, over the days that it was used in the 30 days up to 2 hours before `before`."""
        edge, start = int(before // HOUR) - 2, int((before - KEPT_S) // HOUR)
        past = {h: n for h, n in self.hours.items() if start <= h < edge}
        days = {h // 24 for h in past}
        return sum(past.values()) / len(days) if days else 0.0

    def in_two_hours(self, now: float) -> int:
        """Assumptions in the running hour and the one before it."""
        hour = int(now // HOUR)
        return self.hours.get(hour, 0) + self.hours.get(hour - 1, 0)


def use(role: RoleUse, caller: str, time: float) -> RoleUse:
    """The role's use with one successful assumption more."""
    at = int(time)
    if at < role.last - KEPT_S:
        return role
    role.first, role.last = min(role.first or at, at), max(role.last, at)
    role.hours[at // HOUR] = role.hours.get(at // HOUR, 0) + 1
    role.callers[caller[:200]] = max(role.callers.get(caller[:200], 0), at)
    if len(role.callers) > 2 * CALLERS or len(role.hours) > 2 * KEPT_S // HOUR:
        prune_use(role)
    return role


def prune_use(role: RoleUse) -> RoleUse:
    """Forget hours older than 30 days and all but the latest callers."""
    role.hours = {h: n for h, n in role.hours.items() if h >= (role.last - KEPT_S) // HOUR}
    latest = sorted(role.callers, key=lambda name: (-role.callers[name], name))[:CALLERS]
    role.callers = {name: role.callers[name] for name in latest}
    return role


def _oldest(baseline: Baseline) -> int:
    """The beginning of the hour, 30 days before the newest fact, before which nothing is kept."""
    return (baseline.last - KEPT_S) // HOUR * HOUR


def _time(entry: Recent) -> float:
    return entry.time


def _known(names: dict[K, tuple[int, int]], name: K, now: float) -> bool:
    span = names.get(name)
    return span is not None and span[1] >= now - KEPT_S


def _note(names: dict[K, tuple[int, int]], name: K | None, time: int) -> None:
    if name is None:
        return
    span = names.get(name)
    names[name] = (time, time) if span is None else (min(span[0], time), max(span[1], time))


def _newest(names: dict[K, tuple[int, int]], oldest: int, most: int) -> dict[K, tuple[int, int]]:
    live = [(name, span) for name, span in names.items() if span[1] >= oldest]
    live.sort(key=lambda item: (-item[1][1], -item[1][0], str(item[0])))
    return dict(live[:most])


def _spread(counts: list[int]) -> Spread:
    if not counts:
        return Spread(0, 0.0, 0.0)
    total, squares, n = sum(counts), sum(c * c for c in counts), len(counts)
    return Spread(n, total / n, math.sqrt(max(0, n * squares - total * total)) / n)
