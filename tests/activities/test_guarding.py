"""The guard at the moment of acting."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from activities.guarding import Guarding, Keeper, Reservation
from integrations.sqlite_store import SqliteStore
from model.budget import OVER, claim, read
from model.errors import Refused, Unavailable
from model.settings import Budget, Guard
from tests.workflows.fakes import PaperLedger, PaperSelf

ACCOUNT = "111111111111"


class Written:
    """Rules of settings that a test changes."""

    def __init__(self, rules: Guard) -> None:
        self.rules = rules

    def guard(self) -> Guard:
        return self.rules


def plan(count: int, case: str = "case:a", run: str = "r1") -> Reservation:
    return Reservation(case=case, run=run, targets=tuple((f"arn:{n}", ACCOUNT) for n in range(count)))


def test_the_workers_own_role_is_protected_without_being_listed() -> None:
    keeper = Keeper(Written(Guard(protected=("/x/",))), PaperSelf(), PaperLedger())
    assert keeper.guard().protected == ("/x/", *PaperSelf().patterns())


def test_rules_are_read_at_every_question() -> None:
    written = Written(Guard(budget=Budget(hour=1)))
    guarding = Guarding(Keeper(written, PaperSelf(), PaperLedger()))
    assert guarding.reserve(plan(2)) == f"{OVER}: more than 1 containments in an hour"
    written.rules = Guard(budget=Budget(hour=2))
    assert guarding.reserve(plan(2)) == ""
    written.rules = Guard(stop=True)
    assert "kill switch" in guarding.reserve(plan(2))


def test_a_plan_that_is_tried_again_counts_once() -> None:
    ledger = PaperLedger()
    guarding = Guarding(Keeper(Written(Guard(budget=Budget(hour=2))), PaperSelf(), ledger))
    assert [guarding.reserve(plan(2)) for _ in range(3)] == ["", "", ""]
    assert len(read(ledger.body)) == 2
    assert guarding.reserve(plan(1, run="r2"))
    assert len(read(ledger.body)) == 2


def test_what_is_counted_already_is_not_written_again() -> None:
    class Counting(PaperLedger):
        swaps = 0

        def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
            self.swaps += 1
            return super().swap_ledger(before, after)

    ledger = Counting()
    guarding = Guarding(Keeper(Written(Guard()), PaperSelf(), ledger, now=lambda: 2e9))
    assert [guarding.reserve(plan(2)) for _ in range(3)] == ["", "", ""]
    assert ledger.swaps == 1


def test_two_that_count_at_the_same_moment_give_way_and_both_count() -> None:
    class Overtaken(PaperLedger):
        losses = 3

        def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
            self.losses -= 1
            if self.losses >= 0:
                other = claim("case:other", str(self.losses), "arn", ACCOUNT)._replace(at=2_000_000_000)
                self.body = b"[" + b",".join(filter(None, [(self.body or b"[]")[1:-1], _row(other)])) + b"]"
                return False
            return super().swap_ledger(before, after)

    ledger = Overtaken()
    keeper = Keeper(Written(Guard()), PaperSelf(), ledger, now=lambda: 2e9, pause=lambda _s: None)
    assert keeper.take([claim("case:a", "r", "arn", ACCOUNT)]) == ""
    assert len(read(ledger.body)) == 4


def _row(one: object) -> bytes:
    name, account, at = one  # type: ignore[misc]
    return f'["{name}","{account}",{at}]'.encode()


def test_a_counter_that_is_never_free_contains_nobody_and_is_tried_again() -> None:
    class Busy(PaperLedger):
        def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
            return False

    pauses: list[float] = []
    keeper = Keeper(Written(Guard()), PaperSelf(), Busy(), pause=pauses.append)
    with pytest.raises(Unavailable, match="in use"):
        keeper.take([claim("case:a", "r", "arn", ACCOUNT)])
    assert len(pauses) == 50
    assert sum(pauses) < 5


def test_who_does_not_know_its_own_role_acts_on_nobody() -> None:
    class Unknown:
        def patterns(self) -> tuple[str, ...]:
            raise Unavailable("AWS does not answer")

    with pytest.raises(Unavailable):
        Keeper(Written(Guard()), Unknown(), PaperLedger()).guard()


def test_rules_that_cannot_be_read_count_nothing() -> None:
    class Unreadable:
        def guard(self) -> Guard:
            raise Refused("cannot be read")

    ledger = PaperLedger()
    with pytest.raises(Refused):
        Keeper(Unreadable(), PaperSelf(), ledger).take([claim("case:a", "r", "arn", ACCOUNT)])
    assert ledger.body is None


def test_many_at_once_never_spend_more_than_there_is(tmp_path) -> None:
    store = SqliteStore(str(tmp_path / "hopstop.db"))
    guarding = Guarding(Keeper(Written(Guard(budget=Budget(hour=7))), PaperSelf(), store))
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda n: guarding.reserve(plan(1, case=f"case:{n}")), range(20)))
    assert said.count("") == 7
    store.close()
