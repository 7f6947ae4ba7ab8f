"""Every measurement runs, on very little, and says something."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.__main__ import MARK, measure, renewed
from bench.figures import Figure, percentile, table
from bench.picture import picture
from bench.scale import TINY
from bench.timing import Series, Took

FIGURES = (
    Figure("Live", "floor <&>", 400_000.0, "records/s", 1.0),
    Figure("Live", "whole path", 80_000.0, "records/s", 0.2, "by the clock 79,000/s, 0.20"),
    Figure("State", "ordinary", 912.0, "bytes"),
)


@pytest.mark.parametrize(
    ("name", "about"),
    [("live", "State of one assumed role"), ("archives", "Archive"), ("growth", "Growth"), ("trust", "Trust")],
)
def test_every_measurement_gives_figures(name: str, about: str) -> None:
    figures = measure([name], TINY)
    assert any(figure.section.startswith(about) for figure in figures)
    assert len(figures) >= 2
    assert all(figure.value >= 0 for figure in figures)
    assert json.dumps([figure._asdict() for figure in figures])


def test_the_table_says_each_figure_once_under_its_section() -> None:
    lines = table(FIGURES).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == ["Live", "State"]
    assert re.search(r"whole path +80,000 records/s +0\.20  by the clock", table(FIGURES))


def test_the_picture_is_an_svg_of_what_has_a_floor() -> None:
    drawn = ET.fromstring(picture(FIGURES, "a < b", "c"))
    said = [each.text for each in drawn.iter() if each.tag.endswith("}text")]
    assert "floor <&>" in said
    assert "80,000 records/s, 0.20 of the floor" in said
    assert "ordinary" not in said


def test_a_share_is_the_median_of_each_rounds_own_ratio() -> None:
    floor, work = Series((Took(1, 1), Took(4, 2), Took(1, 1))), Series((Took(2, 4), Took(8, 4), Took(8, 10)))
    assert work.of(floor) == Took(0.5, 0.25)
    assert (work.wall, work.cpu) == (8, 4)


def test_percentiles_of_few_values_stay_within_them(tmp_path: Path) -> None:
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert 1.0 <= percentile([1.0, 2.0], 99) <= 2.0


def test_a_page_gets_new_figures_and_keeps_everything_else() -> None:
    page = f"above\n\n{MARK}\n```\nold\n```\n{MARK}\n\nbelow\n"
    assert renewed(page, "new") == page.replace("old", "new")
