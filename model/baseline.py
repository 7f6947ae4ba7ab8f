"""What is normal for one identity: small, bounded, forgetting by age. model/learning.py says how it becomes so.

How much one day may teach is held when the baseline is asked, never when it learns (model/spans.py, model/spread.py).
"""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import msgspec

from model import sliding
from model.past import Counts, Past, together
from model.sliding import Recent
from model.spans import DAY, HOUR, KEPT_S, digest, habits, habitual, known, mark, short
from model.thresholds import Learning

QUARTER = 900
TARGETS = 750
WANDERING = 375
TRIED = 120
ACCOUNTS = 120
READS = 80
TEXT_BYTES = 40
UNTIL = "until"
"""Until which time the facts lie that the remembered answers were worked out of."""
_DEFAULT = Learning()
IAM = "arn:aws:iam::"

T = TypeVar("T")

__all__ = ["DAY", "HOUR", "KEPT_S", "Baseline", "Fact", "Recent", "count", "digest", "remembered", "window"]


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
            self.names = {name.removeprefix(IAM): last for name, last in self.names.items()}
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


def window(baseline: Baseline, since: float, until: float) -> list[Recent]:
    """The assumptions later than `since` and not later than `until` that are kept one by one (the last 224)."""
    recent = baseline.recent
    return recent[sliding.later_than(recent, since) : sliding.later_than(recent, until)]


def count(baseline: Baseline, since: float, until: float) -> int:
    """How many assumptions in (since, until]: exact to 224, by whole minutes beyond."""
    return sliding.counted(baseline.recent, baseline.minutes, since, until)


def remembered(baseline: Baseline, question: str, as_of: object, until: float, answer: Callable[[], T]) -> T:
    """The last answer to a question as of something; worked out anew once a fact from before `until` was learned."""
    memo = baseline.__dict__
    found = memo.get(question)
    if found is None or found[0] != as_of:
        memo[UNTIL] = max(until, memo.get(UNTIL, 0.0))
        found = memo[question] = (as_of, answer())
    return cast("T", found[1])
