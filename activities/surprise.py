"""Exceptions that nobody expected."""

import logging
import traceback

log = logging.getLogger("hopstop")


def log_frames(error: Exception) -> None:
    """Where it happened, never what it said: a message can hold a secret."""
    log.error("unexpected %s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))


def unexpected(error: Exception) -> str:
    """What may be shown of it."""
    return f"unexpected {type(error).__name__}; the worker's log has its place"
