"""People at work: portal, console and command line, in three time zones, at home, on the road and on call."""

from collections.abc import Iterator
from datetime import date, timedelta

from simulator.chance import Chance
from simulator.habits import Habit, Start, work
from simulator.people import OFFICES, Grant, Person
from simulator.principals import Caller, Place, by_user
from simulator.records import record
from simulator.scene import Scene, Script
from simulator.tools import SIGN_IN_AGENT, sdk
from simulator.world import FAR, GLOBAL, HOME, World

_WEEKEND = 0.04
_PHONE = 0.02
_NIGHTS_CALLED = 0.18


def habits(world: World) -> Iterator[Habit]:
    """Everybody's days, and the nights of who is on call."""
    for person in world.people:
        yield Habit("person", person.mail, _Days(world, person).day)
        if person.iam_user:
            yield Habit("old key", person.mail, _OldKey(world, person).day)
    yield Habit("on call", "rota", _Nights(world).day)


class _Days:
    """One person's working days through Identity Center."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Sessions between morning and evening; now and then one on a free day."""
        person = self._person
        if not self._world.works(person, day):
            if person.starts <= day < person.leaves and chance.happens(_WEEKEND):
                yield Start(self._world.moment(person, day, 10 + 9 * chance.random()), self._session(day, chance))
            return
        shift = person.away_shift if day in person.travels else 0.0
        for _ in range(chance.many(person.pace)):
            hour = chance.bell(person.first_hour, 0.4) + 8.5 * chance.random() - shift
            yield Start(self._world.moment(person, day, hour), self._session(day, chance))

    def _session(self, day: date, chance: Chance) -> "_Session":
        person = self._person
        ip = person.home_ip if chance.happens(person.remote) else OFFICES[person.zone]
        if chance.happens(_PHONE):
            ip = f"198.18.{chance.randrange(240, 256)}.{chance.randrange(256)}"
        if day in person.travels:
            ip = person.away_ip
        return _Session(self._world, person, ip)


class _Session:
    """One sitting: into an account, some work, perhaps a hop from there."""

    def __init__(self, world: World, person: Person, ip: str) -> None:
        self._world = world
        self._person = person
        self._ip = ip

    def __call__(self, scene: Scene) -> Script:
        """Choose a permission set, sign in, work."""
        person, chance = self._person, scene.chance
        grant = self._wanted(chance, scene.now)
        in_console = chance.happens(0.45)
        agent = person.browser if in_console else sdk("boto", chance) if chance.happens(0.06) else person.cli
        region = HOME if chance.happens(0.93) else GLOBAL if chance.happens(0.9) else FAR
        place = Place(self._ip, agent, region)
        caller = signed_in(scene, self._world, person, grant, place)
        yield from work(scene, caller, place, grant.trade, chance.many(7))
        if not in_console and grant.trade in {"platform", "developer"} and chance.happens(0.2):
            yield from self._hop(scene, caller, place, grant)

    def _wanted(self, chance: Chance, now: int) -> Grant:
        """Mostly a usual one; now and then the same set in an account that is new to them."""
        grants = [grant for grant in self._person.grants if self._world.is_open(grant.account, now)]
        grants = grants or [*self._person.grants[:1]]
        usual = grants[int(len(grants) * chance.random() * chance.random())]
        if not chance.happens(0.006):
            return usual
        return Grant(usual.set, chance.choice(self._world.open(now)).id, usual.trade)

    def _hop(self, scene: Scene, caller: Caller, place: Place, grant: Grant) -> Script:
        """From the command line into another role; the name may be mistyped first."""
        world, chance = self._world, scene.chance
        if grant.trade == "platform":
            mine = world.workloads[: 2 + len(self._person.mail) % 4]
            role = world.role(chance.choice(mine), "platform-admin")
        else:
            mine = world.where("staging", self._person.unit) or world.where("dev", self._person.unit)
            role = world.role(chance.choice(mine or world.workloads), "app-debug")
        while chance.happens(0.04):
            scene.denied(caller, role._replace(name=_mistyped(role.name, chance)), self._person.name, place)
            yield 15 + chance.about(20)
        made = scene.assume(caller, role, self._person.name, place)
        yield from work(scene, made, place, grant.trade, chance.many(4))


class _OldKey:
    """An engineer who still has a user with a key, and looks into the build role with it."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Once or twice on most working days."""
        if not self._world.works(self._person, day):
            return
        for _ in range(chance.many(1.2)):
            yield Start(self._world.moment(self._person, day, chance.bell(13, 2)), self._look)

    def _look(self, scene: Scene) -> Script:
        person, world, chance = self._person, self._world, scene.chance
        user = world.user(world.tools, person.name)
        place = Place(person.home_ip if chance.happens(person.remote) else OFFICES[person.zone], person.cli, HOME)
        if chance.happens(0.03):
            yield from _rotation(scene, by_user(user), place)
        if chance.happens(0.2):
            yield from self._console(scene, by_user(user), place._replace(agent=person.browser))
            return
        caller = scene.session_token(user, place) if chance.happens(0.5) else by_user(user)
        scene.call(caller, "sts:GetCallerIdentity", place)
        yield 5
        made = scene.assume(caller, world.role(world.tools, "ci-build"), person.name, place)
        yield from work(scene, made, place, "build", chance.many(3))

    def _console(self, scene: Scene, caller: Caller, place: Place) -> Script:
        world = self._world
        scene.login(caller, place._replace(region=GLOBAL))
        yield scene.chance.about(60)
        near = world.where("dev", self._person.unit) or world.where("dev")
        made = scene.switch(caller, world.role(near[0], "ops-read"), place)
        yield from work(scene, made, place, "reader", scene.chance.many(6))


def _rotation(scene: Scene, caller: Caller, place: Place) -> Script:
    """A new key for oneself, as the handbook asks every quarter."""
    for action in ("iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey"):
        scene.call(caller, action, place._replace(region=GLOBAL), request={"userName": caller.told["userName"]})
        yield 20


class _Nights:
    """Pagers that ring at night."""

    def __init__(self, world: World) -> None:
        self._world = world

    def day(self, day: date, chance: Chance) -> Iterator[Start]:
        """Each person on call is woken in about one night of six, and sometimes wakes another one."""
        for person in self._world.on_call(day - timedelta(days=1)):
            if not chance.happens(_NIGHTS_CALLED):
                continue
            woken = self._world.moment(person, day, 6 * chance.random())
            yield Start(woken, self._fixing(person))
            if chance.happens(0.15):
                other = chance.choice(self._world.people)
                yield Start(woken + 1500, self._fixing(other))

    def _fixing(self, person: Person) -> "_Fixing":
        return _Fixing(self._world, person)


class _Fixing:
    """An hour at night in one production account or more."""

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person

    def __call__(self, scene: Scene) -> Script:
        """Look, restart, look again."""
        chance, person = scene.chance, self._person
        there = [account for account in self._world.open(scene.now) if account.environment == "prod"]
        for account in chance.some(there, 1 + chance.getrandbits(1)):
            grant = Grant("OnCallOperator", account.id, "developer")
            place = Place(person.home_ip, person.cli, HOME)
            caller = signed_in(scene, self._world, person, grant, place)
            yield from work(scene, caller, place, "developer", chance.many(14), 60)


def signed_in(scene: Scene, world: World, person: Person, grant: Grant, place: Place) -> Caller:
    """A session of a permission set, with what the portal tells of it in the management account."""
    told = {
        "type": "IdentityCenterUser",
        "accountId": world.management.id,
        "onBehalfOf": {
            "userId": person.user_id,
            "identityStoreArn": f"arn:aws:identitystore::{world.management.id}:identitystore/d-99671f0aa1",
        },
        "credentialId": scene.chance.id(),
    }
    portal = record(
        scene.moment(place._replace(region=HOME)), "sso.amazonaws.com", "Federate", told, world.management.id
    )
    detail = {"role_name": grant.set, "account_id": grant.account}
    scene.write(portal | {"eventType": "AwsServiceEvent", "serviceEventDetails": detail})
    proxy = Place(f"203.0.113.{scene.chance.getrandbits(6)}", SIGN_IN_AGENT, HOME)
    return scene.sign_in(person.mail, world.reserved(grant), proxy)


def _mistyped(name: str, chance: Chance) -> str:
    place = chance.randrange(len(name) - 1)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
