"""What is normal for one identity: small, bounded, forgetting by age.

`learn` is a pure function in behaviour: what it returns depends on the arguments alone. For speed it changes the
baseline that it is given and returns that same object; copy first (`copy.deepcopy`) to keep the old one.

Facts that lie within 29 days may come in any order and in any batches, and give the same baseline once `prune` has run.
Two things are exact only while no set outgrew twice its bound between two prunings: when something was first seen, and
which of the things that were last seen in the same hour stay. Sums are of whole numbers. How much one day may teach is
held when the baseline is asked, never when it learns (`model/spans.py`, `model/spread.py`), so it spoils none of this.

Whoever learns decides what may be learned: what an anomalous chain does is only `seen`, for the sliding windows.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import msgspec

from model import sliding
from model.past import Counts, Past, begin, first_day, packed, together
from model.role_use import RoleUse, prune_use, use
from model.sliding import Recent
from model.spans import (
    DAY,
    HOUR,
    KEPT_S,
    digest,
    habits,
    habitual,
    known,
    last_of,
    mark,
    newest,
    note,
    short,
)
from model.thresholds import Learning

QUARTER = 900
TARGETS = 750
WANDERING = 375
TRIED = 120
REACHED = 150
DEPTHS = 40
NAMES = 24
ACCOUNTS = 120
SETS = 40
CALLS = 80
DEEDS = 80
READS = 80
LATELY_S = 2 * HOUR
TAUGHT = 100
NAME_BYTES, TEXT_BYTES = 100, 40
_DEFAULT = Learning()
_LONGEST_S = 1 << 31
_END_OF_TIME = (1 << 32) - 1
_UNTIL = "until"
_ARN = "arn:aws:iam::"

T = TypeVar("T")

__all__ = [
    "DAY",
    "HOUR",
    "KEPT_S",
    "Baseline",
    "Fact",
    "Recent",
    "RoleUse",
    "count",
    "digest",
    "learn",
    "prune",
    "prune_use",
    "reach",
    "seen",
    "teach",
    "use",
    "window",
]


class Fact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The little of one assumption or call that a baseline keeps. `target` is a role's ARN, None for a call.

    `reached` are digests of what the origin of a chain came to by way of other roles (`digest` of a role, of a path),
    `depth` in how many hops. `after` names a call (`iam:CreateUser`) that came within 5 minutes of the hop that made
    its session. `deed` is the name of a dangerous call (model/deeds.py), `read` marks of the secrets that it read.
    Times are seconds since 1970 UTC, `duration` the seconds asked for.
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
    after: str | None = None
    deed: str | None = None
    read: tuple[int, ...] = ()


class Baseline(msgspec.Struct, array_like=True, dict=True):
    """What one identity did in the last 30 days. Its `__dict__` remembers answers and is stored nowhere.

    `active` counts calls and assumptions by the hour, `quarters` successful assumptions by the quarter of an hour (both
    since 1970 UTC), the running day's; older days are in `past`. Sets map a name or digest to its span
    (model/spans.py); `after` has a count as well. `deeds` are marks of dangerous calls, its own and its chains', `read`
    those of secrets, `lately` when each of the last hours was read, learned or not. `minutes` counts what `recent` has
    no room for. `taught` says until when people vouch for a digest. `first` is the oldest hour. `assumed` is how the
    first version counted: it is taken over when a document of it is read.
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
    quarters: dict[int, int] = {}
    past: Past = Past()
    after: dict[str, tuple[int, int, int]] = {}
    taught: dict[int, int] = {}
    deeds: dict[int, tuple[int, int]] = {}
    read: dict[int, tuple[int, int]] = {}
    lately: dict[int, int] = {}

    def __post_init__(self) -> None:
        """Take over what the first version counted."""
        if self.assumed:
            counted = ((hour * 4 + place, n) for hour, four in self.assumed.items() for place, n in enumerate(four))
            self.quarters = {slot: n for slot, n in counted if n}
            self.names = {name.removeprefix(_ARN): last for name, last in self.names.items()}
            self.assumed, self.minutes = {}, {}

    @property
    def wanders(self) -> bool:
        """Whether it assumes so many roles that one more is no news: the set is full, half of it two days' habit."""
        if len(self.targets) < TARGETS:
            return False
        hour = self.last // HOUR
        return remembered(self, "wanders", hour, 0.0, lambda: habits(self.targets)) >= WANDERING

    def mature(self, now: float, days: int, active_hours: int) -> bool:
        """Whether it has been known for `days` before `now` and was active in `active_hours` hours of them."""
        if not self.last or now - self.first < days * DAY:
            return False
        return len(self.active) >= active_hours or self.active_hours >= active_hours

    @property
    def active_hours(self) -> int:
        """In how many hours it was active."""
        return self.past.hours + sum(not self.past.holds(hour) for hour in self.active)

    def was_active(self, hour: int) -> bool:
        """Whether it did anything in that hour (since 1970 UTC)."""
        return hour in self.active or self.past.holds(hour)

    def counts(self) -> Counts:
        """All that is counted by hours and quarters of an hour."""
        return together(self.past, Counts(self.active, self.quarters))

    def knows_target(self, role_arn: str, now: float, learning: Learning = _DEFAULT) -> bool:
        """Whether the role is one of those it assumes: in the 30 days before `now`, within what a day may teach."""
        return self.knows(self.targets, digest(role_arn), now, learning)

    def has_reached(self, thing: int, now: float, learning: Learning = _DEFAULT) -> bool:
        """The same for a role or path (their digests) that it came to through other roles."""
        return self.knows(self.reached, thing, now, learning)

    def knows(self, things: dict[int, tuple[int, int]], thing: int, now: float, learning: Learning = _DEFAULT) -> bool:
        """Whether one of its sets holds the thing as a habit, or people vouched for it."""
        return habitual(things, thing, now, learning) or self.taught.get(thing, 0) > now

    def has_tried(self, role_arn: str, now: float) -> bool:
        """Whether it was denied the role in the 30 days before `now`."""
        return known(self.tried, digest(role_arn), now)

    def has_called_after(self, name: str, now: float) -> bool:
        """Whether it made that call within 5 minutes after a hop in the 30 days before `now`."""
        span = self.after.get(short(name, TEXT_BYTES))
        return span is not None and span[1] > now - KEPT_S - HOUR

    def has_done(self, name: str, now: float) -> bool:
        """Whether it made that dangerous call in the 30 days before `now`."""
        return known(self.deeds, mark(name), now)

    def done(self, now: float) -> Iterator[int]:
        """Marks of the dangerous calls that it made in the 30 days before `now`, for a day at least."""
        return (deed for deed, span in self.deeds.items() if span[0] <= now - DAY and known(self.deeds, deed, now))

    def newly_read(self, since: float, until: float) -> set[int]:
        """Marks of the secrets read in (since, until] that it had never read before the hour of `since`."""
        known = self.read_before(since)
        return {thing for thing, last in self.lately.items() if since < last <= until and thing not in known}

    def read_before(self, since: float) -> set[int]:
        """Marks of the secrets that it read before the hour of `since`."""
        return {thing for thing, (first, _) in self.read.items() if first < since // HOUR * HOUR}

    def deepest(self, now: float) -> int:
        """In how many hops its deepest chain of the 30 days before `now` went."""
        direct = 1 if self.targets else 0
        return max((depth for depth, last in self.depths.items() if last >= now - KEPT_S), default=direct)


def learn(baseline: Baseline, fact: Fact) -> Baseline:
    """The baseline with one fact more. A fact older than 30 days before the newest changes nothing."""
    time = int(fact.time)
    hour = time // HOUR
    if time > baseline.last:
        baseline.last = time
    elif hour < (baseline.last - KEPT_S) // HOUR:
        return baseline
    if baseline.__dict__ and time < baseline.__dict__[_UNTIL]:
        baseline.__dict__.clear()
    at, active = hour * HOUR, baseline.active
    if hour in active:
        active[hour] += 1
    else:
        active[hour] = 1
        _begin_hour(baseline, at)
    _learn_place(baseline, fact, at)
    if fact.after is not None:
        _learn_after(baseline, fact.after, at)
    if fact.deed is not None or fact.read:
        _learn_deed(baseline, fact, at)
    if fact.target is not None:
        _learn_assumption(baseline, fact, fact.target, time)
    return baseline


def reach(baseline: Baseline, fact: Fact) -> Baseline:
    """The origin's baseline, with what one of its chains came to or did."""
    at = int(fact.time) // HOUR * HOUR
    if fact.denied or at < _oldest(baseline):
        return baseline
    for thing in fact.reached:
        note(baseline.reached, thing, at)
    _see_text(baseline, baseline.accounts, fact.account, at, ACCOUNTS)
    if fact.deed is not None:
        _learn_deed(baseline, fact, at)
    if fact.depth:
        baseline.depths[fact.depth] = max(baseline.depths.get(fact.depth, 0), int(fact.time))
    if len(baseline.reached) > 2 * REACHED or len(baseline.depths) > 2 * DEPTHS:
        prune(baseline)
    return baseline


def seen(baseline: Baseline, fact: Fact) -> Baseline:
    """The baseline with one assumption more in its sliding windows, or one read, whether it may be learned or not."""
    for thing in fact.read:
        baseline.lately[thing] = max(baseline.lately.get(thing, 0), int(fact.time))
    if fact.target is None:
        return prune(baseline) if len(baseline.lately) > 2 * READS else baseline
    record = fact.record if len(fact.record) <= sliding.LONGEST_ID and fact.record.isascii() else ""
    sliding.slide(baseline.recent, baseline.minutes, Recent(fact.time, digest(fact.target or ""), fact.denied, record))
    return baseline


def teach(baseline: Baseline, fact: Fact, until: float) -> Baseline:
    """The baseline, told by people that the role and path of a fact are in order until then (seconds since 1970 UTC).

    Beyond any day's share, and whatever was learned; what is done meanwhile is learned like everything else.
    """
    end = min(int(until), _END_OF_TIME)
    things = fact.reached if fact.target is None else (digest(fact.target), *fact.reached)
    for thing in things:
        baseline.taught[thing] = max(baseline.taught.get(thing, 0), end)
    return prune(baseline) if len(baseline.taught) > 2 * TAUGHT else baseline


def window(baseline: Baseline, since: float, until: float) -> list[Recent]:
    """The assumptions later than `since` and not later than `until` that are kept one by one (the last 224)."""
    recent = baseline.recent
    return recent[sliding.later_than(recent, since) : sliding.later_than(recent, until)]


def count(baseline: Baseline, since: float, until: float) -> int:
    """How many assumptions in (since, until]: exact to 224, by whole minutes beyond."""
    return sliding.counted(baseline.recent, baseline.minutes, since, until)


def prune(baseline: Baseline) -> Baseline:
    """Forget what is older than 30 days before the newest fact, and the oldest of what there is too much of."""
    oldest = _oldest(baseline)
    _pack(baseline)
    baseline.targets = newest(baseline.targets, oldest, TARGETS)
    baseline.tried = newest(baseline.tried, oldest, TRIED)
    baseline.accounts = newest(baseline.accounts, oldest, ACCOUNTS)
    baseline.reached = newest(baseline.reached, oldest, REACHED)
    baseline.networks = newest(baseline.networks, oldest, SETS)
    baseline.tools = newest(baseline.tools, oldest, SETS)
    baseline.regions = newest(baseline.regions, oldest, SETS)
    baseline.durations = newest(baseline.durations, oldest, SETS)
    baseline.after = newest(baseline.after, oldest, CALLS)
    baseline.deeds = newest(baseline.deeds, oldest, DEEDS)
    baseline.read = newest(baseline.read, oldest, READS)
    baseline.depths = last_of(baseline.depths, oldest, DEPTHS)
    baseline.names = last_of(baseline.names, oldest, NAMES)
    baseline.taught = last_of(baseline.taught, oldest, TAUGHT)
    baseline.lately = last_of(baseline.lately, max(baseline.lately.values(), default=0) - LATELY_S, READS)
    sliding.forget(baseline.recent, baseline.minutes)
    return baseline


def remembered(baseline: Baseline, question: str, as_of: object, until: float, answer: Callable[[], T]) -> T:
    """The last answer to a question as of something; worked out anew once a fact from before `until` was learned."""
    memo = baseline.__dict__
    found = memo.get(question)
    if found is None or found[0] != as_of:
        memo[_UNTIL] = max(until, memo.get(_UNTIL, 0.0))
        found = memo[question] = (as_of, answer())
    return cast("T", found[1])


def _oldest(baseline: Baseline) -> int:
    """The beginning of the hour, 30 days before the newest fact, before which nothing is kept."""
    return (baseline.last - KEPT_S) // HOUR * HOUR


def _begin_hour(baseline: Baseline, at: int) -> None:
    if not baseline.first or at < baseline.first:
        baseline.first = at
    if len(baseline.active) > 2 * KEPT_S // HOUR:
        prune(baseline)


def _see(baseline: Baseline, spans: dict[int, tuple[int, int]], thing: int, at: int, most: int) -> None:
    """Note a thing in one of the sets; mostly it was noted in the same hour before."""
    span = spans.get(thing)
    if span is None or not span[0] <= at <= span[1]:
        note(spans, thing, at)
        if len(spans) > 2 * most:
            prune(baseline)


def _learn_place(baseline: Baseline, fact: Fact, at: int) -> None:
    """Where it came from; mostly all of it was seen in the same hour before."""
    for texts, text in (
        (baseline.networks, fact.network),
        (baseline.tools, fact.tool),
        (baseline.regions, fact.region),
    ):
        span = texts.get(text) if text is not None else None
        if span is None or not span[0] <= at <= span[1]:
            _see_text(baseline, texts, text, at, SETS)


def _see_text(baseline: Baseline, spans: dict[str, tuple[int, int]], text: str | None, at: int, most: int) -> None:
    """The same for a text."""
    if text is None:
        return
    span = spans.get(text)
    if span is None or not span[0] <= at <= span[1]:
        note(spans, short(text, TEXT_BYTES), at)
        if len(spans) > 2 * most:
            prune(baseline)


def _learn_after(baseline: Baseline, name: str, at: int) -> None:
    name = short(name, TEXT_BYTES)
    first, last, times = baseline.after.get(name, (at, at, 0))
    baseline.after[name] = (min(first, at), max(last, at), times + 1)
    if len(baseline.after) > 2 * CALLS:
        prune(baseline)


def _learn_deed(baseline: Baseline, fact: Fact, at: int) -> None:
    if fact.deed is not None:
        _see(baseline, baseline.deeds, mark(fact.deed), at, DEEDS)
    for thing in fact.read:
        _see(baseline, baseline.read, thing, at, READS)


def _learn_assumption(baseline: Baseline, fact: Fact, target: str, time: int) -> None:
    at, thing = time // HOUR * HOUR, digest(target)
    if fact.denied:
        _see(baseline, baseline.tried, thing, at, TRIED)
        return
    slot, quarters = time // QUARTER, baseline.quarters
    quarters[slot] = quarters.get(slot, 0) + 1
    _see_text(baseline, baseline.accounts, fact.account, at, ACCOUNTS)
    if fact.duration is not None and 0 <= fact.duration < _LONGEST_S:
        _see(baseline, baseline.durations, fact.duration, at, SETS)
    span = baseline.targets.get(thing)
    if span is None or not span[0] <= at <= span[1]:
        name = short(target.removeprefix(_ARN), NAME_BYTES)
        baseline.names[name] = max(baseline.names.get(name, 0), at)
        _see(baseline, baseline.targets, thing, at, TARGETS)
    if len(baseline.names) > 4 * NAMES:
        prune(baseline)


def _pack(baseline: Baseline) -> None:
    """Pack the days that are over; nothing to do until the next one is, or a late fact came for one of them."""
    edge = first_day(baseline.last) * 24
    if not baseline.last or (
        baseline.past.since == begin(baseline.last) and min(baseline.active, default=edge) >= edge
    ):
        return
    baseline.past = packed(baseline.past, Counts(baseline.active, baseline.quarters), baseline.last)
    baseline.active = {hour: n for hour, n in baseline.active.items() if hour >= edge}
    baseline.quarters = {slot: n for slot, n in baseline.quarters.items() if slot >= edge * 4}
    baseline.first = (baseline.past.first or min(baseline.active, default=0)) * HOUR
