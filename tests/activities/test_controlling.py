"""Quarantine and denied people, on a server that has Organizations. It enforces no SCP: what an SCP of that text denies
is AWS's word, and in tests/deploy the outside simulator's."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from activities.containment import Containing, ContainRequest, LiftRequest
from integrations.aws import AwsClients
from integrations.aws_organizations import AwsServiceControls
from model.containment import Action, ActionKind
from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable
from model.scp import SCP_QUOTA, people_document, people_of
from model.settings import ContainmentSettings, Guard
from tests.servers import moto_url
from tests.workflows.fakes import PaperIam, PaperSwitch

__all__ = ["moto_url"]

FOLDER = Path(__file__).parents[2] / "deploy/iam"
PERSON, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
KINDS = (ActionKind.QUARANTINE, ActionKind.DENY_PERSON)
WRITES = {ActionKind.QUARANTINE: ("AttachPolicy", "DetachPolicy"), ActionKind.DENY_PERSON: ("UpdatePolicy",) * 2}


@dataclass
class Company:
    """An organisation with the two prepared SCPs and a member account."""

    client: Any
    scps: AwsServiceControls
    switch: PaperSwitch
    root: str
    account: str
    quarantine: str
    people: str

    def action(self, kind: ActionKind, **changes: object) -> Action:
        account = kind is ActionKind.QUARANTINE
        return Action(
            kind=kind, account=self.account, effect="x", undo="y", lifts="human",
            target=f"arn:aws:iam::{self.account}:root" if account else f"arn:aws:identitystore:::user/{PERSON}",
            unique_id=self.account if account else PERSON, managed=self.quarantine if account else self.people,
        ).model_copy(update=changes)  # fmt: skip

    def request(self, kind: ActionKind, case: str = "case:x:1:2", **changes: object) -> ContainRequest:
        return ContainRequest(case=case, run="run12345", action=self.action(kind, **changes))

    @property
    def containing(self) -> Containing:
        return Containing(PaperIam(), self.switch, self.scps)

    def state(self) -> dict[str, Any]:
        """All that is there of the two, for before and after."""
        listed = self.client.list_policies_for_target(TargetId=self.account, Filter="SERVICE_CONTROL_POLICY")
        return {
            "account": sorted(one["Id"] for one in listed["Policies"]),
            "tags": [self.client.list_tags_for_resource(ResourceId=self.account)["Tags"],
                     self.client.list_tags_for_resource(ResourceId=self.people[-10:])["Tags"]],
            "people": people_of(self.scps.read(self.people).document),
        }  # fmt: skip


@pytest.fixture
def company(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    base = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    client = base.client("organizations")
    root = _root(client)
    account = client.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]["AccountId"]
    arns = {}
    for name in ("quarantine", "people"):
        text = (FOLDER / f"{name}.scp.json").read_text("utf-8")
        policy = client.create_policy(
            Content=text, Description="", Name=f"{name}-{uuid4().hex}", Type="SERVICE_CONTROL_POLICY"
        )
        arns[name] = policy["Policy"]["PolicySummary"]["Arn"]
    client.attach_policy(PolicyId=arns["people"][-10:], TargetId=root)
    scps = AwsServiceControls(AwsClients(ContainmentSettings(), base=base, endpoint=moto_url))
    return Company(client, scps, PaperSwitch(), root, account, arns["quarantine"], arns["people"])


def _root(client: Any) -> str:
    """The root of the server's one organisation."""
    with contextlib.suppress(client.exceptions.AlreadyInOrganizationException):
        client.create_organization(FeatureSet="ALL")
        client.enable_policy_type(RootId=client.list_roots()["Roots"][0]["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    return str(client.list_roots()["Roots"][0]["Id"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_held_is_read_back_and_a_lift_leaves_all_as_it_was(company: Company, kind: ActionKind) -> None:
    before, request = company.state(), company.request(kind)
    assert not company.containing.read_back(request).contained
    for _ in range(2):
        done = company.containing.contain(request)
        assert (done.contained, done.why, done.policy) == (True, "", request.action.managed)
    held = company.state()
    assert held["people"] == ((PERSON,) if kind is ActionKind.DENY_PERSON else ())
    assert (company.quarantine[-10:] in held["account"]) is (kind is ActionKind.QUARANTINE)
    lifted = company.containing.lift(LiftRequest(request=request))
    assert lifted.clean
    assert "removed" in lifted.said
    assert company.state() == before
    assert "nothing to remove" in company.containing.lift(LiftRequest(request=request)).said
    assert not company.containing.read_back(request).contained


@pytest.mark.parametrize("kind", KINDS)
def test_two_cases_do_not_free_each_other(company: Company, kind: ActionKind) -> None:
    before = company.state()
    one, two = company.request(kind), company.request(kind, "case:y:1:2")
    company.containing.contain(one)
    company.containing.contain(two)
    assert "another case" in company.containing.lift(LiftRequest(request=one)).said
    assert company.containing.read_back(two).contained
    assert "removed" in company.containing.lift(LiftRequest(request=two)).said
    assert company.state() == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_so_before_stays_whoever_lifts(company: Company, kind: ActionKind) -> None:
    if kind is ActionKind.QUARANTINE:
        company.client.attach_policy(PolicyId=company.quarantine[-10:], TargetId=company.account)
    else:
        company.scps.write(company.people, people_document([PERSON, OTHER]))
    before = company.state()
    requests = [company.request(kind), company.request(kind, "case:y:1:2")]
    for request in requests:
        assert company.containing.contain(request).contained
    for request in requests:
        assert "stays" in company.containing.lift(LiftRequest(request=request)).said
    assert company.state() == before


def test_one_run_holds_several_people_and_each_is_freed_by_itself(company: Company) -> None:
    one = company.request(ActionKind.DENY_PERSON)
    two = company.request(ActionKind.DENY_PERSON, unique_id=OTHER, target=f"arn:aws:identitystore:::user/{OTHER}")
    company.containing.contain(one)
    company.containing.contain(two)
    assert company.state()["people"] == (PERSON, OTHER)
    company.containing.lift(LiftRequest(request=one))
    assert company.state()["people"] == (OTHER,)
    assert company.containing.read_back(two).contained
    assert not company.containing.read_back(one).contained


def test_a_list_that_somebody_changed_is_left_as_it_is(company: Company) -> None:
    request = company.request(ActionKind.DENY_PERSON)
    company.containing.contain(request)
    changed = json.loads(company.scps.read(company.people).document)
    changed["Statement"][0]["Action"] = "s3:*"
    company.scps.write(company.people, json.dumps(changed))
    assert "somebody changed" in company.containing.read_back(request).why
    for act in (
        lambda: company.containing.contain(request),
        lambda: company.containing.lift(LiftRequest(request=request)),
    ):
        with pytest.raises(Refused, match="somebody changed"):
            act()
    assert json.loads(company.scps.read(company.people).document) == changed


def test_a_list_that_is_attached_nowhere_denies_nobody_and_is_refused(company: Company) -> None:
    company.client.detach_policy(PolicyId=company.people[-10:], TargetId=company.root)
    before, request = company.state(), company.request(ActionKind.DENY_PERSON)
    with pytest.raises(Refused, match="root"):
        company.containing.contain(request)
    assert company.state() == before
    company.scps.write(company.people, people_document([PERSON]))
    assert "root" in company.containing.read_back(request).why


def test_a_full_list_is_refused_and_stays(company: Company) -> None:
    full = people_document(f"{number:08d}-2222-3333-4444-555555555555" for number in range(127))
    assert SCP_QUOTA - 40 < len(full) <= SCP_QUOTA
    company.scps.write(company.people, full)
    with pytest.raises(Refused, match="quota"):
        company.containing.contain(company.request(ActionKind.DENY_PERSON))
    assert company.scps.read(company.people).document == full


def test_an_scp_that_does_not_deny_everything_quarantines_nobody(company: Company) -> None:
    company.scps.write(company.quarantine, (FOLDER / "people.scp.json").read_text("utf-8"))
    before, request = company.state(), company.request(ActionKind.QUARANTINE)
    with pytest.raises(Refused, match="does not deny everything"):
        company.containing.contain(request)
    assert company.state() == before
    company.scps.attach(company.quarantine, company.account)
    assert "no longer denies" in company.containing.read_back(request).why


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "guard", [Guard(stop=True), Guard(protected=("*:root", PERSON)), Guard(protected=("arn:aws:iam::1:role/guarded",))]
)
def test_the_guard_is_asked_before_anything_is_written(company: Company, kind: ActionKind, guard: Guard) -> None:
    company.switch.rules = guard
    before = company.state()
    with pytest.raises(Refused):
        company.containing.contain(company.request(kind, guards=("arn:aws:iam::1:role/guarded",)))
    assert company.state() == before


def test_a_worker_without_organizations_says_so(company: Company) -> None:
    with pytest.raises(Refused, match="no service control policies"):
        Containing(PaperIam(), PaperSwitch()).contain(company.request(ActionKind.QUARANTINE))


AGAIN = {
    "throttled": ("TooManyRequestsException", 400),
    "broken": ("ServiceException", 500),
    "somebody else writes": ("ConcurrentModificationException", 400),
    "changes in progress": ("PolicyChangesInProgressException", 400),
    "its credentials ended": ("ExpiredTokenException", 403),
    "the answer is lost": ("", 0),
}
FINAL: dict[str, tuple[str, type[HopstopError]]] = {
    "gone": ("TargetNotFoundException", NotFound),
    "no such SCP": ("PolicyNotFoundException", NotFound),
    "full": ("ConstraintViolationException", Refused),
    "not understood": ("MalformedPolicyDocumentException", Malformed),
    "denied": ("AccessDeniedException", Refused),
    "no organisation": ("AWSOrganizationsNotInUseException", Refused),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trouble", AGAIN)
@pytest.mark.parametrize("at", [0, 1])
def test_what_passes_is_tried_again_and_ends_held_once_or_freed(
    company: Company, kind: ActionKind, trouble: str, at: int
) -> None:
    before, request = company.state(), company.request(kind)
    acts: tuple[Callable[[], Any], ...] = (
        lambda: company.containing.contain(request),
        lambda: company.containing.lift(LiftRequest(request=request)),
    )
    for number, act in enumerate(acts):
        if number == at:
            _play(company, WRITES[kind][at], *AGAIN[trouble])
            with pytest.raises(Unavailable):
                act()
        act()
        assert company.containing.read_back(request).contained is (number == 0)
    assert company.state() == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trouble", FINAL)
@pytest.mark.parametrize("at", [0, 1])
def test_what_does_not_pass_is_said_and_changes_nothing(
    company: Company, kind: ActionKind, trouble: str, at: int
) -> None:
    before, request = company.state(), company.request(kind)
    if at:
        company.containing.contain(request)
    error, ours = FINAL[trouble]
    _play(company, WRITES[kind][at], error, 400)
    with pytest.raises(HopstopError, match=error) as raised:
        (company.containing.lift(LiftRequest(request=request)) if at else company.containing.contain(request))
    assert type(raised.value) is ours
    assert company.containing.read_back(request).contained is bool(at)
    assert company.containing.lift(LiftRequest(request=request)).clean
    assert company.state() == before


def _play(company: Company, operation: str, error: str, status: int) -> None:
    """Answer the next call so, once."""
    played: list[str] = []
    client = company.scps._client(company.people)

    def once(**_: Any) -> AWSResponse | None:
        if played:
            return None
        played.append(operation)
        if not error:
            raise ReadTimeoutError(endpoint_url="http://localhost")
        return _answer(error, status)

    client.meta.events.register(f"{'before-send' if error else 'after-call'}.organizations.{operation}", once)


def _answer(error: str, status: int) -> AWSResponse:
    body = json.dumps({"__type": error, "Message": "played"}).encode()
    return AWSResponse("http://localhost", status, {"content-type": "application/x-amz-json-1.1"}, _Raw(body))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body
