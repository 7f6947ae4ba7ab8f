"""What a piece of work takes: wall clock and CPU, several times in turn with the others, so that noise hits all."""

import gc
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

Run = Callable[[], object]
Start = Callable[[], Run]
"""Makes ready, untimed, and gives what is timed."""


class Took(NamedTuple):
    """Seconds: by the clock on the wall, and of CPU (user and system, this process and children that ended)."""

    wall: float
    cpu: float


class Series(NamedTuple):
    """What one piece of work took each time."""

    times: tuple[Took, ...]

    @property
    def wall(self) -> float:
        """Median seconds by the wall clock."""
        return median(each.wall for each in self.times)

    @property
    def cpu(self) -> float:
        """Median seconds of CPU."""
        return median(each.cpu for each in self.times)

    def of(self, floor: "Series") -> Took:
        """The speed as a share of the floor's: the median over the rounds of the same round's ratio."""
        pairs = list(zip(floor.times, self.times, strict=True))
        return Took(median(a.wall / b.wall for a, b in pairs), median(a.cpu / b.cpu for a, b in pairs))


def took(run: Run) -> Took:
    """Time one run."""
    gc.collect()
    cpu, wall = _cpu(), time.perf_counter()
    run()
    return Took(time.perf_counter() - wall, _cpu() - cpu)


def interleaved(works: Mapping[str, Start], rounds: int) -> dict[str, Series]:
    """Every work once a round."""
    times: dict[str, list[Took]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, start in works.items():
            times[name].append(took(start()))
    return {name: Series(tuple(each)) for name, each in times.items()}


def resident() -> float:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
