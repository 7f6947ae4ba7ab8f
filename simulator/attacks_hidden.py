"""By means that are seldom looked at: short and endless sessions, federated users, the console, the watch itself."""

from simulator.attack import Attack, Crime
from simulator.habits import work
from simulator.people import Grant
from simulator.principals import by_user
from simulator.scene import Scene, Script
from simulator.victims import abroad, entered, laptop, person
from simulator.world import GLOBAL, HOME


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
