import math
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.assumed import decode, encode
from model.assumption import ApiCall, RoleAssumption
from model.chain import DEEPEST
from model.envelopes import unwrap
from model.identity import Kind
from model.lineage_book import KEEP_S, LineageBook
from model.normaliser import Normaliser
from tests.model.records import ALICE, CALLER, FOREIGN_ALICE, OWNER, assume, dumped, record, role_id, session

REDACTED = "ASIAY6VVSE63VEXAMPLE"
START = 1_790_995_631


def at(second):
    minutes, seconds = divmod(11 + second, 60)
    hours, minutes = divmod(47 + minutes, 60)
    days, hours = divmod(2 + hours, 24)
    return f"2026-10-{3 + days:02}T{hours:02}:{minutes:02}:{seconds:02}Z"


def read(*records):
    normaliser = Normaliser()
    items = [item for value in records for item in normaliser.read(next(iter(unwrap(dumped(value)))))]
    return [*items, *normaliser.flush(math.inf)]


def take(book, *records):
    """The lineage after each item, in order."""
    found = [book.add(item) if isinstance(item, RoleAssumption) else book.of(item) for item in read(*records)]
    return [chain.lineage() for chain in found]


def hop(source, target, second, *, key=..., caller_key=..., **fields):
    """A session of role `source` (None: alice) assumes `target`; keys are K-<role> unless given."""
    who = ALICE if source is None else session(source, source, f"K-{source}" if caller_key is ... else caller_key)
    new = f"K-{target}" if key is ... else key
    made = assume(
        target, target, new or "x", userIdentity=who, eventID=f"{source}>{target}@{second}", eventTime=at(second)
    )
    if new is None:
        made["responseElements"]["credentials"] = {}
    return {**made, "sharedEventID": f"{source}>{target}@{second}", **fields}


def call(source, second, key=..., **fields):
    who = session(source, source, f"K-{source}" if key is ... else key)
    return record(userIdentity=who, eventID=f"{source} calls@{second}", eventTime=at(second), **fields)


def roles(lineage):
    return [found.role_arn.rsplit("/", 1)[1] for found in lineage.hops]


CHAIN = (hop(None, "a", 0), hop("a", "b", 60), hop("b", "c", 120))


def test_each_hop_adds_to_the_chain_of_its_caller():
    one, two, three = take(LineageBook(), *CHAIN)
    assert [roles(one), roles(two), roles(three)] == [["a"], ["a", "b"], ["a", "b", "c"]]
    assert {found.origin.arn for found in (one, two, three)} == {ALICE["arn"]}
    last = three.hops[-1]
    assert (last.access_key_id, last.session, last.account) == ("K-c", f"{role_id('c')}:c", OWNER)
    assert last.records == ("b>c@120",)
    assert last.time.timestamp() == START + 120


def test_a_call_is_in_the_chain_of_the_session_that_makes_it():
    book = LineageBook()
    take(book, *CHAIN)
    (found,) = take(book, call("c", 130))
    assert roles(found) == ["a", "b", "c"]


def test_a_caller_of_no_known_chain_is_its_own_origin():
    (found,) = take(LineageBook(), call("a", 0))
    assert (found.depth, found.origin.key) == (0, f"role:{OWNER}:{role_id('a')}")


def test_a_denied_assumption_is_no_hop():
    book = LineageBook()
    take(book, *CHAIN)
    (found,) = take(book, hop("c", "d", 130, errorCode="AccessDenied", responseElements=None))
    assert roles(found) == ["a", "b", "c"]
    assert roles(take(book, call("d", 140))[0]) == []


@pytest.mark.parametrize("order", list(permutations(CHAIN)))
def test_late_records_make_the_same_chain(order):
    book = LineageBook()
    take(book, *order)
    assert roles(take(book, call("c", 130))[0]) == ["a", "b", "c"]


def test_all_in_one_second_newest_first():
    book = LineageBook()
    take(book, hop("b", "c", 0), hop("a", "b", 0), hop(None, "a", 0))
    assert roles(take(book, call("c", 0))[0]) == ["a", "b", "c"]


@pytest.mark.parametrize("key", [None, REDACTED, "ASIA****************", "XXXXXXXXXXXX"])
def test_without_keys_the_session_name_and_time_link(key):
    book = LineageBook()
    take(
        book,
        hop(None, "a", 0, key=key),
        hop("a", "b", 60, key=key, caller_key=key),
        hop("b", "c", 120, key=key, caller_key=key),
    )
    assert roles(take(book, call("c", 130, key=key))[0]) == ["a", "b", "c"]


def test_without_keys_a_session_that_has_ended_or_not_begun_is_no_parent():
    book = LineageBook()
    take(book, hop(None, "a", 0, key=None))
    assert roles(take(book, call("a", 3500, key=None))[0]) == ["a"]
    assert roles(take(book, call("a", 3700, key=None))[0]) == []
    assert roles(take(book, call("a", -60, key=None))[0]) == []


def test_a_real_key_that_nobody_was_seen_to_get_is_not_guessed_by_name():
    book = LineageBook()
    take(book, hop(None, "a", 0))
    assert roles(take(book, call("a", 10, key="K-another"))[0]) == []


def test_equal_keys_make_no_chain_between_strangers():
    book = LineageBook()
    take(book, hop(None, "a", 0, key=REDACTED), hop(None, "b", 1, key=REDACTED))
    assert roles(take(book, call("z", 10, key=REDACTED))[0]) == []
    assert roles(take(book, hop("z", "y", 11, key=REDACTED, caller_key=REDACTED))[0]) == ["y"]


def test_a_user_whose_key_is_redacted_alike_is_in_no_role_session():
    book = LineageBook()
    take(book, hop(None, "a", 0, key=REDACTED))
    (found,) = take(book, record(userIdentity={**ALICE, "accessKeyId": REDACTED}, eventTime=at(5)))
    assert found.depth == 0


def test_a_role_that_renews_itself_with_redacted_keys_grows_no_chain():
    book = LineageBook()
    found = take(book, *(hop("a", "a", 60 * n, key=REDACTED, caller_key=REDACTED) for n in range(50)))
    assert max(each.depth for each in found) == 1


def test_two_roles_that_assume_each_other_with_redacted_keys_make_no_cycle():
    book = LineageBook()
    steps = [hop(*("ab" if n % 2 else "ba"), 60 * n, key=REDACTED, caller_key=REDACTED) for n in range(40)]
    assert max(each.depth for each in take(book, *steps)) <= 2


def test_keys_that_mint_each_other_end():
    book = LineageBook()
    take(book, hop("a", "b", 0), hop("b", "a", 1))
    assert take(book, call("a", 2))[0].depth <= 2
    take(book, hop("c", "c", 0))
    assert take(book, call("c", 2))[0].depth == 1


def test_a_crafted_chain_is_cut():
    book = LineageBook()
    found = take(book, *(hop(f"r{n}", f"r{n + 1}", n) for n in range(200)))
    assert max(each.depth for each in found) <= DEEPEST


@pytest.mark.parametrize(
    ("how", "who"),
    [
        ("AssumeRoleWithSAML", {"type": "SAMLUser", "principalId": "idp=:jane", "userName": "jane"}),
        ("AssumeRoleWithWebIdentity", {"type": "WebIdentityUser", "userName": "repo"}),
    ],
)
def test_entering_by_federation_is_the_origin_and_no_hop(how, who):
    book = LineageBook()
    entered = hop(None, "a", 0, eventName=how, userIdentity=who)
    (first, second) = take(book, entered, hop("a", "b", 60))
    assert (first.depth, first.origin.key) == (0, f"role:{OWNER}:{role_id('a')}")
    assert (roles(second), second.origin.key) == (["b"], f"role:{OWNER}:{role_id('a')}")
    assert second.origin.kind is Kind.ROLE


def test_a_console_switch_is_a_hop_whatever_key_the_console_uses():
    book = LineageBook()
    switched = record(
        "SwitchRole",
        eventSource="signin.amazonaws.com",
        eventID="switch",
        eventTime=at(0),
        userIdentity=session("a", "a", None),
        additionalEventData={"SwitchFrom": ALICE["arn"]},
    )
    take(book, switched)
    (called, again) = take(
        book, call("a", 60, key="ASIACONSOLE000000001"), hop("a", "b", 90, caller_key="ASIACONSOLE02")
    )
    assert roles(called) == ["a"]
    assert roles(again) == ["a", "b"]
    assert again.origin.arn == ALICE["arn"]


@pytest.mark.parametrize("name", ["GetSessionToken", "GetFederationToken"])
def test_a_token_for_the_same_person_is_no_hop(name):
    book = LineageBook()
    answer = {"credentials": {"accessKeyId": "ASIATOKEN00000000001"}}
    token = record(name, eventSource="sts.amazonaws.com", eventTime=at(0), responseElements=answer)
    federated = {
        "type": "FederatedUser",
        "principalId": f"{CALLER}:bob",
        "arn": f"arn:aws:sts::{CALLER}:federated-user/bob",
        "accountId": CALLER,
        "accessKeyId": "ASIATOKEN00000000001",
    }
    user = {**ALICE, "accessKeyId": "ASIATOKEN00000000001"}
    who = federated if name == "GetFederationToken" else user
    (_, hopped) = take(book, token, hop(None, "a", 3600, userIdentity=who))
    assert (roles(hopped), hopped.origin.arn) == (["a"], ALICE["arn"])


def test_assume_root_is_a_hop_and_roots_calls_are_in_it():
    book = LineageBook()
    made = hop(
        None,
        "a",
        0,
        eventName="AssumeRoot",
        requestParameters={"targetPrincipal": OWNER},
        responseElements={"credentials": {"accessKeyId": "K-root"}},
    )
    root = {"type": "Root", "accountId": OWNER, "arn": f"arn:aws:iam::{OWNER}:root", "accessKeyId": "K-root"}
    (first, then) = take(book, made, record(userIdentity=root, eventTime=at(9)))
    assert [found.hops[-1].role_arn for found in (first, then)] == [f"arn:aws:iam::{OWNER}:root"] * 2


def test_an_owners_copy_alone_joins_the_chain_of_the_session_it_names():
    book = LineageBook()
    take(book, hop(None, "a", 0))
    who = {"type": "AWSAccount", "principalId": f"{role_id('a')}:a", "accountId": OWNER}
    (found,) = take(book, hop(None, "b", 60, userIdentity=who))
    assert roles(found) == ["a", "b"]


def test_a_copy_that_comes_late_corrects_the_chain():
    book, normaliser = LineageBook(), Normaliser()
    owner = hop(None, "a", 0, userIdentity=FOREIGN_ALICE, eventID="owner")
    caller = hop(None, "a", 0, eventID="caller")
    (first,) = unwrap(dumped(owner))
    normaliser.read(first)
    (made,) = normaliser.flush(math.inf)
    assert book.add(made).origin.arn is None
    (second,) = unwrap(dumped(caller))
    assert normaliser.read(second) == ()
    (copy,) = normaliser.copies()
    found = book.correct(copy).lineage()
    assert (found.origin.arn, found.hops[0].records) == (ALICE["arn"], ("owner", "caller"))
    assert book.correct(copy).lineage() == found


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from("abcd"),
        st.integers(0, 600),
        st.sampled_from([None, REDACTED, "K-a", "K-b", "K-c", "K-d"]),
        st.sampled_from([None, REDACTED, "K-a", "K-b", "K-c", "K-d"]),
    ),
    max_size=25,
)


@given(STEPS)
@settings(deadline=None, max_examples=150)
def test_no_records_make_a_cycle_or_a_session_that_is_its_own_ancestor(steps):
    book = LineageBook()
    items = read(*(hop(s, t, at_, key=new, caller_key=old) for s, t, at_, new, old in steps))
    for item in items:
        book.add(item)
    for item in items:
        lineage = book.by_record(item.records[0]).lineage()
        proofs = [found.records for found in lineage.hops]
        assert len(set(proofs)) == len(proofs) <= DEEPEST
        times = [found.time.timestamp() for found in lineage.hops]
        assert all(later - earlier >= -2 for earlier, later in pairwise(times))
        assert not isinstance(item, ApiCall)


def test_what_a_key_or_a_token_was_used_for_before_its_own_record_came_is_linked_then():
    book = LineageBook()
    answer = {"credentials": {"accessKeyId": "ASIATOKEN00000000001"}}
    user = {**ALICE, "accessKeyId": "ASIATOKEN00000000001"}
    token = record("GetSessionToken", eventSource="sts.amazonaws.com", eventTime=at(60), responseElements=answer)
    take(book, hop("a", "b", 120), hop(None, "c", 3600, userIdentity=user))
    take(book, hop(None, "a", 60), token)
    assert roles(book.by_record("a>b@120").lineage()) == ["a", "b"]
    assert book.by_record("None>c@3600").origin.key == f"user:{CALLER}:{ALICE['principalId']}"


def test_a_token_lives_36_hours_and_a_role_session_12():
    book = LineageBook()
    answer = {"credentials": {"accessKeyId": "ASIATOKEN00000000001"}}
    user = {**ALICE, "accessKeyId": "ASIATOKEN00000000001", "principalId": "AIDASOMEBODYELSE0001"}
    token = record("GetSessionToken", eventSource="sts.amazonaws.com", eventTime=at(0), responseElements=answer)
    take(book, token, hop(None, "a", 0))
    origins = [take(book, record(userIdentity=user, eventTime=at(hours * 3600)))[0].origin.arn for hours in (35, 37)]
    assert origins == [ALICE["arn"], ALICE["arn"]]
    assert [roles(take(book, call("a", hours * 3600))[0]) for hours in (11, 13)] == [["a"], []]


@pytest.mark.parametrize("key", ["K-a", None])
def test_a_role_made_anew_under_the_same_arn_is_another_principal(key):
    book = LineageBook()
    take(book, hop(None, "a", 0, key=key))
    anew = session("a", "a", key)
    anew["principalId"] = "AROAANOTHERROLE000001:a"
    anew["sessionContext"]["sessionIssuer"]["principalId"] = "AROAANOTHERROLE000001"
    assert take(book, record(userIdentity=anew, eventTime=at(60)))[0].depth == 0
    assert take(book, call("a", 60, key=key))[0].depth == 1


def juggle(hours):
    """alice, and from her on a and b in turn, each an hour's session used after 55 minutes: (second, record)."""
    steps = [(0, hop(None, "a", 0, key="K0"))]
    for number in range(1, hours * 60 // 55):
        second = number * 3300
        source, target = ("a", "b") if number % 2 else ("b", "a")
        steps.append((second, hop(source, target, second, key=f"K{second}", caller_key=f"K{second - 3300}")))
    return steps


def test_hopping_on_every_55_minutes_for_days_keeps_the_origin():
    book = LineageBook(most=40)
    steps = juggle(120)
    others = [(s, hop(None, f"z{n}", s, key=f"Z{n}")) for s, _ in steps for n in range(s, s + 3)]
    take(book, *(step for _, step in sorted(steps + others, key=lambda step: step[0])))
    last = book.by_record(steps[-1][1]["eventID"])
    assert (last.origin.arn, last.depth) == (ALICE["arn"], len(steps))
    assert {*roles(last.lineage())} == {"a", "b"}


def test_hopping_on_for_days_keeps_the_origin_over_restarts_from_38_hours_of_log():
    steps, log = juggle(120), []
    normaliser, book = Normaliser(), LineageBook()
    for number, (second, made) in enumerate(steps):
        (parsed,) = unwrap(dumped(made))
        for item in normaliser.read(parsed):
            book.add(item)
        log.append((second, encode([*normaliser.logged(), *book.logged()])))
        if number % 7 == 0:
            items = [item for when, batch in log if when >= second - KEEP_S for item in decode(batch)]
            normaliser, book = Normaliser(), LineageBook()
            normaliser.restore(items)
            book.restore(items)
    last = book.by_record(steps[-1][1]["eventID"])
    assert (last.origin.arn, last.depth) == (ALICE["arn"], len(steps))
    assert sum(len(batch) for _, batch in log) < 4000 * len(steps)


def test_where_there_are_too_many_those_that_ended_go_and_what_came_of_them_keeps_its_way():
    book = LineageBook(most=20)
    take(book, hop(None, "a", 0), hop("a", "b", 3000))
    take(book, *(hop(None, f"z{n}", 2000 + n) for n in range(40)))
    assert book.by_record("None>a@0") is None
    assert roles(take(book, call("b", 6000))[0]) == ["a", "b"]


def test_one_wrong_date_does_not_drive_out_what_is_alive():
    book = LineageBook(most=200)
    take(book, *(hop(None, f"z{n}", n) for n in range(150)))
    take(book, hop(None, "y", 0, eventTime="2099-01-01T00:00:00Z"))
    take(book, *(hop(None, f"x{n}", 200 + n) for n in range(40)))
    assert all(book.by_record(f"None>z{n}@{n}") for n in range(150))


def test_a_known_assumption_that_comes_again_is_one():
    book = LineageBook()
    first, again = take(book, hop(None, "a", 0)), take(book, hop(None, "a", 0))
    assert first == again
    assert roles(take(book, call("a", 9))[0]) == ["a"]
