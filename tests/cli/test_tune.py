"""`hopstop tune`: on records, with labels, and into hopstop.toml."""

import importlib.util
import json

import pytest
import typer
from typer.testing import CliRunner

from cli.backtest import backtest
from cli.tune import tune
from cli.tune_labels import attacks_of
from cli.tune_replay import Replay, Setting
from config import read_file
from detectors.judge import Judge
from detectors.tuning import KNOBS
from integrations.trail_files import read_paths
from model.errors import HopstopError, Malformed
from model.organization import Organization
from model.thresholds import Thresholds
from tests.cli.tune_world import history, loud_attack, quiet_attack
from tests.detectors.world import night, read

DRAWS = importlib.util.find_spec("matplotlib") is not None
SINCE = night(30).replace(hour=0, minute=0)
BERLIN = Organization(time_zone="Europe/Berlin")


@pytest.fixture(scope="module")
def trail(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trail")
    attacks = {"laptop": quiet_attack(), "loud": loud_attack()}
    records = history(*attacks.values())
    (folder / "records").mkdir()
    for n in range(4):
        (folder / "records" / f"{n}.json").write_text(json.dumps({"Records": records[n::4]}))
    rows = [{"name": name, "eventIDs": [r["eventID"] for r in each]} for name, each in attacks.items()]
    (folder / "labels.json").write_text(json.dumps({"attacks": rows}))
    (folder / "organization.toml").write_text('time_zone = "Europe/Berlin"\n')
    return folder


def run(trail, *arguments: str, config: str = "", command=tune):
    app = typer.Typer()
    app.command()(command)
    options = ["--organization", trail / "organization.toml", "--learn-until", SINCE.isoformat()]
    settings = {"COLUMNS": "110", "HOPSTOP_CONFIG": str(config)}
    return CliRunner(env=settings).invoke(app, [*map(str, (trail / "records", *options, *arguments))])


def test_the_budget_is_reached_and_the_trade_off_is_told(trail):
    result = run(trail, "--alerts-per-week", "2", "--labels", trail / "labels.json", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert list(told) == [
        *("type", "weeks", "budget", "reached", "steps", "changes", "silenced", "lost", "missed", "remaining", "diff")
    ]
    assert told["reached"] is True
    assert told["steps"][0]["a_week"] > 2 >= told["steps"][-1]["a_week"]
    assert told["steps"][0]["caught"] == ["laptop", "loud"]
    assert told["lost"] == ["loud"]
    assert "laptop" not in told["missed"]
    assert all(name.startswith("velocity.") for name in told["changes"])
    assert all(f"+{name.split('.')[1]} = " in told["diff"] for name in told["changes"])
    assert "try 1 of at most 60" in result.stderr


def test_what_is_printed_is_what_a_backtest_with_those_thresholds_finds(trail, tmp_path):
    told = json.loads(run(trail, "--alerts-per-week", "2", "--json").stdout)
    lines = ["[thresholds.velocity]", *(f"{name.split('.')[1]} = {v['to']}" for name, v in told["changes"].items())]
    (tmp_path / "hopstop.toml").write_text("\n".join(lines))
    found = run(trail, "--json", config=tmp_path / "hopstop.toml", command=backtest)
    alerts = [line for line in map(json.loads, found.stdout.splitlines()[:-1]) if line["confidence"] != "low"]
    assert round(len(alerts) / told["weeks"], 2) == round(told["steps"][-1]["a_week"], 2)


def test_a_replay_from_learned_state_finds_what_one_judge_finds(trail):
    setting = Setting(BERLIN, (), SINCE.timestamp(), {})
    replay = Replay(read_paths([str(trail / "records")]), setting, Thresholds())
    first, again = replay.findings(Thresholds()), replay.findings(Thresholds())
    replay.close()
    judge = Judge(Thresholds(), BERLIN, EMPTY())
    records = sorted(read(history_of(trail)), key=lambda record: (record.time, record.event_id))
    polls = [judge.judge(records[at : at + 700], SINCE.timestamp()) for at in range(0, len(records), 700)]
    steady = {f.uid: f for poll in (*polls, judge.finish(SINCE.timestamp())) for f in poll.findings}
    assert {f.uid: f for f in first} == {f.uid: f for f in again} == steady
    assert steady


def history_of(trail):
    return [r for file in sorted((trail / "records").iterdir()) for r in json.loads(file.read_text())["Records"]]


def EMPTY():  # noqa: N802 - a value that has to be new each time
    from model.documents import Shelf

    return Shelf()


def test_people_get_a_table_the_cost_and_the_diff(trail):
    result = run(trail, "--alerts-per-week", "2", "--labels", trail / "labels.json")
    words = " ".join(result.stdout.split())
    for said in (
        "what changes",
        "as it is",
        "velocity.",
        "the budget is 2",
        "lost, and caught before: loud",
        "[thresholds.velocity]",
    ):
        assert said in words
    assert "\x1b" not in result.stdout


def test_a_budget_that_no_threshold_reaches_says_whose_the_rest_is_and_writes_nothing(trail, tmp_path):
    (tmp_path / "hopstop.toml").write_text("# mine\n")
    result = run(trail, "--alerts-per-week", "0", "--write", config=tmp_path / "hopstop.toml")
    assert result.exit_code == 1
    assert "no threshold may go further" in result.stdout
    assert "arn:aws:iam::111111111111:user/ana" in result.stdout
    assert (tmp_path / "hopstop.toml").read_text() == "# mine\n"


def test_with_room_it_becomes_keener_within_the_documented_values(trail):
    told = json.loads(run(trail, "--alerts-per-week", "50", "--json").stdout)
    allowed = {knob.name: knob.values for knob in KNOBS}
    assert told["steps"][-1]["a_week"] >= told["steps"][0]["a_week"]
    assert all(change["to"] in allowed[name] for name, change in told["changes"].items())


def test_it_writes_only_when_asked_and_the_file_is_right_then(trail, tmp_path):
    file = tmp_path / "hopstop.toml"
    file.write_text("# ours\n[thresholds.velocity]\n# why: the deploys\nsigmas = 3.0 # as it was\n")
    assert run(trail, "--alerts-per-week", "2", config=file).exit_code == 0
    assert "least" not in file.read_text()
    result = run(trail, "--alerts-per-week", "2", "--write", config=file)
    assert result.exit_code == 0, result.stderr
    assert file.read_text().startswith("# ours\n[thresholds.velocity]\n")
    assert "# why: the deploys\nsigmas = 3.0 # as it was\n" in file.read_text()
    assert read_file(str(file)).thresholds != Thresholds()
    assert "restart the worker" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--alerts-per-week", "1", "--write"], "HOPSTOP_CONFIG names no file"),
        (["--alerts-per-week", "1", "--learn-until", "2030-01-01T00:00:00Z"], "no CloudTrail records to judge"),
        (["--alerts-per-week", "1", "--labels", "nowhere.json"], "--labels: "),
    ],
)
def test_what_cannot_be_done_is_one_line(trail, arguments, said):
    result = run(trail, *arguments)
    assert isinstance(result.exception, HopstopError)
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize(
    "rows",
    [
        [{"name": "a", "eventIDs": ["1", "2"]}],
        {"seed": 1, "attacks": [{"attack": "a", "event_ids": ["1", "2"]}]},
        {"attacks": [{"name": "a", "records": ["1", "2"]}]},
    ],
)
def test_labels_of_several_shapes(tmp_path, rows):
    (tmp_path / "labels.json").write_text(json.dumps(rows))
    assert attacks_of(tmp_path / "labels.json") == {"a": frozenset(("1", "2"))}


@pytest.mark.parametrize("text", ["{", "[]x", "{}", "[1]", '[{"name": "a"}]', '[{"name": "a", "eventIDs": []}]'])
def test_labels_that_are_none(tmp_path, text):
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(Malformed, match="--labels: "):
        attacks_of(tmp_path / "labels.json")


@pytest.mark.skipif(not DRAWS, reason="matplotlib is not installed")
def test_the_trade_off_as_a_picture(trail, tmp_path):
    result = run(trail, "--alerts-per-week", "2", "--picture", tmp_path / "a.png")
    assert result.exit_code == 0, result.exception
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(DRAWS, reason="matplotlib is installed")
def test_a_picture_without_matplotlib_is_one_line(trail, tmp_path):
    result = run(trail, "--alerts-per-week", "100", "--tries", "1", "--picture", tmp_path / "a.png")
    assert "needs matplotlib" in str(result.exception)
