"""`hopstop explain`: looked up in a store, in a backtest's lines, in records judged again."""

import importlib.util
import json

import pytest
import typer
from typer.testing import CliRunner

from cli.backtest import backtest
from cli.explain import explain
from cli.explain_quiet import quiet_ways
from detectors.judge import Judge
from integrations.sqlite_store import SqliteStore
from model.chain_graph import graph
from model.confidence import Confidence
from model.errors import HopstopError
from model.exemption import Exemption
from model.journal import Lesson
from model.organization import Organization
from model.thresholds import Thresholds, Weighing
from tests.detectors.world import ANA, PROD, assume, final, judged, laptop, month, night, read

DRAWS = importlib.util.find_spec("matplotlib") is not None


def run(command, *arguments: str, stdin: str | None = None):
    app = typer.Typer()
    app.command()(command)
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [*map(str, arguments)], input=stdin)


def told(result) -> str:
    return " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def records():
    project, _ = assume(ANA, "project", PROD, night().replace(hour=11))
    return [*month(), *laptop(night()), project]


@pytest.fixture(scope="module")
def trail(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("trail")
    (folder / "all.json").write_text(json.dumps({"Records": records}))
    (folder / "organization.toml").write_text('time_zone = "Europe/Berlin"\n')
    return folder


@pytest.fixture(scope="module")
def usual(trail):
    """The options of every run over the records."""
    until = night().replace(hour=0, minute=0).isoformat()
    return ["--organization", trail / "organization.toml", "--learn-until", until]


@pytest.fixture(scope="module")
def printed(trail, usual):
    return run(backtest, trail / "all.json", *usual, "--json").stdout


@pytest.fixture(scope="module")
def uids(printed):
    """The uid of the attack, and that of the new role."""
    lines = [json.loads(line) for line in printed.splitlines()][:-1]
    return tuple(next(line["uid"] for line in lines if line["severity"] == level) for level in ("critical", "medium"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory, records):
    """A store that a watch has written to."""
    url = tmp_path_factory.mktemp("store") / "watch.db"
    store = SqliteStore(str(url))
    lead = store.lead("test", 60)
    assert lead is not None
    judge = Judge(Thresholds(), Organization(time_zone="Europe/Berlin"), store, entry=lead.entry)
    for at in range(0, len(records), 500):
        outcome = judge.judge(read(records[at : at + 500]))
        written = judge.written(outcome.findings)
        store.commit(lead.version, written.entry, written.documents, written.folded)
    store.resign(lead.version)
    store.close()
    return f"sqlite:///{url}"


def test_records_judged_again_tell_everything(trail, usual, uids):
    result = run(explain, uids[0][:8], trail / "all.json", *usual)
    assert result.exit_code == 0, result.stderr
    words = told(result)
    for said in (
        "CRITICAL high confidence",
        "`prod-data` in `333333333333`",
        "this: 02",
        "detector at observed expected threshold window",
        "chain medium 09-30 00:48:35 3 1 2 –",
        "88 assumptions",
        "never learned without somebody's word",
        '[[exceptions]] identity = "arn:aws:iam::111111111111:user/ana"',
        '[[organization.on_call]] person = "ana"',
        "none of these alone quiets the composite",
        "Take it for an attack.",
        "T1550.001",
    ):
        assert said in words, said
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_json_holds_the_same(trail, usual, uids):
    line = json.loads(run(explain, uids[0], trail / "all.json", *usual, "--json").stdout)
    assert list(line) == ["type", "finding", "chains", "hours", "baseline", "detectors", "notes", "quiet"]
    assert line["finding"]["uid"] == uids[0]
    assert [[hop["role"].rsplit("/")[-1] for hop in chain] for chain in line["chains"]] == [
        ["ci", "deploy", "prod-data"]
    ]
    assert line["hours"]["marked"] == [2]
    assert line["baseline"]["assumptions"] == 88
    assert next(entry["name"] for entry in line["detectors"]) == "composite"
    assert all(entry["runbook"] and entry["false_positives"] for entry in line["detectors"])


def test_a_backtests_lines_are_enough_for_the_numbers(trail, printed, uids, tmp_path):
    (tmp_path / "found.jsonl").write_text(printed)
    for result in (
        run(explain, uids[1], "--from", tmp_path / "found.jsonl"),
        run(explain, uids[1], "--from", "-", stdin=printed),
    ):
        assert result.exit_code == 0, result.stderr
        assert "new_pair medium" in told(result)
        assert "nothing is known of it here" in told(result)
        assert 'role = "arn:aws:iam::333333333333:role/project"' in result.stdout


def test_a_store_gives_a_printed_finding_its_baseline(printed, uids, watched):
    result = run(explain, uids[1], "--from", "-", "--store", watched, stdin=printed)
    assert "88 assumptions" in told(result)


def test_a_watchs_store_knows_what_runs_and_what_waits_to_be_learned(watched, uids):
    result = run(explain, uids[0][:6], "--store", watched)
    assert result.exit_code == 0, result.stderr
    assert "CRITICAL" in told(result)
    assert "not learned until somebody decides" in told(result)
    assert "nothing that its chains do is learned" in told(result)


def test_what_people_said_is_shown(watched, uids, tmp_path):
    store = SqliteStore(watched.removeprefix("sqlite:///"))
    store.teach(
        Lesson(
            origin="user:x", finding=uids[0], verdict="false_positive", told=night(), until=night().replace(month=10)
        )
    )
    store.close()
    assert "people said of it: false positive (2026-09-30T00:47:00Z), which counts until" in told(
        run(explain, uids[0], "--store", watched)
    )


@pytest.mark.parametrize(
    "asked", ["ana", "arn:aws:iam::111111111111:user/ana", "user:111111111111:AIDAANAQQQQQQQQQQQQQQ"]
)
def test_an_identity_is_told_by_its_name_arn_or_key(watched, asked):
    result = run(explain, asked, "--store", watched)
    assert result.exit_code == 0, result.stderr
    words = told(result)
    for said in ("hours 00", "88 assumptions", "mature: what is unusual for it is judged", "finding "):
        assert said in words


def test_an_identity_of_records_judged_again(trail, usual):
    result = run(explain, "runner", trail / "all.json", *usual, "--json")
    line = json.loads(result.stdout)
    assert line["mature"] is True
    assert line["baseline"]["identity"].startswith("role:111111111111:")


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ("0000000", 1, "no identity fits 0000000"),
        ("nobody", 1, "no identity fits nobody"),
        ("1111", 2, "identities fit"),
    ],
)
def test_what_is_not_there_or_not_one_is_one_clear_line(watched, asked, code, said):
    result = run(explain, asked, "--store", watched)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr.splitlines()[0]


def test_a_beginning_of_several_findings_is_said(printed):
    found = [json.loads(line) for line in printed.splitlines()][:-1]
    twins = [found[0] | {"uid": f"abcd{n}" + "0" * 27} for n in range(2)]
    result = run(explain, "abcd", "--from", "-", stdin="\n".join(map(json.dumps, twins)))
    assert result.exit_code == 2
    assert "2 findings begin with abcd: abcd0" in result.stderr


@pytest.mark.parametrize("text", ["{", "[1]", '{"type": "finding", "uid": "abcd"}'])
def test_lines_that_are_none_of_ours_are_one_line(text):
    result = run(explain, "abcd", "--from", "-", stdin=text)
    assert isinstance(result.exception, HopstopError)
    assert str(result.exception).startswith("--from: ")


def test_who_was_on_call_is_said(trail, usual, uids, tmp_path):
    duty = '{person = "ana@example.com", from = 2026-09-29T00:00:00Z, until = 2026-10-01T00:00:00Z}'
    (tmp_path / "org.toml").write_text(f'time_zone = "Europe/Berlin"\non_call = [{duty}]\n')
    result = run(explain, uids[0], trail / "all.json", *usual[2:], "--organization", tmp_path / "org.toml")
    assert "on call then: ana@example.com (the one who acted)" in told(result)
    assert "off_hours quiet" in told(result)


def test_an_exception_of_an_identity_is_said(watched, tmp_path):
    (tmp_path / "hopstop.toml").write_text(
        f'[[exceptions]]\nidentity = "{ANA.arn}"\nuntil = 2030-01-01T00:00:00Z\nreason = "moves house"\n'
    )
    app = typer.Typer()
    app.command()(explain)
    settings = {"HOPSTOP_CONFIG": str(tmp_path / "hopstop.toml")}
    result = CliRunner(env=settings).invoke(app, ["ana", "--store", watched])
    assert "excepted from * until 2030-01-01: moves house" in result.stdout


@pytest.mark.parametrize(
    ("confidence", "said"),
    [(Confidence.LOW, "1 hour later"), (Confidence.MEDIUM, "7 days later"), (Confidence.HIGH, "not by itself")],
)
def test_the_wait_is_that_of_the_settings(records, confidence, said):
    finding = final(judged(records))[-1].model_copy(update={"confidence": confidence})
    assert said in next(quiet_ways(finding, Weighing())).how


def test_the_suggested_exception_is_one_and_quotes_what_strangers_typed(records):
    import tomllib

    finding = next(f for f in final(judged(records)) if f.severity == "medium")
    evil = finding.origin.model_copy(update={"arn": None, "key": 'user:x"\n[guard]\nstop = true'})
    for origin in (finding.origin, evil):
        ways = [*quiet_ways(finding.model_copy(update={"origin": origin}), Weighing())]
        (table,) = (tomllib.loads(way.toml) for way in ways if way.toml.startswith("[[exceptions]]"))
        assert table.keys() == {"exceptions"}
        assert Exemption.model_validate(table["exceptions"][0]).detector == "new_pair"


@pytest.mark.parametrize(("detector", "of_a_role"), [("new_pair", True), ("after_assumption", False)])
def test_an_exception_names_a_role_only_where_the_oddity_is_about_one(records, detector, of_a_role):
    finding = next(f for f in final(judged(records)) if f.severity == "medium")
    told = finding.model_copy(update={"detectors": (detector,), "roles": finding.roles[:1]})
    (toml,) = (way.toml for way in quiet_ways(told, Weighing()) if way.toml.startswith("[[exceptions]]"))
    assert ("role = " in toml) is of_a_role


class TestPictures:
    def test_a_graph_has_a_node_for_each_session_and_an_arrow_for_each_hop(self, records):
        attack = next(f for f in final(judged(records)) if f.severity == "critical")
        text = graph(attack.lineages)
        assert text.count("->") == 3
        assert text.count('[label="ci') == 1

    def test_what_strangers_typed_ends_no_label(self, records):
        attack = next(f for f in final(judged(records)) if f.severity == "critical")
        line = attack.lineages[0]
        evil = line.hops[0].model_copy(update={"role_arn": 'arn:aws:iam::1:role/x"]; evil [label="\\'})
        text = graph((line.model_copy(update={"hops": (evil,)}),))
        assert "x']; evil [label='\\\\" in text

    @pytest.mark.skipif(DRAWS, reason="matplotlib is installed")
    def test_without_matplotlib_it_is_one_line(self, trail, usual, uids, tmp_path):
        result = run(explain, uids[0], trail / "all.json", *usual, "--picture", tmp_path / "a.png")
        assert "needs matplotlib" in str(result.exception)

    @pytest.mark.skipif(not DRAWS, reason="matplotlib is not installed")
    @pytest.mark.parametrize(("name", "begin"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
    def test_a_picture_is_what_its_name_says(self, trail, usual, uids, tmp_path, name, begin):
        result = run(explain, uids[0], trail / "all.json", *usual, "--picture", tmp_path / name)
        assert result.exit_code == 0, result.exception
        assert (tmp_path / name).read_bytes().startswith(begin)

    def test_another_ending_is_refused_at_once(self, trail, usual, uids, tmp_path):
        result = run(explain, uids[0], trail / "all.json", *usual, "--picture", tmp_path / "a.gif")
        assert "is none of .png, .svg, .pdf" in str(result.exception)
