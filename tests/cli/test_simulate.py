import gzip
import json

import pytest

from cli.main import run
from cli.tune_labels import attacks_of


def simulate(out, *more):
    return run(["simulate", "--out", str(out), "--days", "2", "--accounts", "5", "--seed", "1", *more])


def test_it_writes_log_files_labels_and_the_organisation(tmp_path, capsys):
    assert simulate(tmp_path / "sim", "--attack", "deep", "--attack", "doors", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    files = [*(tmp_path / "sim" / "AWSLogs").rglob("*.json.gz")]
    held = [record for file in files for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]]
    assert (told["type"], told["files"], told["records"]) == ("summary", len(files), len(held))
    assert sorted(told["attacks"]) == ["deep", "doors"]
    ids = {record["eventID"] for record in held}
    labelled = attacks_of(tmp_path / "sim" / "labels.json")
    assert set(labelled) == {"deep", "doors"}
    assert all(each <= ids for each in labelled.values())


def test_without_an_attack_the_labels_are_empty(tmp_path, capsys):
    assert simulate(tmp_path) == 0
    labels = json.loads((tmp_path / "labels.json").read_text())
    assert labels == {"seed": 1, "learn_until": "2026-03-03T00:00:00Z", "attacks": []}
    assert "records/s" in capsys.readouterr().out


def test_backtest_reads_what_was_written(tmp_path, capsys):
    assert simulate(tmp_path, "--attack", "blind") == 0
    capsys.readouterr()
    run(["backtest", str(tmp_path / "AWSLogs"), "--organization", str(tmp_path / "organization.toml"), "--json"])
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["unparsed"] == 0
    assert summary["assumptions"] > 100


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--attack", "nonsense"], "there is no attack 'nonsense': name all or one of laptop,"),
        (["--accounts", "4"], "--accounts 5 to 2000"),
        (["--days", "0"], "--days must be 1 to 1000"),
        (["--learn-days", "2"], "--learn-days 2 leaves no day: name 0 to 1"),
        (["--start", "soon"], "--start 'soon' is no date: write one like 2026-03-02"),
        (["--start", "1999-01-01"], "--start must be a day from 2013-11-13"),
    ],
)
def test_wrong_input_is_one_clear_line(tmp_path, capsys, more, said):
    assert simulate(tmp_path / "out", *more) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "notes").write_text("mine")
    assert simulate(tmp_path) == 1
    assert "is not empty: name a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert simulate(tmp_path / "file" / "sim") == 1
    assert "cannot be written" in capsys.readouterr().err
