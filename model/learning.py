"""How a baseline becomes what it is: what one fact adds, and what leaves.

`learn` is a pure function in behaviour: what it returns depends on the arguments alone. For speed it changes the
baseline that it is given and returns that same object; copy first (`copy.deepcopy`) to keep the old one.

Facts that lie within 29 days may come in any order and in any batches, and give the same baseline once `prune` has run.
Two things are exact only while no set outgrew twice its bound between two prunings: when something was first seen, and
which of the things that were last seen in the same hour stay. Sums are of whole numbers. How much one day may teach is
held when the baseline is asked, never when it learns, so it spoils none of this.

Whoever learns decides what may be learned: what an anomalous chain does is only `seen`, for the sliding windows.
"""

from model import sliding
from model.baseline import ACCOUNTS, IAM, QUARTER, READS, TARGETS, TEXT_BYTES, TRIED, UNTIL, Baseline, Fact
from model.past import Counts, begin, first_day, packed
from model.sliding import Recent
from model.spans import HOUR, KEPT_S, digest, last_of, mark, newest, note, short

REACHED = 150
DEPTHS = 40
NAMES = 24
SETS = 40
CALLS = 80
DEEDS = 80
LATELY_S = 2 * HOUR
TAUGHT = 100
NAME_BYTES = 100
_LONGEST_S = 1 << 31
_END_OF_TIME = (1 << 32) - 1


def learn(baseline: Baseline, fact: Fact) -> Baseline:
    """The baseline with one fact more. A fact older than 30 days before the newest changes nothing."""
    time = int(fact.time)
    hour = time // HOUR
    if time > baseline.last:
        baseline.last = time
    elif hour < (baseline.last - KEPT_S) // HOUR:
        return baseline
    if baseline.__dict__ and time < baseline.__dict__[UNTIL]:
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
    span = baseline.networks.get(fact.network or "")
    if span is None or not span[0] <= at <= span[1]:
        _see_text(baseline, baseline.networks, fact.network, at, SETS)
    span = baseline.tools.get(fact.tool or "")
    if span is None or not span[0] <= at <= span[1]:
        _see_text(baseline, baseline.tools, fact.tool, at, SETS)
    span = baseline.regions.get(fact.region or "")
    if span is None or not span[0] <= at <= span[1]:
        _see_text(baseline, baseline.regions, fact.region, at, SETS)


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
    told = baseline.after.get(name)
    if told is not None and told[0] <= at:
        first, last, times = told
        baseline.after[name] = (first, max(last, at), times + 1)
        return
    baseline.after[name] = (at, at, 1) if told is None else (at, told[1], told[2] + 1)
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
        name = short(target.removeprefix(IAM), NAME_BYTES)
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
