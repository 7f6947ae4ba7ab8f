import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrations import log_stream, trail_files
from integrations.trail_files import files, read_paths
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.errors import Malformed
from tests.model.records import dumped, record

LOG = dumped({"Records": [record(eventID="a"), record(eventID="b")]})


def ids(*paths):
    return [found.id for _, found in read_paths([str(path) for path in paths]) if isinstance(found, CloudTrailRecord)]


def test_a_folder_is_read_to_its_depths_in_order(tmp_path):
    for name, body in {
        "2/b.json": dumped(record(eventID="3")),
        "1/z.json.gz": gzip.compress(dumped({"Records": [record(eventID="2")]})),
        "1/a.jsonl": dumped(record(eventID="0")) + b"\n" + dumped(record(eventID="1")),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    assert ids(tmp_path) == ["0", "1", "2", "3"]
    assert ids(tmp_path / "*" / "*.json") == ["3"]
    assert ids(tmp_path / "**" / "z*") == ["2"]
    assert ids(tmp_path / "2", tmp_path / "1" / "a.jsonl") == ["3", "0", "1"]


def test_each_record_comes_with_its_file(tmp_path):
    (tmp_path / "a.json").write_bytes(LOG)
    assert {name for name, _ in read_paths([str(tmp_path)])} == {str(tmp_path / "a.json")}


def test_digests_hidden_files_and_prose_are_no_records(tmp_path):
    for name, body in {
        "CloudTrail-Digest/d.json": b'{"awsAccountId": "1", "eventName": ',
        ".hidden.json": LOG,
        "LICENSE": b"All rights reserved",
        "README.md": b"the field `eventName` says",
        "empty.json": b"",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    assert list(read_paths([str(tmp_path)])) == []


@pytest.mark.parametrize("name", ["log", "log.txt", "log.json", "log.bin"])
def test_records_are_found_whatever_the_file_is_called(tmp_path, name):
    (tmp_path / name).write_bytes(LOG)
    assert ids(tmp_path) == ["a", "b"]
    (tmp_path / name).write_bytes(b"Oct 3 host: " + dumped(record(eventID="c")))
    assert ids(tmp_path) == ["c"]


@pytest.mark.parametrize(
    ("name", "body", "kept"),
    [
        ("a.json", b"not json", 0),
        ("a.json.gz", b"\x1f\x8bgarbage", 0),
        ("a.json.gz", gzip.compress(LOG, mtime=0)[:-9], 2),
        ("a.json.gz", gzip.compress(LOG, mtime=0)[:200], 0),
        ("a.json", LOG[:-40], 1),
    ],
)
def test_a_damaged_file_is_told_and_what_precedes_the_damage_is_kept(tmp_path, name, body, kept):
    (tmp_path / name).write_bytes(body)
    (tmp_path / "b.json").write_bytes(dumped(record(eventID="other")))
    found = [item for _, item in read_paths([str(tmp_path)])]
    assert sum(isinstance(item, CloudTrailRecord) for item in found) == kept + 1
    assert sum(isinstance(item, Unparsed) for item in found) == 1


def test_a_link_to_nothing_is_told(tmp_path):
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    ((name, item),) = read_paths([str(tmp_path)])
    assert name.endswith("gone.json")
    assert item.reason == "cannot be opened: No such file or directory"


def test_a_path_that_names_nothing_is_the_askers_mistake(tmp_path):
    with pytest.raises(Malformed, match="no such file"):
        list(read_paths([str(tmp_path / "nothing")]))
    with pytest.raises(Malformed, match="no such file"):
        list(read_paths([str(tmp_path / "*.json")]))


def test_a_file_longer_than_a_block_is_read_line_by_line(tmp_path):
    count = 2 * log_stream.BLOCK // 600 + 1
    pad = "x" * 250
    lines = [dumped(record(eventID=str(n), requestParameters={"pad": pad})) for n in range(count)]
    lines[count // 2] = b'{"eventName": "broken", "eventTime": '
    (tmp_path / "long.jsonl").write_bytes(b"\n".join(lines))
    (tmp_path / "long.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines), compresslevel=1))
    expected = [str(n) for n in range(count) if n != count // 2]
    assert ids(tmp_path / "long.jsonl") == expected
    assert ids(tmp_path / "long.jsonl.gz") == expected


def test_standard_input_is_a_file_too():
    root = Path(__file__).resolve().parents[2]
    code = "from integrations.trail_files import read_paths\nfor n, r in read_paths(['-']): print(n, r.id)"
    for body in (LOG, gzip.compress(LOG)):
        done = subprocess.run(
            [sys.executable, "-c", code], input=body, capture_output=True, check=True, cwd=root, env={**os.environ}
        )
        assert done.stdout == b"- a\n- b\n"


def test_json_of_something_else_gives_nothing(tmp_path):
    (tmp_path / "package.json").write_text(json.dumps({"name": "x"}, indent=2))
    assert list(read_paths([str(tmp_path)])) == []


def test_a_file_that_must_be_read_as_one_and_is_too_long_is_told_at_once(tmp_path):
    long = dumped({"Records": [record(eventID=str(n)) for n in range(20_000)]})
    (item,) = log_stream.records("a.json", io.BytesIO(long), largest=log_stream.BLOCK)
    assert item.reason == f"longer than {log_stream.BLOCK} bytes, and not a record a line"


def test_files_come_with_what_tells_their_versions_and_days_apart(tmp_path):
    day = tmp_path / "CloudTrail/eu-west-1/2026/10/04"
    day.mkdir(parents=True)
    (day / "1_CloudTrail_eu-west-1_20261004T0010Z_x.json.gz").write_bytes(gzip.compress(LOG))
    (tmp_path / "named.json.gz").write_bytes(gzip.compress(LOG))
    (tmp_path / "nothing.json").write_bytes(b"{}")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    found = {Path(file.name).name: file for file in trail_files.log_files(str(tmp_path))}
    assert {name[:5]: file.written for name, file in found.items()} == {
        "1_Clo": "20261004T0010",
        "named": "20261003",
        "nothi": "",
        "gone.": "",
    }
    assert found["nothing.json"].size == 2
    before = found["nothing.json"].mark
    os.utime(tmp_path / "nothing.json", ns=(1, 1))
    (again,) = trail_files.log_files(str(tmp_path / "nothing.json"))
    assert again.mark != before


def test_a_pipe_among_the_files_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "p.json")
    (tmp_path / "a.json").write_bytes(LOG)
    assert [*files(str(tmp_path))] == [str(tmp_path / "a.json")]


def test_a_file_that_is_named_and_is_no_log_is_a_record_not_read(tmp_path):
    for name, body in (("noise", bytes(range(128, 256)) * 9), ("blank", b" \n"), ("other", b"{}")):
        (tmp_path / name).write_bytes(body)
    read = [item for _, item in read_paths([str(tmp_path / name) for name in ("noise", "blank", "other")])]
    assert [item.reason for item in read] == ["is no log: neither JSON nor gzip of it"]
    assert list(read_paths([str(tmp_path)])) == []
