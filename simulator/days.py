"""Days as people live them: local midnights, weekends, public holidays; all moments are seconds since 1970 UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulator.chance import Chance

HOUR = 3600
DAY = 86_400
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")


class Span(NamedTuple):
    """From a moment until before another."""

    since: int
    until: int


@lru_cache(maxsize=4096)
def midnight(day: date, zone: str = "UTC") -> int:
    """When that day begins there."""
    where = UTC if zone == "UTC" else ZoneInfo(zone)
    return int(datetime(day.year, day.month, day.day, tzinfo=where).timestamp())


def at(day: date, hour: float, zone: str = "UTC") -> int:
    """The moment of that local hour, which may lie beyond midnight or have a part."""
    shift, rest = divmod(hour, 24)
    return midnight(day + timedelta(days=int(shift)), zone) + int(rest * HOUR)


def holidays(seed: int, first: date, days: int) -> dict[str, frozenset[date]]:
    """Public holidays by zone: about one working day in twenty, other days in each country."""
    found = {}
    for zone in ZONES:
        chance = Chance.of(seed, "holidays", zone)
        each = (first + timedelta(days=number) for number in range(days))
        found[zone] = frozenset(day for day in each if day.weekday() < 5 and chance.happens(0.04))
    return found


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def stamp(moment: int) -> str:
    """A time as CloudTrail writes it."""
    day, rest = divmod(moment, DAY)
    return f"{_day(day)}T{rest // HOUR:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def expiration(moment: int) -> str:
    """A time as STS writes it into its answers."""
    at_ = datetime.fromtimestamp(moment, UTC)
    return (
        f"{_MONTHS[at_.month - 1]} {at_.day}, {at_.year}, {at_.hour % 12 or 12}:{at_:%M:%S} {_HALVES[at_.hour // 12]}"
    )


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HALVES = ("AM", "PM")
