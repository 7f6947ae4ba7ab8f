"""Documented trust out of trust policies: what is ordinary, what is an exception, what nobody should document."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from model.identity import Identity, Kind
from model.organization import ORGANISATION, Organization, Relationship, organization_from
from model.trust_map import TrustMap
from tests.trust.trust_world import (
    ACCOUNTS,
    DEV,
    HUB,
    ORG_ID,
    PROD,
    STRANGE,
    role,
    role_arn,
    root,
    trust,
)
from trust.documented import Entry, configured, relationship
from trust.drift import Drift, Use, drift
from trust.drift import Kind as Parts
from trust.snapshot import Role, Snapshot

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SOON = NOW + timedelta(days=30)
IN_ORG = {"StringEquals": {"aws:PrincipalOrgID": ORG_ID}}
LIKE_CI = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}}
DATA = role_arn(PROD, "data")


def organised(*documents: dict[str, object], **more: object) -> Organization:
    return organization_from({"org_id": ORG_ID, "accounts": ACCOUNTS, "trust": list(documents), **more})


def entries(*roles: Role, **more: object) -> list[Entry]:
    return list(configured(Snapshot(roles), organised(**more), NOW).entries)


@pytest.mark.parametrize(
    ("statement", "level", "source", "exception", "open_"),
    [
        (trust(root(HUB)), "ACCOUNT", HUB, False, False),
        (trust(role_arn(HUB, "ci")), "NAMED", role_arn(HUB, "ci"), False, False),
        (trust(f"arn:aws:sts::{HUB}:assumed-role/ci/nightly"), "NAMED", role_arn(HUB, "ci"), False, False),
        (trust(root(DEV)), "ACCOUNT", DEV, True, False),
        (trust(root(STRANGE)), "ACCOUNT", STRANGE, True, False),
        (trust("*", IN_ORG), "ORG", ORGANISATION, True, False),
        (
            trust("*", {**IN_ORG, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/ci-*"}}),
            "PATTERN",
            f"arn:aws:iam::{HUB}:role/ci-*",
            False,
            False,
        ),
        (trust("*"), "PUBLIC", "*", True, True),
        (trust("*", LIKE_CI), "PUBLIC", "arn:aws:iam::*:role/ci", True, True),
    ],
)  # fmt: skip
def test_each_way_in_is_one_entry(statement, level, source, *, exception: bool, open_: bool) -> None:
    (entry,) = entries(role(PROD, "data", statement))
    assert (entry.level, entry.source, entry.target, entry.open) == (level, source, DATA, open_)
    assert bool(entry.why) is exception
    made = relationship(entry, SOON)
    assert (made is None) is open_
    if made is not None:
        assert made.until == (SOON if exception else None)


@pytest.mark.parametrize(
    "statement",
    [
        trust(root(PROD)),
        trust({"Service": "lambda.amazonaws.com"}),
        trust({"Federated": f"arn:aws:iam::{PROD}:saml-provider/idp"}, None, "sts:AssumeRoleWithSAML"),
        trust("AROAEXAMPLEGONE0000000"),
        trust("*", {**IN_ORG, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        trust("*", {"StringEquals": {"sts:ExternalId": "x"}}),
        trust(root(HUB), {"DateLessThan": {"aws:CurrentTime": "2026-09-30T00:00:00Z"}}),
    ],
)
def test_what_is_no_crossing_is_no_entry(statement) -> None:
    assert entries(role(PROD, "data", statement)) == []


def test_a_vendor_that_is_named_is_no_exception() -> None:
    (entry,) = entries(role(PROD, "scan", trust(root(STRANGE))), vendors={STRANGE: "Scanner Ltd"})
    assert entry.why == ""


def test_roles_are_counted_by_the_widest_that_they_are() -> None:
    snapshot = Snapshot(
        (
            role(PROD, "a", trust("*"), trust(root(PROD))),
            role(PROD, "b", trust({"Service": "lambda.amazonaws.com"})),
            role(PROD, "c", trust(root(PROD), {"StringEquals": {"aws:SourceAccount": PROD}})),
        )
    )
    assert configured(snapshot, organised(), NOW).levels == {"PUBLIC": 1, "SERVICE": 1, "NONE": 1}


@pytest.mark.parametrize(
    ("statement", "account", "arn"),
    [
        (trust(root(HUB)), HUB, role_arn(HUB, "anybody")),
        (trust(role_arn(HUB, "ci")), HUB, role_arn(HUB, "ci")),
        (trust("*", IN_ORG), HUB, role_arn(HUB, "anybody")),
        (trust("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/ci-*"}}), HUB, role_arn(HUB, "ci-7")),
    ],
)
def test_what_was_written_is_what_the_watch_takes_for_documented(statement, account: str, arn: str) -> None:
    written = [relationship(entry, SOON) for entry in entries(role(PROD, "data", statement))]
    watched = TrustMap(organised().model_copy(update={"trust": tuple(written)}))
    who = Identity(key="k", kind=Kind.ROLE, arn=arn, account=account)
    stranger = Identity(key="k", kind=Kind.ROLE, arn=role_arn(STRANGE, "x"), account=STRANGE)
    assert watched.is_documented(who, DATA, PROD, NOW.timestamp())
    assert not watched.is_documented(stranger, DATA, PROD, NOW.timestamp())


def parts(roles: list[Role], *documents: dict[str, object], uses: list[Use] | None = None) -> list[tuple[Parts, str]]:
    snapshot, organization = Snapshot(tuple(roles)), organised(*documents)
    found = drift(snapshot, organization, configured(snapshot, organization, NOW).entries, uses, NOW)
    return [(each.kind, each.source) for each in found]


class TestDrift:
    policy = role(PROD, "data", trust(root(HUB)))
    document: ClassVar[dict[str, object]] = {"from": HUB, "to": DATA}

    def used(self, account: str = HUB) -> Use:
        return Use(account, role_arn(account, "ci"), DATA, 3, 1_780_000_000.0)

    def test_what_is_documented_configured_and_used_parts_nowhere(self) -> None:
        assert parts([self.policy], self.document, uses=[self.used()]) == []

    def test_without_any_document_nothing_is_undocumented(self) -> None:
        assert parts([self.policy]) == []

    def test_a_policy_that_nobody_documented(self) -> None:
        other: dict[str, object] = {"from": HUB, "to": role_arn(DEV, "x")}
        assert parts([self.policy], other) == [(Parts.CONFIGURED_UNDOCUMENTED, HUB)]

    def test_a_document_without_a_policy(self) -> None:
        assert parts([role(PROD, "data")], self.document) == [(Parts.DOCUMENTED_UNCONFIGURED, HUB)]

    def test_a_document_of_an_account_that_was_not_looked_at_says_nothing(self) -> None:
        assert parts([role(DEV, "x")], self.document) == []

    def test_an_exception_that_ended_while_the_policy_stands(self) -> None:
        ended: dict[str, object] = {**self.document, "until": "2026-09-01T00:00:00Z"}
        assert parts([self.policy], ended) == [(Parts.ENDED, HUB)]

    def test_what_anybody_may_come_in_by(self) -> None:
        everybody: dict[str, object] = {"from": "*", "to": DATA}
        assert (Parts.PUBLIC, "*") in parts([role(PROD, "data", trust("*"))], everybody)

    def test_use_that_nobody_documented_is_the_worst(self) -> None:
        found = parts([self.policy], self.document, uses=[self.used(DEV), self.used()])
        assert found == [
            (Parts.USED_UNDOCUMENTED, role_arn(DEV, "ci")),
            (Parts.USED_UNCONFIGURED, role_arn(DEV, "ci")),
        ]

    def test_use_of_what_is_documented_no_more_says_when_that_ended(self) -> None:
        snapshot = Snapshot((self.policy,))
        ends = ("2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z")
        organization = organised(*({**self.document, "until": end} for end in ends))
        entries = configured(snapshot, organization, NOW).entries
        used, policy = drift(snapshot, organization, entries, [self.used()], NOW)
        assert (used.kind, used.why) == (Parts.USED_ENDED, "used, and what documented it ended on 2026-09-01")
        assert (policy.kind, policy.ended) == (Parts.ENDED, datetime(2026, 9, 1, tzinfo=UTC))

    def test_what_nobody_used_could_be_closed(self) -> None:
        assert parts([self.policy], self.document, uses=[]) == [(Parts.UNUSED, HUB)]

    def test_use_by_a_session_counts_for_the_role_whatever_its_path(self) -> None:
        policy = role(PROD, "data", trust(role_arn(HUB, "team/ci")))
        document: dict[str, object] = {"from": HUB, "to": DATA}
        assert parts([policy], document, uses=[self.used()]) == []

    def test_it_carries_how_often_and_when_last(self) -> None:
        snapshot, organization = Snapshot((self.policy,)), organised(self.document)
        found = drift(snapshot, organization, [], [self.used(DEV)], NOW)
        assert found[0] == Drift(Parts.USED_UNDOCUMENTED, role_arn(DEV, "ci"), DATA, "", 3, 1_780_000_000.0)


def test_relationships_of_thousands_of_roles_are_found_without_looking_at_each() -> None:
    documents = tuple(
        Relationship.model_validate({"from": HUB, "to": role_arn(PROD, f"role-{number}")}) for number in range(20_000)
    )
    watched = TrustMap(organised().model_copy(update={"trust": documents}))
    assert len(watched.documents((HUB,), role_arn(PROD, "role-77"), PROD)) == 1
