"""People: their trade, hours, networks, and the accounts they may open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from simulator.chance import Chance
from simulator.tools import browser, cli

NEVER = date(9999, 1, 1)
OFFICES = {"Europe/Berlin": "192.0.2.10", "America/New_York": "192.0.2.74", "Asia/Kolkata": "192.0.2.138"}


class Grant(NamedTuple):
    """A permission set in an account."""

    set: str
    account: str
    trade: str


@dataclass(frozen=True)
class Person:
    """One person. `first_hour` is when the day begins, local; `remote` the share of days at home; `off` holidays taken;
    `travels` other days elsewhere. `pace` is how many sessions a day has about."""

    mail: str
    trade: str
    unit: str
    zone: str
    first_hour: float
    remote: float
    pace: float
    home_ip: str
    away_ip: str
    away_shift: float
    cli: str
    browser: str
    grants: tuple[Grant, ...]
    user_id: str
    starts: date
    leaves: date
    off: frozenset[date]
    travels: frozenset[date]
    rota: bool
    iam_user: bool

    @property
    def name(self) -> str:
        """Without the domain."""
        return self.mail.split("@", 1)[0]


def people(
    seed: int, first: date, days: int, accounts: Sequence[tuple[str, str, str]], zones: Sequence[str]
) -> tuple[Person, ...]:
    """Eight and two more for every account; `accounts` are (id, environment, business unit)."""
    return tuple(_person(seed, number, first, days, accounts, zones) for number in range(8 + 2 * len(accounts)))


def _person(
    seed: int, number: int, first: date, days: int, accounts: Sequence[tuple[str, str, str]], zones: Sequence[str]
) -> Person:
    chance = Chance.of(seed, "person", number)
    trade = _TRADES[number] if number < len(_TRADES) else chance.choice(_MORE_TRADES)
    unit = chance.choice([owner for _, _, owner in accounts if owner != "platform"])
    home, away = chance.randrange(256), chance.randrange(256)
    starts = first - timedelta(days=400)
    if number >= len(_TRADES) and chance.happens(0.06):
        starts = first + timedelta(days=int(days * (0.2 + 0.7 * chance.random())))
    leaves = first + timedelta(days=int(days * chance.random())) if chance.happens(0.02) and number > 12 else NEVER
    given, family = _FIRST[number % len(_FIRST)], _LAST[(number // len(_FIRST) + number * 7) % len(_LAST)]
    again = number // (len(_FIRST) * len(_LAST))
    return Person(
        mail=f"{given}.{family}{again or ''}@example.com",
        trade=trade,
        unit=unit,
        zone=zones[0] if chance.happens(0.5) else chance.choice(zones[1:]),
        first_hour=chance.bell(8.75, 0.75),
        remote=chance.choice((0.1, 0.4, 0.9)),
        pace=chance.about(_PACE[trade]),
        home_ip=_home(home, number, chance),
        away_ip=f"198.18.{away}.{1 + number % 250}",
        away_shift=chance.choice((-6.0, -3.0, 1.0, 3.0, 5.5)),
        cli=cli(chance),
        browser=browser(chance),
        grants=_grants(trade, unit, accounts, chance),
        user_id=f"{chance.hex(8)}-{chance.hex(4)}-4{chance.hex(3)}-a{chance.hex(3)}-{chance.hex(12)}",
        starts=starts,
        leaves=leaves,
        off=_runs(chance, first, days, 0.01, 5),
        travels=_runs(chance, first, days, 0.005, 4),
        rota=trade == "platform" or (trade == "developer" and chance.happens(0.25)),
        iam_user=trade in {"platform", "developer"} and (number % 7 == 3 or number in _OLD_HANDS),
    )


def _home(block: int, number: int, chance: Chance) -> str:
    return (
        f"2001:db8:{block:x}:{number:x}::{chance.hex(4)}" if chance.happens(0.15) else f"198.18.{block}.{number % 250}"
    )


def _runs(chance: Chance, first: date, days: int, share: float, length: int) -> frozenset[date]:
    """Days in runs of about that length, beginning on that share of days."""
    begun = [first + timedelta(days=number) for number in range(days) if chance.happens(share)]
    return frozenset(day + timedelta(days=number) for day in begun for number in range(chance.many(length)))


def _grants(trade: str, unit: str, accounts: Sequence[tuple[str, str, str]], chance: Chance) -> tuple[Grant, ...]:
    """What the person opens, the most usual first."""
    found = []
    for id_, environment, owner in accounts:
        found += [Grant(set_, id_, does) for set_, does in _ALLOWED[trade](environment, owner == unit)]
    chance.shuffle(found)
    found = found or [Grant("ReadOnlyAccess", accounts[3][0], "reader")]
    return tuple(found[: 2 + chance.randrange(6 if trade in {"platform", "security"} else 4)])


def _developer(environment: str, own: bool) -> tuple[tuple[str, str], ...]:
    if not own:
        return ()
    return (("ReadOnlyAccess", "reader"),) if environment == "prod" else (("DeveloperAccess", "developer"),)


def _platform(*_: object) -> tuple[tuple[str, str], ...]:
    return (("AdministratorAccess", "platform"), ("ReadOnlyAccess", "reader"))


def _analyst(environment: str, own: bool) -> tuple[tuple[str, str], ...]:
    return (("DataAnalyst", "analyst"),) if own and environment in {"prod", "staging"} else ()


def _security(*_: object) -> tuple[tuple[str, str], ...]:
    return (("SecurityAudit", "security"),)


def _support(environment: str, _: bool) -> tuple[tuple[str, str], ...]:
    return (("SupportAccess", "support"),) if environment == "prod" else ()


def _finance(environment: str, _: bool) -> tuple[tuple[str, str], ...]:
    return (("Billing", "finance"),) if environment == "management" else ()


_ALLOWED: dict[str, Callable[[str, bool], tuple[tuple[str, str], ...]]] = {
    "developer": _developer,
    "platform": _platform,
    "analyst": _analyst,
    "security": _security,
    "support": _support,
    "finance": _finance,
}
_PACE = {"developer": 4.0, "platform": 5.0, "analyst": 3.0, "security": 4.0, "support": 3.5, "finance": 0.6}
_TRADES = ("platform", "developer", "developer", "security", "analyst", "platform", "support", "developer", "finance")
_MORE_TRADES = ("developer",) * 6 + ("platform", "analyst", "security", "support")
_OLD_HANDS = (0, 1, 2)
_FIRST = (
    "ana",
    "bela",
    "chen",
    "dana",
    "emre",
    "fatima",
    "goran",
    "hana",
    "ivan",
    "jana",
    "kofi",
    "lena",
    "mira",
    "nils",
    "olga",
    "priya",
    "quinn",
    "ravi",
    "sara",
    "tomas",
    "uma",
    "vera",
    "wei",
    "yara",
    "zeno",
)
_LAST = (
    "adler",
    "bauer",
    "costa",
    "dubois",
    "eriksen",
    "fischer",
    "garcia",
    "haddad",
    "ito",
    "jansen",
    "kaya",
    "lopez",
    "mehta",
    "novak",
    "okafor",
    "patel",
    "quist",
    "rossi",
    "singh",
    "tanaka",
    "ueda",
    "vogel",
    "weber",
    "xu",
    "young",
    "zhang",
    "brandt",
    "clarke",
    "diaz",
)
