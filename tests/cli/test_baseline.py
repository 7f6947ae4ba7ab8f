"""`hopstop baseline` as people type it."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from activities.judging import RENEW_S
from cli import baseline_leading
from cli.baseline_leading import leading
from cli.baseline_words import bars
from cli.main import run
from detectors.judge import Judge
from integrations.sqlite_store import SqliteStore
from model.errors import Refused
from model.organization import Organization
from model.thresholds import Thresholds
from tests.cli.baseline_world import layout, learn, learned_in
from tests.detectors.world import ANA, TOOLS, call, laptop, month, night, read
from tests.servers import moto_url

__all__ = ["moto_url"]

ROOT = Path(__file__).resolve().parents[2]
ANA_KEY = f"user:{TOOLS}:{ANA.id}"
RECORDS = [*month(days=6), *laptop(night(6))]


@pytest.fixture(scope="module")
def trail(tmp_path_factory):
    return layout(tmp_path_factory.mktemp("trail"), RECORDS)


@pytest.fixture(scope="module")
def learned(tmp_path_factory, trail):
    folder = tmp_path_factory.mktemp("learned")
    store = SqliteStore(str(folder / "store.db"))
    learn(store, trail, batch=1 << 30)
    store.close()
    return folder


@pytest.fixture
def url(tmp_path, learned):
    shutil.copytree(learned, tmp_path, dirs_exist_ok=True)
    return f"sqlite:///{tmp_path}/store.db"


def test_learning_prints_one_line_of_json(tmp_path, trail, capsys):
    assert (
        run(["baseline", "learn", str(trail), "--store", f"sqlite:///{tmp_path}/a.db", "--workers", "1", "--json"]) == 0
    )
    (line,) = capsys.readouterr().out.splitlines()
    assert (json.loads(line)["type"], json.loads(line)["unique"]) == ("learned", len(RECORDS))


def test_what_was_learned_is_all_in_the_one_file(tmp_path, trail, capsys):
    assert run(["baseline", "learn", str(trail), "--store", f"sqlite:///{tmp_path}/a.db", "--workers", "1"]) == 0
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    capsys.readouterr()
    assert run(["baseline", "show", ANA_KEY, "--store", f"sqlite:///{tmp_path}/b.db", "--json"]) == 0
    assert ANA_KEY in capsys.readouterr().out


def test_learning_again_learns_nothing(url, trail, capsys):
    assert run(["baseline", "learn", str(trail), "--store", url, "--workers", "1"]) == 0
    assert capsys.readouterr().out.startswith("nothing new: ")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["learn", "/nowhere/at/all"], 2, "no such file or directory: /nowhere/at/all"),
        (["learn", "s3://"], 1, "write s3://bucket/prefix"),
        (["learn", ".", "--until", "2026-01-01"], 2, "has no offset"),
        (["learn", ".", "--store", "postgres://x"], 1, "write sqlite:///hopstop.db or dynamodb://table"),
        (["learn", ".", "--workers", "0"], 2, "--workers"),
        (["show", "ana", "--store", "sqlite:////nowhere/x.db"], 1, "there is no store /nowhere/x.db"),
    ],
)
def test_what_cannot_work_is_one_line(tmp_path, monkeypatch, capsys, arguments, code, said):
    monkeypatch.setenv("HOPSTOP_STORE", f"sqlite:///{tmp_path}/default.db")
    assert run(["baseline", *arguments]) == code
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_one_bad_file_does_not_fail_the_others_and_the_exit_code_says_so(tmp_path, capsys):
    layout(tmp_path, [call(ANA, night())])
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    arguments = [
        "baseline",
        "learn",
        str(tmp_path),
        "--store",
        f"sqlite:///{tmp_path}/x.db",
        "--workers",
        "1",
        "--json",
    ]
    assert run(arguments) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["failed"] == 1
    assert "tried again by the next run: " in told.err


def shown(capsys, *arguments) -> str:
    assert run(["baseline", "show", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("asked", [ANA_KEY, ANA.arn, "ana", ANA_KEY.lower(), "AIDAANA"])
def test_an_identity_is_found_by_key_arn_or_a_part(url, capsys, asked):
    assert shown(capsys, asked, "--store", url).splitlines()[0] == ANA_KEY


def test_a_session_is_found_by_its_role(url, capsys):
    out = shown(capsys, f"arn:aws:sts::{TOOLS}:assumed-role/runner/i-0123456789", "--store", url)
    assert out.startswith(f"role:{TOOLS}:AROARUNNER")


def test_a_baseline_is_told_in_words_numbers_and_bars(url, capsys):
    out = shown(capsys, "ana", "--store", url)
    for part in (
        f"also {ANA.arn}",
        "known since 2026-08-31T",
        "assumptions, in an hour that has any 1.0 ± 0.0",
        "hours UTC   00 ",
        "weekdays   Mon ",
        f"roles (1): {TOOLS}:role/ci",
        "tools (1): aws-cli",
    ):
        assert part in out


def test_a_baseline_is_told_as_json(url, capsys):
    told = json.loads(shown(capsys, "ana", "--store", url, "--json"))
    assert (told["type"], told["version"], told["identity"]) == ("baseline", 1, ANA_KEY)
    assert sum(told["by_hour"]) == sum(told["by_weekday"]) == told["records"]
    assert told["roles"] == {"count": 1, "latest": [f"{TOOLS}:role/ci"]}


def test_what_the_watch_wrote_down_and_not_back_yet_is_shown(tmp_path, url, capsys):
    store = SqliteStore(str(tmp_path / "store.db"))
    lead = store.lead("a watch", 0.0)
    judge = Judge(Thresholds(), Organization(), store, entry=lead.entry)
    later = night(8)
    judge.judge(read([call(ANA, later)]), later.timestamp() + 1)
    written = judge.written()
    store.commit(lead.version, written.entry, {}, 0)
    told = json.loads(shown(capsys, "ana", "--store", url, "--json"))
    assert told["last"].startswith("2026-09-08T00:47")


def test_several_candidates_are_listed(url, capsys):
    assert run(["baseline", "show", TOOLS, "--store", url]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "identities fit 111111111111 (name one of these whole):" in told.err
    assert ANA_KEY in told.err


def test_the_nearest_are_listed_where_none_fits(url, capsys):
    assert run(["baseline", "show", "anna", "--store", url]) == 1
    assert f"no identity fits anna; the nearest:\n  {ANA_KEY}" in capsys.readouterr().err
    assert run(["baseline", "show", "zzzzzz", "--store", url]) == 1
    assert capsys.readouterr().err == "hopstop: no identity fits zzzzzz\n"


def test_hostile_words_become_harmless(url, capsys):
    assert run(["baseline", "show", "\x1b[31m\u202ex", "--store", url]) == 1
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_everything_is_exported_a_document_a_line(url, tmp_path, capsys):
    assert run(["baseline", "export", "--store", url]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["kind"], line["key"]) for line in lines} == learned_in(SqliteStore(str(tmp_path / "store.db"))).keys()
    assert {(line["type"], line["version"]) for line in lines} == {("document", 1)}
    (ana,) = (line["value"] for line in lines if line["key"] == ANA_KEY)
    assert [*ana["names"]] == [f"{TOOLS}:role/ci"]


def test_an_identity_is_forgotten_only_on_yes(url, capsys):
    assert run(["baseline", "forget", "ana", "--store", url]) == 2
    assert f"this forgets {ANA_KEY}; add --yes to do it" in capsys.readouterr().err
    assert shown(capsys, "ana", "--store", url)
    assert run(["baseline", "forget", "ana", "--store", url, "--yes"]) == 0
    assert run(["baseline", "show", ANA_KEY, "--store", url]) == 1


def test_nothing_is_written_while_another_leads(tmp_path):
    """A watch that says again and again that it is there, and a clock that runs fast."""
    path = str(tmp_path / "store.db")
    watch = SqliteStore(path)
    lead = watch.lead("a watch", 1.0)
    ticks = iter(range(10**6))
    store = SqliteStore(path, clock=lambda: float(next(ticks)) / 10)

    class Beaten:
        def lead(self, holder, lease_s):
            watch.renew(lead.version)
            return store.lead(holder, lease_s)

    with pytest.raises(Refused, match="a running watch leads this store: stop it first"), leading(Beaten(), 0.3):
        pytest.fail("it led beside the watch")


def test_the_lead_is_kept_while_it_works_and_given_back(tmp_path):
    path = str(tmp_path / "store.db")
    store, other = SqliteStore(path), SqliteStore(path)
    with leading(store):
        assert other.lead("a watch", 60.0) is None
    assert other.lead("a watch", 60.0) is not None


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc here to see processes in")
def test_a_killed_run_leaves_no_process_and_the_next_goes_on(tmp_path, trail):
    """SIGKILL while there are processes that read: they end by themselves."""
    program = [sys.executable, "-c", "from cli.main import main; main()"]
    arguments = ["baseline", "learn", str(trail), "--store", f"sqlite:///{tmp_path}/store.db", "--workers", "2"]
    silent = subprocess.DEVNULL
    killed = subprocess.Popen([*program, *arguments], cwd=ROOT, stderr=silent, stdout=silent, start_new_session=True)
    wait_for(lambda: len(children(killed.pid)) >= 2)
    left = children(killed.pid)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    wait_for(lambda: not any(map(alive, left)))
    store, whole = SqliteStore(str(tmp_path / "store.db")), SqliteStore(str(tmp_path / "whole.db"))
    learn(store, trail, batch=1 << 30)
    learn(whole, trail, batch=1 << 30)
    assert learned_in(store) == learned_in(whole)


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def wait_for(what) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("counts", "shown_as"), [([0, 0], "  "), ([1, 8], "▁█"), ([0, 1, 1000], " ▁█"), ([], ""), ([4, 8], "▄█")]
)
def test_bars(counts, shown_as):
    assert bars(counts) == shown_as


def test_the_lease_outlasts_what_a_watch_needs_to_say_that_it_is_there():
    assert baseline_leading.LEASE_S > 3 * RENEW_S


@pytest.fixture
def bucket(moto_url, monkeypatch, trail):
    """The trail in S3, reached as the command reaches AWS."""
    name = f"trail-{uuid4().hex[:12]}"
    for key, value in {
        "AWS_ENDPOINT_URL": moto_url,
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(key, value)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    for file in sorted(trail.rglob("*.gz"))[:6]:
        s3.put_object(Bucket=name, Key=str(file.relative_to(trail)), Body=file.read_bytes())
    return name


def learn_bucket(url: str, path: str, capsys) -> dict:
    assert run(["baseline", "learn", path, "--store", url, "--workers", "1", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_bucket_teaches_what_its_files_teach(bucket, tmp_path, trail, capsys):
    line = learn_bucket(f"sqlite:///{tmp_path}/s3.db", f"s3://{bucket}", capsys)
    assert (line["files"], line["failed"], line["unparsed"]) == (6, 0, 0)
    local = SqliteStore(str(tmp_path / "local.db"))
    learn(local, *sorted(trail.rglob("*.gz"))[:6], batch=1 << 30)
    assert learned_in(SqliteStore(str(tmp_path / "s3.db"))) == learned_in(local)


def test_a_bucket_is_gone_on_with(bucket, tmp_path, trail, capsys):
    url = f"sqlite:///{tmp_path}/s3.db"
    learn_bucket(url, f"s3://{bucket}/AWSLogs/{TOOLS}/", capsys)
    late = sorted(trail.rglob("*.gz"))[6]
    boto3.client("s3").put_object(Bucket=bucket, Key=str(late.relative_to(trail)), Body=late.read_bytes())
    line = learn_bucket(url, f"s3://{bucket}", capsys)
    assert (line["files"], line["done"]) == (1, 6)


def test_an_empty_or_missing_bucket_is_one_line(bucket, tmp_path, capsys):
    for path, said in (
        (f"s3://{bucket}/nothing/", f"no files in s3://{bucket}/nothing/"),
        ("s3://no-such-bucket-here", "AWS did not list bucket `no-such-bucket-here`: `NoSuchBucket`"),
    ):
        assert run(["baseline", "learn", path, "--store", f"sqlite:///{tmp_path}/x.db", "--workers", "1"]) == 1
        assert said in capsys.readouterr().err
