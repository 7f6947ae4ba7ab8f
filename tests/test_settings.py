"""hopstop.example.toml and docs/settings.md say everything that can be set, and say it right.

In the example a line that begins with `#` and no space is a setting at its default; `#>` is an example without one.
"""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from config import Environment, read_file
from model.file import File
from model.settings import DEFAULT_ROUTES

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "hopstop.example.toml").read_text("utf-8").splitlines()
SETTING = re.compile(r"#>?\[?\[?[\w\"].*")


def uncommented(*begins: str) -> str:
    """The example with the lines that begin so taken as settings."""
    kept = [line for line in LINES if not line.startswith("#")]
    made = []
    for line in LINES:
        begin = next((b for b in ("#>", "#") if line.startswith(b) and SETTING.fullmatch(line)), "")
        if begin in begins:
            made.append(line.removeprefix(begin))
        elif line in kept:
            made.append(line)
    return "\n".join(made)


def everything() -> str:
    """Defaults and examples together; a table that an example spells out takes the place of its empty default."""
    spelled = re.findall(r"^\[+(?:organization\.)?(\w+)", uncommented("#>"), re.MULTILINE)
    text = uncommented("#", "#>")
    for name in set(spelled):
        text = re.sub(rf"^{name} = (\{{\}}|\[\])$", "", text, count=1, flags=re.MULTILINE)
    return text


def inner(annotation: Any) -> tuple[str, type[BaseModel] | None]:
    """How a field holds its model: as itself, in a list, in a table; None where it holds plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "one", annotation
    models = [a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
    if not models:
        return "plain", None
    return ("table" if get_origin(annotation) is dict else "list"), models[0]


def keys(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, ...]]:
    """Every path that may be written; `*` stands for any name or place."""
    for name, field in model.model_fields.items():
        here = (field.alias or name,)
        how, nested = inner(field.annotation)
        yield here
        if nested:
            yield from ((*here, *(() if how == "one" else ("*",)), *rest) for rest in keys(nested))


def holds(data: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    if path[0] == "*":
        return any(holds(one, path[1:]) for one in (data.values() if isinstance(data, dict) else data))
    return isinstance(data, dict) and path[0] in data and holds(data[path[0]], path[1:])


PATHS = [".".join(path) for path in keys(File)]


@pytest.mark.parametrize("path", PATHS)
def test_every_setting_is_in_the_example(path):
    assert holds(tomllib.loads(everything()), tuple(path.split(".")))


def test_the_walk_finds_what_is_nested():
    assert {"guard.stop", "routes.*.patience_s", "organization.accounts.*.tier", "approvals.from"} <= {*PATHS}


def test_the_example_as_it_is_changes_nothing(tmp_path):
    assert read_file(str(ROOT / "hopstop.example.toml")) == File()


def test_what_the_example_calls_a_default_is_one(tmp_path):
    (tmp_path / "defaults.toml").write_text(uncommented("#"), "utf-8")
    assert read_file(str(tmp_path / "defaults.toml")) == File()


def test_every_default_is_written_out(tmp_path):
    """So that a changed default of the model is seen even where the example would fall back on it."""
    data = tomllib.loads(uncommented("#"))
    for path in keys(File):
        if "*" not in path:
            value, model = data, File()
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
                model = getattr(model, "sources" if part == "from" else part)
            assert value is not None or model is None, path
    assert len(data["routes"]) == len(DEFAULT_ROUTES)


def test_the_example_with_all_its_examples_is_right(tmp_path):
    (tmp_path / "all.toml").write_text(everything(), "utf-8")
    file = read_file(str(tmp_path / "all.toml"))
    assert list(file.organization.accounts) == ["111111111111"]
    assert file.organization.trust
    assert file.organization.on_call


def test_every_setting_has_its_explanation_above_it():
    for before, line in pairwise(LINES):
        if SETTING.fullmatch(line) and "=" in line:
            assert before.startswith("# "), line


def test_the_default_that_is_told_is_the_one_that_is_set():
    for before, line in pairwise(LINES):
        number = re.fullmatch(r"#\w+ = ([\d.]+)", line)
        if number:
            told = before if "Default: " in before else LINES[LINES.index(line) - 2]
            said = re.search(r"Default: ([\d.]*\d)", told)
            assert said, line
            assert float(said[1]) == float(number[1]), line


@pytest.mark.parametrize("name", [name.upper() for name in Environment.model_fields])
def test_every_variable_of_the_environment_is_explained(name):
    assert f"`{name}`" in (ROOT / "docs/settings.md").read_text("utf-8")


def test_the_first_file_of_the_docs_is_right(tmp_path):
    block = (ROOT / "docs/settings.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]
    (tmp_path / "first.toml").write_text(block, "utf-8")
    assert read_file(str(tmp_path / "first.toml")).containment.role == "hopstop/containing"
