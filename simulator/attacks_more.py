"""Patience, many hands, noise, and what comes after the hop."""

from simulator.attack import Attack, Crime
from simulator.days import DAY, HOUR
from simulator.habits import work
from simulator.people import Grant
from simulator.principals import by_user
from simulator.scene import Scene, Script
from simulator.victims import abroad, entered, laptop, machine, other, person
from simulator.world import GLOBAL, HOME


def _patient(crime: Crime, scene: Scene) -> Script:
    """First the baseline is made to know the role, then the role is used."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer", with_key=True)
    place = laptop(who, chance)
    caller = crime.reached(by_user(world.user(world.tools, who.name)))
    role = world.role(other(crime, "prod", who.unit), "prod-data")
    pause = min(DAY, int(crime.hours * HOUR) // 6)
    for number in range(5):
        made = crime.reached(scene.assume(caller, role, who.name, place))
        scene.call(made, "sts:GetCallerIdentity", place)
        if number == 0:
            crime.decide(scene.now)
        yield max(60, pause - 600 + chance.about(600))
    for _ in range(40):
        made = scene.assume(caller, role, who.name, place)
        for action in ("glue:GetTables", "secretsmanager:GetSecretValue"):
            yield 2 + chance.about(5)
            scene.call(made, action, place)


def _spread(crime: Crime, scene: Scene) -> Script:
    """Six identities take one role each, in six accounts, within an hour."""
    world, chance = crime.world, scene.chance
    people = [p for p in world.people if p.trade in {"developer", "support"} and p.starts < world.first]
    place = abroad(chance)
    for who, account in zip(chance.some(people, 6), chance.some(world.where("prod"), 6), strict=False):
        caller = entered(crime, scene, who, who.grants[0], place)
        yield 60 + chance.about(120)
        made = crime.reached(scene.assume(caller, world.role(account, "shared-data-reader"), who.name, place))
        crime.decide(scene.now)
        yield from work(scene, made, place, "data", 3)
        yield chance.about(240)


def _root(crime: Crime, scene: Scene) -> Script:
    """A session in the management account enters members as their root."""
    world, chance = crime.world, scene.chance
    who = person(crime, "platform")
    place = laptop(who, chance)
    caller = entered(crime, scene, who, Grant("AdministratorAccess", world.management.id, "platform"), place)
    for account in chance.some(world.where("prod"), 2):
        yield 60
        made = crime.reached(scene.assume_root(caller, account.id, place, "S3UnlockBucketPolicy"))
        crime.decide(scene.now)
        yield 5
        scene.call(made, "s3:DeleteBucketPolicy", place, request={"bucketName": "prod-data"})


def _backdoor(crime: Crime, scene: Scene) -> Script:
    """A hop into production, and at once a user, a key and a changed trust policy."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer")
    place = laptop(who, chance)
    caller = entered(crime, scene, who, who.grants[0], place)
    yield 120
    target = other(crime, "prod", who.unit)
    made = crime.reached(scene.assume(caller, world.role(target, "app-debug"), who.name, place))
    for action in ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:UpdateAssumeRolePolicy"):
        yield 5 + chance.about(15)
        scene.call(made, action, place._replace(region=GLOBAL), request={"userName": "metrics-agent"})
        crime.decide(scene.now)


def _harvest(crime: Crime, scene: Scene) -> Script:
    """Only known accounts in known hours: then every secret is read and a snapshot given away."""
    chance = scene.chance
    who = person(crime, "developer")
    place = laptop(who, chance)
    caller = entered(crime, scene, who, who.grants[0], place)
    yield 60
    for number in range(60):
        yield 1 + chance.about(3)
        scene.call(caller, "secretsmanager:GetSecretValue", place, request={"secretId": f"app/{number}"})
        if number == 20:
            crime.decide(scene.now)
    yield 60
    share = {"snapshotId": f"snap-{chance.hex(17)}", "attributeType": "CREATE_VOLUME_PERMISSION"}
    scene.call(caller, "ec2:ModifySnapshotAttribute", place, request=share)


def _upwards(crime: Crime, scene: Scene) -> Script:
    """A function of a development account takes a role in production."""
    world, chance = crime.world, scene.chance
    source = chance.choice(world.where("dev") or world.workloads)
    place = machine(world, source, chance, 5)
    caller = crime.reached(
        scene.by_service("lambda", world.role(source, "fn-preview", "/service-role/"), "fn-preview", HOME)
    )
    yield 5
    target = other(crime, "prod", source.unit)
    made = crime.reached(scene.assume(caller, world.role(target, "prod-data"), "fn-preview", place))
    crime.decide(scene.now)
    yield from work(scene, made, place, "data", 8)


def _flood(crime: Crime, scene: Scene) -> Script:
    """Six hundred refused calls and odd names around one deep chain."""
    world, chance = crime.world, scene.chance
    who = person(crime, "developer", with_key=True)
    place = abroad(chance)
    caller = crime.reached(by_user(world.user(world.tools, who.name)))
    chain = [
        world.role(a, n)
        for a, n in zip(chance.some(world.workloads, 4), ("ops-read", "app-debug", "deploy", "prod-data"), strict=False)
    ]
    now = caller
    for number in range(600):
        yield chance.about(2)
        odd = "\u202e" * (number % 3) + "x" * (number % 64)
        scene.call(caller, "s3:ListBuckets", place._replace(agent=f"noise {odd}"), error="arn:aws:s3:::*")
        if number % 150 == 149:
            now = crime.reached(scene.assume(now, chain[number // 150], "noise", place))
    crime.decide(scene.now)


ATTACKS = (
    Attack(
        "patient",
        "The baseline is made to know a role for days; then the role is emptied.",
        "medium",
        ("T1078.004",),
        _patient,
        (10, 12),
        150,
        workdays=True,
    ),
    Attack(
        "spread",
        "Six stolen identities take one role each within an hour, from one new place.",
        "medium",
        ("T1078.004",),
        _spread,
        (9, 18),
    ),
    Attack(
        "assume-root",
        "A session in the management account becomes the root of two members.",
        "high",
        ("T1078.004", "T1548"),
        _root,
        (9, 20),
    ),
    Attack(
        "backdoor",
        "A hop into production, then a user, a key and a changed trust policy.",
        "high",
        ("T1136.003", "T1098.001"),
        _backdoor,
        (9, 18),
        workdays=True,
    ),
    Attack(
        "harvest",
        "A known person in a known account reads every secret and shares a snapshot.",
        "medium",
        ("T1552", "T1537"),
        _harvest,
        (9, 17),
        workdays=True,
    ),
    Attack(
        "dev-to-prod",
        "A development account's function takes a role in production.",
        "high",
        ("T1078.004", "T1550.001"),
        _upwards,
    ),
    Attack(
        "flood",
        "Six hundred refused calls with odd names hide a chain of four.",
        "high",
        ("T1550.001", "T1562"),
        _flood,
    ),
)
