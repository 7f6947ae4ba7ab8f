"""What each detector says of itself in its docstring: when it fires, what else looks like that, what to do then."""

import re
from functools import lru_cache
from importlib import import_module
from inspect import cleandoc
from typing import NamedTuple

from model.anomaly import DETECTORS

_LABELS = ("Fires", "Quiet", "False positives", "ATT&CK", "Runbook", "Needs data events")
_LABEL = re.compile(r"(?:^|(?<=[.!?]\s)|(?<=\n))(Fires|Quiet|False positives|ATT&CK|Runbook|Needs data events)\b(:?)\s")


class Described(NamedTuple):
    """A detector in its own words; a part that it does not have is empty. `techniques` are ATT&CK ids."""

    name: str
    title: str
    fires: str
    quiet: str
    false_positives: str
    attack: str
    runbook: str
    data_events: str

    @property
    def techniques(self) -> tuple[str, ...]:
        """The ids of ATT&CK that it names, each once."""
        return tuple(dict.fromkeys(re.findall(r"T\d{4}(?:\.\d{3})?", self.attack)))


@lru_cache(maxsize=64)
def described(name: str) -> Described:
    """A detector by its name. Raises ModuleNotFoundError where it has no file."""
    return parted(name, import_module(f"detectors.{name}").__doc__ or "")


def catalogue() -> tuple[Described, ...]:
    """Every detector, in the order of outputs."""
    return tuple(described(name) for name in DETECTORS)


def parted(name: str, text: str) -> Described:
    """The parts of a docstring: a title sentence, then parts that begin with their label at the start of a sentence."""
    title, _, body = cleandoc(text).partition("\n")
    found = [hit for hit in _LABEL.finditer(body) if hit[2] or hit[1] in ("Fires", "Quiet")]
    ends = [*(hit.start() for hit in found[1:]), len(body)]
    parts = dict.fromkeys(_LABELS, "")
    for hit, end in zip(found, ends, strict=True):
        parts[hit[1]] = "\n\n".join(part for part in (parts[hit[1]], _flowing(body[hit.end() : end])) if part)
    return Described(name, title.strip(), *parts.values())


def _flowing(text: str) -> str:
    """Paragraphs without the line breaks of the source; lists keep theirs."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text.strip())]
    return "\n\n".join(re.sub(r"\n(?!- )\s*", " ", part) for part in paragraphs if part)
