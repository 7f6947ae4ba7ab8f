"""Reading signals: what cannot be decoded is a value to show to a person, never an exception and never dropped."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

T = TypeVar("T", bound=BaseModel)


def decode(raw: RawValue, model: type[T]) -> T | None:
    """The signal's payload as a value; None where it does not fit."""
    try:
        value: T = workflow.payload_converter().from_payload(raw.payload, model)
    except (ValidationError, ValueError, TypeError, RuntimeError, KeyError, RecursionError):
        return None
    return value if isinstance(value, model) else None


def decode_text(raw: RawValue) -> str:
    """The one optional string of a signal sent from the Temporal UI; empty where there is none."""
    try:
        value = workflow.payload_converter().from_payload(raw.payload, str)
    except (ValidationError, ValueError, TypeError, RuntimeError, KeyError, RecursionError):
        return ""
    return str(value)
