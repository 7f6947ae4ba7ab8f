"""How much of everything one run measures."""

from typing import NamedTuple


class Scale(NamedTuple):
    """`history` records teach the judge before `records` are timed, of so many identities in 20 days."""

    rounds: int
    history: int
    records: int
    identities: int
    archive: int
    rates: tuple[int, ...]
    paced_s: float
    growth: tuple[tuple[int, int], ...]
    trust: tuple[tuple[int, int], ...]


FULL = Scale(
    rounds=5,
    history=360_000,
    records=40_000,
    identities=500,
    archive=800_000,
    rates=(231, 1_000),
    paced_s=30.0,
    growth=((5_000, 500), (50_000, 500), (500_000, 500), (100_000, 200), (100_000, 2_000), (100_000, 20_000)),
    trust=((500, 10_000), (500, 100_000)),
)
QUICK = Scale(
    rounds=3,
    history=60_000,
    records=15_000,
    identities=200,
    archive=60_000,
    rates=(231, 1_000),
    paced_s=6.0,
    growth=((2_000, 200), (20_000, 200), (20_000, 20), (20_000, 2_000)),
    trust=((50, 1_000), (500, 10_000)),
)
TINY = Scale(
    rounds=1,
    history=12_000,
    records=400,
    identities=24,
    archive=600,
    rates=(500,),
    paced_s=0.4,
    growth=((200, 20), (400, 40)),
    trust=((8, 160),),
)
