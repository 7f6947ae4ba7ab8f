"""Quiet attacks: each leaves out what would be loud."""

from simulator.attack import Attack, Crime
from simulator.days import DAY, HOUR
from simulator.habits import work
from simulator.scene import Scene, Script
from simulator.victims import abroad, entered, laptop, machine, other, person
from simulator.world import HOME


def _slow(crime: Crime, scene: Scene) -> Script:
    """One role more a day, in working hours, from the person's own machine."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer", "analyst")
    place = laptop(who, chance)
    targets = [world.role(a, "shared-data-reader") for a in chance.some(world.where("prod"), 5)]
    pause = min(DAY, int(crime.hours * HOUR) // (len(targets) + 1))
    for number, role in enumerate(targets):
        caller = entered(crime, scene, who, who.grants[0], place)
        yield chance.about(120)
        made = crime.reached(scene.assume(caller, role, who.name, place))
        if number == 1:
            crime.decide(scene.now)
        yield from work(scene, made, place, "data", 3)
        yield max(60, pause - 300 + chance.about(300))


def _deep(crime: Crime, scene: Scene) -> Script:
    """Role after role through five accounts at two in the afternoon."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer")
    place = laptop(who, chance)
    caller = entered(crime, scene, who, who.grants[0], place)
    names = ("app-debug", "ops-read", "shared-data-reader", "deploy", "prod-data")
    for number, (name, account) in enumerate(zip(names, chance.some(world.workloads, 5), strict=False), 1):
        yield 30 + chance.about(90)
        caller = crime.reached(scene.assume(caller, world.role(account, name), who.name, place))
        scene.call(caller, "sts:GetCallerIdentity", place)
        if number == 4:
            crime.decide(scene.now)
    yield from work(scene, caller, place, "data", 4)


def _doors(crime: Crime, scene: Scene) -> Script:
    """Eight roles are tried in six minutes; one opens."""
    world, chance = crime.world, scene.chance
    account = chance.choice(world.where("staging") or world.where("dev"))
    caller = crime.reached(scene.by_service("ec2", world.role(account, "web-node"), f"i-{chance.hex(17)}", HOME))
    place = machine(world, account, chance, 16)
    names = (
        "admin",
        "Administrator",
        "OrganizationAccountAccessRole",
        "deploy",
        "prod-data",
        "ops",
        "backup",
        "terraform",
    )
    for number, name in enumerate(names, 1):
        yield 20 + chance.about(25)
        scene.denied(caller, world.role(chance.choice(world.where("prod")), name), "i", place)
        if number == 5:
            crime.decide(scene.now)
    yield 30
    made = scene.assume(caller, world.role(other(crime, "prod", account.unit), "shared-data-reader"), "i", place)
    yield from work(scene, crime.reached(made), place, "data", 3)


def _night(crime: Crime, scene: Scene) -> Script:
    """One visit, by a known person to a known account, from a new place at night."""
    who = person(crime, "developer", "analyst", "platform")
    place = abroad(scene.chance)
    caller = entered(crime, scene, who, who.grants[0], place)
    yield 60
    scene.call(caller, "sts:GetCallerIdentity", place)
    crime.decide(scene.now)
    yield from work(scene, caller, place, who.grants[0].trade, 12)


def _crowd(crime: Crime, scene: Scene) -> Script:
    """Five stolen identities try the same role within half an hour."""
    world, chance = crime.world, scene.chance
    target = world.role(chance.choice(world.where("prod")), "prod-data")
    people = [p for p in world.people if p.trade in {"developer", "analyst"} and p.starts < world.first]
    for number, who in enumerate(chance.some(people, 5), 1):
        place = laptop(who, chance)
        caller = entered(crime, scene, who, who.grants[0], place)
        yield 20 + chance.about(60)
        if number < 4:
            scene.denied(caller, target, who.name, place)
        else:
            made = crime.reached(scene.assume(caller, target, who.name, place))
            yield from work(scene, made, place, "data", 3)
        if number == 3:
            crime.decide(scene.now)
        yield chance.about(240)


ATTACKS = (
    Attack(
        "slow",
        "One role more a day, in working hours, from the person's own machine.",
        "medium",
        ("T1078.004", "T1580"),
        _slow,
        (9.5, 11),
        130,
        workdays=True,
    ),
    Attack(
        "deep",
        "Role after role through five accounts in working hours.",
        "high",
        ("T1550.001", "T1078.004"),
        _deep,
        (10, 16),
        workdays=True,
    ),
    Attack(
        "doors",
        "An instance tries eight roles in six minutes; then one opens.",
        "medium",
        ("T1580", "T1078.004"),
        _doors,
    ),
    Attack(
        "night-visit",
        "One visit by a known person to a known account, at night, from a new place.",
        "medium",
        ("T1078.004",),
        _night,
        (24.5, 28),
    ),
    Attack(
        "crowd",
        "Five stolen identities try one role within half an hour.",
        "medium",
        ("T1078.004", "T1110"),
        _crowd,
        (9.5, 16),
        workdays=True,
    ),
)
