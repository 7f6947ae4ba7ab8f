"""The plan that cuts a chain, and the documents that it writes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.containment import ActionKind, policy_name
from model.containment_documents import denial_of
from model.containment_planner import plan_containment
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage
from tests.model.denials import cut_of, denied, revoke

T0 = datetime(2026, 3, 4, 2, 47, tzinfo=UTC)
USER = "arn:aws:iam::111111111111:user/ana"
ORIGIN = Identity(key="u", kind=Kind.USER, arn=USER, account="111111111111", unique_id="AIDA1", person="ana")


def hop(role: str = "arn:aws:iam::222222222222:role/deploy", role_id: str | None = "AROA1", name: str = "s") -> Hop:
    return Hop(role_arn=role, account=role.split(":")[4], role_id=role_id, session_name=name, time=T0)


def chain(*hops: Hop, origin: Identity = ORIGIN) -> Lineage:
    return Lineage(origin=origin, hops=hops)


def test_every_hop_and_the_origin_get_one_action_the_origin_first() -> None:
    other = hop("arn:aws:iam::333333333333:role/data", "AROA2")
    plan = plan_containment([chain(hop(), other), chain(hop())])
    assert [(a.kind, a.target) for a in plan.actions] == [
        (ActionKind.DENY_USER, USER),
        (ActionKind.REVOKE, hop().role_arn),
        (ActionKind.REVOKE, other.role_arn),
    ]
    assert plan.cannot == ()


def test_an_origin_that_is_a_role_is_revoked_like_a_hop() -> None:
    role = "arn:aws:iam::111111111111:role/lambda-role"
    origin = Identity(key="r", kind=Kind.ROLE, arn=role, account="111111111111", unique_id="AROA9", session_name="fn")
    assert [a.target for a in plan_containment([chain(hop(), origin=origin)]).actions] == [role, hop().role_arn]


CANNOT = {
    "protected": (hop(), ["arn:aws:iam::*:role/dep*"], [], "settings protect it"),
    "protected in other case": (hop(), ["ARN:AWS:IAM::222222222222:ROLE/DEPLOY"], [], "settings protect it"),
    "not our account": (hop(), [], ["111111111111"], "its account is not ours"),
    "service-linked": (hop("arn:aws:iam::222222222222:role/aws-service-role/x/y"), [], [], "nobody modify"),
    "Identity Center's": (
        hop("arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/A"),
        [],
        [],
        "nobody modify",
    ),
    "no unique id": (hop(role_id=None), [], [], "no record names its unique id"),
    "a user's id": (hop(role_id="AIDA1"), [], [], "no record names its unique id"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_must_not_or_cannot_be_cut_is_said_and_never_planned(case: str) -> None:
    step, protected, accounts, why = CANNOT[case]
    plan = plan_containment([chain(step)], protected, accounts)
    assert [one.target for one in plan.cannot] == [step.role_arn]
    assert why in plan.cannot[0].why
    assert step.role_arn not in {action.target for action in plan.actions}


def test_a_role_made_again_during_the_chain_is_nobody_s_target() -> None:
    plan = plan_containment([chain(hop(role_id="AROA1"), hop(role_id="AROA2"))])
    assert [one.target for one in plan.cannot] == [hop().role_arn]


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.ACCOUNT, Kind.ROOT, Kind.UNKNOWN, Kind.SAML])
def test_an_origin_that_no_policy_of_ours_can_deny_is_said(kind: Kind) -> None:
    plan = plan_containment([chain(hop(), origin=Identity(key="x", kind=kind))])
    assert [one.target for one in plan.cannot] == ["x"]


def test_the_hash_is_of_the_deeds_not_of_the_words() -> None:
    plan = plan_containment([chain(hop())])
    reworded = plan.model_copy(update={"actions": tuple(a.model_copy(update={"effect": "x"}) for a in plan.actions)})
    assert reworded.hash == plan.hash
    assert plan_containment([chain(hop(role_id="AROA2"))]).hash != plan.hash
    assert plan_containment([chain(hop())], ["*deploy"]).hash != plan.hash


def test_a_revocation_parts_older_sessions_from_newer_ones() -> None:
    document = revoke(T0)
    assert denied(document, T0 - timedelta(seconds=1))
    assert not denied(document, T0)
    statement = json.loads(document)["Statement"][0]
    assert statement["Condition"] == {"DateLessThan": {"aws:TokenIssueTime": "2026-03-04T02:47:00Z"}}
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "*", "*")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda t: t.replace(tzinfo=UTC, microsecond=0)))  # noqa: DTZ001
def test_a_revocation_time_survives_its_document(cut: datetime) -> None:
    assert cut_of(revoke(cut)) == cut


NOT_OURS = {
    "one action less": revoke(T0).replace('"Action":"*"', '"Action":"s3:*"'),
    "allowed": revoke(T0).replace("Deny", "Allow"),
    "another statement": revoke(T0).replace("]}", ',{"Effect":"Allow","Action":"*","Resource":"*"}]}'),
    "empty": "{}",
    "not JSON": "{",
    "a list": "[]",
    "no time zone": revoke(T0).replace("00Z", "00"),
}


@pytest.mark.parametrize("case", NOT_OURS)
def test_a_document_that_somebody_changed_is_not_ours(case: str) -> None:
    assert denial_of(NOT_OURS[case]) is None
    assert not denied(NOT_OURS[case], T0 - timedelta(days=1))


def test_the_policy_name_is_one_per_case_and_run_and_fits_iam() -> None:
    name = policy_name("case:ana:111111111111:1a2b3c4d", "5e6f7a8b")
    assert name == "hopstop-ana-111111111111-1a2b3c4d-5e6f7a8b"
    assert len(policy_name("case:" + "x" * 300, "5e6f7a8b")) <= 128
