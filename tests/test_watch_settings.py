"""What `[watch]` may say, and what becomes of it."""

from pathlib import Path

import pytest

from config import Settings, load, read_file
from model.errors import Malformed
from model.watch_plan import Terms

ROLE = "arn:aws:iam::111111111111:role/hopstop/canary"


def settings(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "hopstop.toml"
    path.write_text(text, "utf-8")
    return load({"HOPSTOP_CONFIG": str(path), **environ})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('canary_role = "hopstop/canary"', "watch.canary_role: it is no role's ARN"),
        (f'canary_role = "{ROLE}"\ncanary_every_s = 3600', "watch.canary_every_s: it is longer"),
        ("silent_after_s = 60", "watch.silent_after_s: it is shorter than watch.coverage_s"),
        ("pollers = 0", "watch.pollers"),
        ("pollers = 17", "watch.pollers"),
        ("canary_every_s = 1", "watch.canary_every_s"),
    ],
)
def test_what_cannot_work_stops_the_start(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "hopstop.toml"
    path.write_text(f"[watch]\n{line}\n", "utf-8")
    with pytest.raises(Malformed, match=said):
        read_file(str(path))


def test_the_plan_is_what_is_set(tmp_path: Path) -> None:
    text = f'[watch]\npollers = 4\ncanary_role = "{ROLE}"\ncoverage_s = 30\nsilent_after_s = 600\naccept_bare = true\n'
    plan = settings(tmp_path, text).for_watch("pager")
    assert (plan.pollers, plan.canary_role, plan.accept_bare) == (4, ROLE, True)
    assert plan.terms == Terms(every_s=30, silent_after_s=600, canary=True, pager="")


def test_there_is_somebody_to_page_only_where_pagerduty_is_set(tmp_path: Path) -> None:
    paged = settings(tmp_path, "", PAGERDUTY_API_KEY="a", PAGERDUTY_ROUTING_KEY="b").for_watch("pager")
    assert paged.terms == Terms(pager="pager")
