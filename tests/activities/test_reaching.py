"""What is still in reach is told from the snapshot that is there, and that it is missing where it is not."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.reaching import Reaching, ReachQuestion
from integrations.snapshot_files import SnapshotFolder
from model.organization import organization_from
from model.reach_words import in_reach
from tests.trust.trust_world import DEV, HUB, PROD, role_arn, root

ORGANIZATION = organization_from(
    {"accounts": {PROD: {"name": "payments", "environment": "production"}, DEV: {"environment": "dev"}}}
)
CI, DATA = role_arn(HUB, "ci"), role_arn(PROD, "data")


def role(arn: str, *trusted: str, may: list[str] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(trusted)}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": may or []}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}]
    return {
        "Arn": arn,
        "RoleId": "AROAEXAMPLE",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "RolePolicyList": policies if may else [],
    }


def write(folder: Path, *roles: dict[str, Any], at: float = 1_700_000_000) -> None:
    file = folder / "iam.json"
    file.write_text(json.dumps({"RoleDetailList": list(roles)}))
    os.utime(file, (at, at))


def ask(reaching: Reaching, *principals: str) -> Any:
    return reaching.reach(ReachQuestion(principals=principals))


@pytest.fixture
def reaching(tmp_path: Path) -> Reaching:
    shared = role_arn(DEV, "shared")
    write(
        tmp_path,
        role(CI, root(HUB), may=["arn:aws:iam::*:role/shared"]),
        role(shared, root(HUB), may=[DATA]),
        role(DATA, shared),
    )
    return Reaching(SnapshotFolder(str(tmp_path)), ORGANIZATION)


def test_the_accounts_beyond_the_chain_are_counted_by_hops(reaching: Reaching) -> None:
    told = ask(reaching, CI).reach
    assert (told.within, told.free, told.production, told.unknown) == ((1, 2), 2, ("payments",), ())
    said = in_reach(told)
    assert said.startswith("2 more accounts in 2 hops (1 in 1), 1 of them production: `payments`; 2 with no further")
    assert said.endswith("as IAM was on 2023-11-14 22:13 UTC")


def test_accounts_that_the_chain_has_come_to_are_not_still_in_reach(reaching: Reaching) -> None:
    assert ask(reaching, CI, role_arn(DEV, "shared")).reach.within == (1,)
    told = ask(reaching, CI, role_arn(DEV, "shared"), DATA).reach
    assert in_reach(told).startswith("no other account, as IAM was on")


def test_who_is_not_in_the_snapshot_is_counted(reaching: Reaching) -> None:
    told = ask(reaching, CI, role_arn(HUB, "new")).reach
    assert told.unknown == (role_arn(HUB, "new"),)
    assert in_reach(told).endswith("1 principal of the chain not in it")
    assert ask(reaching, role_arn(HUB, "new")).missing == (
        "what is still in reach: the snapshot of IAM knows nobody of this chain",
    )


def test_a_snapshot_that_changed_is_read_again(reaching: Reaching, tmp_path: Path) -> None:
    assert ask(reaching, CI).reach.within == (1, 2)
    write(tmp_path, role(CI, root(HUB)), at=1_700_000_100)
    told = ask(reaching, CI).reach
    assert told.within == ()
    assert told.as_of == datetime.fromtimestamp(1_700_000_100, UTC)


@pytest.mark.parametrize("folder", ["", "absent"])
def test_without_a_snapshot_it_is_said_to_be_missing(tmp_path: Path, folder: str) -> None:
    reaching = Reaching(SnapshotFolder(str(tmp_path / folder) if folder else ""), ORGANIZATION)
    told = ask(reaching, CI)
    assert told.reach is None
    assert told.missing == ("what is still in reach: no snapshot of IAM (trust.snapshot in hopstop.toml)",)


def test_a_payload_without_reach_is_as_it_was_before_there_was_any() -> None:
    told = ask(Reaching(SnapshotFolder(""), ORGANIZATION), CI)
    assert "reach" not in told.model_dump()
