"""Single lines of hopstop.toml are changed, and everything else stays as somebody wrote it."""

import tomllib

import pytest

from cli.tune_write import diff, edited, write
from config import read_file
from model.errors import Malformed, Refused

NEW = {"velocity.least": 15.0}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "\n[thresholds.velocity]\nleast = 15\n"),
        ("[guard]\nstop = true", "[guard]\nstop = true\n\n[thresholds.velocity]\nleast = 15\n"),
        ("[thresholds.velocity]\n", "[thresholds.velocity]\nleast = 15\n"),
        ("[thresholds.velocity]", "[thresholds.velocity]\nleast = 15\n"),
        ("[thresholds.velocity]\nleast = 10\n", "[thresholds.velocity]\nleast = 15\n"),
        ("[thresholds.velocity]\n  least=10   # deploys\n", "[thresholds.velocity]\n  least=15   # deploys\n"),
        (
            "[thresholds.velocity] # fast\n# Fewer fire never.\n#least = 10\n# Next.\n#sigmas = 3.0\n",
            "[thresholds.velocity] # fast\n# Fewer fire never.\n#least = 10\nleast = 15\n# Next.\n#sigmas = 3.0\n",
        ),
        (
            "[thresholds.velocity]\nsigmas = 2\n[thresholds.other]\nleast = 1\n",
            "[thresholds.velocity]\nleast = 15\nsigmas = 2\n[thresholds.other]\nleast = 1\n",
        ),
        ("[thresholds.velocity]\r\nleast = 10\r\n", "[thresholds.velocity]\r\nleast = 15\r\n"),
        ("[ thresholds . velocity ]\nleast = 10\n", "[ thresholds . velocity ]\nleast = 15\n"),
    ],
)
def test_one_number(old, new):
    assert edited(old, NEW) == new
    assert tomllib.loads(new)["thresholds"]["velocity"]["least"] == 15


def test_several_numbers_in_several_tables():
    text = edited("# mine\n", {"velocity.least": 15, "velocity.sigmas": 4.5, "new_pair.many": 8})
    assert tomllib.loads(text)["thresholds"] == {"velocity": {"least": 15, "sigmas": 4.5}, "new_pair": {"many": 8}}
    assert text.startswith("# mine\n")


def test_nothing_to_change_is_nothing_changed():
    assert edited("[thresholds.velocity]\nleast = 10\n", {}) == "[thresholds.velocity]\nleast = 10\n"


@pytest.mark.parametrize(
    "old",
    [
        "[thresholds]\nvelocity = {least = 10}\n",
        "thresholds.velocity.least = 10\n",
        "[thresholds]\nvelocity.least = 10\n",
        'x = """\n[thresholds.velocity]\n"""\n',
        '[thresholds."velocity"]\nleast = 10\n',
    ],
)
def test_a_layout_that_lines_cannot_follow_is_refused_with_what_to_put_in(old):
    with pytest.raises(Refused, match=r"thresholds\.velocity\.least = 15"):
        edited(old, NEW)


def test_the_file_is_replaced_whole_with_its_mode(tmp_path):
    file = tmp_path / "hopstop.toml"
    file.write_text("# mine\n")
    file.chmod(0o640)
    write(file, "[thresholds.velocity]\nleast = 15\n")
    assert read_file(str(file)).thresholds.velocity.least == 15
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["hopstop.toml"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.toml").write_text("")
    (tmp_path / "link.toml").symlink_to(tmp_path / "real.toml")
    write(tmp_path / "link.toml", "[thresholds.velocity]\nleast = 15\n")
    assert (tmp_path / "link.toml").is_symlink()
    assert "least" in (tmp_path / "real.toml").read_text()


def test_what_is_no_right_hopstop_toml_is_never_written(tmp_path):
    file = tmp_path / "hopstop.toml"
    file.write_text("# mine\n")
    with pytest.raises(Malformed):
        write(file, "[thresholds.velocity]\nleast = 1\n")
    assert file.read_text() == "# mine\n"
    assert [each.name for each in tmp_path.iterdir()] == ["hopstop.toml"]


def test_the_diff_is_one_that_patch_reads():
    assert diff("a\n", "a\nb", "hopstop.toml") == "--- hopstop.toml\n+++ hopstop.toml\n@@ -1 +1,2 @@\n a\n+b\n"
