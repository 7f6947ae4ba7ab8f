"""The base of every value that people, files and Temporal see."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """An immutable value; an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def added(default: Any) -> Any:
    """A field that came after a release: not written at its default, so that recorded histories stay true."""
    return Field(default=default, exclude_if=lambda value: value == default)
