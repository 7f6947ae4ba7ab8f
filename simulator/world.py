"""The organisation: accounts, people, what each may open, networks. Drawn once; what is asked for later is made then
and is the same whenever it is asked for."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from simulator.chance import Chance
from simulator.days import DAY, ZONES, at, holidays, midnight
from simulator.people import Grant, Person, people
from simulator.principals import Place, Role, User

HOME, GLOBAL, FAR = "eu-central-1", "us-east-1", "ap-southeast-2"
UNITS = ("payments", "search", "logistics", "media", "insights", "retail", "partners", "mobile")
FEWEST = 5


@dataclass(frozen=True)
class Account:
    """One account of the organisation."""

    id: str
    name: str
    ou: str
    environment: str
    unit: str
    born: date = date.min


@dataclass
class World:
    """Everything that stands still. `days` are simulated from `first` on."""

    seed: int
    first: date
    days: int
    accounts: tuple[Account, ...]
    people: tuple[Person, ...] = ()
    holidays: dict[str, frozenset[date]] = field(default_factory=dict)
    _roles: dict[tuple[str, str], Role] = field(default_factory=dict)
    _users: dict[tuple[str, str], User] = field(default_factory=dict)

    @property
    def begin(self) -> int:
        """The first moment, seconds since 1970."""
        return midnight(self.first)

    @property
    def end(self) -> int:
        """The moment after the last."""
        return self.begin + self.days * DAY

    @property
    def org_id(self) -> str:
        """The organisation's id."""
        return "o-" + Chance.of(self.seed, "org").hex(10)

    @property
    def management(self) -> Account:
        """The management account."""
        return self.accounts[0]

    @property
    def security(self) -> Account:
        """Where scanners live."""
        return self.accounts[1]

    @property
    def tools(self) -> Account:
        """Where pipelines live."""
        return self.accounts[2]

    @property
    def workloads(self) -> tuple[Account, ...]:
        """The accounts of business units."""
        return tuple(account for account in self.accounts if account.unit != "platform")

    def open(self, now: int) -> tuple[Account, ...]:
        """The business units' accounts that there are by then."""
        return tuple(a for a in self.workloads if a.born == date.min or midnight(a.born) <= now)

    def is_open(self, account_id: str, now: int) -> bool:
        """Whether that account is there by then."""
        return all(a.id != account_id or a.born == date.min or midnight(a.born) <= now for a in self.accounts[-_LATE:])

    def where(self, environment: str, unit: str = "") -> tuple[Account, ...]:
        """The accounts of an environment, and of a business unit where one is named."""
        return tuple(a for a in self.accounts if a.environment == environment and unit in ("", a.unit))

    def role(self, account: Account | str, name: str, path: str = "/") -> Role:
        """The role of that name in the account."""
        owner = account if isinstance(account, str) else account.id
        found = self._roles.get((owner, name))
        if found is None:
            found = Role(owner, name, Chance.of(self.seed, "role", owner, name).key("AROA"), path)
            self._roles[owner, name] = found
        return found

    def user(self, account: Account | str, name: str) -> User:
        """The user of that name in the account."""
        owner = account if isinstance(account, str) else account.id
        found = self._users.get((owner, name))
        if found is None:
            chance = Chance.of(self.seed, "user", owner, name)
            found = User(owner, name, chance.key("AIDA"), chance.key("AKIA"))
            self._users[owner, name] = found
        return found

    def reserved(self, grant: Grant) -> Role:
        """The role that Identity Center keeps in the account for a permission set."""
        digits = Chance.of(self.seed, "permission set", grant.account, grant.set).hex(16)
        path = f"/aws-reserved/sso.amazonaws.com/{HOME}/"
        return self.role(grant.account, f"AWSReservedSSO_{grant.set}_{digits}", path)

    def machine(self, account: Account, number: int = 0) -> str:
        """The address behind which a workload of the account lives."""
        place = self.accounts.index(account)
        return f"10.{place % 250}.{place // 250 * 16 + number % 16}.{10 + number // 16 % 200}"

    def works(self, person: Person, day: date) -> bool:
        """Whether that is a working day of theirs."""
        there = person.starts <= day < person.leaves
        return there and day.weekday() < 5 and day not in self.holidays[person.zone] and day not in person.off

    def on_call(self, day: date) -> list[Person]:
        """Who holds a pager from nine that day on, for 24 hours: a week each, one for every 60 people."""
        willing = [person for person in self.people if person.rota and person.starts <= day < person.leaves]
        teams = 1 + len(self.people) // 60
        week = (day - timedelta(days=day.weekday())).toordinal() // 7
        return [team[week % len(team)] for number in range(teams) if (team := willing[number::teams])]

    def home(self, person: Person) -> Place:
        """Where the person is when not in the office."""
        return Place(person.home_ip, person.cli, HOME)

    def moment(self, person: Person, day: date, hour: float) -> int:
        """That hour of the person's day."""
        return at(day, hour, person.zone)


def world(seed: int, first: date, days: int, accounts: int) -> World:
    """An organisation of so many accounts (5 or more)."""
    chance = Chance.of(seed, "world", accounts)
    owned = _accounts(accounts, chance, first, days)
    made = World(seed, first, days, owned, holidays=holidays(seed, first, days))
    made.people = people(seed, first, days, [(a.id, a.environment, a.unit) for a in owned], ZONES)
    return made


def _accounts(count: int, chance: Chance, first: date, days: int) -> tuple[Account, ...]:
    ids: dict[str, None] = {}
    while len(ids) < count:
        ids[f"{chance.randrange(10**11, 10**12)}"] = None
    late = min(_LATE, count // 12)
    kinds = (_kind(number, count) for number in range(count))
    born = [date.min] * (count - late)
    born += sorted(first + timedelta(days=int(days * (0.2 + 0.45 * chance.random()))) for _ in range(late))
    return tuple(Account(id_, *kind, day) for id_, kind, day in zip(ids, kinds, born, strict=True))


_LATE = 8
"""At most so many accounts are opened while we watch: one of twelve."""


_SHARED = (
    ("management", "Root", "management"),
    ("security-audit", "Security", "security"),
    ("tools", "Infrastructure", "tools"),
)
_STAGES = ("prod", "dev", "sandbox", "staging")


def _kind(number: int, count: int) -> tuple[str, str, str, str]:
    """Name, organisational unit, environment and business unit of the account of that number."""
    if number < len(_SHARED):
        return (*_SHARED[number], "platform")
    if number == len(_SHARED) + len(_STAGES) and count > 10:
        return "log-archive", "Security", "log-archive", "platform"
    place, stage = divmod(number - len(_SHARED), len(_STAGES))
    again, unit = divmod(place, len(UNITS))
    name = UNITS[unit] + (str(again + 1) if again else "")
    return f"{name}-{_STAGES[stage]}", f"Workloads/{_STAGES[stage]}", _STAGES[stage], UNITS[unit]
