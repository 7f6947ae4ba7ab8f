"""What the measurements share: traffic, and a store that has seen twenty days but the last of it."""

import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from bench import product
from bench.scale import Scale
from bench.traffic import messages

P = ParamSpec("P")
T = TypeVar("T")


class World(NamedTuple):
    """`taught` is the store, `bodies` the messages that follow what it has seen."""

    folder: Path
    taught: Path
    bodies: list[bytes]

    def copy(self, name: str) -> Path:
        """The taught store anew."""
        place = self.folder / f"{name}.db"
        for old in self.folder.glob(f"{name}.db*"):
            old.unlink()
        shutil.copyfile(self.taught, place)
        return place


def world(folder: Path, scale: Scale, *, only_assumptions: bool = False) -> World:
    """Teach the history, keep the rest."""
    kind = "assumptions" if only_assumptions else "mixed"
    taught = folder / f"taught-{kind}.db"
    stream = messages(scale.history + scale.records, scale.identities, only_assumptions=only_assumptions)
    live = product.opened(taught)
    product.watch(live, islice(stream, scale.history))
    live.close()
    return World(folder, taught, list(stream))


def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in a process of its own, whose memory is then its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()
