"""From when a message can be had to its commit, at a steady rate that waits for nobody (an open loop)."""

import time
from collections.abc import Sequence
from pathlib import Path

from bench import product
from bench.figures import Figure, percentile
from bench.steady import watched
from bench.world import World, apart


def latency(place: World, rates: Sequence[int], seconds: float) -> list[Figure]:
    """Milliseconds at each rate (messages a second): of the judge alone, and of the whole watch around it."""
    figures = []
    for rate in rates:
        bodies = place.bodies[: int(rate * seconds)]
        span = f"{rate:,} messages/s for {len(bodies) / rate:.0f} s"
        judged = apart(paced, place.copy("paced"), bodies, rate)
        whole = apart(watched, place.copy("watched"), bodies, rate)
        figures += _spread(f"Message to commit, {span}", judged)
        figures += _spread(f"Message to its deletion by the watch, {span}", whole)
    return figures


def paced(path: Path, bodies: Sequence[bytes], rate: float) -> list[float]:
    """Seconds from when each message was due to when it was committed; what is due is taken, at most 100 at once."""
    live = product.opened(path)
    waits: list[float] = []
    start, done = time.perf_counter() + 0.05, 0
    while done < len(bodies):
        now = time.perf_counter()
        due = min(len(bodies), int((now - start) * rate) + 1, done + product.POLL)
        if due <= done:
            time.sleep(max(0.0, start + done / rate - now))
            continue
        live.poll(bodies[done:due])
        committed = time.perf_counter()
        waits += [committed - start - number / rate for number in range(done, due)]
        done = due
    live.close()
    return waits


def _spread(section: str, waits: Sequence[float]) -> list[Figure]:
    return [
        Figure(section, "p50", percentile(waits, 50) * 1e3, "ms"),
        Figure(section, "p99", percentile(waits, 99) * 1e3, "ms"),
        Figure(section, "longest", max(waits) * 1e3, "ms"),
    ]
