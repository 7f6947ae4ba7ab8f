from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from model.histogram import Histogram, histogram, spans, week_hour

MONDAY_NINE = datetime(2026, 9, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (MONDAY_NINE, UTC, 9),
        (MONDAY_NINE, ZoneInfo("Europe/Berlin"), 11),
        (MONDAY_NINE, ZoneInfo("Asia/Kolkata"), 14),
        (MONDAY_NINE, ZoneInfo("Pacific/Auckland"), 22),
        (datetime(2026, 10, 4, 23, 59, tzinfo=UTC), UTC, 167),
        (datetime(2026, 10, 4, 23, 59, tzinfo=UTC), ZoneInfo("Europe/Berlin"), 1),
    ],
)
def test_the_hour_of_the_week(at, zone, expected):
    assert week_hour(at.timestamp(), zone) == expected


def test_counts_by_hour_and_weekday():
    hour = int(MONDAY_NINE.timestamp() // 3600)
    told = histogram({hour: 3, hour + 24: 2, hour + 1: 1}.items(), UTC)
    assert told.by_hour[9] == 5
    assert told.by_hour[10] == 1
    assert told.by_weekday == [4, 2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("counts", "usual"),
    [
        ({9: 90, 10: 10}, {9, 10}),
        ({9: 91, 10: 9}, {9}),
        ({9: 50, 10: 41, 3: 9}, {9, 10}),
        ({}, set()),
    ],
)
def test_usual_hours_hold_more_than_nine_tenths(counts, usual):
    cells = [0] * 168
    for hour, many in counts.items():
        cells[hour] = many
    assert Histogram(cells).usual_hours(0.9) == usual


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        ({9, 10, 11}, "09:00–12:00"),
        ({9, 11}, "09:00–10:00, 11:00–12:00"),
        ({22, 23, 0, 1}, "22:00–02:00"),
        ({23}, "23:00–24:00"),
        (set(range(24)), "all day"),
        (set(), "none"),
    ],
)
def test_hours_as_people_say_them(hours, text):
    assert spans(frozenset(hours)) == text
