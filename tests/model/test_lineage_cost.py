"""Ten times as many records cost about ten times as much, whoever writes them and in whatever order they come."""

import time
from collections.abc import Callable

import msgspec
import pytest

from model.assumption import Copy, RoleAssumption
from model.envelopes import unwrap
from model.identities import role_session
from model.identity import Identity, Kind
from model.lineage_book import LineageBook
from model.normaliser import Normaliser
from tests.model.records import FOREIGN_ALICE, OWNER, assume, dumped

START = 1_790_000_000.0
ALICE = Identity(key="user:1", kind=Kind.USER, arn="arn:aws:iam::111111111111:user/a", account="1" * 12)
ACCOUNT = "2" * 12
FEW = 500

Make = Callable[[int], list[RoleAssumption]]


def made(number: int, at: float, role: str, name: str, *, by: str = "", key: str = "", new: str = "") -> RoleAssumption:
    """`by` is the role (and session name) that did it, alice where it is empty."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/"
    return RoleAssumption(
        records=(f"r{number}",),
        time=START + at,
        how="AssumeRole",
        caller=role_session(f"{arn}{by}", f"AROA{by.upper():0<17}", "x") if by else ALICE,
        caller_key=key or None,
        caller_session=None,
        role_arn=f"{arn}{role}",
        account=ACCOUNT,
        role_id=f"AROA{role.upper():0<17}",
        session_name=name,
        new_key=new or f"ASIA{number:012}QWER",
        source_identity=None,
        denied=False,
        error=None,
        source_ip=None,
        user_agent=None,
        region=None,
        duration=3600,
    )


def busy_name(n: int) -> list[RoleAssumption]:
    return [made(k, k / 10, "a", "x") for k in range(n)]


def one_key_for_all(n: int) -> list[RoleAssumption]:
    return [made(k, k / 10, "a", "x", by="a", key="ASIASAME012345", new="ASIASAME012345") for k in range(n)]


def two_roles_in_turn_without_keys(n: int) -> list[RoleAssumption]:
    return [made(k, k / 10, "ab"[k % 2], "x", by="ba"[k % 2], key="ASIA****", new="ASIA****") for k in range(n)]


def one_long_chain(n: int) -> list[RoleAssumption]:
    steps = (made(k, k, "ab"[k % 2], "x", by="ba"[k % 2], key=f"ASIA{k - 1:012}QWER") for k in range(1, n))
    return [made(0, 0, "a", "x"), *steps]


def many_out_of_one(n: int) -> list[RoleAssumption]:
    key = f"ASIA{0:012}QWER"
    return [made(0, 0, "a", "x"), *(made(k, k / 10, "b", f"y{k}", by="a", key=key) for k in range(1, n))]


def a_new_name_each(n: int) -> list[RoleAssumption]:
    return [made(k, k / 10, f"s{k}", f"n{k}", by=f"r{k}", key=f"ASIAUNKNOWN{k:09}") for k in range(n)]


def children_then_ever_better_parents(n: int) -> list[RoleAssumption]:
    children = [made(k, 3000 + k / 10, "b", f"y{k}", by="a") for k in range(n // 2)]
    return [*children, *(made(n + k, k / 10, "a", "x") for k in range(n // 2))]


MAKES = [
    busy_name,
    one_key_for_all,
    two_roles_in_turn_without_keys,
    one_long_chain,
    many_out_of_one,
    a_new_name_each,
    children_then_ever_better_parents,
]


def added(items: list[RoleAssumption], most: int = 200_000) -> LineageBook:
    book = LineageBook(most=most)
    for item in items:
        book.add(item)
    return book


def took(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def least(make: Make, n: int, newest_first: bool, most: int) -> float:
    items = make(n)[:: -1 if newest_first else 1]
    return min(took(lambda: added(items, most)) for _ in range(2))


@pytest.mark.parametrize("newest_first", [False, True], ids=["in order", "newest first"])
@pytest.mark.parametrize("make", MAKES)
def test_ten_times_the_sessions_cost_about_ten_times_as_much(make, newest_first):
    few, many = least(make, FEW, newest_first, 200_000), least(make, 10 * FEW, newest_first, 200_000)
    assert many < 40 * few


@pytest.mark.parametrize("make", [busy_name, one_long_chain, a_new_name_each])
def test_a_full_book_keeps_its_bound_and_its_speed(make):
    few, many = least(make, FEW, False, 700), least(make, 10 * FEW, False, 700)
    assert many < 40 * few
    book = added(make(10 * FEW), most=700)
    assert sum(book.by_record(f"r{k}") is not None for k in range(10 * FEW)) <= 700


def test_a_late_copy_of_one_session_does_not_touch_the_others():
    """Chains that do not go through it stay the values that they were."""
    book = added([*many_out_of_one(200), *(made(500 + k, k, f"s{k}", "x") for k in range(200))])
    before = [book.by_record(f"r{500 + k}") for k in range(200)]
    book.correct(Copy("copy", of="r0", how="AssumeRole", caller=ALICE, caller_key="AKIAALICE"))
    assert all(book.by_record(f"r{500 + k}") is chain for k, chain in enumerate(before))
    assert book.by_record("r7").hops[0].records == ("r0", "copy")


def test_ten_times_the_pairs_cost_about_ten_times_as_much():
    (owners,) = unwrap(dumped(assume(userIdentity=FOREIGN_ALICE, recipientAccountId=OWNER)))

    def read(n: int) -> None:
        normaliser = Normaliser()
        for k in range(n):
            normaliser.read(msgspec.structs.replace(owners, event_id=f"e{k}", shared_event_id=f"s{k}"))
            if k % 100 == 0:
                normaliser.flush(float(k))
                normaliser.logged()

    assert min(took(lambda: read(10 * FEW)) for _ in range(2)) < 40 * min(took(lambda: read(FEW)) for _ in range(2))
