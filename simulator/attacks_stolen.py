"""Sessions, tokens and trades that were stolen: the caller is known, who holds it is not."""

from simulator.attack import Attack, Crime
from simulator.habits import work
from simulator.life_pipelines import release_place
from simulator.life_scanners import MONITORING, external_id, vendor_account
from simulator.people import Grant
from simulator.principals import outsider
from simulator.scene import Scene, Script
from simulator.tools import GITHUB
from simulator.victims import abroad, entered, person
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
        "vendor-breach",
        "Another principal of the vendor's account enters everywhere with the right external id.",
        "high",
        ("T1199",),
        _other_vendor,
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
)
