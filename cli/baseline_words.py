"""An identity's baseline in words and numbers, for people and for programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cli.baseline_find import Known
from model.baseline import Baseline
from model.histogram import histogram
from model.spans import HOUR
from model.spread import spread
from model.text import clean, joined, plural

BARS = " ▁▂▃▄▅▆▇█"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHOWN = 12


def bars(counts: Sequence[int]) -> str:
    """Counts as one line of blocks; what is not nothing is never shown as nothing."""
    most = max(counts, default=0)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] if most else " " for count in counts)


def as_json(known: Known, baseline: Baseline) -> dict[str, Any]:
    """The same as one JSON object; times are RFC 3339, hours and weekdays UTC."""
    counts = baseline.counts()
    hours = histogram(counts.active.items(), UTC)
    active, quarters = _spread(counts.active.values()), _spread(_by_hour(counts.quarters).values())
    return {
        "type": "baseline",
        "version": 1,
        "identity": known.key,
        "names": list(known.names),
        "first": _time(baseline.first),
        "last": _time(baseline.last),
        "active_hours": baseline.active_hours,
        "records": sum(counts.active.values()),
        "assumptions": sum(counts.quarters.values()),
        "records_per_active_hour": active,
        "assumptions_per_active_hour": quarters,
        "by_hour": hours.by_hour,
        "by_weekday": hours.by_weekday,
        "roles": {"count": len(baseline.targets), "latest": _latest(baseline.names)},
        "denied_roles": len(baseline.tried),
        "accounts": {"count": len(baseline.accounts), "latest": _last(baseline.accounts)},
        "networks": {"count": len(baseline.networks), "latest": _last(baseline.networks)},
        "tools": {"count": len(baseline.tools), "latest": _last(baseline.tools)},
        "regions": {"count": len(baseline.regions), "latest": _last(baseline.regions)},
        "session_seconds": sorted(baseline.durations),
        "deepest_chain": max(baseline.depths, default=1 if baseline.targets else 0),
        "calls_after_a_hop": {name: count for name, (_, _, count) in sorted(baseline.after.items())},
    }


def in_words(known: Known, baseline: Baseline) -> list[str]:
    """The same for people, a line each."""
    told = as_json(known, baseline)
    an_hour = told["assumptions_per_active_hour"]
    mean = f", in an hour that has any {an_hour['mean']:.1f} ± {an_hour['sigma']:.1f}" if an_hour["hours"] else ""
    return [
        clean(known.key, 400),
        *(f"  also {clean(name, 200)}" for name in known.names[:3]),
        f"known since {told['first'] or 'never'}, last seen {told['last'] or 'never'}",
        f"{plural(told['records'], 'record')} in {plural(told['active_hours'], 'hour')} of the last 30 days",
        f"{plural(told['assumptions'], 'assumption')}{mean}, {plural(told['denied_roles'], 'role')} denied",
        f"hours UTC   00 {bars(told['by_hour'])} 23",
        f"weekdays   {DAYS[0]} {bars(told['by_weekday'])} {DAYS[-1]}",
        _line("roles", told["roles"]),
        _line("accounts", told["accounts"]),
        _line("networks", told["networks"]),
        _line("tools", told["tools"]),
        _line("regions", told["regions"]),
        f"session lengths asked for: {joined([f'{s} s' for s in told['session_seconds']], SHOWN) or 'none'}",
        f"deepest chain: {plural(told['deepest_chain'], 'hop')}",
        f"calls right after a hop: {_calls(told['calls_after_a_hop'])}",
    ]


def _line(what: str, told: Mapping[str, Any]) -> str:
    shown = joined([clean(name, 120) for name in told["latest"]], SHOWN)
    return f"{what} ({told['count']}): {shown or 'none'}"


def _calls(counts: Mapping[str, int]) -> str:
    most = sorted(counts, key=lambda name: (-counts[name], name))
    return joined([f"{clean(name)} {counts[name]}×" for name in most], SHOWN) or "none"


def _latest(times: Mapping[str, int]) -> list[str]:
    return sorted(times, key=lambda name: (-times[name], name))


def _last(spans: Mapping[str, tuple[int, int]]) -> list[str]:
    return _latest({name: last for name, (_, last) in spans.items()})


def _by_hour(quarters: Mapping[int, int]) -> dict[int, int]:
    hours: dict[int, int] = {}
    for slot, count in quarters.items():
        hours[slot * 900 // HOUR] = hours.get(slot * 900 // HOUR, 0) + count
    return hours


def _spread(counts: Iterable[int]) -> dict[str, float]:
    found = spread(counts)
    return {"hours": found.slots, "mean": round(found.mean, 3), "sigma": round(found.sigma, 3)}


def _time(seconds: int) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None
