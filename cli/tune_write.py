"""Changing numbers in hopstop.toml, a line each: every comment stays, and what cannot be done safely is refused."""

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

from config import read_file
from model.errors import Refused
from model.text import clean

_HEADER = re.compile(r"\s*\[")


def edited(text: str, changes: Mapping[str, float]) -> str:
    """The text of a hopstop.toml with these thresholds (`velocity.least`: 12). Raises Refused where the file is written
    in a way that a change of single lines cannot follow."""
    lines = text.splitlines(keepends=True)
    for name, value in changes.items():
        table, key = name.split(".")
        _set(lines, table, key, _number(value))
    result = "".join(lines)
    if not _same(text, result, changes):
        raise Refused(
            f"hopstop.toml is laid out in a way that is not changed by itself; put this in: {inline(changes)}"
        )
    return result


def diff(old: str, new: str, name: str) -> str:
    """What changes, as a unified diff."""
    return "".join(unified_diff(_ended(old), _ended(new), name, name))


def inline(changes: Mapping[str, float]) -> str:
    """The changes on one line."""
    return ", ".join(f"thresholds.{name} = {_number(value)}" for name, value in changes.items())


def write(path: Path, text: str) -> None:
    """Put the text in the file's place, whole or not at all; only where it is a right hopstop.toml. Raises Malformed
    where it is not, Refused where it cannot be written."""
    real = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=".hopstop-", suffix=".toml")
    except OSError as error:
        raise Refused(f"{clean(str(path), 200)} cannot be written ({error.strerror})") from None
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        read_file(name)
        made.chmod(real.stat().st_mode & 0o777)
        made.replace(real)
    except OSError as error:
        raise Refused(f"{clean(str(path), 200)} cannot be written ({error.strerror})") from None
    finally:
        made.unlink(missing_ok=True)


def _set(lines: list[str], table: str, key: str, value: str) -> None:
    """Replace a key's value, or put the key below its commented default, or below its table, made where it is not."""
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    header = re.compile(rf"\s*\[\s*thresholds\s*\.\s*{table}\s*\]\s*(#.*)?$")
    start = next((number for number, line in enumerate(lines) if header.match(line)), None)
    if start is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += ending
        lines += [ending, f"[thresholds.{table}]{ending}", f"{key} = {value}{ending}"]
        return
    end = next((n for n in range(start + 1, len(lines)) if _HEADER.match(lines[n])), len(lines))
    for number in range(start + 1, end):
        found = re.match(rf"(\s*{key}\s*=\s*)[^\s#]+", lines[number])
        if found:
            lines[number] = f"{found[1]}{value}{lines[number][found.end() :]}"
            return
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += ending
    commented = (n for n in range(start + 1, end) if re.match(rf"#\s*{key}\s*=", lines[n]))
    lines.insert(next(commented, start) + 1, f"{key} = {value}{ending}")


def _same(old: str, new: str, changes: Mapping[str, float]) -> bool:
    """Whether nothing but the changes is different in the two, as TOML reads them."""
    try:
        wanted, found = tomllib.loads(old), tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return False
    for name, value in changes.items():
        table, key = name.split(".")
        place: dict[str, Any] = wanted.setdefault("thresholds", {}).setdefault(table, {})
        place[key] = value
    return wanted == found


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _ended(text: str) -> list[str]:
    return [line if line.endswith("\n") else f"{line}\n" for line in text.splitlines(keepends=True)]
