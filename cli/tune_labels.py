"""Attacks that somebody labelled: their names, and the ids of their records."""

import json
from pathlib import Path
from typing import Any

from model.errors import Malformed
from model.text import clean

_IDS = ("eventIDs", "event_ids", "records", "events")
_NAMES = ("name", "attack", "id")


def attacks_of(path: Path) -> dict[str, frozenset[str]]:
    """The attacks of a labels.json, in a list or under `attacks`. Raises Malformed with what is missing in it."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise Malformed(
            f"--labels: {clean(str(path), 200)} cannot be read as JSON; name the simulator's labels.json"
        ) from None
    rows = document.get("attacks") if isinstance(document, dict) else document
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Malformed("--labels: there is no list of attacks; name the simulator's labels.json")
    found: dict[str, frozenset[str]] = {}
    for number, row in enumerate(rows):
        name = next((str(row[key]) for key in _NAMES if row.get(key)), f"attack {number}")
        ids = _ids(row, name)
        found[name if name not in found else f"{name} ({number})"] = ids
    return found


def _ids(row: dict[str, Any], name: str) -> frozenset[str]:
    ids = next((row[key] for key in _IDS if isinstance(row.get(key), list)), None)
    if not ids:
        raise Malformed(f"--labels: {clean(name, 80)} has no list of eventIDs; name the simulator's labels.json")
    return frozenset(str(each) for each in ids)
