"""A file of CloudTrail records, wherever it lies, and when its name says that it was written."""

import re
from typing import NamedTuple

_WRITTEN = re.compile(r"_(\d{8}T\d{4})Z_[^/]*$")
_DAY = re.compile(r"(?:^|/)(\d{4})/(\d\d)/(\d\d)/[^/]*$")


class LogFile(NamedTuple):
    """One file. `size` in bytes as it lies there, `mark` tells one version of it from another (ETag, time of change).

    `written` sorts by time: `20261003T0245`, or `20261003` where only the day is known; empty where nothing says it.
    """

    name: str
    size: int
    mark: str
    written: str

    @property
    def day(self) -> str:
        """The day (UTC) as `20261003`; empty where it is not known."""
        return self.written[:8]


def written(name: str) -> str:
    """When a file was written, as CloudTrail's layout has it; empty where the name has another form.

    `…/CloudTrail/REGION/2026/10/03/ACCOUNT_CloudTrail_REGION_20261003T0245Z_….json.gz`
    """
    stamp = _WRITTEN.search(name)
    if stamp:
        return stamp[1]
    day = _DAY.search(name)
    return "".join(day.groups()) if day else ""
