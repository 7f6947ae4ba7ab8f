"""A bar on the terminal, with records a second and the time that is left."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


class Bar:
    """Implements cli.baseline_progress.Progress; visible while `shown` is entered."""

    def __init__(self) -> None:
        self.shown = Progress(
            TextColumn("learning"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[records]:,} records, {task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self.shown.add_task("learning", total=None, records=0, rate=0.0)
        self._began = time.monotonic()

    def begin(self, total: int) -> None:
        """So many bytes of files are to be read."""
        self.shown.update(self._task, total=total)

    def forward(self, size: int, records: int) -> None:
        """So many bytes more were read, and so many records in all."""
        rate = records / (time.monotonic() - self._began)
        self.shown.update(self._task, advance=size, records=records, rate=rate)
