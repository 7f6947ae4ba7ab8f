"""More attacks: stolen tokens, patience, many hands, and what comes after the hop."""

from simulator.attack import Attack, Crime
from simulator.days import DAY, HOUR
from simulator.habits import work
from simulator.life_pipelines import release_place
from simulator.life_scanners import MONITORING, external_id, vendor_account
from simulator.people import Grant
from simulator.principals import by_user, outsider
from simulator.scene import Scene, Script
from simulator.tools import GITHUB
from simulator.victims import abroad, entered, laptop, machine, other, person
from simulator.world import GLOBAL, HOME


def _runner_key(crime: Crime, scene: Scene) -> Script:
    """A session taken from the build server is used elsewhere."""
    world, chance = crime.world, scene.chance
    caller = scene.by_service("ec2", world.role(world.tools, "jenkins"), "i-0a51b2c3d4e5f6071", HOME)
    crime.reached(caller)
    yield 600
    place = abroad(chance)
    scene.call(caller, "sts:GetCallerIdentity", place)
    yield 60
    build = crime.reached(scene.assume(caller, world.role(world.tools, "ci-build"), "jenkins-3", place))
    yield 40
    target = chance.choice(world.where("prod"))
    made = crime.reached(scene.assume(build, world.role(target, "deploy"), "job-17", place))
    crime.decide(scene.now)
    yield from work(scene, made, place, "data", 6)


def _portal(crime: Crime, scene: Scene) -> Script:
    """A token of the portal, taken from a laptop, opens all that the person may open and more."""
    world, chance = crime.world, scene.chance
    who = person(crime, "platform")
    place = abroad(chance)
    for number, account in enumerate(chance.some(world.accounts, 14), 1):
        grant = Grant("AdministratorAccess", account.id, "platform")
        caller = entered(crime, scene, who, grant, place)
        yield 10 + chance.about(20)
        for action in ("sts:GetCallerIdentity", "s3:ListBuckets", "secretsmanager:ListSecrets"):
            scene.call(caller, action, place)
        if number == 10:
            crime.decide(scene.now)


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


def _other_vendor(crime: Crime, scene: Scene) -> Script:
    """The vendor is breached: another principal of its account comes with the right external id, everywhere at once."""
    world, chance = crime.world, scene.chance
    caller = crime.reached(outsider(vendor_account(world, MONITORING), f"{chance.key('AROA')}:shell"))
    place = abroad(chance)
    for number, account in enumerate(chance.some(world.workloads, 30), 1):
        yield 2 + chance.about(4)
        agreed = external_id(world, MONITORING)
        made = crime.reached(
            scene.assume(caller, world.role(account, "VendorMonitoring"), "monitoring", place, external_id=agreed)
        )
        if number == 10:
            crime.decide(scene.now)
        for action in ("iam:ListRoles", "s3:ListBuckets", "secretsmanager:ListSecrets"):
            scene.call(made, action, place)


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


def _scanner(crime: Crime, scene: Scene) -> Script:
    """The scanner's role, with another role's name, in all accounts by day."""
    world, chance = crime.world, scene.chance
    caller = scene.by_service("ecs-tasks", world.role(world.security, "posture-scanner"), chance.hex(32), GLOBAL)
    crime.reached(caller)
    place = abroad(chance, GLOBAL)
    for number, account in enumerate(chance.some(world.workloads, 25), 1):
        yield 5 + chance.about(10)
        role = world.role(account, "OrganizationAccountAccessRole")
        made = crime.reached(scene.assume(caller, role, "posture", place))
        scene.call(made, "iam:ListUsers", place)
        if number == 10:
            crime.decide(scene.now)


def _pull_request(crime: Crime, scene: Scene) -> Script:
    """A stranger's pull request runs in the pipeline, and takes it through the hub to production."""
    world, chance = crime.world, scene.chance
    place = abroad(chance)
    account = world.workloads[0]
    role = world.role(world.tools, f"gha-{account.unit}-api-0")
    subject = f"repo:example/{account.unit}-api-0:pull_request"
    caller = crime.reached(scene.by_web(GITHUB, subject, role, "GitHubActions", place))
    yield 30
    hub = crime.reached(scene.assume(caller, world.role(world.tools, "deploy-hub"), "x", place))
    yield 20
    made = crime.reached(scene.assume(hub, world.role(account, "deploy"), "x", place))
    yield 20
    data = crime.reached(scene.assume(made, world.role(account, "prod-data"), "x", place))
    crime.decide(scene.now)
    yield from work(scene, data, place, "data", 6)


def _storm_cover(crime: Crime, scene: Scene) -> Script:
    """Within what looks like a release, the release train's session goes somewhere else as well."""
    world, chance = crime.world, scene.chance
    place = release_place(world)
    caller = scene.by_service("codebuild", world.role(world.tools, "release-train"), f"build-{chance.hex(8)}", HOME)
    crime.reached(caller)
    for account in world.workloads:
        yield 1 + chance.about(20)
        made = scene.assume(caller, world.role(account, "deploy"), "release-x", place)
        scene.call(made, "cloudformation:ExecuteChangeSet", place)
    made = crime.reached(
        scene.assume(caller, world.role(world.management, "OrganizationAccountAccessRole"), "release-x", place)
    )
    crime.decide(scene.now)
    for action in ("iam:CreateRole", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"):
        yield 5
        scene.call(made, action, place._replace(region=GLOBAL), request={"roleName": "ops-sync"})


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
        "runner-key",
        "A session taken from the build server is used from elsewhere, into production.",
        "medium",
        ("T1552.005", "T1078.004"),
        _runner_key,
    ),
    Attack(
        "portal-token",
        "A portal token taken from a laptop opens fourteen accounts from a new place.",
        "high",
        ("T1528", "T1078.004"),
        _portal,
        (8, 23),
    ),
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
        "vendor-breach",
        "Another principal of the vendor's account enters everywhere with the right external id.",
        "high",
        ("T1199",),
        _other_vendor,
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
        "scanner",
        "The scanner's session takes another role in every account, from elsewhere.",
        "high",
        ("T1078.004", "T1580"),
        _scanner,
        (10, 20),
    ),
    Attack(
        "pull-request",
        "A stranger's pull request goes through the pipeline's hub to production data.",
        "high",
        ("T1195", "T1550.001"),
        _pull_request,
    ),
    Attack(
        "release-cover",
        "The release train's session also takes the management account and makes a role there.",
        "high",
        ("T1098", "T1550.001"),
        _storm_cover,
        (10, 17),
    ),
    Attack(
        "flood",
        "Six hundred refused calls with odd names hide a chain of four.",
        "high",
        ("T1550.001", "T1562"),
        _flood,
    ),
)
