"""What an attack is: who, when, what; and the label that tells of it afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.chance import Chance
from simulator.days import DAY, HOUR, at, stamp
from simulator.principals import Caller, Json
from simulator.scene import Scene, Script
from simulator.world import World


class Label(NamedTuple):
    """An attack as it came out. `first` and `deciding` are record times, seconds since 1970."""

    name: str
    origin: str
    hops: tuple[str, ...]
    records: tuple[str, ...]
    first: int
    deciding: int
    confidence: str
    techniques: tuple[str, ...]
    sentence: str

    def told(self) -> Json:
        """As it stands in labels.json."""
        return {
            "name": self.name,
            "origin": self.origin,
            "hops": list(self.hops),
            "eventIDs": list(self.records),
            "first": stamp(self.first),
            "deciding": stamp(self.deciding),
            "confidence": self.confidence,
            "techniques": list(self.techniques),
            "sentence": self.sentence,
        }


@dataclass
class Crime:
    """An attack that will happen. The script calls `reached` with every caller and `decide` when it is plain.
    `taken` are people whom another attack has met: nobody is robbed twice while there are others."""

    attack: "Attack"
    world: World
    start: int
    hours: float
    scene: Scene | None = None
    origin: str = ""
    hops: tuple[str, ...] = ()
    first: int = 0
    deciding: int = 0
    chance: Chance = field(default_factory=lambda: Chance(0))
    taken: list[str] = field(default_factory=list)

    @property
    def happened(self) -> bool:
        """Whether any record tells of it."""
        return self.scene is not None and bool(self.scene.told)

    def doing(self, scene: Scene) -> Script:
        """The script; what is not said to be deciding is so at the end."""
        self.first = self.start
        yield from self.attack.script(self, scene)
        self.deciding = self.deciding or scene.now

    def reached(self, caller: Caller) -> Caller:
        """The farthest that the attacker got."""
        self.origin = self.origin or caller.origin
        if caller.origin == self.origin and len(caller.hops) > len(self.hops):
            self.hops = caller.hops
        return caller

    def decide(self, now: int) -> None:
        """From this moment on nobody need wonder; the first time counts."""
        self.deciding = self.deciding or now

    def label(self) -> Label:
        """What came of it."""
        told = tuple(self.scene.told) if self.scene is not None else ()
        last = self.scene.now if self.scene is not None else self.start
        attack = self.attack
        return Label(
            attack.name,
            self.origin,
            self.hops,
            told,
            self.first,
            self.deciding or last,
            attack.confidence,
            attack.techniques,
            attack.sentence,
        )


@dataclass(frozen=True)
class Attack:
    """A kind of attack. `when` is the local hours in which it begins, `lasts` how many hours it needs, `confidence`
    what a tired analyst is owed, whatever any detector can do."""

    name: str
    sentence: str
    confidence: str
    techniques: tuple[str, ...]
    script: Callable[[Crime, Scene], Script]
    when: tuple[float, float] = (0, 24)
    lasts: float = 2
    workdays: bool = False

    def planned(self, world: World, since: int) -> Crime:
        """When it will be: a moment of one of the days between `since` and the end."""
        chance = Chance.of(world.seed, "crime", self.name)
        days = max(1, (world.end - since - int(self.lasts * HOUR)) // DAY)
        first = world.first.toordinal() + (since - world.begin) // DAY
        possible = [world.first.fromordinal(first + number) for number in range(days)]
        working = [day for day in possible if day.weekday() < 5 and day not in world.holidays["Europe/Berlin"]]
        day = chance.choice((working if self.workdays else possible) or possible)
        low, high = self.when
        start = at(day, low + (high - low) * chance.random(), "Europe/Berlin")
        latest = world.end - int(min(self.lasts, 2) * HOUR)
        hours = min(self.lasts, (world.end - start) / HOUR)
        return Crime(self, world, max(since, min(start, latest)), hours, chance=chance)
