"""A client of the configured Temporal, for commands that talk to cases."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.client import Client
from temporalio.service import RPCError

import config
from integrations.temporal_cases import mapped
from model.errors import Unavailable

T = TypeVar("T")


def with_client(ask: Callable[[Client], Awaitable[T]]) -> T:
    """Run `ask` with a client of the Temporal that settings name. Raises HopstopError in one line."""
    return asyncio.run(_with_client(config.load(), ask))


async def _with_client(settings: config.Settings, ask: Callable[[Client], Awaitable[T]]) -> T:
    from worker import connect  # noqa: PLC0415 - the composition root brings every vendor's library along

    try:
        client = await connect(settings.environment)
    except RuntimeError:
        address = settings.environment.temporal_address
        raise Unavailable(f"Temporal at {address} does not answer; set TEMPORAL_ADDRESS, or start it") from None
    try:
        return await ask(client)
    except RPCError as error:
        raise mapped(error) from None
