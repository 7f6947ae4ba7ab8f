"""Findings as people read them."""

import io
import json
import re

import pytest

from cli.finding_hours import Hours, hours_of, hours_text
from cli.finding_panels import console, panel, show
from detectors import DETECTORS
from model.baseline import Baseline
from tests.detectors.made import habits
from tests.detectors.world import BERLIN, final, judged, laptop, month, new_judge, night

SUMMARY = {
    "records": 1000, "unique": 900, "unparsed": 1, "assumptions": 20, "denied": 1, "service_assumptions": 3,
    "identities": 4, "anomalies": dict.fromkeys(DETECTORS, 0) | {"chain": 2}, "findings": 1, "seconds": 0.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def findings():
    return sorted(final(judged([*month(), *laptop(night())], new_judge())), key=lambda f: f.confidence.rank)


def shown(findings, width: int, hours=lambda _: None) -> str:
    out = io.StringIO()
    place = console(out)
    place.width = width
    for finding in findings:
        place.print(panel(finding, hours(finding)))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_panel_keeps_its_width_and_tells_everything(findings, width):
    attack = findings[-1]
    told = shown([attack], width, lambda f: hours_of(habits(), [f.time], BERLIN, 0.9))
    assert {len(line) for line in told.splitlines()} == {width}
    words = " ".join(re.sub(r"[│╭╰─]", " ", told).split())
    for said in ("CRITICAL high confidence", "`prod-data`", "hours 00", "this: 02", "T1550.001"):
        assert said in words
    assert f"hopstop explain {attack.uid[:12]}" in words


def test_a_chain_is_a_tree_one_hop_below_the_other(findings):
    lines = shown([findings[-1]], 100).splitlines()
    at = [next(line for line in lines if f"── `{role}`" in line).index("─ `") for role in ("ci", "deploy", "prod-data")]
    assert at == sorted(set(at))


def test_nothing_is_coloured_where_nobody_sees_it(findings):
    out = io.StringIO()
    show(findings, [], SUMMARY, lambda _: None, out)
    assert "\x1b" not in out.getvalue()
    assert "1,000, 900 distinct, 1 unreadable" in out.getvalue()
    assert "chain 2" in out.getvalue()


def test_a_low_finding_is_one_line(findings):
    low = [finding for finding in findings if finding.confidence == "low"]
    out = io.StringIO()
    show(low, [], SUMMARY, lambda _: None, out)
    assert low
    assert sum(low[0].uid[:12] in line for line in out.getvalue().splitlines()) == 1
    assert "╭" not in out.getvalue()


def test_what_a_stranger_typed_is_no_markup_and_no_escape(findings):
    attack = findings[-1]
    evil = attack.lineages[0].hops[0].model_copy(update={"session_name": "[red]x[/red]\x1b[31m\u202e"})
    line = attack.lineages[0].model_copy(update={"hops": (evil,)})
    told = shown([attack.model_copy(update={"lineages": (line,)})], 120)
    assert "session [red]x[/red][31m" in told
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_hours_are_told_by_the_clock_of_the_identity():
    hours = hours_of(habits(hours=(7, 8)), [night()], BERLIN, 0.9)
    assert hours is not None
    assert (hours.marked, hours.zone, hours.usual) == ((2,), "Europe/Berlin", "09:00–11:00")
    lines = hours_text(hours).plain.splitlines()
    assert lines[0].index("█") == len("hours 00 ") + 9
    assert lines[1].index("^") == len("hours 00 ") + 2


def test_there_are_no_hours_where_nothing_was_learned():
    assert hours_of(Baseline(), [night()], BERLIN, 0.9) is None
    assert "this" not in hours_text(Hours((1,) * 24, (), "UTC", "all day")).plain


def test_the_summary_is_readable_by_itself():
    out = io.StringIO()
    show([], [], json.loads(json.dumps(SUMMARY)), lambda _: None, out)
    assert re.search(r"findings +none", out.getvalue())
