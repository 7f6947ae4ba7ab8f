import gzip
import json
import random

import pytest
import typer
from typer.testing import CliRunner

from cli.backtest import backtest
from cli.in_order import by_time
from detectors import DETECTORS
from integrations.sqlite_store import SqliteStore
from integrations.trail_files import read_paths
from model.errors import Malformed
from tests.cli.baseline_world import layout, learn
from tests.detectors.world import laptop, month, night

FINDING = [
    *("type", "uid", "time", "last_time", "detected", "origin", "principal", "confidence", "severity", "detectors"),
    *(
        "techniques",
        "source_accounts",
        "target_accounts",
        "roles",
        "hops",
        "records",
        "message",
        "playbook",
        "anomalies",
    ),
]
ANOMALY = ["detector", "time", "confidence", "observed", "expected", "threshold", "window", "message", "records"]
SUMMARY = [
    *("type", "records", "unique", "unparsed", "assumptions", "denied", "service_assumptions", "identities"),
    *("anomalies", "findings", "seconds"),
]


def run(*arguments: str):
    app = typer.Typer()
    app.command()(backtest)
    return CliRunner().invoke(app, [*map(str, arguments)])


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """A month and the attack, a file a day, some zipped, names in no order of time."""
    folder = tmp_path_factory.mktemp("trail")
    by_day: dict[str, list] = {}
    for record in [*month(), *laptop(night())]:
        by_day.setdefault(record["eventTime"][:10], []).append(record)
    for n, (day, records) in enumerate(by_day.items()):
        body = json.dumps({"Records": records}).encode()
        name = f"{random.Random(n).randrange(10**6)}-{day}.json"
        (folder / (name + ".gz" if n % 2 else name)).write_bytes(gzip.compress(body) if n % 2 else body)
    return folder


@pytest.fixture(scope="module")
def berlin(tmp_path_factory):
    file = tmp_path_factory.mktemp("settings") / "organization.toml"
    file.write_text('time_zone = "Europe/Berlin"\n')
    return file


def learn_until() -> str:
    return night().replace(hour=0, minute=0).isoformat()


def test_the_attack_is_one_line_and_the_summary_the_last(days, berlin):
    result = run(days, "--learn-until", learn_until(), "--organization", berlin, "--json")
    assert result.exit_code == 3, result.stderr
    told = lines(result)
    assert [line["type"] for line in told] == ["finding", "summary"]
    found, summary = told
    assert list(found) == FINDING
    assert [list(anomaly) for anomaly in found["anomalies"]] == [ANOMALY] * len(found["anomalies"])
    assert list(summary) == SUMMARY
    assert tuple(summary["anomalies"]) == DETECTORS
    assert found["origin"] == "arn:aws:iam::111111111111:user/ana"
    assert found["time"] == "2026-09-30T00:47:00Z"
    assert found["detected"] == "2026-09-30T00:48:35Z"
    assert (found["confidence"], found["severity"], found["hops"]) == ("high", "critical", 3)
    assert summary["anomalies"] | {"composite": 1} == summary["anomalies"]
    assert summary["findings"] == 1
    assert summary["records"] == summary["unique"] == len([*month(), *laptop(night())])


def test_the_outcome_is_the_same_in_any_order_of_files_and_in_small_memory(days, berlin):
    files = sorted(str(file) for file in days.iterdir())
    first = lines(run(*files, "--organization", berlin, "--json"))
    second = lines(run(*reversed(files), "--organization", berlin, "--json"))
    assert first[:-1] == second[:-1]
    small = [item.event_id for item in by_time(read_paths(files), most=100)]
    assert small == [item.event_id for item in by_time(read_paths(files))]


def test_anomalies_are_printed_on_request(days, berlin):
    told = lines(run(days, "--learn-until", learn_until(), "--organization", berlin, "--json", "--anomalies"))
    anomalies = [line for line in told if line["type"] == "anomaly"]
    assert [list(line) for line in anomalies] == [["type", *ANOMALY]] * len(anomalies)
    assert len(anomalies) == sum(count for name, count in told[-1]["anomalies"].items() if name != "composite")


def test_quiet_days_exit_0(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"Records": month(days=3)}))
    result = run(tmp_path, "--json")
    assert result.exit_code == 0
    assert lines(result)[-1]["anomalies"] == dict.fromkeys(DETECTORS, 0) | {"off_hours": 3}


def test_nothing_after_learn_until_is_nothing_judged(days, berlin):
    result = run(days, "--learn-until", "2027-01-01T00:00:00Z", "--organization", berlin, "--json")
    assert result.exit_code == 0
    assert [line["type"] for line in lines(result)] == ["summary"]


def test_people_get_the_chain_as_a_tree_and_a_table(days, berlin):
    result = run(days, "--learn-until", learn_until(), "--organization", berlin)
    assert result.exit_code == 3
    for part in ("CRITICAL  high confidence", "`prod-data` in `333333333333`", "└──", "would run suspend_credentials"):
        assert part in result.stdout
    assert "assumptions" in result.stdout.splitlines()[-9:][0] or "assumptions" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--learn-until", "yesterday"], 2, "write one like 2026-01-31T08:00:00Z"),
        (["--organization", "/nowhere.toml"], 2, "does not exist"),
        (["--learn-until", "2027-01-01"], 2, "has no offset; write 2027-01-01T00:00:00Z for UTC"),
        (
            ["--learn-until", "2027-01-01T08:30:00"],
            2,
            "write 2027-01-01T08:30:00Z for UTC, or 2027-01-01T08:30:00+02:00",
        ),
        (["--nonsense", "x"], 2, "No such option"),
    ],
)
def test_wrong_usage_exits_2(days, arguments, code, said):
    result = run(days, *arguments)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_no_records_at_all_is_said(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    result = run(tmp_path, "--json")
    assert result.exit_code == 1
    assert lines(result)[-1]["records"] == 0
    assert result.stderr == f"no CloudTrail records in {tmp_path}: name the folder or files that hold them\n"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A store that learned the ordinary month, and its file."""
    folder = tmp_path_factory.mktemp("known")
    file = folder / "store.db"
    learn(SqliteStore(str(file)), layout(folder / "trail", month()))
    return file


def test_a_stores_baselines_are_begun_from_and_left_as_they_were(tmp_path, berlin, known):
    (tmp_path / "a.json").write_text(json.dumps({"Records": laptop(night())}))
    before = {kind: dict(SqliteStore(str(known)).every(kind)) for kind in ("identity", "role", "peer", "origin")}
    alone = lines(run(tmp_path, "--organization", berlin, "--json"))
    result = run(tmp_path, "--organization", berlin, "--json", "--baseline", f"sqlite:///{known}")
    (found, _) = lines(result)
    assert result.exit_code == 3
    assert "new_pair" in found["detectors"]
    assert "new_pair" not in alone[0]["detectors"]
    assert before == {kind: dict(SqliteStore(str(known)).every(kind)) for kind in before}


def test_it_is_the_same_as_learning_on_the_way(days, berlin, known):
    (attack,) = days.glob("*2026-09-30*")
    borrowed = lines(run(attack, "--organization", berlin, "--json", "--baseline", f"sqlite:///{known}"))
    learned = lines(run(days, "--learn-until", learn_until(), "--organization", berlin, "--json"))
    assert borrowed[0] == learned[0]


def test_a_store_that_is_not_there_is_not_made(tmp_path, days):
    with pytest.raises(Malformed, match="there is no store"):
        run_raising(days, "--baseline", f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


def run_raising(*arguments):
    result = run(*arguments)
    if result.exception is not None:
        raise result.exception


def test_hostile_names_never_become_markup_or_control_characters(tmp_path):
    records = laptop(night())
    evil = json.dumps("[bold]x\x1b[31m`<@U1>\u202e\ud800")[1:]
    text = json.dumps({"Records": records}).replace('ana"', evil)
    (tmp_path / "a.json").write_text(text)
    for arguments in ([], ["--json"]):
        result = run(tmp_path, *arguments)
        assert result.exit_code == 3, result.exception
        assert "\x1b" not in result.stdout
        assert "\u202e" not in result.stdout


def test_every_real_file_is_read_without_an_exception(shared):
    result = run(shared / "cloudtrail", "--json")
    assert result.exit_code in (0, 3)
    summary = lines(result)[-1]
    assert summary["records"] > 2000
    assert summary["assumptions"] > 20
    assert not [word for word in ("secretaccesskey", "sessiontoken", "password=") if word in result.stdout.lower()]
