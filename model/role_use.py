"""Who assumes one role, who tries to, and how often."""

from functools import lru_cache

import msgspec

from model.spans import HOUR, KEPT_S, digest, last_of, newest, short

CALLERS = 200
SOURCES = 200
TRIED = 100
NAME_BYTES, SOURCE_BYTES = 110, 60

Source = tuple[int, int, str]
"""First and last time (seconds since 1970 UTC), and a name for people."""


class RoleUse(msgspec.Struct, array_like=True, dict=True):
    """The use of one role in 30 days. Its `__dict__` remembers answers and is stored nowhere.

    `callers` holds names (ARN and session) with their last time, `hours` counts assumptions by the hour (since 1970
    UTC). `sources` are the identities that assumed it, `tried` those that were denied, by the digests of their keys.
    """

    first: int = 0
    last: int = 0
    callers: dict[str, int] = {}
    hours: dict[int, int] = {}
    sources: dict[int, Source] = {}
    tried: dict[int, Source] = {}

    def daily(self, before: float) -> float:
        """Assumptions a day, over the days that it was used in the 30 days up to 2 hours before `before`."""
        edge = int(before // HOUR) - 2
        found = self.__dict__.get("mean")
        if found is None or found[0] != edge:
            found = self.__dict__["mean"] = (edge, self._daily(edge, int((before - KEPT_S) // HOUR)))
        return float(found[1])

    def in_two_hours(self, now: float) -> int:
        """Assumptions in the running hour and the one before it."""
        hour = int(now // HOUR)
        return self.hours.get(hour, 0) + self.hours.get(hour - 1, 0)

    def has_assumed(self, key: str, before: float) -> bool:
        """Whether the identity with that key assumed it in the 30 days before `before`."""
        source = self.sources.get(digest(key))
        return source is not None and source[0] < before and source[1] > before - KEPT_S

    def newcomers(self, now: float, within_s: int = HOUR) -> tuple[str, ...]:
        """Names of those that assumed or tried it for the first time in the `within_s` seconds up to `now`.

        A full list of sources (200) may have forgotten somebody who then seems new.
        """
        return tuple(name for since, name in sorted(self.arrivals().values()) if now - within_s < since <= now)

    def arrivals(self) -> dict[int, tuple[int, str]]:
        """When each of those that assumed or tried it came first (seconds since 1970 UTC), and its name, by digest."""
        first: dict[int, tuple[int, str]] = {}
        for key, (since, _, name) in (*self.sources.items(), *self.tried.items()):
            first[key] = min(first.get(key, (since, name)), (since, name))
        return first

    def _daily(self, edge: int, start: int) -> float:
        past = {hour: n for hour, n in self.hours.items() if start <= hour < edge}
        days = {hour // 24 for hour in past}
        return sum(past.values()) / len(days) if days else 0.0


def use(role: RoleUse, caller: str, time: float, key: str = "") -> RoleUse:
    """The role's use with one successful assumption more: by `caller` (for people), of the identity with that key."""
    at = int(time)
    if at < role.last - KEPT_S:
        return role
    _meet(role, at)
    hour = at // HOUR
    role.hours[hour] = role.hours.get(hour, 0) + 1
    if role.__dict__ and hour < role.__dict__["mean"][0]:
        role.__dict__.clear()
    if role.callers.get(caller, -1) < at:
        name = short(caller, NAME_BYTES)
        role.callers[name] = max(role.callers.get(name, 0), at)
    if key:
        _come(role.sources, digest(key), at, caller)
    return prune_use(role) if _overfull(role) else role


def attempt(role: RoleUse, caller: str, time: float, key: str) -> RoleUse:
    """The role's use with one denied attempt more."""
    at = int(time)
    if at < role.last - KEPT_S:
        return role
    _meet(role, at)
    _come(role.tried, digest(key), at, caller)
    return prune_use(role) if _overfull(role) else role


def prune_use(role: RoleUse) -> RoleUse:
    """Forget what is older than 30 days before the newest, and all but the latest of what there is too much of."""
    oldest = role.last - KEPT_S
    if role.hours and min(role.hours) < oldest // HOUR:
        role.hours = {hour: n for hour, n in role.hours.items() if hour >= oldest // HOUR}
    role.callers = last_of(role.callers, oldest, CALLERS)
    role.sources = newest(role.sources, oldest, SOURCES)
    role.tried = newest(role.tried, oldest, TRIED)
    return role


@lru_cache(maxsize=16_384)
def source_name(caller: str) -> str:
    """A caller as `sources` and `tried` show it; of a person of Identity Center the person first."""
    arn, _, session = caller.partition(" (")
    if "AWSReservedSSO_" in arn and session:
        caller = f"{session.removesuffix(')')} ({arn.rsplit('/', 1)[-1]})"
    return short(caller, SOURCE_BYTES)


def merged_sources(one: dict[int, Source], other: dict[int, Source]) -> dict[int, Source]:
    """What either saw: the earlier first, the later last, with its name."""
    both = dict(one)
    for key, source in other.items():
        both[key] = _joined(both[key], source) if key in both else source
    return both


def _joined(one: Source, other: Source) -> Source:
    last, name = max(one[1:], other[1:])
    return min(one[0], other[0]), last, name


def _come(sources: dict[int, Source], key: int, at: int, caller: str) -> None:
    source, before = (at, at, source_name(caller)), sources.get(key)
    if before is None:
        sources[key] = source
    elif at > before[1]:
        sources[key] = before[0], at, source[2]
    else:
        sources[key] = _joined(before, source)


def _meet(role: RoleUse, at: int) -> None:
    role.last = max(role.last, at)
    if not role.first or at < role.first:
        role.first = at


def _overfull(role: RoleUse) -> bool:
    return (
        len(role.callers) > 2 * CALLERS
        or len(role.sources) > 2 * SOURCES
        or len(role.tried) > 2 * TRIED
        or len(role.hours) > 2 * KEPT_S // HOUR
    )
