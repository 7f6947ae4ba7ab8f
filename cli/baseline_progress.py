"""How far learning is: a bar where a person looks, a line now and then where a file does."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from cli.output import talk

EVERY_S = 10.0


class Progress(Protocol):
    """Shows how far it is."""

    def begin(self, total: int) -> None:
        """So many bytes of files are to be read."""
        ...

    def forward(self, size: int, records: int) -> None:
        """So many bytes more were read, and so many records in all."""
        ...


class Lines:
    """A line every ten seconds."""

    def __init__(self) -> None:
        self._total = self._done = 0
        self._began = self._told = time.monotonic()

    def begin(self, total: int) -> None:
        """So many bytes of files are to be read."""
        self._total = total

    def forward(self, size: int, records: int) -> None:
        """So many bytes more were read, and so many records in all."""
        self._done += size
        now = time.monotonic()
        if now - self._told < EVERY_S or not self._done:
            return
        self._told, passed = now, now - self._began
        left = passed * (self._total - self._done) / self._done
        talk(f"{self._done / self._total:.0%}, {records:,} records, {records / passed:,.0f}/s, {left:,.0f} s left")


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from cli.baseline_bar import Bar  # noqa: PLC0415 - rich takes a while, and a pipe needs none of it

    bar = Bar()
    with bar.shown:
        yield bar
