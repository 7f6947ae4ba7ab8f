"""`hopstop trust map`: the file that it writes, what it keeps, and how drift ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from config import load
from model.organization import read_trust
from tests.trust.trust_world import ACCOUNTS, HUB, ORG_ID, PROD, STRANGE, role_arn, root

DATA = role_arn(PROD, "data")


def role(arn: str, *trusted: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(trusted)}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Arn": arn, "RoleId": "AROAEXAMPLE", "AssumeRolePolicyDocument": document, "RolePolicyList": []}


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.map = folder / "map.toml"
        (folder / "org.json").write_text(json.dumps({"org_id": ORG_ID, "accounts": ACCOUNTS}))

    def iam(self, *roles: dict[str, Any]) -> None:
        (self.folder / "iam.json").write_text(json.dumps({"RoleDetailList": roles}))

    def run(self, *more: str) -> int:
        described = ["--organization", str(self.folder / "org.json")]
        return run(["trust", "map", str(self.folder / "iam.json"), *described, *more])

    def write(self, *more: str) -> int:
        return self.run("--out", str(self.map), *more)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.iam(role(DATA, root(HUB), root(STRANGE)), role(role_arn(PROD, "open"), "*"))
    return made


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_map_is_one_that_settings_take(world: World, monkeypatch, capsys):
    assert world.write("--exceptions-until", "2027-01-01T00:00:00Z") == 3
    written = read_trust(world.map.read_text())
    assert [(each.source, each.target, each.level, bool(each.until)) for each in written] == [
        (HUB, DATA, "ACCOUNT", False),
        (STRANGE, DATA, "ACCOUNT", True),
    ]
    assert f"{written[1].until:%Y}" == "2027"
    settings = world.folder / "hopstop.toml"
    settings.write_text(f'[trust]\nmap = "{world.map}"\n')
    monkeypatch.setenv("HOPSTOP_CONFIG", str(settings))
    assert load().organization.trust == written
    assert load().for_watch("").organization.trust == ()
    out, err = capsys.readouterr()
    assert [line.split("  ")[0] for line in out.splitlines()[1:]] == ["anybody may come in"]
    assert "2 new relationships in" in err


def test_what_anybody_may_come_in_by_is_a_comment_and_an_exit_of_3(world: World, capsys):
    assert world.write() == 3
    text = world.map.read_text()
    assert f"# * -> {role_arn(PROD, 'open')}" in text
    assert "anybody may come in" in capsys.readouterr().out


def test_without_a_file_the_map_is_printed(world: World, capsys):
    world.iam(role(DATA, root(HUB)))
    assert world.run() == 0
    out, err = capsys.readouterr()
    assert [each.source for each in read_trust(out)] == [HUB]
    assert "nothing is documented yet" in err


def test_made_again_it_keeps_what_people_wrote_and_adds_what_is_new(world: World):
    mine = f'[[trust]]\nfrom = "{HUB}"\nto = "{DATA}"\nuntil = 2026-01-01T00:00:00Z\nreason = "ours \\"quoted\\""\n'
    world.map.write_text(mine)
    assert world.write() == 3
    written = read_trust(world.map.read_text())
    assert (written[0].source, written[0].reason) == (HUB, 'ours "quoted"')
    assert f"{written[0].until:%Y-%m-%d}" == "2026-01-01"
    assert [each.source for each in written] == [HUB, STRANGE]
    again = world.map.read_text()
    world.write()
    assert read_trust(world.map.read_text()) == read_trust(again)


def test_drift_is_told_as_json_with_a_summary_last(world: World, tmp_path: Path, capsys):
    world.map.write_text(f'[[trust]]\nfrom = "{HUB}"\nto = "{DATA}"\n')
    assert world.write("--json") == 3
    told = lines(capsys.readouterr().out)
    kinds = [(line["kind"], line["from"]) for line in told if line["type"] == "drift"]
    assert kinds == [("configured_public", "*")]
    assert told[-1]["type"] == "summary"
    assert told[-1]["drift"]["configured_public"] == 1
    assert told[-1]["levels"] == {"ACCOUNT": 1, "PUBLIC": 1}


def test_without_a_file_drift_is_comments_of_the_map_that_is_printed(world: World, tmp_path: Path, capsys):
    documented = {"from": HUB, "to": role_arn(PROD, "gone")}
    described = {"org_id": ORG_ID, "accounts": ACCOUNTS, "trust": [documented]}
    (world.folder / "org.json").write_text(json.dumps(described))
    assert world.run() == 3
    out, err = capsys.readouterr()
    assert f"# anybody may come in: * -> {role_arn(PROD, 'open')}" in out
    assert f"# a policy lets it in, and nobody documented it: {STRANGE} -> {DATA}" in out
    assert f"# documented, and no policy lets it in: {HUB} -> {role_arn(PROD, 'gone')}" in out
    assert [each.source for each in read_trust(out)] == [HUB, STRANGE]
    assert err == ""


def test_the_table_of_drift_is_as_wide_as_people_say(world: World, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "70")
    assert world.write() == 3
    out = capsys.readouterr().out
    assert "anybody may come in" in out
    assert max(map(len, out.splitlines())) <= 70
    assert "…" not in out


def record(account: str, number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.11", "eventID": f"id-{number}", "eventTime": "2026-10-03T02:47:11Z",
        "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.10", "recipientAccountId": account,
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{account}:user/ana",
            "accountId": account, "userName": "ana", "accessKeyId": "AKIAEXAMPLE",
        },
        "requestParameters": {"roleArn": DATA, "roleSessionName": "s"},
        "responseElements": {"credentials": {"accessKeyId": f"ASIA{number:016}"}},
    }  # fmt: skip


def test_use_is_read_from_records_and_from_a_store(world: World, tmp_path: Path, capsys):
    world.iam(role(DATA, root(HUB)))
    records = tmp_path / "records.json"
    records.write_text(json.dumps({"Records": [record(HUB, 1), record(STRANGE, 2), record(STRANGE, 3)]}))
    world.map.write_text(f'[[trust]]\nfrom = "{HUB}"\nto = "{DATA}"\n')
    assert world.write("--used", str(records), "--json") == 3
    told = [line for line in lines(capsys.readouterr().out) if line["type"] == "drift"]
    stranger = f"arn:aws:iam::{STRANGE}:user/ana"
    assert [(each["kind"], each["from"], each["times"], each["last"]) for each in told] == [
        ("used_undocumented", stranger, 2, "2026-10-03T02:47:11Z"),
        ("used_unconfigured", stranger, 2, "2026-10-03T02:47:11Z"),
    ]
    store = f"sqlite:///{tmp_path / 'store.db'}"
    assert run(["baseline", "learn", str(records), "--store", store]) == 0
    capsys.readouterr()
    assert world.write("--store", store, "--json") == 3
    told = [line for line in lines(capsys.readouterr().out) if line["type"] == "drift"]
    assert ("used_undocumented", stranger) in [(each["kind"], each["from"]) for each in told]


def test_a_file_that_is_no_map_is_not_overwritten(world: World, capsys):
    world.map.write_text("[organization]\norg_id = 'o-1'\n")
    assert world.write() == 1
    assert "trust_map.organization: no such key" in capsys.readouterr().err
    assert world.map.read_text().startswith("[organization]")


def test_a_map_that_settings_name_and_that_cannot_be_read_stops_the_start(tmp_path: Path, monkeypatch, capsys):
    settings = tmp_path / "hopstop.toml"
    settings.write_text(f'[trust]\nmap = "{tmp_path / "absent.toml"}"\n')
    monkeypatch.setenv("HOPSTOP_CONFIG", str(settings))
    assert run(["config", "check"]) == 1
    assert "trust.map:" in capsys.readouterr().err


def test_what_ended_in_the_map_is_said_by_the_check_of_the_settings(tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "map.toml").write_text('[[trust]]\nfrom = "a"\nto = "b"\nuntil = 2020-01-01T00:00:00Z\n')
    settings = tmp_path / "hopstop.toml"
    settings.write_text(f'[trust]\nmap = "{tmp_path / "map.toml"}"\n')
    monkeypatch.setenv("HOPSTOP_CONFIG", str(settings))
    assert run(["config", "check"]) == 0
    assert "trust from a to b ended 2020-01-01 00:00 UTC" in capsys.readouterr().err


def test_records_that_cannot_be_read_are_no_use_of_nothing(world: World, tmp_path: Path, capsys):
    (tmp_path / "used.json").write_text('{"Records": [{"x": 1}]}')
    assert world.run("--used", str(tmp_path / "used.json")) == 1
    said = capsys.readouterr()
    assert "no CloudTrail record could be read in" in said.err
    assert "nobody used it" not in said.err + said.out
