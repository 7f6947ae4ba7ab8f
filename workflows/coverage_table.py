"""The watch's page: the last rows as Markdown, gaps shown as such."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from activities.coverage import Coverage
from model.text import shortened

GAP = timedelta(seconds=5)
"""Less than this between two rows is how long Temporal takes to begin the next."""
TROUBLE = 100
LARGEST = 3_900
"""Bytes: Temporal's UI is shown less than 4 kB."""

_COLUMNS = "| until | records | seen before | assumptions | findings | lag | notes |\n|:--|--:|--:|--:|--:|--:|:--|\n"


def coverage_table(queue: str, rows: tuple[Coverage, ...], note: str = "") -> str:
    """The last rows, newest first, as many as the page holds."""
    today = f" Newest first; times are UTC, of {rows[-1].until:%Y-%m-%d} unless they say more." if rows else ""
    text = f"Watching `{queue}`.{today}\n\n" + (f"**{note}**\n\n" if note else "") + _COLUMNS
    for line in _lines(rows):
        if len((text + line).encode()) > LARGEST:
            break
        text += line
    return text.rstrip("\n")


def _lines(rows: tuple[Coverage, ...]) -> list[str]:
    """Newest first, with a line for what nobody watched between two rows."""
    today = rows[-1].until.date() if rows else None
    lines = [_row(row, today) for row in rows[:1]]
    for before, row in pairwise(rows):
        if row.since - before.until > GAP:
            lines.append(
                f"| {_clock(row.since, today)} | | | | | | "
                f"**gap**: nobody watched since {_clock(before.until, today)} |\n"
            )
        lines.append(_row(row, today))
    return lines[::-1]


def _row(row: Coverage, today: date | None) -> str:
    numbers = f"{row.records} | {row.duplicates} | {row.assumptions} | {row.findings} | {row.oldest_lag_s:.0f} s"
    return f"| {_clock(row.until, today)} | {numbers} | {_notes(row)} |\n"


def _notes(row: Coverage) -> str:
    counted = (
        (row.gap_s > GAP.total_seconds(), f"**gap** {row.gap_s:.0f} s"),
        (row.unparsed, f"{row.unparsed} not readable"),
        (row.unbelieved, f"{row.unbelieved} not believed"),
        (row.quarantined, f"{row.quarantined} not judged"),
        (row.missed, f"{row.missed} from log files"),
        (row.dead_letters, f"{row.dead_letters} in the dead-letter queue"),
        (row.standby_s, f"stood by {row.standby_s:.0f} s"),
        (row.canary_s is not None, f"canary {row.canary_s or 0:.0f} s"),
        (row.trouble, shortened(row.trouble, TROUBLE)),
    )
    return "; ".join(said for holds, said in counted if holds)


def _clock(at: datetime, today: date | None) -> str:
    return f"{at:%H:%M:%S}" if at.date() == today else f"{at:%Y-%m-%d %H:%M:%S}"
