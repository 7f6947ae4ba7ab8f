import pytest

from model.log_file import written

FOLDER = "AWSLogs/o-abc/111111111111/CloudTrail/eu-west-1/2026/10/03/"


@pytest.mark.parametrize(
    ("name", "when"),
    [
        (FOLDER + "111111111111_CloudTrail_eu-west-1_20261003T0245Z_AbC.json.gz", "20261003T0245"),
        (FOLDER + "renamed.json.gz", "20261003"),
        ("2026/10/03/x.json", "20261003"),
        ("/logs/october/trail.jsonl", ""),
        ("20261003T0245Z/x.json", ""),
    ],
)
def test_a_name_says_when_a_file_was_written(name, when):
    assert written(name) == when


def test_days_sort_before_their_times():
    names = ["a_20261004T0001Z_x.json", FOLDER + "x.json", "a_20261003T0001Z_x.json"]
    assert sorted(map(written, names)) == ["20261003", "20261003T0001", "20261004T0001"]
