"""The numbers that say what is odd; `[thresholds]` in hopstop.toml changes them."""

from pydantic import Field

from model.frozen import Frozen


class Maturity(Frozen):
    """When there is enough history to call something unusual; `peers` others make up for an identity's own."""

    days: int = Field(default=14, ge=0, le=30)
    active_hours: int = Field(default=10, ge=0, description="distinct hours with any activity")
    peers: int = Field(default=3, ge=2, le=50, description="others of a group, each known for `days`")


class Learning(Frozen):
    """How much one day may teach: what it brought beyond that counts once another day has seen it too.

    `new_a_day` and `new_share`: target roles first seen on one day that count at once, as a number and as a share of
    the habits before; the larger holds. `peak_factor`: how many times the peak of all days but it and its neighbours
    its counts may reach in means and deviations.
    """

    new_a_day: int = Field(default=10, ge=1)
    new_share: float = Field(default=0.25, ge=0, le=1)
    peak_factor: float = Field(default=2.0, ge=1)


class Velocity(Frozen):
    """Too many assumptions too fast. Windows are 15 minutes, 1 hour and 10 minutes; 2 hours for a target role.

    `habit`: what was reached on three days is a habit, up to so many times as much.
    """

    least: int = Field(default=10, ge=2)
    quarter_factor: float = Field(default=10.0, gt=1)
    hour_factor: float = Field(default=3.0, gt=1)
    sigmas: float = Field(default=3.0, ge=0)
    habit: float = Field(default=1.5, ge=0)
    absolute: int = Field(default=200, ge=2, le=220)
    role_factor: float = Field(default=8.0, gt=1)
    denied_share: float = Field(default=0.5, gt=0, le=1)


class NewPair(Frozen):
    """A target role never assumed in 30 days; `many` of them within an hour weigh one step more."""

    many: int = Field(default=5, ge=2)


class OffHours(Frozen):
    """Outside the hours that hold `share` of the activity; [`night_from`, `night_until`) without a pattern."""

    share: float = Field(default=0.9, gt=0, lt=1)
    night_from: int = Field(default=22, ge=0, le=23)
    night_until: int = Field(default=6, ge=0, le=23)


class Chain(Frozen):
    """More hops than `quiet_hops` are odd; `high_hops` or more are high."""

    quiet_hops: int = Field(default=2, ge=1)
    high_hops: int = Field(default=4, ge=2)


class FanOut(Frozen):
    """So many `accounts` within an hour; so many `business_units` that the origin has nothing to do with."""

    accounts: int = Field(default=10, ge=3)
    business_units: int = Field(default=3, ge=2)


class Enumeration(Frozen):
    """Doors tried: `attempts` denied in 10 minutes, `roles` distinct ones in an hour, `a_day` in a day.

    `factor`: how many times a usual day's new closed doors are too many for who meets some as a habit. `denied_share`:
    of what an identity without habits asked for.
    """

    attempts: int = Field(default=5, ge=2)
    roles: int = Field(default=3, ge=2)
    a_day: int = Field(default=6, ge=2)
    factor: float = Field(default=3.0, ge=1)
    denied_share: float = Field(default=0.5, gt=0, le=1)


class Convergence(Frozen):
    """So many `identities` new to one role within an hour, or `share` of those that use it where that is more."""

    identities: int = Field(default=3, ge=2)
    share: float = Field(default=0.1, ge=0, le=1)


class ShortSessions(Frozen):
    """Sessions of 900 seconds, by an identity that does not ask for them."""

    in_an_hour: int = Field(default=3, ge=2, le=12)
    in_six_hours: int = Field(default=5, ge=2, le=12)


class NewOrigin(Frozen):
    """A network, tool or region that was never seen; with `roams` of a kind one more is no news, and neither is a
    network of who brought new ones on `roaming_days` days of the last 30."""

    roams: int = Field(default=24, ge=2, le=40)
    roaming_days: int = Field(default=7, ge=2, le=30)


class AfterAssumption(Frozen):
    """Dangerous calls: who makes `kinds` kinds of them makes one more; `secrets` new ones read within an hour."""

    kinds: int = Field(default=3, ge=1, le=12)
    secrets: int = Field(default=10, ge=2, le=20)


class Unreadable(Frozen):
    """Records of one hour that could not be read: `many` of them are medium."""

    many: int = Field(default=100, ge=2)


class Weighing(Frozen):
    """How long anomalies of one chain belong together, and how long what they showed is kept from being learned.

    `cooling_s`: what a medium finding showed is learned this long after it, unless a verdict came first.
    `quarantine_s`: a chain teaches nothing this long after its last medium or high anomaly (36 h, the longest session).
    """

    window_s: int = Field(default=3600, ge=60)
    cooling_s: int = Field(default=7 * 86_400, ge=3600)
    quarantine_s: int = Field(default=36 * 3600, ge=3600)


class Thresholds(Frozen):
    """Every number of every check, with the defaults that docs/detectors.md prints."""

    maturity: Maturity = Maturity()
    learning: Learning = Learning()
    velocity: Velocity = Velocity()
    new_pair: NewPair = NewPair()
    off_hours: OffHours = OffHours()
    chain: Chain = Chain()
    fan_out: FanOut = FanOut()
    enumeration: Enumeration = Enumeration()
    convergence: Convergence = Convergence()
    short_sessions: ShortSessions = ShortSessions()
    new_origin: NewOrigin = NewOrigin()
    after_assumption: AfterAssumption = AfterAssumption()
    unreadable: Unreadable = Unreadable()
    weighing: Weighing = Weighing()
