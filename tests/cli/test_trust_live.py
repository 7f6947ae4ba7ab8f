"""`--live` over an organisation of six accounts on a server that enforces IAM; one of them does not let us in."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from cli.trust_live import ATTEMPTS, Live
from integrations.aws import AwsClients
from integrations.aws_organization import AwsOrganization
from integrations.snapshot_files import read_snapshot_files
from model.errors import Refused, Unavailable
from model.settings import ContainmentSettings
from tests.integrations.aws_world import allow, trust
from tests.servers import Ministack, ministack
from trust.reading import read_snapshot
from trust.snapshot import Snapshot

__all__ = ["ministack"]

ROLE = "hopstop/audit"
THROTTLED = b'{"__type":"TooManyRequestsException","Message":"Rate exceeded"}'


@dataclass
class Org:
    """`management` holds the organisation, five `members` let us in, `closed` does not; `base` is our own user."""

    ministack: Ministack
    management: str
    members: list[str]
    closed: str
    key: tuple[str, str]
    waited: list[float] = field(default_factory=list)

    def session(self) -> boto3.Session:
        return self.ministack.session(*self.key)

    def live(self, folder: Path, max_age_s: float = 3600, base: boto3.Session | None = None) -> Live:
        clients = AwsClients(ContainmentSettings(role=ROLE), base=base or self.session(), endpoint=self.ministack.url)
        return Live(AwsOrganization(clients), folder, lambda _: max_age_s, self.waited.append)


@pytest.fixture(scope="module")
def made(ministack: Ministack) -> Org:
    management = ministack.new_account()
    root = ministack.root(management)
    organizations = ministack.client("organizations", root)
    names = ["one", "two", "three", "four", "five", "closed"]
    created = [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in names
    ]
    for account in created:
        iam = ministack.client("iam", ministack.root(account))
        iam.create_role(RoleName="work", AssumeRolePolicyDocument=trust(management))
        if account != created[-1]:
            iam.create_role(RoleName="audit", Path="/hopstop/", AssumeRolePolicyDocument=trust(management))
            read = allow("iam:GetAccountAuthorizationDetails")
            iam.put_role_policy(RoleName="audit", PolicyName="p", PolicyDocument=read)
    iam = ministack.client("iam", root)
    iam.create_user(UserName="auditor")
    ours = allow("sts:AssumeRole", "organizations:ListAccounts", "iam:GetAccountAuthorizationDetails")
    iam.put_user_policy(UserName="auditor", PolicyName="p", PolicyDocument=ours)
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    return Org(ministack, management, created[:-1], created[-1], (key["AccessKeyId"], key["SecretAccessKey"]))


@pytest.fixture
def org(made: Org) -> Iterator[Org]:
    made.waited.clear()
    return made


def snapshot(live: Live) -> Snapshot:
    return read_snapshot((each.name, each.data) for each in read_snapshot_files([str(path) for path in live.files()]))


def work(account: str) -> str:
    return f"arn:aws:iam::{account}:role/work"


def answers(session: boto3.Session, event: str, answer: Callable[[int], AWSResponse | None]) -> list[str]:
    """Let a function answer this call in AWS's place: it is told how often it was asked; None lets it through."""
    asked: list[str] = []
    lock = threading.Lock()

    def hook(request: Any, **_: Any) -> AWSResponse | None:
        with lock:
            asked.append(request.url)
        return answer(len(asked))

    session.events.register(f"before-send.{event}", hook)
    return asked


def answer(status: int, body: bytes) -> AWSResponse:
    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield body

    return AWSResponse("http://127.0.0.1", status, {}, Raw())


def test_every_account_that_lets_us_in_is_read_and_the_other_is_said(org: Org, tmp_path: Path, capsys) -> None:
    live = org.live(tmp_path)
    troubles = live.read()
    found = {role.arn for role in snapshot(live).roles}
    assert found >= {work(account) for account in org.members}
    assert work(org.closed) not in found
    assert [trouble.file for trouble in troubles] == [f"account {org.closed}"]
    assert "enter account" in troubles[0].why
    told = capsys.readouterr().err
    assert "7 accounts, 0 of them read before" in told
    assert f"account {org.closed} (closed)" in told
    assert "read 7 of 7 accounts" in told
    assert {live.names[account] for account in org.members} == {"one", "two", "three", "four", "five"}


def test_what_was_read_is_not_asked_again_and_what_is_old_is(org: Org, tmp_path: Path, capsys) -> None:
    org.live(tmp_path).read()
    capsys.readouterr()
    base = org.session()
    entered = answers(base, "sts.AssumeRole", lambda _count: None)
    live = org.live(tmp_path, base=base)
    live.read()
    assert len(entered) == 1
    assert "7 accounts, 6 of them read before" in capsys.readouterr().err
    assert {role.arn for role in snapshot(live).roles} >= {work(account) for account in org.members}
    org.live(tmp_path, max_age_s=0, base=base).read()
    assert len(entered) == 1 + 6


@pytest.mark.parametrize("spoil", ["cut", "empty", "of the future"])
def test_what_is_kept_and_cannot_be_right_is_asked_again(org: Org, tmp_path: Path, spoil: str) -> None:
    org.live(tmp_path).read()
    kept = tmp_path / f"{org.members[0]}.json.gz"
    body = kept.read_bytes()
    if spoil == "of the future":
        os.utime(kept, (time.time() + 86_400,) * 2)
    else:
        kept.write_bytes(body[:20] if spoil == "cut" else b"")
    org.live(tmp_path).read()
    assert kept.read_bytes() == body
    assert kept.stat().st_mtime <= time.time()


def test_a_file_that_cannot_be_written_is_that_account_s_trouble(org: Org, tmp_path: Path) -> None:
    (tmp_path / f"{org.members[0]}.json.gz").with_suffix(".part").mkdir()
    troubles = org.live(tmp_path).read()
    assert any(org.members[0] in trouble.file and "cannot be written" in trouble.why for trouble in troubles)
    assert (tmp_path / f"{org.members[1]}.json.gz").exists()


def test_broken_off_it_goes_on_where_it_was(org: Org, tmp_path: Path) -> None:
    """As if the process had been killed while it wrote: a part of a file is no file."""
    org.live(tmp_path).read()
    lost = tmp_path / f"{org.members[0]}.json.gz"
    lost.rename(lost.with_suffix(".part"))
    live = org.live(tmp_path)
    assert lost not in live.files()
    live.read()
    assert lost in live.files()
    assert work(org.members[0]) in {role.arn for role in snapshot(live).roles}


def test_throttled_calls_are_made_again_ever_later(org: Org, tmp_path: Path) -> None:
    base = org.session()
    asked = answers(base, "organizations.ListAccounts", lambda n: answer(400, THROTTLED) if n <= 3 else None)
    live = org.live(tmp_path, base=base)
    assert [trouble.file for trouble in live.read()] == [f"account {org.closed}"]
    assert len(asked) == 4
    assert org.waited[:3] == [0.5, 1.0, 2.0]


def test_an_organisation_that_never_answers_is_given_up(org: Org, tmp_path: Path) -> None:
    base = org.session()
    asked = answers(base, "organizations.ListAccounts", lambda _n: answer(400, THROTTLED))
    with pytest.raises(Unavailable):
        org.live(tmp_path, base=base).read()
    assert len(asked) == ATTEMPTS


def test_who_may_not_list_accounts_is_told(org: Org, tmp_path: Path) -> None:
    iam = org.ministack.client("iam", org.ministack.root(org.members[0]))
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    base = org.ministack.session(key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(Refused, match="list the organisation's accounts"):
        org.live(tmp_path, base=base).read()
    assert list(tmp_path.iterdir()) == []


PAGE = """<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
<GetAccountAuthorizationDetailsResult><IsTruncated>{more}</IsTruncated>{marker}<RoleDetailList><member>
<Path>/</Path><Arn>arn:aws:iam::{account}:role/{name}</Arn><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId>
<CreateDate>2026-01-01T00:00:00Z</CreateDate>
<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>
</member></RoleDetailList></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"""


def test_every_page_of_an_account_is_read(org: Org, tmp_path: Path) -> None:
    """The stand-in gives one page only, so that AWS's paging is played for our own account."""
    base = org.session()
    names = ["first", "second", "third"]

    def page(count: int) -> AWSResponse:
        last = count == len(names)
        marker = "" if last else f"<Marker>m{count}</Marker>"
        told = PAGE.format(more=str(not last).lower(), marker=marker, account=org.management, name=names[count - 1])
        return answer(200, told.encode())

    asked = answers(base, "iam.GetAccountAuthorizationDetails", page)
    live = org.live(tmp_path, base=base)
    live.read()
    assert len(asked) == 3
    own = {role.arn for role in snapshot(live).roles if role.account == org.management}
    assert own == {f"arn:aws:iam::{org.management}:role/{name}" for name in names}
    (role, *_) = [role for role in snapshot(live).roles if role.account == org.management]
    assert json.loads(role.trust) == {"Version": "2012-10-17"}
