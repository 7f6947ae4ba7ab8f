"""Pipelines: hosted runners and an own one, infrastructure as code, the release train."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from simulator.chance import Chance
from simulator.days import ZONES, at
from simulator.habits import Habit, Start, work
from simulator.principals import Caller, Place
from simulator.scene import Scene, Script
from simulator.tools import GITHUB, sdk
from simulator.world import GLOBAL, HOME, Account, World

_RELEASE_WEEKDAY = 3


def habits(world: World) -> Iterator[Habit]:
    """A repository for every account, the old build server, the release train."""
    for number in range(max(3, len(world.workloads))):
        yield Habit("pipeline", f"repository {number}", _Repository(world, number).day)
    yield Habit("build server", "jenkins", _BuildServer(world).day)
    yield Habit("release day", "release-train", _Release(world).day)


class _Repository:
    """One repository: builds all day, deploys to its unit's accounts, to production through the hub."""

    def __init__(self, world: World, number: int) -> None:
        chance = Chance.of(world.seed, "repository", number)
        account = world.workloads[number % len(world.workloads)]
        self._world = world
        self._name = f"{account.unit}-{_PARTS[number // len(world.workloads) % len(_PARTS)]}-{number}"
        self._unit = account.unit
        self._pace = chance.about(4)
        self._zone = chance.choice(ZONES)
        self._agent = sdk("github", chance)
        self._is_terraform = chance.happens(0.25)
        self._begins = (
            world.first + timedelta(days=int(world.days * chance.random())) if chance.happens(0.1) else world.first
        )

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Most runs follow people's hours; a nightly build; few at weekends."""
        if day < self._begins:
            return
        free = day.weekday() >= 5 or day in self._world.holidays[self._zone]
        for _ in range(chance.many(self._pace * (0.08 if free else 1))):
            yield Start(at(day, chance.bell(13.5, 3.0), self._zone), self._run)
        yield Start(at(day, 1, "UTC") + chance.randrange(3600), self._nightly)

    def _run(self, scene: Scene) -> Script:
        chance, world = scene.chance, self._world
        place, caller = self._begun(scene, "ref:refs/heads/main" if chance.happens(0.4) else "pull_request")
        yield from work(scene, caller, place, "build", chance.many(3))
        for environment, share in (("dev", 0.6), ("staging", 0.35)):
            for account in self._target(environment, scene.now):
                if chance.happens(share):
                    yield from self._deploy(scene, caller, place, account)
        if chance.happens(0.15):
            hub = scene.assume(caller, world.role(world.tools, "deploy-hub"), self._name, place)
            yield 20
            for account in self._target("prod", scene.now):
                yield from self._deploy(scene, hub, place, account)

    def _target(self, environment: str, now: int) -> list[Account]:
        """The unit's first account of that environment, where there is one already."""
        near = self._world.where(environment, self._unit)[:1]
        return [account for account in near if self._world.is_open(account.id, now)]

    def _nightly(self, scene: Scene) -> Script:
        place, caller = self._begun(scene, "ref:refs/heads/main")
        yield from work(scene, caller, place, "build", 2)

    def _begun(self, scene: Scene, ref: str) -> tuple[Place, Caller]:
        """Hosted runners come from anywhere."""
        chance = scene.chance
        place = Place(f"198.19.{chance.randrange(256)}.{chance.randrange(256)}", self._agent, HOME)
        role = self._world.role(self._world.tools, f"gha-{self._name}")
        return place, scene.by_web(GITHUB, f"repo:example/{self._name}:{ref}", role, "GitHubActions", place)

    def _deploy(self, scene: Scene, caller: Caller, place: Place, account: Account) -> Script:
        chance, world = scene.chance, self._world
        name = "terraform-apply" if self._is_terraform else "deploy"
        made = scene.assume(caller, world.role(account, name), f"{self._name}-{chance.randrange(10_000)}", place)
        yield from work(scene, made, place, "terraform" if self._is_terraform else "deploy", chance.many(5), 8)
        if self._is_terraform:
            yield from _made(scene, made, place)
        elif chance.happens(0.06):
            yield from _stack(scene, made)


def _made(scene: Scene, caller: Caller, place: Place) -> Script:
    """Infrastructure as code makes roles often, users now and then."""
    chance, everywhere = scene.chance, place._replace(region=GLOBAL)
    if chance.happens(0.15):
        name = f"app-{chance.hex(6)}"
        for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"):
            yield 2
            scene.call(caller, action, everywhere, request={"roleName": name})
    if chance.happens(0.02):
        name = f"smtp-{chance.hex(6)}"
        for action in ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"):
            yield 2
            scene.call(caller, action, everywhere, request={"userName": name})


def _stack(scene: Scene, caller: Caller) -> Script:
    """CloudFormation makes what a stack asks for, with the session that asked."""
    host = "cloudformation.amazonaws.com"
    forwarded = replace(caller, told=caller.told | {"invokedBy": host})
    name = {"roleName": f"stack-{scene.chance.hex(6)}"}
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "lambda:CreateFunction20150331", "events:PutRule"):
        yield 3
        scene.call(forwarded, action, Place(host, host, HOME), request=name)


class _BuildServer:
    """An instance that renews the build role and goes on from it into the accounts it deploys to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._place = Place(world.machine(world.tools, 1), sdk("go", Chance.of(world.seed, "jenkins")), HOME)

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """All day."""
        yield Start(at(day, 0) + chance.randrange(600), self._runs(day.weekday() >= 5))

    def _runs(self, free: bool) -> "_Building":
        return _Building(self._world, self._place, free)


class _Building:
    """A day of the build server."""

    def __init__(self, world: World, place: Place, free: bool) -> None:
        self._world = world
        self._place = place
        self._free = free

    def __call__(self, scene: Scene) -> Script:
        """An hour after another."""
        world, chance, place = self._world, scene.chance, self._place
        end = scene.now + 86_000
        targets = [account for account in world.workloads if account.environment in {"dev", "staging", "prod"}]
        while scene.now < end:
            caller = scene.by_service("ec2", world.role(world.tools, "jenkins"), "i-0a51b2c3d4e5f6071", HOME)
            yield 5
            build = scene.assume(caller, world.role(world.tools, "ci-build"), f"jenkins-{chance.randrange(6)}", place)
            yield from work(scene, build, place, "build", chance.many(2))
            busy = 7 <= scene.now // 3600 % 24 < 18 and not self._free
            for account in chance.some(targets[:12], chance.many(1.5 if busy else 0.1)):
                made = scene.assume(build, world.role(account, "deploy"), f"job-{chance.randrange(9000)}", place)
                yield from work(scene, made, place, "deploy", chance.many(4), 8)
            yield 2400 + chance.about(1000)


def release_place(world: World) -> Place:
    """Where the release train runs."""
    return Place(world.machine(world.tools, 2), sdk("boto", Chance.of(world.seed, "release")), HOME)


class _Release:
    """Every second Thursday everything is deployed at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """In the early afternoon."""
        if day.weekday() == _RELEASE_WEEKDAY and day.toordinal() // 7 % 2 == self._world.seed % 2:
            yield Start(at(day, 12) + chance.randrange(5400), self._all)

    def _all(self, scene: Scene) -> Script:
        world, chance = self._world, scene.chance
        place = release_place(world)
        caller = scene.by_service("codebuild", world.role(world.tools, "release-train"), f"build-{chance.hex(8)}", HOME)
        gap = 1200 / len(world.accounts)
        for account in world.open(scene.now):
            yield 1 + gap * chance.random()
            made = scene.assume(caller, world.role(account, "deploy"), f"release-{scene.now // 86_400}", place)
            for action in ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"):
                scene.call(made, action, place)


_PARTS = ("api", "web", "worker", "infra")
