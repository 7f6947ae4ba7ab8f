"""What was measured, as Markdown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from detectors import DETECTORS
from quality.runs import Caught, Mistake, Outcome
from simulator.attacks import ATTACKS

BEGIN, END = "<!-- measured by make quality -->", "<!-- end of what is measured -->"
_PUBLISHED = {
    "velocity": "5–8 %",
    "cross_boundary": "2–4 %",
    "off_hours": "12–18 %",
    "chain": "1–3 %",
    "composite": "< 2 %",
}
_ORDER = ("", "low", "medium", "high")


def page(free: Sequence[Outcome], management: Sequence[Outcome], data: Sequence[Outcome]) -> str:
    """All tables: of attack-free runs, and of attacked ones without and with data events."""
    return "\n".join(
        (
            BEGIN,
            "",
            *_head(free, management),
            "",
            "### Attacks",
            "",
            *_attacks(management, data),
            "",
            "### False findings on attack-free weeks",
            "",
            *_false(free, management),
            "",
            "### Whose habits they were",
            "",
            *_habits(free),
            "",
            END,
        )
    )


def filled(text: str, measured: str) -> str:
    """The page with its measured part replaced. Raises ValueError where the page has no such part."""
    before, after = text.index(BEGIN), text.index(END) + len(END)
    return text[:before] + measured + text[after:]


def _head(free: Sequence[Outcome], attacked: Sequence[Outcome]) -> Iterable[str]:
    one, other = free[0], attacked[0]
    weeks = sum(run.weeks for run in free)
    mistakes = [mistake for run in free for mistake in run.false]
    high = sum(mistake.confidence == "high" for mistake in mistakes)
    medium = len(mistakes) - high
    caught = [each for run in attacked for each in run.caught]
    right = sum(each.after is not None for each in caught)
    seeds = ", ".join(str(run.plan.seed) for run in free)
    yield (
        f"Seeds {seeds}; {one.plan.accounts} accounts, about {_mean(run.identities for run in free):.0f} identities"
        f" and {_mean(run.records / run.plan.days for run in free):,.0f} records a day each."
    )
    yield (
        f"Attack-free: {one.plan.days} days, the first {one.plan.learned} only taught: {weeks:.0f} weeks judged. "
        f"Attacked: {other.plan.days} days, {other.plan.learned} of them taught, {len(other.caught)} attacks in each."
    )
    yield ""
    yield f"- Caught at their due confidence: **{right} of {len(caught)}** from management events alone."
    yield f"- False high findings: **{high}**; false medium: **{_rate(medium, free):.2f}** a week per 100 identities."
    yield f"- False composites: **{_composites(free):.2f}** a month per 1,000 identities."


def _attacks(management: Sequence[Outcome], data: Sequence[Outcome]) -> Iterable[str]:
    yield "Seconds of record time from the attack's deciding record to the finding's; below zero: before it."
    yield ""
    yield "| attack | due | caught | confidence | after (median, worst) | with data events | by |"
    yield "|---|---|---|---|---|---|---|"
    for name, attack in ATTACKS.items():
        seen, more = _of(name, management), _of(name, data)
        if not seen:
            continue
        yield (
            f"| `{name}`: {attack.sentence} | {attack.confidence} | {_share(seen)} | {_confidences(seen)} "
            f"| {_after(seen)} | {_share(more)} | {_checks(seen)} |"
        )


def _false(free: Sequence[Outcome], attacked: Sequence[Outcome]) -> Iterable[str]:
    alerts, true = Counter[str](), Counter[str]()
    for run in attacked:
        alerts.update(run.alerts)
        true.update(run.true)
    yield "A finding counts for every check that lifted it above low. False share: of those in the attacked weeks,"
    yield "what was no attack's. It depends on how many attacks there are; so do the published figures."
    yield ""
    yield "| check | false medium | false high | a week per 100 identities | false share | published |"
    yield "|---|---|---|---|---|---|"
    for name in DETECTORS:
        mine = [mistake for run in free for mistake in run.false if name in mistake.detectors]
        high = sum(mistake.confidence == "high" for mistake in mine)
        share = f"{100 * (alerts[name] - true[name]) / alerts[name]:.0f} % of {alerts[name]}" if alerts[name] else "–"
        rate = _rate(len(mine), free)
        yield f"| {name} | {len(mine) - high} | {high} | {rate:.2f} | {share} | {_PUBLISHED.get(name, '–')} |"


def _habits(free: Sequence[Outcome]) -> Iterable[str]:
    found = Counter((m.habit, m.confidence, ", ".join(m.detectors)) for run in free for m in run.false)
    yield "| habit | confidence | checks | findings |"
    yield "|---|---|---|---|"
    for (habit, confidence, checks), count in sorted(found.items(), key=lambda each: (-each[1], each[0])):
        yield f"| {habit} | {confidence} | {checks} | {count} |"


def _of(name: str, runs: Sequence[Outcome]) -> list[Caught]:
    return [each for run in runs for each in run.caught if each.name == name]


def _share(seen: list[Caught]) -> str:
    right = sum(each.after is not None for each in seen)
    return f"**{right} of {len(seen)}**" if right < len(seen) else f"{right} of {len(seen)}"


def _confidences(seen: list[Caught]) -> str:
    found = Counter(each.confidence for each in seen)
    return ", ".join(f"{name or 'none'} {found[name]}" for name in reversed(_ORDER) if found[name])


def _after(seen: list[Caught]) -> str:
    times = [each.after for each in seen if each.after is not None]
    return f"{median(times):,.0f} s, {max(times):,} s" if times else "–"


def _checks(seen: list[Caught]) -> str:
    return ", ".join(name for name in DETECTORS if any(name in each.detectors for each in seen))


def _rate(count: int, runs: Sequence[Outcome]) -> float:
    """A week per 100 identities."""
    return 100 * count / sum(run.weeks * run.identities for run in runs)


def _composites(runs: Sequence[Outcome]) -> float:
    """A month of 30 days per 1,000 identities."""
    count = sum("composite" in mistake.detectors for run in runs for mistake in run.false)
    return 1000 * count / sum(run.weeks * 7 / 30 * run.identities for run in runs)


def _mean(values: Iterable[float]) -> float:
    every = [*values]
    return sum(every) / len(every)


def details(outcomes: Iterable[Outcome]) -> Iterable[str]:
    """What was missed and what was false, each with the messages that tell why."""
    for run in outcomes:
        yield f"# seed {run.plan.seed}, {'data' if run.plan.data_events else 'management'} events"
        for each in run.caught:
            if each.after is None:
                yield f"missed {each.name} (due {each.due}, got {each.confidence or 'nothing'})"
                yield from (f"    {message}" for message in each.messages[:6])
        for mistake in run.false:
            yield from _told(mistake)


def _told(mistake: Mistake) -> Iterable[str]:
    yield f"false {mistake.confidence} by {', '.join(mistake.detectors)}: {mistake.habit}"
    yield from (f"    {message}" for message in mistake.messages[:6])
