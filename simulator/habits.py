"""What an ordinary habit is: every day it says what will be done, and when."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple, TypeAlias

from simulator.chance import Chance
from simulator.principals import Caller, Place
from simulator.scene import Scene, Script
from simulator.tools import RARE, TRADES
from simulator.world import World

Doing: TypeAlias = Callable[[Scene], Script]


class Start(NamedTuple):
    """Something that begins at that moment, seconds since 1970."""

    at: int
    doing: Doing


Day: TypeAlias = Callable[[date, Chance], Iterator[Start]]


class Habit(NamedTuple):
    """A name that findings can be traced to, whose habit it is, and what it does on a day."""

    name: str
    who: str
    day: Day


Habits: TypeAlias = Callable[[World], Iterator[Habit]]


def work(scene: Scene, caller: Caller, place: Place, trade: str, calls: int, gap: float = 20) -> Script:
    """Some calls of a trade, `gap` seconds apart on average."""
    usual = TRADES[trade]
    rare = RARE.get(trade, ())
    for _ in range(calls):
        yield 1 + scene.chance.about(gap)
        luck = scene.chance.random()
        if rare and luck < _RARELY:
            action, request = rare[int(len(rare) * luck / _RARELY)]
            scene.call(caller, action, place, request=request)
            continue
        action = usual[int(len(usual) * scene.chance.random() * scene.chance.random())]
        scene.call(caller, action, place, error="*" if luck > 1 - _REFUSED else "")


_RARELY = 0.006
_REFUSED = 0.008
