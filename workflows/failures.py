"""How a failure looks in a history: one line, no stack trace, and no text but hopstop's own."""

import logging
import traceback
from datetime import timedelta
from typing import Any

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ApplicationError, CancelledError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from model.errors import HopstopError, Unavailable

log = logging.getLogger("hopstop.failures")


class OneLineFailures(DefaultFailureConverter):
    """Drops stack traces: they are in the worker's log."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        """As the SDK does, without stack traces at any depth."""
        super().to_failure(exception, payload_converter, failure)
        level = failure
        while True:
            level.stack_trace = ""
            if not level.HasField("cause"):
                return
            level = level.cause


class FailureInterceptor(Interceptor):
    """Turns what an activity raises into one line that may be shown to anyone."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wrap every activity of the worker."""
        return _Activities(next)


class _Activities(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        try:
            return await super().execute_activity(input)
        except (FailureError, CancelledError):
            raise
        except HopstopError as error:
            raise _told(error) from None
        except Exception as error:  # noqa: BLE001 - the last seam: whatever it is, its text must not leave
            _log_frames(error)
            name = type(error).__name__
            raise ApplicationError(f"unexpected {name}; the worker's log has its place", type=name) from None


def _told(error: HopstopError) -> ApplicationError:
    delay = error.retry_after_s if isinstance(error, Unavailable) else None
    return ApplicationError(
        str(error),
        type=type(error).__name__,
        non_retryable=not isinstance(error, Unavailable),
        next_retry_delay=timedelta(seconds=delay) if delay is not None else None,
    )


def _log_frames(error: Exception) -> None:
    """Where it happened, never what it said: a message can hold a secret."""
    log.error("unexpected %s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
