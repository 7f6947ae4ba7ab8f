"""Weeks with bursts of different heights: some that quieter thresholds let be, and a labelled attack."""

from datetime import timedelta

from tests.detectors.world import ANA, TOOLS, Actor, Json, assume, laptop, month, night

BEN = Actor("ben")


def bursts() -> list[Json]:
    """Ben works by the hour for a month, and then now and then restarts everything: 12, 14, … at a time."""
    records = [
        assume(BEN, "ci", TOOLS, night(day).replace(hour=hour), "ben")[0] for day in range(30) for hour in (9, 11)
    ]
    for n, size in enumerate((11, 12, 13, 14, 16, 25)):
        at = night(30 + 2 * n).replace(hour=9)
        records += [assume(BEN, "ci", TOOLS, at + timedelta(seconds=20 * k), "ben")[0] for k in range(size)]
    return records


def history(*attacks: list[Json]) -> list[Json]:
    """Forty-two days with these attacks, in order."""
    records = [*month(42), *bursts(), *(record for attack in attacks for record in attack)]
    return sorted(records, key=lambda record: str(record["eventTime"]))


def quiet_attack() -> list[Json]:
    """The laptop's: no threshold of velocity matters to it."""
    return laptop(night(31))


def loud_attack() -> list[Json]:
    """Ana's key assumes its usual role eleven times: only velocity sees it."""
    at = night(33).replace(hour=10, minute=20)
    return [assume(ANA, "ci", TOOLS, at + timedelta(seconds=9 * k), "ana")[0] for k in range(11)]
