"""Programs that run in the accounts: functions, fleets, tasks, pods and nightly jobs, each with its role."""

from collections.abc import Iterator
from datetime import date, timedelta

from simulator.chance import Chance
from simulator.days import DAY, HOUR, at
from simulator.habits import Day, Habit, Start, work
from simulator.principals import Caller, Place, Role
from simulator.scene import Scene, Script
from simulator.tools import sdk
from simulator.world import HOME, Account, World

_FUNCTIONS = {"prod": 4, "staging": 2, "dev": 2, "sandbox": 1}


def habits(world: World) -> Iterator[Habit]:
    """What runs in each account of a business unit, from its first day on."""
    for account in world.workloads:
        for habit in _of(world, account):
            yield habit._replace(day=_since(account.born, habit.day))


def _since(born: date, daily: Day) -> Day:
    return lambda day, chance: daily(day, chance) if day >= born else iter(())


def _of(world: World, account: Account) -> Iterator[Habit]:
    for number in range(_FUNCTIONS.get(account.environment, 0)):
        yield Habit("function", f"{account.name} {number}", _Function(world, account, number).day)
    if account.environment in {"prod", "staging"}:
        yield Habit("fleet", account.name, _Fleet(world, account).day)
        yield Habit("pods", account.name, _Pods(world, account).day)
    if account.environment == "prod":
        yield Habit("tasks", account.name, _Tasks(world, account).day)
        yield Habit("nightly job", account.name, _Nightly(world, account).day)


def readings(world: World) -> Iterator[tuple[Role, Role]]:
    """The functions' roles that read in another account, and the roles they take there."""
    for account in world.workloads:
        for number in range(_FUNCTIONS.get(account.environment, 0)):
            function = _Function(world, account, number)
            if function.reads is not None:
                yield function.role, function.reads


class _Function:
    """A function: some run all day, some by day only; one in three reads from another account."""

    def __init__(self, world: World, account: Account, number: int) -> None:
        chance = Chance.of(world.seed, "function", account.id, number)
        self.name = f"{_WORDS[number % len(_WORDS)]}-{chance.choice(_WORDS)}"
        self.role = world.role(account, f"fn-{self.name}", "/service-role/")
        self.every = chance.choice((900, 1800, 3600))
        self.hours = chance.choice(((0, 24), (0, 24), (6, 20), (8, 18)))
        self.place = Place(world.machine(account, 3 + number), sdk("lambda", chance), HOME)
        self.calls = chance.sample(("service", "config", "data"), 1)[0]
        self.reads = _read(world, account, chance) if chance.happens(0.35) else None

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """One loop a day."""
        first, last = self.hours
        yield Start(at(day, first) + chance.randrange(900), _Awake(self, (last - first) * HOUR - 1800))


class _Awake:
    """A function's day: AWS renews its session, it works a little."""

    def __init__(self, function: _Function, lasts: int) -> None:
        self._function = function
        self._lasts = lasts

    def __call__(self, scene: Scene) -> Script:
        """Until the day is over."""
        function, chance, end = self._function, scene.chance, scene.now + self._lasts
        while scene.now < end:
            caller = scene.by_service("lambda", function.role, f"fn-{function.name}", HOME)
            yield from work(scene, caller, function.place, function.calls, chance.many(1.2), 30)
            scene.data(caller, "dynamodb:GetItem", function.place, {"tableName": function.name})
            if function.reads is not None:
                made = scene.assume(caller, function.reads, function.name, function.place, duration=900)
                yield from work(scene, made, function.place, "data", 1, 5)
                scene.data(made, "s3:GetObject", function.place, {"bucketName": "shared", "key": chance.hex(8)})
            yield function.every * (0.9 + chance.random() / 5)


class _Fleet:
    """Instances that come and go with the load of the day; each fetches settings from the tools account."""

    def __init__(self, world: World, account: Account) -> None:
        chance = Chance.of(world.seed, "fleet", account.id)
        self._world = world
        self._account = account
        self._most = 2 + chance.getrandbits(2) if account.environment == "prod" else 1
        self._agent = sdk(chance.choice(("go", "java", "boto")), chance)
        self._again = world.first + timedelta(days=int(world.days * chance.random())) if chance.happens(0.15) else None

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Two always, more by day, many more on a busy day."""
        most = self._most * (3 if chance.happens(0.03) else 1)
        for number in range(most):
            is_steady = number < 1
            since = at(day, 0 if is_steady else 6 + 5 * chance.random())
            until = at(day, 24 if is_steady else 16 + 6 * chance.random()) - 900
            yield Start(since + chance.randrange(900), self._instance(number, until, self._of(day)))

    def _of(self, day: date) -> Role:
        """The role; some are made anew one day, with the same name and another id."""
        role = self._world.role(self._account, "web-node")
        if self._again is None or day < self._again:
            return role
        return role._replace(id=Chance.of(self._world.seed, "again", role.arn).key("AROA"))

    def _instance(self, number: int, until: int, role: Role) -> "_Instance":
        world = self._world
        place = Place(world.machine(self._account, 16 + number), self._agent, HOME)
        reads = world.role(world.tools, "config-reader")
        return _Instance("ec2", role, reads, place, until)


class _Instance:
    """One machine from its start to its end."""

    def __init__(self, service: str, role: Role, reads: Role, place: Place, until: int) -> None:
        self._service = service
        self._role = role
        self._reads = reads
        self._place = place
        self._until = until

    def __call__(self, scene: Scene) -> Script:
        """A session of about an hour after another."""
        chance, name = scene.chance, f"i-{scene.chance.hex(17)}"
        while scene.now < self._until:
            caller = scene.by_service(self._service, self._role, name, self._place.region)
            yield from work(scene, caller, self._place, "node", chance.many(1.5))
            made = scene.assume(caller, self._reads, name, self._place)
            yield from work(scene, made, self._place, "config", 1, 3)
            yield 3000 + chance.about(500)


class _Tasks:
    """Containers: a task now and then, all day."""

    def __init__(self, world: World, account: Account) -> None:
        chance = Chance.of(world.seed, "tasks", account.id)
        self._role = world.role(account, "task-orders")
        self._place = Place(world.machine(account, 40), sdk("java", chance), HOME)

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """About a dozen."""
        for _ in range(chance.many(12)):
            yield Start(at(day, 24 * chance.random()), self._task)

    def _task(self, scene: Scene) -> Script:
        caller = scene.by_service("ecs-tasks", self._role, scene.chance.hex(32), HOME)
        yield from work(scene, caller, self._place, "service", scene.chance.many(2))
        if scene.chance.happens(0.03):
            for number in range(15):
                yield 1
                secret = {"secretId": f"orders/{number}"}
                scene.call(caller, "secretsmanager:GetSecretValue", self._place, request=secret)


class _Pods:
    """A service account of the cluster, that trades its token every hour."""

    def __init__(self, world: World, account: Account) -> None:
        chance = Chance.of(world.seed, "pods", account.id)
        self._provider = f"oidc.eks.{HOME}.amazonaws.com/id/{chance.hex(32).upper()}"
        self._role = world.role(account, "irsa-ingest")
        self._place = Place(world.machine(account, 60), sdk("java", chance), HOME)

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """One loop a day."""
        yield Start(at(day, 0) + chance.randrange(1800), self._loop)

    def _loop(self, scene: Scene) -> Script:
        end, subject = scene.now + DAY - HOUR, "system:serviceaccount:ingest:reader"
        while scene.now < end:
            name = f"aws-sdk-java-{scene.now}{scene.chance.randrange(1000):03d}"
            caller = scene.by_web(self._provider, subject, self._role, name, self._place)
            yield from work(scene, caller, self._place, "service", 1)
            yield 3300 + scene.chance.about(200)


class _Nightly:
    """The job that exports production data at night, and on Sundays all of it."""

    def __init__(self, world: World, account: Account) -> None:
        chance = Chance.of(world.seed, "nightly", account.id)
        self._job = world.role(account, f"nightly-{account.unit}", "/batch/")
        self._data = world.role(account, "prod-data")
        self._place = Place(world.machine(account, 80), sdk("boto", chance), HOME)
        self._hour = 1 + 3 * chance.random()

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Once, a little later now and then."""
        start = at(day, self._hour) + chance.randrange(1200) + (7200 if chance.happens(0.03) else 0)
        yield Start(start, self._sunday if day.weekday() == 6 else self._export)

    def _export(self, scene: Scene) -> Script:
        yield from self._exported(scene, scene.chance.many(5))

    def _sunday(self, scene: Scene) -> Script:
        yield from self._exported(scene, scene.chance.many(25))

    def _exported(self, scene: Scene, calls: int) -> Script:
        caller = scene.by_service("states", self._job, f"export-{scene.now // DAY}", HOME)
        yield 10
        made: Caller = scene.assume(caller, self._data, "nightly-export", self._place)
        yield from work(scene, made, self._place, "data", calls, 40)


def _read(world: World, account: Account, chance: Chance) -> Role:
    """The role in another account that a function reads with: of the same environment, or a shared one."""
    same = [each for each in world.where(account.environment) if each != account]
    if same and chance.happens(0.6):
        return world.role(chance.choice(same), "shared-data-reader")
    return world.role(world.tools, "config-reader")


_WORDS = ("thumbnails", "orders", "billing", "index", "notify", "sync", "ingest", "reports", "webhooks", "cleanup")
