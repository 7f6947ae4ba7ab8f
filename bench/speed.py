"""Records a second of each stage, against a bare parse of the same bytes into the same fields."""

from collections.abc import Callable

from bench import product
from bench.figures import Figure, rate
from bench.timing import Run, interleaved
from bench.world import World

FLOOR = "bare typed parse (the floor)"


def speed(place: World, rounds: int, section: str) -> list[Figure]:
    """Each stage holds all that stand above it."""
    bodies = place.bodies
    took = interleaved(
        {
            FLOOR: lambda: lambda: product.parse(bodies),
            "unwrap": lambda: lambda: product.unwrap_all(bodies),
            "normalise": lambda: lambda: product.normalise(bodies),
            "judge and learn, in memory": _judging(place),
            "live path, committed every 100": _watching(place),
        },
        rounds,
    )
    return [rate(section, name, len(bodies), each, took[FLOOR]) for name, each in took.items()]


def _judging(place: World) -> Callable[[], Run]:
    def start() -> Run:
        live = product.opened(place.copy("judged"))
        return lambda: product.judge_all(live.judge, place.bodies)

    return start


def _watching(place: World) -> Callable[[], Run]:
    def start() -> Run:
        live = product.opened(place.copy("watched"))
        return lambda: product.watch(live, place.bodies)

    return start
