"""The watch's page: the last rows as Markdown, gaps shown as such."""

from datetime import datetime, timedelta
from itertools import pairwise

from activities.coverage import Coverage
from model.text import shortened

GAP = timedelta(seconds=5)
"""Less than this between two rows is how long Temporal takes to begin the next."""
TROUBLE = 100
LARGEST = 3_900
"""Bytes: Temporal's UI is shown less than 4 kB."""

_COLUMNS = (
    "| until (UTC) | records | known | unread | assumptions | findings | lag | notes |\n"
    "|---|--:|--:|--:|--:|--:|--:|---|\n"
)


def coverage_table(queue: str, rows: tuple[Coverage, ...], note: str = "") -> str:
    """The last rows, newest first, as many as the page holds."""
    text = f"Watching `{queue}`.\n\n" + (f"**{note}**\n\n" if note else "") + _COLUMNS
    for line in _lines(rows):
        if len((text + line).encode()) > LARGEST:
            break
        text += line
    return text.rstrip("\n")


def _lines(rows: tuple[Coverage, ...]) -> list[str]:
    """Newest first, with a line for what nobody watched between two rows."""
    lines = [_row(row) for row in rows[:1]]
    for before, row in pairwise(rows):
        if row.since - before.until > GAP:
            lines.append(
                f"| {_clock(row.since)} | | | | | | | **gap**: nobody watched since {_clock(before.until)} |\n"
            )
        lines.append(_row(row))
    return lines[::-1]


def _row(row: Coverage) -> str:
    unread = row.unparsed + row.unbelieved + row.quarantined
    numbers = (
        f"{row.records} | {row.duplicates} | {unread} | {row.assumptions} | {row.findings} | {row.oldest_lag_s:.0f} s"
    )
    return f"| {_clock(row.until)} | {numbers} | {_notes(row)} |\n"


def _notes(row: Coverage) -> str:
    counted = (
        (row.gap_s > GAP.total_seconds(), f"**gap** {row.gap_s:.0f} s"),
        (row.unbelieved, f"{row.unbelieved} not believed"),
        (row.quarantined, f"{row.quarantined} not judged"),
        (row.missed, f"{row.missed} from log files"),
        (row.dead_letters, f"{row.dead_letters} in the dead-letter queue"),
        (row.standby_s, f"stood by {row.standby_s:.0f} s"),
        (row.canary_s is not None, f"canary {row.canary_s or 0:.0f} s"),
        (row.trouble, shortened(row.trouble, TROUBLE)),
    )
    return ", ".join(said for holds, said in counted if holds)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
