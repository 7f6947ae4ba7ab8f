"""`hopstop trust graph` and `reach`: what they print, how they end, what they say of wrong input."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from bench.trust_world import HUB, account, files, organization
from cli.main import run

CI = f"arn:aws:iam::{HUB}:role/ci"
ACCOUNTS = 8


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of eight accounts, one of them gzipped, one that is none, and the organisation."""
    folder = tmp_path_factory.mktemp("iam")
    (folder / "pages").mkdir()
    for number, (name, body) in enumerate(files(ACCOUNTS, 160)):
        path = folder / "pages" / name
        path.write_bytes(body)
        if not number:
            path.with_suffix(".json.gz").write_bytes(gzip.compress(body))
            path.unlink()
    (folder / "pages" / "notes.txt").write_text("not IAM")
    (folder / "org.json").write_text(json.dumps(organization(ACCOUNTS)))
    return folder


def trust(world: Path, command: str, *more: str, organized: bool = True) -> int:
    described = ["--organization", str(world / "org.json")] if organized else []
    arguments = [*more, str(world / "pages")] if command == "reach" else [str(world / "pages"), *more]
    return run(["trust", command, *arguments, *described])


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def _roles(folder: Path, **trusts: list[dict]) -> str:
    """A file of roles of the hub, each with these statements in its trust policy."""
    roles = [
        {
            "Arn": f"arn:aws:iam::{HUB}:role/{name}",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
        }
        for name, trust in trusts.items()
    ]
    (folder / "roles.json").write_text(json.dumps(roles))
    return str(folder / "roles.json")


class TestGraph:
    def test_json_has_ways_choke_points_and_a_summary_last(self, world, capsys):
        assert trust(world, "graph", "--json") == 3
        out, err = capsys.readouterr()
        told = lines(out)
        assert {line["type"] for line in told} >= {"path", "widest", "summary"}
        summary = told[-1]
        assert (summary["type"], summary["roles"], summary["users"], summary["accounts"]) == ("summary", 162, 24, 8)
        assert [Path(each["file"]).name for each in summary["troubles"]] == ["notes.txt"]
        assert "notes.txt: not JSON" in err
        path = next(line for line in told if line.get("concern") == "development_to_production")
        assert (path["type"], path["free"], path["hops"]) == ("path", True, 1)
        assert path["steps"][-1]["to"].startswith(f"arn:aws:iam::{path['account']}:role/")

    def test_text_tells_the_worst_in_words(self, world, capsys):
        assert trust(world, "graph", "--most", "3") == 3
        out = capsys.readouterr().out
        assert "162 roles and 24 users in 8 accounts" in out
        assert "Ways to worry about" in out
        assert "Who reaches most" in out

    def test_it_needs_no_description_of_the_organisation(self, world, capsys):
        assert trust(world, "graph", "--json", organized=False) == 3
        assert lines(capsys.readouterr().out)[-1]["outside"] == 2

    def test_dot_is_printed_whole_and_the_worst_are_red(self, world, capsys):
        assert trust(world, "graph", "--dot") == 3
        out = capsys.readouterr().out
        assert out.startswith("digraph trust {")
        assert out.rstrip().endswith("}")
        assert "#c0392b" in out

    def test_the_whole_subject_stands_at_the_edge_and_what_strangers_meet_is_red(self, tmp_path, capsys):
        host = "token.actions.githubusercontent.com"
        provider = f"arn:aws:iam::{HUB}:oidc-provider/{host}"
        condition = {
            "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{host}:sub": "repo:a-rather-long-owner*"},
        }
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        }
        assert run(["trust", "graph", "--dot", _roles(tmp_path, build=[statement])]) == 3
        out = capsys.readouterr().out
        (edge,) = [line for line in out.splitlines() if "->" in line]
        assert "StringLike sub repo:a-rather-long-owner*" in edge
        assert "#c0392b" in edge
        assert "any customer of GitHub Actions" in out
        assert "choke point: " in out

    def test_other_trust_is_drawn_from_box_to_box_and_to_no_role(self, tmp_path, capsys):
        near, far = account(1), account(2)
        named = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{near}:root"}, "Action": "sts:AssumeRole"}
        (tmp_path / "org.json").write_text(json.dumps({"accounts": {HUB: {}, near: {}}}))
        paths = _roles(tmp_path, other=[named], open=[{**named, "Principal": {"AWS": f"arn:aws:iam::{far}:root"}}])
        assert run(["trust", "graph", "--dot", paths, "--organization", str(tmp_path / "org.json")]) == 3
        edges = [line.strip() for line in capsys.readouterr().out.splitlines() if "->" in line and "#b0b7be" in line]
        assert edges == [f'"{near}" -> "in {HUB}" [color="#b0b7be", lhead="cluster_{HUB}"];']

    @pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
    @pytest.mark.parametrize(("ending", "begin"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
    def test_a_picture_is_drawn(self, world, tmp_path, capsys, ending, begin):
        file = tmp_path / f"trust.{ending}"
        assert trust(world, "graph", "--picture", str(file)) == 3
        assert file.read_bytes().startswith(begin)
        assert f"drawn: {file}" in capsys.readouterr().err

    def test_without_graphviz_the_words_are_there_and_what_is_missing_is_said(
        self, world, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.setenv("PATH", str(tmp_path))
        assert trust(world, "graph", "--picture", str(tmp_path / "a.svg")) == 1
        out, err = capsys.readouterr()
        assert "Ways to worry about" in out
        assert "--picture needs graphviz" in err

    def test_words_of_strangers_stay_inside_their_quotes(self, tmp_path, capsys):
        words = 'a"]; evil [label="x\\'
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sts:AssumeRole",
            "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": words}},
        }
        assert run(["trust", "graph", "--dot", _roles(tmp_path, open=[statement])]) == 3
        out = capsys.readouterr().out
        (edge,) = [line for line in out.splitlines() if "->" in line]
        assert "[label='x" in edge
        assert edge.count('"') == edge.replace("\\\\", "").replace('\\"', "").count('"') == 10

    def test_names_that_iam_does_not_allow_are_no_names(self, tmp_path, capsys):
        role = {"Arn": f'arn:aws:iam::{HUB}:role/a"]; evil [label="x', "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}],
        }}  # fmt: skip
        (tmp_path / "role.json").write_text(json.dumps(role))
        assert run(["trust", "graph", "--dot", str(tmp_path / "role.json")]) == 1
        said = capsys.readouterr()
        assert "its Arn is no role's" in said.err
        assert "evil" not in said.out


class TestReach:
    def test_json_tells_accounts_and_ways(self, world, capsys):
        assert trust(world, "reach", CI, "--json") == 1
        (told,) = lines(capsys.readouterr().out)
        assert (told["type"], told["principal"], len(told["accounts"])) == ("reach", CI, ACCOUNTS - 1)
        assert told["within"][0] == {"hops": 1, "accounts": 7}
        assert [way["account"] for way in told["ways"]] == [account(number) for number in range(1, ACCOUNTS)]

    def test_text_names_the_way(self, world, capsys):
        assert trust(world, "reach", "ci", "--hops", "1") == 1
        out = capsys.readouterr().out
        assert "ci in payments-0 reaches 7 other accounts (7 in 1 hop)" in out
        assert "→ deploy in search-1" in out

    def test_a_name_that_several_have_is_answered_for_each(self, world, capsys):
        assert trust(world, "reach", "deploy", "--json") == 1
        assert len(lines(capsys.readouterr().out)) == ACCOUNTS

    def test_nobody_of_that_name_is_said(self, world, capsys):
        assert trust(world, "reach", "nobody") == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "nobody here is called nobody" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["graph"], 2, "name files, or ask AWS with --live"),
        (["graph", "x.json", "--live"], 2, "either --live or PATHs"),
        (["graph", "x.json", "--role", "r"], 2, "only --live has it"),
        (["graph", "absent.json"], 2, "no such file or directory: absent.json"),
        (["graph", "absent.json", "--picture", "a.gif"], 1, "a.gif is none of .png"),
        (["reach", "x"], 2, "name files, or ask AWS with --live"),
    ],
)
def test_wrong_input_is_said_and_nothing_is_printed(arguments, code, said, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(["trust", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in " ".join(err.replace("│", " ").split())


def test_files_without_any_role_are_no_graph(tmp_path, capsys):
    (tmp_path / "a.json").write_text('{"RoleDetailList": []}')
    assert run(["trust", "graph", str(tmp_path)]) == 1
    assert "no roles in any of these files" in capsys.readouterr().err

    def test_a_part_is_called_one_and_all_is_not(self, tmp_path, capsys):
        roles = _roles(tmp_path, ci=[{"Effect": "Allow", "Principal": {"AWS": HUB}, "Action": "sts:AssumeRole"}])
        for command in (["reach", "ci", roles], ["graph", roles]):
            assert run(["trust", *command]) == 0
        (tmp_path / "notes.txt").write_text("not IAM")
        for command in (["reach", "ci", str(tmp_path)], ["graph", str(tmp_path)]):
            assert run(["trust", *command]) == 1
            assert "not in it: 1 file or account that could not be read" in capsys.readouterr().err
