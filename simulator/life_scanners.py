"""Who visits many accounts by trade: the scanner, the inventory, the vendors."""

from collections.abc import Iterator
from datetime import date

from simulator.chance import Chance
from simulator.days import at
from simulator.habits import Habit, Start, work
from simulator.principals import Caller, Place, by_user, outsider
from simulator.scene import Scene, Script
from simulator.tools import sdk
from simulator.world import GLOBAL, HOME, World

MONITORING, SUPPORT = "monitoring", "support"


def vendor_account(world: World, name: str) -> str:
    """The account of a vendor."""
    return f"{Chance.of(world.seed, 'vendor', name).randrange(10**11, 10**12)}"


def vendor_caller(world: World, name: str, session: str) -> Caller:
    """A session of the vendor's role, of which we see the id only."""
    chance = Chance.of(world.seed, "vendor role", name)
    return outsider(vendor_account(world, name), f"{chance.key('AROA')}:{session}")


def external_id(world: World, name: str) -> str:
    """What was agreed on with the vendor."""
    return Chance.of(world.seed, "external id", name).hex(16)


def habits(world: World) -> Iterator[Habit]:
    """The daily scanner, the monthly inventory, two vendors."""
    yield Habit("daily scanner", "posture-scanner", _Scanner(world).day)
    yield Habit("monthly inventory", "asset-inventory", _Inventory(world).day)
    yield Habit("monitoring vendor", MONITORING, _Monitoring(world).day)
    yield Habit("vendor's user", "vendor-scan", VendorUser(world).day)


class _Scanner:
    """Every account, every night; short sessions."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._place = Place(world.machine(world.security, 1), sdk("scanner", Chance.of(world.seed, "scanner")), GLOBAL)

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """At half past two, mostly."""
        yield Start(at(day, 2.5) + chance.randrange(1200), self._round)

    def _round(self, scene: Scene) -> Script:
        world, chance = self._world, scene.chance
        role = world.role(world.security, "posture-scanner")
        caller = scene.by_service("ecs-tasks", role, chance.hex(32), GLOBAL)
        for account in chance.some((*world.accounts[:3], *world.open(scene.now)), len(world.accounts)):
            if account == world.security:
                continue
            yield 4 + chance.about(12)
            made = scene.assume(caller, world.role(account, "SecurityAudit"), "posture", self._place, duration=900)
            yield from work(scene, made, self._place, "scan", chance.many(5), 1)


class _Inventory:
    """Once a month, from the management account, with the role that every account was born with."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._place = Place(world.machine(world.management, 1), sdk("go", Chance.of(world.seed, "inventory")), HOME)

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """On the tenth."""
        if day.day == 10:
            yield Start(at(day, 9) + chance.randrange(7200), self._round)

    def _round(self, scene: Scene) -> Script:
        world = self._world
        caller = scene.by_service("lambda", world.role(world.management, "asset-inventory"), "asset-inventory", HOME)
        for account in (*world.accounts[1:3], *world.open(scene.now)):
            yield 2 + scene.chance.about(6)
            made = scene.assume(caller, world.role(account, "InventoryRole"), "inventory", self._place)
            yield from work(scene, made, self._place, "scan", 2, 1)


class _Monitoring:
    """A vendor that looks into every workload account several times a day, with an external id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._agent = sdk("go", Chance.of(world.seed, "monitoring"))

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Every four hours."""
        for hour in range(0, 24, 4):
            yield Start(at(day, hour) + chance.randrange(1800), self._round)

    def _round(self, scene: Scene) -> Script:
        world, chance = self._world, scene.chance
        place = Place(f"203.0.113.{128 + chance.getrandbits(3)}", self._agent, HOME)
        agreed = external_id(world, MONITORING)
        for account in world.open(scene.now):
            yield 1 + chance.about(4)
            caller = vendor_caller(world, MONITORING, f"poller-{chance.randrange(40)}")
            role = world.role(account, "VendorMonitoring")
            made = scene.assume(caller, role, "monitoring", place, external_id=agreed)
            yield from work(scene, made, place, "monitor", 1, 2)


class VendorUser:
    """A support vendor that was given a user; it visits a tenant or two for a ticket."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.place = Place("203.0.113.150", sdk("boto", Chance.of(world.seed, "support")), HOME)

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """In office hours of the vendor's country."""
        if day.weekday() < 5:
            for _ in range(chance.many(3)):
                yield Start(at(day, chance.bell(13, 2.5), "America/New_York"), self._visit)

    def _visit(self, scene: Scene) -> Script:
        world, chance = self._world, scene.chance
        caller = by_user(world.user(world.tools, "vendor-scan"))
        tenants = world.workloads[: max(3, len(world.workloads) // 4)]
        for account in chance.some(tenants, 1 + chance.getrandbits(1)):
            made = scene.assume(caller, world.role(account, "VendorSupport"), "ticket", self.place)
            yield from work(scene, made, self.place, "support", chance.many(4))
