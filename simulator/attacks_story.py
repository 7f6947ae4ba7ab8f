"""The three chains of the story."""

from simulator.attack import Attack, Crime
from simulator.habits import work
from simulator.life_org import automation, playground
from simulator.life_scanners import VendorUser
from simulator.principals import by_user
from simulator.scene import Scene, Script
from simulator.victims import abroad, laptop, person
from simulator.world import GLOBAL, HOME


def _laptop(crime: Crime, scene: Scene) -> Script:
    world, chance = crime.world, scene.chance
    who = person(crime, "platform", "developer", with_key=True)
    place = laptop(who, chance) if chance.happens(0.5) else abroad(chance)
    caller = crime.reached(by_user(world.user(world.tools, who.name)))
    scene.call(caller, "sts:GetCallerIdentity", place)
    yield chance.about(90)
    build = crime.reached(scene.assume(caller, world.role(world.tools, "ci-build"), who.name, place))
    yield from work(scene, build, place, "build", 2, 15)
    target = chance.choice(world.where("prod"))
    deploy = crime.reached(scene.assume(build, world.role(target, "deploy"), "job-4411", place))
    yield from work(scene, deploy, place, "reader", 3, 15)
    data = crime.reached(scene.assume(deploy, world.role(target, "prod-data"), "export", place))
    crime.decide(scene.now)
    scene.call(data, "s3:ListBuckets", place._replace(region=GLOBAL))
    for _ in range(30):
        yield 1 + chance.about(5)
        scene.call(data, "glue:GetTables", place)
        scene.data(data, "s3:GetObject", place, {"bucketName": "prod-data", "key": chance.hex(12)})


def _vendor(crime: Crime, scene: Scene) -> Script:
    world, chance = crime.world, scene.chance
    place = abroad(chance) if chance.happens(0.6) else VendorUser(world).place
    caller = crime.reached(by_user(world.user(world.tools, "vendor-scan")))
    for number, account in enumerate(chance.some(world.workloads, 43), 1):
        yield 3 + chance.about(12)
        made = crime.reached(scene.assume(caller, world.role(account, "VendorSupport"), f"s{number}", place))
        if number == 10:
            crime.decide(scene.now)
        for action in ("iam:ListUsers", "s3:ListBuckets", "secretsmanager:ListSecrets"):
            scene.call(made, action, place._replace(region=GLOBAL))


def _service(crime: Crime, scene: Scene) -> Script:
    world, chance = crime.world, scene.chance
    sandbox = chance.choice(world.where("sandbox") or world.workloads)
    inside = playground(world, sandbox)
    sent = scene.by_service("lambda", world.role(sandbox, "fn-playground", "/service-role/"), "fn-playground", HOME)
    crime.reached(sent)
    for action in ("events:ListEventBuses", "events:DescribeEventBus", "organizations:DescribeOrganization"):
        yield chance.about(20)
        scene.call(sent, action, inside)
    yield chance.about(60)
    bus = f"arn:aws:events:{HOME}:{world.management.id}:event-bus/automation"
    scene.data(sent, "events:PutEvents", inside, {"entries": [{"eventBusName": bus, "source": "app.requests"}]})
    yield 4
    role = world.role(world.management, "fn-org-automation", "/service-role/")
    made = scene.by_service("lambda", role, "org-automation", HOME)
    place = automation(world)._replace(region=GLOBAL)
    scene.data(made, "lambda:Invoke", place, {"functionName": "org-automation", "invocationType": "Event"})
    name = {"userName": "svc-backup-2"}
    for action in ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"):
        yield 1 + chance.about(3)
        scene.call(made, action, place, request=name)
        crime.decide(scene.now)
    yield 300
    found = world.user(world.management, "svc-backup-2")
    scene.call(by_user(found), "sts:GetCallerIdentity", abroad(chance))


ATTACKS = (
    Attack(
        "laptop",
        "Somebody with a laptop's keys goes through the CI role and the deploy role to production data at night.",
        "high",
        ("T1078.004", "T1550.001"),
        _laptop,
        when=(24.5, 28),
    ),
    Attack(
        "vendor",
        "A vendor's user enters the support role of up to 43 tenants, one after another.",
        "high",
        ("T1199", "T1078.004"),
        _vendor,
    ),
    Attack(
        "service",
        "A sandbox function sends an event to the management account's bus, and the function behind it makes a user.",
        "high",
        ("T1136.003", "T1098.001"),
        _service,
    ),
)
