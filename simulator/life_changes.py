"""What happens now and then in any organisation, and is nobody's attack."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from simulator.chance import Chance
from simulator.days import DAY, HOUR, at
from simulator.habits import Doing, Habit, Start, work
from simulator.life_people import signed_in
from simulator.people import OFFICES, Grant
from simulator.principals import Place, by_user
from simulator.records import record
from simulator.scene import Scene, Script
from simulator.tools import sdk
from simulator.world import GLOBAL, HOME, Account, World


def habits(world: World) -> Iterator[Habit]:
    """The rare and the clumsy."""
    changes = Changes(world)
    yield Habit("documented integration", "new", _daily(changes.documented_from, changes.documented))
    yield Habit("undocumented integration", "new", _daily(changes.undocumented_from, changes.undocumented))
    yield Habit("denied cron job", "old", _daily(world.first, changes.cron))
    yield Habit("provisioning", "SCIM", _daily(world.first, changes.provisioning))
    yield Habit("broker", "console-broker", _daily(world.first, changes.broker))
    yield Habit("break-glass test", "drill", _once(changes.drill_on, 10.5, changes.drill))
    yield Habit("load test", "load", _once(changes.load_on, 14.2, changes.load))
    yield Habit("new teams", "reorganisation", _daily(changes.reorganised_from, changes.new_team))
    yield Habit("quarterly audit", "security", _once(changes.audit_on, 9.2, changes.audit))
    yield Habit("campaign", "platform", _once(changes.campaign_on, 13.1, changes.campaign))
    for account in world.workloads:
        if account.born >= world.first:
            yield Habit("account vending", account.name, _once(account.born, 9.7, _Vending(world, account)))


def _daily(first: date, doing: Doing) -> Callable[[date, Chance], Iterator[Start]]:
    def day(day: date, chance: Chance) -> Iterator[Start]:
        if day >= first:
            yield Start(at(day, 0) + chance.randrange(600), doing)

    return day


def _once(on: date, hour: float, doing: Doing) -> Callable[[date, Chance], Iterator[Start]]:
    def day(day: date, chance: Chance) -> Iterator[Start]:
        if day == on:
            yield Start(at(day, hour) + chance.randrange(1800), doing)

    return day


class Changes:
    """When each of them comes, and what is done then."""

    def __init__(self, world: World) -> None:
        chance = Chance.of(world.seed, "changes")
        self._world = world
        self.documented_from = self._drawn(chance, 0.4, 0.9)
        self.undocumented_from = self._drawn(chance, 0.4, 0.9)
        self.drill_on = self._working(self._drawn(chance, 0.1, 0.95))
        self.load_on = self._working(self._drawn(chance, 0.1, 0.95))
        self.reorganised_from = self._working(self._drawn(chance, 0.3, 0.9))
        self.audit_on = self._working(self._drawn(chance, 0.1, 0.95))
        self.campaign_on = self._working(self._drawn(chance, 0.1, 0.95))
        prod, rest = world.where("prod"), world.workloads
        self.source, self.sink = chance.choice(prod), chance.choice(rest)
        self.other_source = chance.choice(rest)
        self.other_sink: Account = chance.choice([a for a in rest if a.environment == self.other_source.environment])
        self.moved = chance.some([p for p in world.people if p.trade == "developer"], 3)
        self._place = Place(world.machine(self.source, 90), sdk("boto", chance), HOME)
        self._other = Place(world.machine(self.other_source, 91), sdk("js", chance), HOME)

    @property
    def integration(self) -> tuple[str, str]:
        """The documented one: the role that comes, and the one it takes."""
        return self._world.role(self.source, "crm-sync").arn, self._world.role(self.sink, "crm-intake").arn

    def documented(self, scene: Scene) -> Script:
        """A new partner's data, every hour."""
        world, end = self._world, scene.now + DAY - HOUR
        while scene.now < end:
            caller = scene.by_service("ecs-tasks", world.role(self.source, "crm-sync"), scene.chance.hex(32), HOME)
            yield 3
            made = scene.assume(caller, world.role(self.sink, "crm-intake"), "crm", self._place)
            yield from work(scene, made, self._place, "data", 2)
            yield HOUR - 120

    def undocumented(self, scene: Scene) -> Script:
        """A team connects two of its accounts and tells nobody: four times a day."""
        world, end = self._world, scene.now + DAY - HOUR
        yield 3 * HOUR
        while scene.now < end:
            caller = scene.by_service("lambda", world.role(self.other_source, "fn-mirror"), "mirror", HOME)
            yield 3
            made = scene.assume(caller, world.role(self.other_sink, "mirror-target"), "mirror", self._other)
            yield from work(scene, made, self._other, "data", 2)
            yield 5 * HOUR

    def cron(self, scene: Scene) -> Script:
        """A job whose role was deleted, and that nobody misses."""
        world, end = self._world, scene.now + DAY - HOUR
        account = world.workloads[0]
        place = Place(world.machine(account, 92), sdk("boto", Chance.of(world.seed, "cron")), HOME)
        while scene.now < end:
            caller = scene.by_service("ec2", world.role(account, "batch-node"), "i-0c0ffee0c0ffee0c0", HOME)
            yield 2
            scene.denied(caller, world.role(world.tools, "old-artifacts"), "cleanup", place)
            yield HOUR - 2

    def provisioning(self, scene: Scene) -> Script:
        """The directory sends who came, left and changed."""
        world, chance = self._world, scene.chance
        told = {"type": "Unknown", "principalId": world.management.id, "arn": "", "accountId": world.management.id}
        place = Place(f"203.0.113.{200 + chance.getrandbits(2)}", "Directory/1.0 scim-client", HOME)
        for _ in range(12):
            yield chance.about(6000)
            for name in chance.some(("CreateUser", "UpdateUser", "AddMemberToGroup"), chance.many(0.7)):
                moment = scene.moment(place)
                scene.write(record(moment, "sso-directory.amazonaws.com", name, told, world.management.id))

    def broker(self, scene: Scene) -> Script:
        """An old portal that makes console links with GetFederationToken."""
        world, chance = self._world, scene.chance
        place = Place(world.machine(world.tools, 9), sdk("java", Chance.of(world.seed, "broker")), GLOBAL)
        yield 7 * HOUR
        for _ in range(chance.many(4)):
            yield chance.about(2.2 * HOUR)
            guest = chance.choice(("partner", "auditor", "trainee"))
            made = scene.federation_token(world.user(world.tools, "console-broker"), guest, place)
            yield from work(scene, made, place, "reader", 2)

    def drill(self, scene: Scene) -> Script:
        """The emergency user is tried once, as written in the handbook."""
        world = self._world
        place = Place("192.0.2.10", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", GLOBAL)
        user = by_user(world.user(world.management, "break-glass"))
        scene.login(user, place)
        for account in world.where("prod")[:2]:
            yield 120
            made = scene.switch(user, world.role(account, "BreakGlass"), place)
            yield from work(scene, made, place, "reader", 3)

    def load(self, scene: Scene) -> Script:
        """A test of half an hour, by a client that never keeps a session."""
        world, chance = self._world, scene.chance
        account = world.where("staging")[0] if world.where("staging") else world.workloads[0]
        place = Place(world.machine(account, 93), sdk("java", Chance.of(world.seed, "load")), HOME)
        caller = scene.by_service("ec2", world.role(account, "web-node"), f"i-{chance.hex(17)}", HOME)
        for number in range(300):
            yield 4 + 4 * chance.random()
            scene.assume(caller, world.role(world.tools, "config-reader"), f"load-{number}", place)

    def new_team(self, scene: Scene) -> Script:
        """Three developers look after another business unit from now on."""
        world, day = self._world, self._world.first + timedelta(days=(scene.now - self._world.begin) // DAY)
        yield 8 * HOUR
        for person in self.moved:
            if world.works(person, day):
                grant = Grant("DeveloperAccess", self.other_sink.id, "developer")
                place = Place(person.home_ip, person.cli, HOME)
                caller = signed_in(scene, world, person, grant, place)
                yield from work(scene, caller, place, "developer", scene.chance.many(6))
                yield 1800

    def audit(self, scene: Scene) -> Script:
        """Somebody of security looks into every account on one day, through the portal."""
        world, chance = self._world, scene.chance
        person = chance.choice([p for p in world.people if p.trade == "security" and p.starts < world.first])
        for account in (*world.accounts[:3], *world.open(scene.now)):
            grant = Grant("SecurityAudit", account.id, "security")
            place = Place(OFFICES[person.zone], person.browser, HOME)
            caller = signed_in(scene, world, person, grant, place)
            yield from work(scene, caller, place, "security", chance.many(6), 25)

    def campaign(self, scene: Scene) -> Script:
        """An engineer changes a setting everywhere, with a script, after lunch."""
        world, chance = self._world, scene.chance
        person = chance.choice([p for p in world.people if p.trade == "platform" and p.starts < world.first])
        place = Place(OFFICES[person.zone], person.cli, HOME)
        caller = signed_in(scene, world, person, Grant("AdministratorAccess", world.tools.id, "platform"), place)
        for account in world.open(scene.now):
            yield 20 + chance.about(40)
            made = scene.assume(caller, world.role(account, "platform-admin"), person.name, place)
            for action in ("s3:GetBucketPolicy", "ec2:EnableEbsEncryptionByDefault"):
                scene.call(made, action, place)

    def _drawn(self, chance: Chance, low: float, high: float) -> date:
        return self._world.first + timedelta(days=int(self._world.days * (low + (high - low) * chance.random())))

    def _working(self, day: date) -> date:
        return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= 5 else day


class _Vending:
    """The factory prepares a new account: roles and a rule in it."""

    def __init__(self, world: World, account: Account) -> None:
        self._world = world
        self._account = account

    def __call__(self, scene: Scene) -> Script:
        """Within a minute."""
        world = self._world
        place = Place(world.machine(world.management, 2), sdk("terraform", Chance.of(world.seed, "vending")), GLOBAL)
        caller = scene.by_service("codebuild", world.role(world.management, "account-factory"), "factory", GLOBAL)
        yield 5
        made = scene.assume(caller, world.role(self._account, "AccountFactoryExecution"), "factory", place)
        for action in ("iam:CreateRole", "iam:AttachRolePolicy", "cloudtrail:UpdateTrail", "events:PutRule"):
            yield 5
            scene.call(made, action, place, request={"name": "baseline"})
