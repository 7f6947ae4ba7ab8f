from collections.abc import Iterable

import msgspec
import pytest

from detectors.rootless import MOST_CHILDREN, MOST_ROOTS, Rootless
from model.assumed import Given, Told, decode, encode
from model.assumption import Copy, RoleAssumption
from model.chain import Chain
from model.identities import role_session
from model.identity import Identity, Kind
from model.lineage_book import LineageBook

START = 1_790_000_000.0
ALICE = Identity(
    key="user:111111111111:AIDAALICE", kind=Kind.USER, arn="arn:aws:iam::111111111111:user/alice", account="1" * 12
)


def arn(role: str) -> str:
    return f"arn:aws:iam::222222222222:role/{role}"


def role_id(role: str) -> str:
    return f"AROA{role.upper():0<17}"


def acting(role: str) -> Identity:
    return role_session(arn(role), role_id(role), role)


def made(caller: Identity, role: str, at: float, *, denied: bool = False, key: str | None = None) -> RoleAssumption:
    """An assumption at so many seconds after the start; sessions are named after their role."""
    return RoleAssumption(
        records=(f"{caller.session_name or 'alice'}>{role}@{at:.0f}",),
        time=START + at,
        how="AssumeRole",
        caller=caller,
        caller_key=f"ASIA{caller.session_name}KEY0" if caller.session_name else None,
        caller_session=None,
        role_arn=arn(role),
        account="2" * 12,
        role_id=role_id(role),
        session_name=role,
        new_key=None if denied else key or f"ASIA{role}KEY0",
        source_identity=None,
        denied=denied,
        error="AccessDenied" if denied else None,
        source_ip=None,
        user_agent=None,
        region=None,
        duration=None,
    )


def noted(*assumptions: RoleAssumption) -> tuple[Rootless, LineageBook]:
    rootless, book = Rootless(), LineageBook()
    for each in assumptions:
        rootless.add(each, book.add(each))
    return rootless, book


def records(found: tuple[str, list[RoleAssumption]]) -> list[str]:
    return [each.records[0] for each in found[1]]


HOPS = (made(acting("a"), "b", 60), made(acting("b"), "c", 120), made(acting("c"), "d", 180, denied=True))
FIRST = made(ALICE, "a", 0)


def test_a_late_beginning_takes_what_came_of_it_denied_attempts_too():
    rootless, _ = noted(*HOPS)
    old, children = rootless.take(FIRST)
    assert old == acting("a").key
    assert [each.records[0] for each in children] == ["a>b@60", "b>c@120", "c>d@180"]
    assert rootless.take(FIRST) == ("", [])


def test_an_origin_that_is_a_person_waits_for_nobody():
    rootless, _ = noted(FIRST, *HOPS)
    assert rootless.take(FIRST) == ("", [])


@pytest.mark.parametrize("late", [made(ALICE, "a", 7200), made(ALICE, "a", -13 * 3600), made(ALICE, "z", 0)])
def test_a_session_of_another_time_or_name_takes_nothing(late):
    rootless, _ = noted(*HOPS)
    assert rootless.take(late) == ("", [])


def test_a_copy_that_tells_the_caller_takes_the_chain_along_and_corrects_it():
    foreign = Identity(key="account:111111111111", kind=Kind.ACCOUNT, account="1" * 12)
    denied = msgspec.structs.replace(made(acting("a"), "b", 5, denied=True), caller=foreign)
    rootless, _ = noted(denied, msgspec.structs.replace(made(acting("a"), "c", 6), caller=foreign))
    copy = Copy("copy", of="a>b@5", how="AssumeRole", caller=ALICE, caller_key="AKIAALICE")
    old, children = rootless.take_with(copy)
    assert old == foreign.key
    assert [(each.caller.key, each.records) for each in children] == [
        (ALICE.key, ("a>b@5", "copy")),
        (foreign.key, ("a>c@6",)),
    ]
    assert rootless.take_with(copy) == ("", [])


def restored(items: Iterable[Given | Told]) -> Rootless:
    again = decode(encode([*items]))
    book, rootless = LineageBook(), Rootless()
    book.restore(again)
    rootless.restore(again, book)
    return rootless


def test_a_restart_changes_nothing():
    fresh = restored([Given(each, (), 1) for each in HOPS])
    assert records(fresh.take(FIRST)) == records(noted(*HOPS)[0].take(FIRST)) == ["a>b@60", "b>c@120", "c>d@180"]


def test_a_restart_remembers_what_copies_told():
    foreign = Identity(key="account:111111111111", kind=Kind.ACCOUNT, account="1" * 12)
    denied = msgspec.structs.replace(made(acting("a"), "b", 5, denied=True), caller=foreign)
    copy = Copy("copy", of="a>b@5", how="AssumeRole", caller=acting("a"), caller_key="ASIAaKEY0")
    fresh = restored([Given(denied, (), 1), Told(copy, (), 1)])
    assert records(fresh.take(FIRST)) == ["a>b@5"]


def test_of_many_the_latest_are_remembered_in_whatever_order_they_came():
    many = [made(acting("a"), "b", number) for number in range(MOST_CHILDREN + 30)]
    for order in (many, many[::-1]):
        rootless = Rootless()
        for each in order:
            rootless.add(each, Chain(acting("a")))
        assert records(rootless.take(FIRST)) == [each.records[0] for each in many[30:]]


def test_roots_and_assumptions_are_bounded():
    rootless = Rootless()
    for number in range(MOST_ROOTS + 10):
        rootless.add(made(acting(f"r{number}"), "b", 1), Chain(acting(f"r{number}")))
    assert records(rootless.take(made(ALICE, "r5", 0))) == []
    assert len(records(rootless.take(made(ALICE, "r15", 0)))) == 1


def test_where_there_is_too_much_the_root_that_was_quiet_longest_goes():
    rootless = Rootless(most=100)
    for role in "xyz":
        for number in range(60):
            rootless.add(made(acting(role), "b", number), Chain(acting(role)))
    assert [len(records(rootless.take(made(ALICE, role, 0)))) for role in "xyz"] == [0, 0, 60]


def test_what_cannot_be_taken_costs_little():
    """Another session of a busy name is looked up, and not compared with everything of that name."""
    rootless, _ = noted(*(made(acting("a"), "b", number) for number in range(2000)))
    assert rootless.take(made(ALICE, "a", 2100)) == ("", [])
    assert len(rootless.take(made(ALICE, "a", 1999))[1]) == MOST_CHILDREN
