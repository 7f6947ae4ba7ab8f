"""What the organisation automates: a function in the management account, and functions people play with."""

from collections.abc import Iterator
from datetime import date

from simulator.chance import Chance
from simulator.days import HOUR, at
from simulator.habits import Habit, Start, work
from simulator.principals import Place
from simulator.scene import Scene, Script
from simulator.tools import sdk
from simulator.world import HOME, Account, World


def automation(world: World) -> Place:
    """Where the management account's function runs."""
    return Place(world.machine(world.management, 3), sdk("lambda", Chance.of(world.seed, "automation")), HOME)


def playground(world: World, account: Account) -> Place:
    """Where a sandbox's function runs."""
    return Place(world.machine(account, 3), sdk("lambda", Chance.of(world.seed, "playground", account.id)), HOME)


def habits(world: World) -> Iterator[Habit]:
    """It is called a few times a day, in working hours."""

    def day(day: date, chance: Chance) -> Iterator[Start]:
        if day.weekday() < 5:
            for _ in range(chance.many(3)):
                yield Start(at(day, 8) + chance.randrange(9 * HOUR), answer)

    def answer(scene: Scene) -> Script:
        role = world.role(world.management, "fn-org-automation", "/service-role/")
        place = automation(world)
        caller = scene.by_service("lambda", role, "org-automation", HOME)
        scene.call(caller, "organizations:ListAccounts", place)
        yield from work(scene, caller, place, "config", 2, 4)

    def sandbox(day: date, chance: Chance) -> Iterator[Start]:
        for account in world.where("sandbox"):
            for _ in range(chance.many(4)):
                yield Start(at(day, 7) + chance.randrange(12 * HOUR), _Playing(world, account))

    yield Habit("automation", "org-automation", day)
    yield Habit("playground", "fn-playground", sandbox)


class _Playing:
    """A function in a sandbox, called when its owner likes."""

    def __init__(self, world: World, account: Account) -> None:
        self._world = world
        self._account = account

    def __call__(self, scene: Scene) -> Script:
        """Some calls of its own."""
        role = self._world.role(self._account, "fn-playground", "/service-role/")
        place = playground(self._world, self._account)
        caller = scene.by_service("lambda", role, "fn-playground", HOME)
        yield from work(scene, caller, place, "service", scene.chance.many(2), 5)
        bus = f"arn:aws:events:{HOME}:{self._account.id}:event-bus/default"
        scene.data(caller, "events:PutEvents", place, {"entries": [{"eventBusName": bus, "source": "play"}]})
