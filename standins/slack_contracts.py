"""Slack's own published descriptions as a second judge of every call; needs jsonschema."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

from standins.block_kit import Json

# Documented apart from the methods: every method may answer these.
ANY_METHOD = {"invalid_arguments", "invalid_auth", "unknown_method", "invalid_json", "json_not_object"}


class SlackContracts:
    """Reads `methods/**.json` and the Block Kit schema under `directory`."""

    def __init__(self, directory: Path) -> None:
        self._methods = {path.stem: json.loads(path.read_text()) for path in directory.glob("methods/*/*.json")}
        self._schema = next(directory.glob("blockkit-*.schema.json"))

    def argument_flaws(self, method: str, given: Json) -> list[str]:
        """What the descriptions would refuse in a call's arguments: unknown or missing ones."""
        takes = self.arguments(method)
        unknown = [f"{method} has no argument {name}" for name in given if name not in takes]
        missing = [f"{method} needs {name}" for name, needed in takes.items() if needed and name not in given]
        return unknown + missing

    def block_flaws(self, blocks: list[Json]) -> list[str]:
        """What the Block Kit schema would refuse, a line for each block."""
        found = ((at, best_match(self._blocks.iter_errors([block]))) for at, block in enumerate(blocks))
        return [f"/blocks/{at}: {error.message[:300]}" for at, error in found if error]

    def arguments(self, method: str) -> dict[str, bool]:
        """A method's arguments as described: name to required."""
        return {name: bool(arg["required"]) for name, arg in self._methods[method]["args"].items()}

    def errors(self, method: str) -> set[str]:
        """The errors a method is described to answer, and those that any may."""
        return set(self._methods[method]["errors"]) | ANY_METHOD

    def example(self, method: str) -> Json:
        """The first successful answer in the description."""
        examples = (json.loads(text) for text in self._methods[method]["response"]["examples"])
        return next(dict(example) for example in examples if example.get("ok", True))

    @cached_property
    def _blocks(self) -> Any:
        return jsonschema.Draft7Validator(json.loads(self._schema.read_text()))
