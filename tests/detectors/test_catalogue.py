"""A detector is complete: its file, its words, its technique, its cases, its settings and its row in the docs."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from detectors.catalogue import catalogue, described, parted
from detectors.page import EXAMPLE, PAGE, page, thresholds
from model.anomaly import DETECTORS
from model.thresholds import Thresholds

ROOT = Path(__file__).parents[2]
FIRES = re.compile(r"is not None|\.confidence|, True\)|\.observed|\.detector")
QUIET = re.compile(r"is None|, False\)|, None\)|== \[\]|assert not|not any|not in")
WITHOUT_NUMBERS = {"composite": "weighing"}


@pytest.mark.parametrize("name", DETECTORS)
class TestEvery:
    def test_it_has_a_file_that_says_its_name(self, name):
        assert name == import_module(f"detectors.{name}").NAME

    def test_its_docstring_has_every_part(self, name):
        missing = [part for part, text in described(name)._asdict().items() if not text]
        assert missing == []

    def test_its_title_is_a_sentence_and_its_runbook_says_what_to_do(self, name):
        entry = described(name)
        assert entry.title.endswith(".")
        assert len(entry.runbook.split()) >= 8
        assert len(entry.false_positives.split()) >= 5

    def test_it_names_a_technique(self, name):
        assert described(name).techniques

    def test_it_says_whether_it_needs_data_events_and_why(self, name):
        assert re.match(r"(no|yes)\b.*because", described(name).data_events)

    def test_it_has_a_firing_and_a_quiet_case(self, name):
        cases = (ROOT / f"tests/detectors/test_{name}.py").read_text("utf-8")
        assert re.search(rf"from detectors\.{name} import", cases)
        assert FIRES.search(cases)
        assert QUIET.search(cases)

    def test_its_thresholds_are_in_the_example_and_on_the_page(self, name):
        table = WITHOUT_NUMBERS.get(name, name)
        if table not in Thresholds.model_fields:
            assert name not in thresholds(EXAMPLE.read_text("utf-8"))
            return
        keys = {*type(getattr(Thresholds(), table)).model_fields}
        written = {key.name: key for key in thresholds(EXAMPLE.read_text("utf-8"))[table]}
        assert written.keys() == keys
        assert all(key.meaning and key.default for key in written.values())
        section = PAGE.read_text("utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert [key for key in keys if f"| `{key}` |" not in section] == []

    def test_it_has_a_row_on_the_page(self, name):
        assert f"| [`{name}`](#{name}) |" in PAGE.read_text("utf-8")


def test_the_page_is_what_make_docs_writes():
    assert PAGE.read_text("utf-8") == page(catalogue(), EXAMPLE.read_text("utf-8")), "run `make docs`"


def test_parts_begin_where_a_sentence_begins_with_their_label():
    text = """A title.

    Fires when it rains. Quiet: indoors, and where nobody Fires anything.

    False positives: a hose. ATT&CK: T1078.004, T1580.
    Runbook: take an umbrella.

    - then
    - go

    Needs data events: no, because rain is seen.
    """
    entry = parted("rain", text)
    assert (entry.title, entry.fires) == ("A title.", "when it rains.")
    assert entry.quiet == "indoors, and where nobody Fires anything."
    assert (entry.false_positives, entry.techniques) == ("a hose.", ("T1078.004", "T1580"))
    assert entry.runbook == "take an umbrella.\n\n- then\n- go"
    assert entry.data_events == "no, because rain is seen."


def test_a_part_that_is_not_there_is_empty():
    assert parted("rain", "A title.\n\nFires when it rains.\n").runbook == ""
