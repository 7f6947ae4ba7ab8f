"""How much may be contained."""

import pytest

from model.budget import DAY_S, HOUR_S, KEPT_S, Claim, claim, read, spend, written
from model.errors import Malformed
from model.settings import Budget

NOW = 1_790_000_000
ONE, TWO = "111111111111", "222222222222"
WIDE = Budget(hour=1000, day=2000, account_hour=1000, account_day=2000)


def claims(count: int, account: str = ONE, at: int = 0, begin: int = 0) -> tuple[Claim, ...]:
    return tuple(Claim(f"{account}-{number}", account, at) for number in range(begin, begin + count))


@pytest.mark.parametrize(
    ("limits", "age", "said"),
    [
        ({"hour": 3}, 0, "more than 3 containments in an hour"),
        ({"hour": 3}, HOUR_S - 1, "more than 3 containments in an hour"),
        ({"day": 3}, HOUR_S, "more than 3 containments in a day"),
        ({"day": 3}, DAY_S - 1, "more than 3 containments in a day"),
        ({"account_hour": 3}, 0, f"more than 3 containments of account `{ONE}` in an hour"),
        ({"account_hour": 3}, HOUR_S - 1, f"more than 3 containments of account `{ONE}` in an hour"),
        ({"account_day": 3}, DAY_S - 1, f"more than 3 containments of account `{ONE}` in a day"),
    ],
)
def test_a_budget_holds_so_many_and_not_one_more(limits: dict[str, int], age: int, said: str) -> None:
    budget = WIDE.model_copy(update=limits)
    spent = claims(2, at=NOW - age)
    third = claims(1, begin=2)
    held = spend(spent, third, budget, NOW)
    assert held == (*spent, third[0]._replace(at=NOW))
    assert spend(held, claims(1, begin=3), budget, NOW) == said


@pytest.mark.parametrize(
    ("limits", "age"),
    [({"hour": 3}, HOUR_S), ({"day": 3}, DAY_S), ({"account_hour": 3}, HOUR_S), ({"account_day": 3}, DAY_S)],
)
def test_what_is_long_enough_ago_no_longer_counts(limits: dict[str, int], age: int) -> None:
    assert isinstance(spend(claims(3, at=NOW - age), claims(1, begin=3), WIDE.model_copy(update=limits), NOW), tuple)


@pytest.mark.parametrize("limits", [{"account_hour": 1}, {"account_day": 1}])
def test_another_accounts_budget_is_its_own(limits: dict[str, int]) -> None:
    budget = WIDE.model_copy(update=limits)
    full = claims(1, at=NOW)
    assert isinstance(spend(full, claims(1, TWO), budget, NOW), tuple)
    assert "222222222222" in str(spend(full, claims(2, TWO), budget, NOW))


def test_all_or_none_of_a_plan_is_counted() -> None:
    budget = Budget(hour=3, day=3, account_hour=3, account_day=3)
    spent = claims(2, at=NOW)
    assert isinstance(spend(spent, claims(2, begin=2), budget, NOW), str)
    assert isinstance(spend(spent, claims(1, begin=2), budget, NOW), tuple)


def test_the_same_claim_counts_once_even_where_the_budget_is_used_up() -> None:
    budget = Budget(hour=2, day=2, account_hour=2, account_day=2)
    spent = claims(2, at=NOW)
    assert spend(spent, claims(2), budget, NOW + 5) == spent
    assert spend((), (*claims(2), *claims(2)), budget, NOW) == spent
    tight = Budget(hour=0, day=0, account_hour=0, account_day=0)
    assert spend(spent, claims(1), tight, NOW) == spent


def test_a_budget_of_nought_contains_nobody() -> None:
    assert spend((), claims(1), Budget(hour=0), NOW) == "more than 0 containments in an hour"


def test_a_claim_is_forgotten_after_two_days() -> None:
    kept, gone = claims(1, at=NOW - KEPT_S + 1), claims(1, at=NOW - KEPT_S, begin=1)
    assert spend((*kept, *gone), (), WIDE, NOW) == kept


def test_a_clock_that_ran_ahead_frees_nothing() -> None:
    budget = Budget(hour=1, day=1, account_hour=1, account_day=1)
    assert isinstance(spend(claims(1, at=NOW + 300), claims(1, begin=1), budget, NOW), str)


def test_a_claim_is_one_of_case_run_and_target_and_holds_no_name() -> None:
    same = claim("case:a", "r1", "arn:x", ONE)
    assert same == claim("case:a", "r1", "arn:x", ONE)
    others = {
        claim("case:b", "r1", "arn:x", ONE),
        claim("case:a", "r2", "arn:x", ONE),
        claim("case:a", "r1", "arn:y", ONE),
    }
    assert len({one.name for one in (same, *others)}) == 4
    assert same.account == ONE
    assert same.at == 0
    assert len(same.name) == 20
    assert set(same.name) <= set("0123456789abcdef")


def test_what_is_written_is_read_back() -> None:
    kept = claims(3, at=NOW)
    assert read(written(kept)) == kept
    assert b" " not in written(kept)
    assert read(None) == ()


@pytest.mark.parametrize("body", [b"{", b"[[1]]", b"[1]", b"\xff", b'[["a","b","c"]]', b'{"a": 1}'])
def test_a_counter_that_cannot_be_read_is_an_error_and_never_a_fresh_budget(body: bytes) -> None:
    with pytest.raises(Malformed, match="the budget in the store cannot be read"):
        read(body)


def test_a_full_day_fits_one_item_of_the_store() -> None:
    body = written([claim("case:x:111111111111:abcdef12", str(n), "arn", ONE)._replace(at=NOW) for n in range(4000)])
    assert len(body) < 300_000


def test_an_hour_and_a_day_are_an_hour_and_a_day() -> None:
    assert (HOUR_S, DAY_S, KEPT_S) == (3600, 86_400, 172_800)
