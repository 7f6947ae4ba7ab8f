import pytest

from detectors.unreadable import proof, unreadable
from model.cloudtrail import Unparsed
from model.thresholds import Thresholds
from tests.detectors.made import NOW
from tests.detectors.world import ANA, call, final, judged, night, read

T = Thresholds()


@pytest.mark.parametrize(("total", "confidence"), [(1, "low"), (99, "low"), (100, "medium"), (5000, "medium")])
def test_one_is_low_and_many_in_an_hour_are_medium(total, confidence):
    found = unreadable(["no JSON"], total, NOW, ("unread-1",), T)
    assert (found.confidence, found.observed, found.threshold, found.window) == (confidence, total, 100, 3600)


def test_each_reason_is_said_once_and_made_harmless():
    found = unreadable(["`x`\n", "`x`\n", "no JSON"], 3, NOW, (), T)
    assert found.message == "3 records could not be read within an hour: `'x'`, `no JSON`"


def test_a_record_of_an_odd_shape_that_can_be_read_is_quiet():
    odd = call(ANA, night().replace(hour=10)) | {"requestParameters": "null", "resources": "x", "userIdentity": {}}
    assert not any(isinstance(each, Unparsed) for each in read([odd]))
    assert not any("unreadable" in finding.detectors for finding in final(judged([odd])))


def test_what_stands_for_the_missing_id_is_the_digest():
    broken = call(ANA, night()) | {"eventName": {"not": "text"}}
    (found,) = final(judged([broken]))
    (unread,) = read([broken])
    assert isinstance(unread, Unparsed)
    assert found.anomalies[0].detector == "unreadable"
    assert found.records == (proof(unread),)
