"""When the watch has fallen silent. Pure."""

from datetime import datetime, timedelta

from activities.coverage import Coverage
from model.frozen import Frozen
from model.watch_plan import Terms

LATE = timedelta(seconds=60)
"""How much longer than its span a row may take before nobody seems to watch."""


class Signs(Frozen):
    """The watch's last signs of life: a row, a record, the canary; each counts from when it was first waited for.

    `silent` says why somebody is to be woken, `told` what the pager was told last.
    """

    row: datetime | None = None
    read: datetime | None = None
    canary: datetime | None = None
    silent: str = ""
    told: str = ""

    def begun(self, now: datetime) -> "Signs":
        """Wait from now on for what never came."""
        return self.model_copy(update={"row": self.row or now, "read": self.read or now})

    def after(self, row: Coverage) -> "Signs":
        """With what a row says; where no canary is sent, none is waited for."""
        sent = row.terms is not None and row.terms.canary
        canary = (row.canary or self.canary or row.since) if sent else None
        return self.model_copy(update={"row": row.until, "read": row.read or self.read, "canary": canary})


def patient_until(signs: Signs, terms: Terms, now: datetime) -> datetime:
    """By when the next row must have come."""
    longest = max(timedelta(seconds=terms.silent_after_s), timedelta(seconds=terms.every_s) + LATE)
    return (signs.row or now) + longest


def silence(signs: Signs, terms: Terms, now: datetime) -> str:
    """Why somebody is to be woken; empty where all is well."""
    if not terms.silent_after_s:
        return ""
    limit = timedelta(seconds=terms.silent_after_s)
    if now >= patient_until(signs, terms, now):
        return f"nobody watches: no row since {_clock(signs.row)}"
    if signs.read and now - signs.read >= limit:
        return f"no record was read since {_clock(signs.read)}"
    if signs.canary and now - signs.canary >= limit:
        return f"the canary was not seen since {_clock(signs.canary)}"
    return ""


def _clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "the beginning"
