import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.assumed import decode, encode
from model.assumption import ApiCall, RoleAssumption
from model.cloudtrail import unparsed
from model.envelopes import unwrap
from model.identities import by_arn
from model.identity import Identity, Kind
from model.normaliser import HOLD_S, Normaliser
from model.pairs import MOST_NAMES
from model.principals import Principals, Voices
from tests.model.records import ALICE, CALLER, FOREIGN_ALICE, OWNER, assume, dumped, record, role_id, session

ROLE = f"arn:aws:iam::{OWNER}:role/team/deploy"
CALLERS_COPY = assume(eventID="caller")
OWNERS_COPY = assume(eventID="owner", userIdentity=FOREIGN_ALICE, recipientAccountId=OWNER)
SERVICE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
DENIED = {
    "responseElements": None,
    "requestParameters": None,
    "errorCode": "AccessDenied",
    "errorMessage": f"User: {ALICE['arn']} is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
}
NOW = 1_790_995_631.0


def read(normaliser, *records):
    return [item for value in records for item in normaliser.read(next(iter(unwrap(dumped(value)))))]


def drained(*records):
    normaliser = Normaliser()
    return [*read(normaliser, *records), *normaliser.flush(math.inf)]


def test_an_assumption_says_who_became_whom():
    (made,) = drained(assume(eventID="a", sharedEventID=...))
    assert isinstance(made, RoleAssumption)
    assert (made.records, made.time, made.how, made.denied) == (("a",), NOW, "AssumeRole", False)
    assert (made.caller.arn, made.caller_key, made.caller_session) == (ALICE["arn"], ALICE["accessKeyId"], None)
    assert (made.role_arn, made.account, made.role_id) == (ROLE, OWNER, role_id("deploy"))
    assert (made.session_name, made.new_key, made.duration) == ("s1", "ASIADEPLOY0000000001", 3600)


def test_any_other_record_is_a_call():
    (call,) = drained(record(userIdentity=session(), readOnly=True, errorCode="AccessDenied"))
    assert isinstance(call, ApiCall)
    assert (call.record, call.name, call.error, call.read_only) == ("id-1", "DescribeInstances", "AccessDenied", True)
    assert call.caller_session == f"{role_id('deploy')}:s1"


@pytest.mark.parametrize("order", [(CALLERS_COPY, OWNERS_COPY), (OWNERS_COPY, CALLERS_COPY)])
def test_both_copies_are_one_assumption_by_the_caller(order):
    normaliser = Normaliser()
    (made,) = [*read(normaliser, *order), *normaliser.flush(math.inf)]
    assert made.caller.arn == ALICE["arn"]
    assert made.caller_key == ALICE["accessKeyId"]
    told = {*made.records, *(copy.record for copy in normaliser.copies())}
    assert told == {"caller", "owner"}
    assert (normaliser.counts.assumptions, normaliser.counts.unique) == (1, 2)


def test_the_callers_copy_is_given_at_once_and_the_owners_waits_for_it():
    assert len(read(Normaliser(), CALLERS_COPY)) == 1
    normaliser = Normaliser()
    assert read(normaliser, OWNERS_COPY) == []
    assert normaliser.flush(NOW) == ()
    assert normaliser.flush(NOW + HOLD_S - 1) == ()
    (made,) = normaliser.flush(NOW + HOLD_S)
    assert (made.caller.kind, made.caller.key) == (Kind.ACCOUNT, f"user:{CALLER}:AIDAALICE00000000001")
    assert normaliser.flush(math.inf) == ()


def test_a_copy_of_long_ago_waits_as_long_as_any():
    normaliser = Normaliser()
    read(normaliser, OWNERS_COPY)
    assert normaliser.flush(NOW + 900) == ()
    assert len(read(normaliser, CALLERS_COPY)) == 1


def test_an_owners_copy_alone_is_attributed_to_a_principal_that_was_seen():
    normaliser = Normaliser()
    read(normaliser, record(), OWNERS_COPY)
    (made,) = normaliser.flush(math.inf)
    assert (made.caller.kind, made.caller.arn) == (Kind.USER, ALICE["arn"])


def test_an_owners_copy_alone_is_attributed_to_the_session_of_a_role_that_was_seen():
    normaliser = Normaliser()
    who = {"type": "AWSAccount", "principalId": f"{role_id('ci')}:build-7", "accountId": CALLER}
    read(normaliser, record(userIdentity=session("ci", "build-1", account=CALLER)))
    read(normaliser, {**OWNERS_COPY, "userIdentity": who})
    (made,) = normaliser.flush(math.inf)
    assert made.caller.arn == f"arn:aws:iam::{CALLER}:role/team/ci"
    assert made.caller.session_name == "build-7"
    assert made.caller_session == f"{role_id('ci')}:build-7"


def test_a_callers_copy_that_comes_too_late_tells_who_it_was():
    normaliser = Normaliser()
    read(normaliser, OWNERS_COPY)
    normaliser.flush(math.inf)
    assert read(normaliser, CALLERS_COPY) == []
    (copy,) = normaliser.copies()
    assert (copy.record, copy.of, copy.caller.arn, copy.caller_key) == (
        "caller",
        "owner",
        ALICE["arn"],
        ALICE["accessKeyId"],
    )
    assert normaliser.copies() == ()


def test_an_account_that_never_tells_its_side_is_not_waited_for_again():
    normaliser = Normaliser()
    read(normaliser, OWNERS_COPY)
    normaliser.flush(math.inf)
    second = assume(key="K2", eventID="owner-2", userIdentity=FOREIGN_ALICE, recipientAccountId=OWNER)
    assert len(read(normaliser, second)) == 1


def test_copies_without_a_shared_id_meet_by_their_request():
    both = [{**copy, "sharedEventID": ..., "requestID": "r"} for copy in (CALLERS_COPY, OWNERS_COPY)]
    both = [{key: value for key, value in copy.items() if value is not ...} for copy in both]
    assert len(drained(*both)) == 1
    assert len(drained(*reversed(both))) == 1


def test_services_are_counted_and_yield_nothing():
    normaliser = Normaliser()
    assert read(normaliser, assume(userIdentity=SERVICE), record(userIdentity=SERVICE, eventID="x")) == []
    assert (normaliser.counts.service_assumptions, normaliser.counts.assumptions) == (1, 0)


def test_a_service_in_between_makes_no_service():
    (made,) = drained(assume(userIdentity={**ALICE, "invokedBy": "cloudformation.amazonaws.com"}))
    assert made.caller.kind is Kind.USER


@pytest.mark.parametrize("end", ["", ".", " because no identity-based policy allows the sts:AssumeRole action"])
def test_a_denied_assumption_without_parameters_names_its_role_in_the_message(end):
    (made,) = drained(assume(**{**DENIED, "errorMessage": DENIED["errorMessage"] + end}))
    assert (made.denied, made.role_arn, made.account, made.new_key) == (True, ROLE, OWNER, None)


def test_a_denied_assumption_of_nobody_knows_what_is_a_call_and_counted():
    normaliser = Normaliser()
    (call,) = read(normaliser, assume(**{**DENIED, "errorMessage": "An unknown error occurred"}))
    assert (call.name, call.error) == ("AssumeRole", "AccessDenied")
    assert normaliser.counts.denied == 1


def test_an_empty_error_is_none():
    (made,) = drained(assume(errorCode="", errorMessage=""))
    assert not made.denied


@pytest.mark.parametrize(
    ("how", "who", "kind"),
    [
        ("AssumeRoleWithSAML", {"type": "SAMLUser", "principalId": "idp=:jane", "userName": "jane"}, Kind.SAML),
        ("AssumeRoleWithWebIdentity", {"type": "WebIdentityUser", "userName": "repo"}, Kind.WEB_IDENTITY),
    ],
)
def test_federation_is_an_assumption_by_an_outsider(how, who, kind):
    (made,) = drained(assume(eventName=how, userIdentity=who))
    assert (made.how, made.caller.kind) == (how, kind)


@pytest.mark.parametrize("target", ["333333333333", "arn:aws:iam::333333333333:root"])
def test_assume_root_names_the_account(target):
    answer = {"credentials": {"accessKeyId": "ASIAROOT000000000001"}}
    (made,) = drained(
        assume(eventName="AssumeRoot", requestParameters={"targetPrincipal": target}, responseElements=answer)
    )
    assert (made.how, made.role_arn, made.new_key) == (
        "AssumeRoot",
        "arn:aws:iam::333333333333:root",
        "ASIAROOT000000000001",
    )


def switch(**fields):
    return record(
        "SwitchRole",
        **{
            "eventSource": "signin.amazonaws.com",
            "eventID": "switch",
            "userIdentity": session(name="alice", key=None),
            "responseElements": {"SwitchRole": "Success"},
            "additionalEventData": {"SwitchFrom": ALICE["arn"]},
            **fields,
        },
    )


def test_a_console_switch_is_an_assumption_by_the_one_who_came():
    (_, made) = drained(record(), switch())
    assert (made.how, made.role_arn, made.session_name, made.new_key) == ("SwitchRole", ROLE, "alice", None)
    assert (made.caller.key, made.caller_key) == (f"user:{CALLER}:AIDAALICE00000000001", None)
    (_, failed) = drained(record(), switch(responseElements={"SwitchRole": "Failure"}))
    assert failed.denied


def test_a_console_switch_and_its_assume_role_are_one():
    both = (assume(session="alice", eventID="assume"), switch())
    for order in (both, both[::-1]):
        normaliser = Normaliser()
        given = [*read(normaliser, *order), *normaliser.flush(math.inf)]
        told = {*given[0].records, *(copy.record for copy in normaliser.copies())}
        assert (len(given), told) == (1, {"assume", "switch"})
        assert given[0].caller.unique_id == ALICE["principalId"]
        assert normaliser.counts.assumptions == 1


def test_the_new_key_of_the_same_person_is_kept():
    answer = {"credentials": {"accessKeyId": "ASIASESSION000000001", "sessionToken": "x"}}
    for name in ("GetSessionToken", "GetFederationToken"):
        (call,) = drained(record(name, eventSource="sts.amazonaws.com", responseElements=answer))
        assert call.new_key == "ASIASESSION000000001"
    (other,) = drained(record("CreateThing", responseElements=answer))
    assert other.new_key is None


def test_the_unreadable_is_counted():
    normaliser = Normaliser()
    assert normaliser.read(unparsed("broken", b"x")) == ()
    assert (normaliser.counts.records, normaliser.counts.unparsed, normaliser.counts.unique) == (1, 1, 0)


def test_nothing_is_lost_when_more_is_held_than_fits():
    normaliser = Normaliser()
    count, given = MOST_NAMES + 100, 0
    (base,) = unwrap(dumped({**OWNERS_COPY, "responseElements": None, "requestParameters": {"roleArn": ROLE}}))
    for number in range(count):
        copy = msgspec.structs.replace(base, event_id=f"e{number}", shared_event_id=f"s{number}")
        given += len(normaliser.read(copy))
    assert given == 100
    assert given + len(normaliser.flush(math.inf)) == count


PAIRS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["caller", "owner"])), unique=True)


def copy_of(number, side):
    made = CALLERS_COPY if side == "caller" else OWNERS_COPY
    fields = {"eventID": f"{side}-{number}", "sharedEventID": f"shared-{number}", "requestID": f"r{number}"}
    return {**made, **fields}


@given(PAIRS, st.randoms())
@settings(deadline=None)
def test_order_changes_nothing(pairs, chance):
    other = chance.sample(pairs, k=len(pairs))
    assert told(pairs) == told(other)


def told(pairs):
    """Each assumption by its shared number: who it was, and the records that it and its copies have."""
    normaliser = Normaliser()
    given = [*read(normaliser, *(copy_of(*pair) for pair in pairs)), *normaliser.flush(math.inf)]
    records = {made.records[0]: set(made.records) for made in given}
    for copy in normaliser.copies():
        records[copy.of].add(copy.record)
    return sorted(
        (sorted(records[made.records[0]]), made.caller.key, made.caller_key, made.new_key, made.role_arn)
        for made in given
    )


@pytest.mark.parametrize(
    "other",
    [
        {"requestParameters": {"roleArn": f"arn:aws:iam::{OWNER}:role/other", "roleSessionName": "s1"}},
        {"errorCode": "AccessDenied", "responseElements": None},
        {"eventTime": "2026-10-03T02:49:11Z"},
    ],
    ids=["another role", "another outcome", "another time"],
)
def test_records_with_one_shared_id_that_do_not_agree_are_two_assumptions(other):
    for order in ((CALLERS_COPY, {**OWNERS_COPY, **other}), ({**OWNERS_COPY, **other}, CALLERS_COPY)):
        normaliser = Normaliser()
        given = [*read(normaliser, *order), *normaliser.flush(math.inf)]
        assert {made.records for made in given} == {("caller",), ("owner",)}
        assert normaliser.copies() == ()


def test_a_role_named_with_and_without_its_path_is_one():
    short = {"requestParameters": {"roleArn": ROLE.replace("team/", ""), "roleSessionName": "s1"}}
    assert len(drained(CALLERS_COPY, {**OWNERS_COPY, **short})) == 1


def test_a_copy_that_knows_the_new_key_tells_it():
    normaliser = Normaliser()
    read(normaliser, {**CALLERS_COPY, "responseElements": None}, OWNERS_COPY)
    (copy,) = normaliser.copies()
    assert (copy.new_key, copy.role_id, copy.caller) == ("ASIADEPLOY0000000001", role_id("deploy"), None)


def test_two_requests_within_one_account_are_two():
    who = {**ALICE, "accountId": OWNER, "arn": ALICE["arn"].replace(CALLER, OWNER)}
    one = assume(eventID="a", requestID="r", sharedEventID=..., userIdentity=who)
    assert len(drained(one, {**one, "eventID": "b"})) == 2


def test_a_switch_by_somebody_unknown_waits_until_records_show_who_it_is():
    normaliser = Normaliser()
    assert read(normaliser, switch()) == []
    read(normaliser, record())
    (made,) = normaliser.flush(math.inf)
    assert made.caller.unique_id == ALICE["principalId"]


def test_two_switches_into_one_session_are_two():
    assert len(drained(record(), switch(), switch(eventID="later"))) == 3


def test_a_switch_and_an_assume_role_an_hour_apart_are_two():
    assert len(drained(assume(session="alice"), switch(eventTime="2026-10-03T03:47:11Z"))) == 2


def restored(*normalisers):
    fresh = Normaliser()
    for normaliser in normalisers:
        fresh.restore(decode(encode(normaliser.logged())))
    return fresh


def test_what_is_held_survives_a_restart_and_waits_no_longer_for_it():
    before = Normaliser()
    read(before, OWNERS_COPY)
    before.flush(NOW)
    after = restored(before)
    assert after.flush(NOW + HOLD_S - 1) == ()
    assert len(after.flush(NOW + HOLD_S)) == 1


@pytest.mark.parametrize("denied", [{}, DENIED], ids=["allowed", "denied"])
def test_what_was_given_is_not_given_again_after_a_restart(denied):
    before = Normaliser()
    read(before, {**CALLERS_COPY, **denied})
    before.flush(NOW)
    after = restored(before)
    assert read(after, {**OWNERS_COPY, **denied}) == []
    assert after.flush(math.inf) == ()
    assert [copy.of for copy in after.copies()] == ["caller"]


def test_who_is_who_and_who_is_silent_survive_a_restart():
    before = Normaliser()
    read(before, record(), OWNERS_COPY)
    before.flush(math.inf)
    after = restored(before)
    second = assume(key="K2", eventID="owner-2", userIdentity=FOREIGN_ALICE, recipientAccountId=OWNER)
    (made,) = read(after, second)
    assert made.caller.arn == ALICE["arn"]


def test_who_is_still_seen_is_logged_again_every_day():
    normaliser = Normaliser()
    counts = []
    for day in range(3, 6):
        for hour in (1, 2):
            read(normaliser, record(eventTime=f"2026-10-0{day}T{hour + 1:02}:47:1{day}Z"))
            counts.append(len(normaliser.logged()))
    assert counts == [1, 0, 1, 0, 1, 0]


def test_more_principals_and_accounts_than_are_kept_cost_no_more():
    log = []
    principals, voices = Principals(log), Voices(log)
    for number in range(17_000):
        arn = f"arn:aws:iam::{CALLER}:user/u{number}"
        who = Identity(key=f"u{number}", kind=Kind.USER, arn=arn, unique_id=f"AIDA{number:016}")
        principals.learn(who, 0.0)
        voices.missed(f"{number:012}", 0.0)
    assert principals.attributed(by_arn(arn)).key == f"u{number}"
    assert principals.attributed(by_arn(arn.replace(f"u{number}", "u0"))).unique_id is None
    assert voices.is_silent(f"{number:012}", 0.0)
    assert not voices.is_silent(f"{0:012}", 0.0)
