"""Whom an attack meets, and where its intruder sits."""

from datetime import date, timedelta

from simulator.attack import Crime
from simulator.chance import Chance
from simulator.days import DAY
from simulator.life_people import signed_in
from simulator.people import OFFICES, Grant, Person
from simulator.principals import Caller, Place
from simulator.scene import Scene
from simulator.tools import cli
from simulator.world import HOME, Account, World


def day_of(crime: Crime) -> date:
    """The day on which the attack begins."""
    return crime.world.first + timedelta(days=(crime.start - crime.world.begin) // DAY)


def person(crime: Crime, *trades: str, with_key: bool = False) -> Person:
    """Somebody of these trades who has long been there and lives by Berlin's clock, where there is one."""
    day, people = day_of(crime), crime.world.people
    there = [p for p in people if p.starts < crime.world.first and p.leaves > day and p.trade in trades]
    there = [p for p in there if p.iam_user] or there if with_key else there
    there = [p for p in there if p.mail not in crime.taken] or there
    near = [p for p in there if p.zone == "Europe/Berlin"]
    who = crime.chance.choice(near or there or list(people))
    crime.taken.append(who.mail)
    return who


def abroad(chance: Chance, region: str = HOME) -> Place:
    """A rented machine that nobody of the organisation ever used."""
    agents = (
        "aws-cli/2.28.11 md/awscrt#0.27.4 ua/2.1 os/linux#6.12.25-amd64 md/arch#x86_64 lang/python#3.13.3",
        "Boto3/1.39.10 md/Botocore#1.39.10 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.3 Botocore/1.39.10",
        "aws-cli/1.42.4 md/Botocore#1.40.4 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.2",
    )
    return Place(f"198.51.100.{chance.randrange(1, 255)}", chance.choice(agents), region)


def laptop(who: Person, chance: Chance) -> Place:
    """The person's own machine, in the office or at home."""
    return Place(who.home_ip if chance.happens(who.remote) else OFFICES[who.zone], who.cli, HOME)


def entered(crime: Crime, scene: Scene, who: Person, grant: Grant, place: Place) -> Caller:
    """A session of the person's permission set, taken from the portal by whoever has the person's token."""
    return crime.reached(signed_in(scene, crime.world, who, grant, place))


def other(crime: Crime, environment: str, besides: str = "") -> Account:
    """An account of the environment, of another business unit where there is one."""
    found = crime.world.where(environment) or crime.world.workloads
    return crime.chance.choice([a for a in found if a.unit != besides] or list(found))


def machine(world: World, account: Account, chance: Chance, number: int) -> Place:
    """A shell on a workload's own machine."""
    return Place(world.machine(account, number), cli(chance), HOME)
