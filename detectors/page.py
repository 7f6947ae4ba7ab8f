"""docs/detectors.md, made from what each detector says of itself and from the example of the settings."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from detectors.catalogue import Described, catalogue
from detectors.tuning import KNOBS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/detectors.md"
EXAMPLE = ROOT / "hopstop.example.toml"
_TABLES = {"composite": "weighing"}
"""Detectors whose table of thresholds has another name."""
_SHARED = (("maturity", "When there is enough history"), ("learning", "How much a day may teach"))
_HEAD = """# Detectors

<!-- Made by `make docs`, which reads the docstrings in detectors/ and hopstop.example.toml: change those. -->

Every check, when it fires and when not, what else looks like it, and what to do then. Confidence decides the road:
**composite** suspends credentials once it is approved; any other **high** and **medium** is asked about or recorded,
as `[[routes]]` says; **low** is recorded, and counts with others. `hopstop explain FINDING` shows all of it for one
finding, `hopstop tune` what other thresholds would have brought, and an [exception](settings.md#exceptions) keeps quiet
what is expected, until it ends.
"""


class Key(NamedTuple):
    """One threshold: its key within the table, its default, and what it is."""

    name: str
    default: str
    meaning: str


def page(entries: Sequence[Described], example: str) -> str:
    """The whole page; `example` is the text of hopstop.example.toml."""
    tables = thresholds(example)
    parts = [_HEAD, "\n".join(_overview(entries))]
    parts += ["\n".join(_section(entry, tables.get(_TABLES.get(entry.name, entry.name), []))) for entry in entries]
    parts.append("## What all of them share\n")
    parts += ["\n".join([f"{title}: `[thresholds.{name}]`\n", *_keys(tables[name])]) for name, title in _SHARED]
    parts.append("\n".join(_tuning()))
    return "\n".join(parts)


def thresholds(example: str) -> dict[str, list[Key]]:
    """Every `[thresholds.x]` of the example with its keys, in the order in which they are written."""
    tables: dict[str, list[Key]] = {}
    for name, body in re.findall(r"^\[thresholds\.(\w+)\]\n((?:#.*\n)*)", example, re.MULTILINE):
        said: list[str] = []
        tables[name] = []
        for line in body.splitlines():
            setting = re.fullmatch(r"#(\w+) = (.+)", line)
            if setting is None:
                said.append(line.removeprefix("#").strip())
                continue
            meaning = re.sub(r" ?Default: [^,]*?(?:, [^.]*)?\.$", "", " ".join(said))
            tables[name].append(Key(setting[1], setting[2], meaning))
            said = []
    return tables


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(catalogue(), EXAMPLE.read_text("utf-8")), "utf-8")


def _overview(entries: Sequence[Described]) -> Iterator[str]:
    yield "| detector | what it sees | ATT&CK | needs data events |"
    yield "|---|---|---|---|"
    for entry in entries:
        needs = re.split(r"[,:;.]", entry.data_events)[0]
        yield f"| [`{entry.name}`](#{entry.name}) | {entry.title} | {', '.join(entry.techniques)} | {needs} |"
    yield ""


def _tuning() -> Iterator[str]:
    yield "## Tuning\n"
    yield "`hopstop tune` moves these thresholds, between these values, and nothing else: no absolute floor, nothing"
    yield "that makes an anomaly high, no maturity, nothing of the composite. Quieter to the right.\n"
    yield "| threshold | values |"
    yield "|---|---|"
    for knob in KNOBS:
        yield f"| `{knob.name}` | {', '.join(f'{value:g}' for value in knob.values)} |"
    yield ""


def _section(entry: Described, keys: Sequence[Key]) -> Iterator[str]:
    yield f"## {entry.name}\n"
    yield f"{entry.title}\n"
    yield f"**Fires** {entry.fires}\n"
    yield f"**Quiet**: {entry.quiet}\n"
    yield f"**False positives**: {entry.false_positives}\n"
    yield f"**ATT&CK**: {_linked(entry.attack)}\n"
    yield f"**Runbook**: {entry.runbook}\n"
    yield f"**Needs data events**: {entry.data_events}\n"
    if keys:
        yield f"Settings: `[thresholds.{_TABLES.get(entry.name, entry.name)}]`\n"
        yield from _keys(keys)


def _keys(keys: Sequence[Key]) -> Iterator[str]:
    yield "| key | default | what it is |"
    yield "|---|---|---|"
    for key in keys:
        yield f"| `{key.name}` | {key.default} | {key.meaning} |"
    yield ""


def _linked(text: str) -> str:
    """ATT&CK ids as links to their pages."""
    return re.sub(
        r"T\d{4}(?:\.\d{3})?",
        lambda hit: f"[{hit[0]}](https://attack.mitre.org/techniques/{hit[0].replace('.', '/')}/)",
        text,
    )


if __name__ == "__main__":
    main()
