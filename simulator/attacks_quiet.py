"""Quieter attacks: each leaves out what would be loud."""

from simulator.attack import Attack, Crime
from simulator.days import DAY, HOUR
from simulator.habits import work
from simulator.people import Grant
from simulator.principals import by_user
from simulator.scene import Scene, Script
from simulator.victims import abroad, entered, laptop, machine, other, person
from simulator.world import GLOBAL, HOME


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


def _short(crime: Crime, scene: Scene) -> Script:
    """A stolen key asks for the shortest session again and again."""
    world = crime.world
    who = person(crime, "developer", "platform", with_key=True)
    place = laptop(who, scene.chance)
    caller = crime.reached(by_user(world.user(world.tools, who.name)))
    for number in range(1, 9):
        made = crime.reached(scene.assume(caller, world.role(world.tools, "ci-build"), who.name, place, duration=900))
        yield from work(scene, made, place, "build", 2)
        if number == 5:
            crime.decide(scene.now)
        yield 780 + scene.chance.about(120)


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


def _juggling(crime: Crime, scene: Scene) -> Script:
    """Two roles assume one another every fifty minutes, so that no session ever ends."""
    world, chance = crime.world, scene.chance
    who = person(crime, "platform")
    place = laptop(who, chance)
    caller = entered(crime, scene, who, who.grants[0], place)
    one, two = (world.role(account, "platform-admin") for account in chance.some(world.workloads, 2))
    for number in range(8):
        yield 60 if number == 0 else 2700 + chance.about(500)
        caller = crime.reached(scene.assume(caller, (one, two)[number % 2], who.name, place))
        if number == 3:
            crime.decide(scene.now)
        yield from work(scene, caller, place, "platform", 2)


def _federation(crime: Crime, scene: Scene) -> Script:
    """A stolen user's key makes a federated user that outlives the key, and works on with it."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer", "platform", with_key=True)
    place = abroad(chance, GLOBAL)
    user = world.user(world.tools, who.name)
    crime.reached(by_user(user))
    yield 20
    made = crime.reached(scene.federation_token(user, "support-desk", place))
    crime.decide(scene.now)
    for action in (
        "iam:ListUsers",
        "iam:ListRoles",
        "s3:ListBuckets",
        "secretsmanager:ListSecrets",
        "ec2:DescribeInstances",
    ):
        yield chance.about(20)
        scene.call(made, action, place)


def _console(crime: Crime, scene: Scene) -> Script:
    """A phished console password, a switch into an administrator's role in production at night."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer", "platform", with_key=True)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    place = abroad(chance)._replace(agent=agent)
    caller = crime.reached(by_user(world.user(world.tools, who.name)))
    scene.login(caller, place._replace(region=GLOBAL), mfa=False)
    yield 90
    made = crime.reached(
        scene.switch(caller, world.role(chance.choice(world.where("prod")), "OrganizationAccountAccessRole"), place)
    )
    crime.decide(scene.now)
    yield from work(scene, made, place, "analyst", 8)


def _blind(crime: Crime, scene: Scene) -> Script:
    """An administrator's session blinds the watch: trail, rule, detector, queue, deny."""
    world, chance = crime.world, scene.chance
    who = person(crime, "platform")
    place = laptop(who, chance)
    admin = Grant("AdministratorAccess", world.security.id, "platform")
    caller = entered(crime, scene, who, admin, place)
    yield 120
    bucket = f"aws-cloudtrail-logs-{world.security.id}"
    steps = (
        ("cloudtrail:StopLogging", {"name": "organization-trail"}),
        ("events:DisableRule", {"name": "hopstop-assumptions"}),
        ("guardduty:DeleteDetector", {"detectorId": chance.hex(32)}),
        ("sqs:PurgeQueue", {"queueUrl": f"https://sqs.{HOME}.amazonaws.com/{world.security.id}/hopstop-records"}),
        ("s3:PutBucketLifecycle", {"bucketName": bucket}),
    )
    for action, request in steps:
        scene.call(caller, action, place, request=request)
        crime.decide(scene.now)
        yield 10 + chance.about(20)


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
        "short-sessions",
        "The shortest session is asked for again and again.",
        "low",
        ("T1550.001",),
        _short,
        (9, 14),
        3,
        workdays=True,
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
    Attack(
        "juggling",
        "Two roles assume one another every fifty minutes, so that no session ends.",
        "high",
        ("T1550.001",),
        _juggling,
        (8, 10),
        8,
        workdays=True,
    ),
    Attack(
        "federation-token",
        "A stolen key makes a federated user that outlives it.",
        "medium",
        ("T1550.001", "T1136.003"),
        _federation,
    ),
    Attack(
        "console-switch",
        "A phished console user switches to an administrator's role in production at night.",
        "high",
        ("T1078.004",),
        _console,
        (24.5, 28),
    ),
    Attack(
        "blind",
        "An administrator's session stops the trail, the rule, the detector and empties the queue.",
        "high",
        ("T1562.008",),
        _blind,
        (8, 20),
    ),
)
