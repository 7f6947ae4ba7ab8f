"""The whole: an organisation's days, ordinary and attacked, as log files."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from simulator import life_changes, life_org, life_people, life_pipelines, life_scanners, life_services, life_workloads
from simulator.attack import Attack, Crime, Label
from simulator.chance import Chance
from simulator.days import DAY, midnight
from simulator.delivery import STEP_S, Delivery, LogFile
from simulator.engine import Engine
from simulator.habits import Habit
from simulator.principals import Json
from simulator.scene import Scene
from simulator.world import World

_AHEAD_S = 14 * 3600
"""A day begins up to half a day before it does in UTC: so much before, it is drawn."""

Heard = Callable[[str, str], None]


class Simulation:
    """Give `files`, then ask for `labels`. `heard` is told each record's id and whose habit or attack it is."""

    def __init__(
        self, world: World, *, data_events: bool = False, learn_days: int = 0, heard: Heard | None = None
    ) -> None:
        self.world = world
        self._data_events = data_events
        self.learn_until = world.begin + learn_days * DAY
        """Before then there is no attack (seconds since 1970 UTC)."""
        self._heard = heard
        self._engine = Engine()
        self._delivery = Delivery(world.org_id, Chance.of(world.seed, "delivery"))
        self._habits = tuple(habit for life in _LIVES for habit in life(world))
        self._crimes: list[Crime] = []
        self._taken: list[str] = []

    @property
    def records(self) -> int:
        """How many records were delivered."""
        return self._delivery.records

    def attack(self, attacks: Sequence[Attack]) -> None:
        """Let these happen too, each at a moment after the days of learning that the seed draws."""
        for attack in attacks:
            crime = attack.planned(self.world, self.learn_until)
            scene = self._scene(attack.name, Chance.of(self.world.seed, "attack", attack.name))
            crime.scene, crime.taken = scene, self._taken
            self._crimes.append(crime)
            self._engine.start(crime.start, scene, crime.doing(scene))

    def files(self) -> Iterator[LogFile]:
        """Every log file, in the order of delivery."""
        first, last = self.world.begin, self.world.end
        planned = self.world.first
        for now in range(first, last, STEP_S):
            while midnight(planned) - _AHEAD_S <= now:
                self._plan(planned)
                planned += timedelta(days=1)
            self._engine.run(min(now + STEP_S, last))
            yield from self._delivery.due(now + STEP_S)
        yield from self._delivery.rest()

    def labels(self) -> list[Label]:
        """What was attacked, once every file was given; in the order of time."""
        return sorted((crime.label() for crime in self._crimes if crime.happened), key=lambda label: label.first)

    def _plan(self, day: date) -> None:
        for habit in self._habits:
            self._start(habit, day)

    def _start(self, habit: Habit, day: date) -> None:
        chance = Chance.of(self.world.seed, habit.name, habit.who, day)
        for start in habit.day(day, chance):
            if self.world.begin <= start.at < self.world.end:
                scene = self._scene(habit.name, Chance(chance.getrandbits(64)))
                self._engine.start(start.at, scene, start.doing(scene))

    def _scene(self, name: str, chance: Chance) -> Scene:
        return Scene(name, chance, self._teller(name), data_events=self._data_events)

    def _teller(self, name: str) -> Callable[[int, Json], None]:
        heard, tell = self._heard, self._delivery.tell
        if heard is None:
            return tell

        def both(at: int, seen: Json) -> None:
            heard(seen["eventID"], name)
            tell(at, seen)

        return both


_LIVES = (
    life_people.habits,
    life_pipelines.habits,
    life_workloads.habits,
    life_scanners.habits,
    life_services.habits,
    life_changes.habits,
    life_org.habits,
)
