import msgspec
import pytest

from model.baseline import DAY, HOUR, KEPT_S
from model.role_use import RoleUse, attempt, prune_use, use
from tests.model.made_facts import NOW


def test_who_uses_a_role_is_kept_with_the_last_time():
    role = RoleUse()
    for n in range(500):
        use(role, f"caller{n % 250}", NOW + n)
    prune_use(role)
    assert len(role.callers) == 200
    assert role.callers["caller249"] == NOW + 499
    assert sum(role.hours.values()) == 500
    assert use(role, "late", NOW - KEPT_S - DAY).callers.get("late") is None


def test_what_is_older_than_thirty_days_is_forgotten():
    role = RoleUse()
    for day in range(40):
        use(role, f"c{day}", NOW + day * DAY, f"k{day}")
        attempt(role, f"t{day}", NOW + day * DAY, f"t{day}")
    prune_use(role)
    assert [len(each) for each in (role.callers, role.sources, role.tried, role.hours)] == [31, 31, 31, 31]
    assert not role.has_assumed("k8", NOW + 40 * DAY)
    assert role.has_assumed("k11", NOW + 40 * DAY)


def test_an_attempt_is_no_use():
    role = attempt(RoleUse(), "ana", NOW, "user:ana")
    assert not role.has_assumed("user:ana", NOW + 1)
    assert (role.hours, role.callers) == ({}, {})


@pytest.mark.parametrize(
    ("events", "names"),
    [
        ([("use", "ana", -60)], ("ana",)),
        ([("use", "ana", -60), ("attempt", "bot", -30), ("attempt", "eve", -90)], ("eve", "ana", "bot")),
        ([("use", "ana", -9 * DAY), ("use", "ana", -60), ("attempt", "bot", -30)], ("bot",)),
        ([("use", "ana", -9 * DAY), ("attempt", "ana", -60)], ()),
        ([("attempt", "cron", -9 * DAY), ("attempt", "cron", -60)], ()),
        ([("attempt", "eve", -60), ("use", "eve", -30)], ("eve",)),
        ([("use", "ana", -HOUR)], ()),
        ([("use", "ana", 60)], ()),
    ],
)
def test_who_came_to_a_role_for_the_first_time_within_an_hour(events, names):
    role = RoleUse()
    for how, who, at in events:
        (use if how == "use" else attempt)(role, who, NOW + at, f"key:{who}")
    assert role.newcomers(NOW) == names


def test_a_late_fact_is_in_the_daily_count():
    role = RoleUse()
    for day in (3, 2):
        use(role, "ana", NOW - day * DAY)
    assert role.daily(NOW) == 1
    use(role, "ana", NOW - 2 * DAY)
    assert role.daily(NOW) == 1.5


def test_the_use_of_a_role_stays_under_64_kib_however_hostile():
    role = RoleUse()
    for n in range(20_000):
        time = NOW + n * KEPT_S / 20_000
        use(role, f"{n}" + "𝔸" * 300, time, f"{n}")
        attempt(role, f"{n}" + "𝔸" * 300, time, f"t{n}")
    assert len(msgspec.msgpack.encode(prune_use(role))) < 64 * 1024
    assert (len(role.sources), len(role.tried)) == (200, 100)
