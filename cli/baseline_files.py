"""Which files are learned from, in which order, some at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from cli.baseline_ledger import MOST, Ledger
from cli.baseline_pool import S3, Part
from integrations.trail_files import log_files
from model.archive_learning import Window
from model.errors import Malformed
from model.log_file import LogFile
from model.settings import ContainmentSettings

BATCH = 400 << 20
"""Bytes of the files of one batch, as they lie there: half a minute's work, which a kill costs."""
PART = 12 << 20
SMALLEST_PART = 1 << 20
PART_FILES = 2_000
KEPT_DAYS = 31
LINKED_DAYS = 2
"""Sessions live up to 36 hours."""
_DAY = "%Y%m%d"
_STAMPED = 9


class Choice(NamedTuple):
    """Files in the order of time, in portions that are either to be learned, or to be read again for their chains; and
    how many are not read since they are learned already, or too old."""

    portions: list[tuple[bool, list[LogFile]]]
    done: int
    old: int

    @property
    def pending(self) -> list[LogFile]:
        """The files to be learned."""
        return [file for learn, files in self.portions if learn for file in files]

    @property
    def size(self) -> int:
        """Bytes to be read."""
        return sum(file.size for _, files in self.portions for file in files)


def listed(paths: Sequence[str]) -> list[LogFile]:
    """Every file of the paths, the earliest first. Raises Malformed where a path names nothing, or all of them none."""
    found = {file.name: file for path in paths for file in _files(path)}
    if not found:
        raise Malformed(f"no files in {', '.join(paths)}: name the folder or bucket that CloudTrail writes to")
    return sorted(found.values(), key=lambda file: (file.written or "~", file.name))


def is_there(path: str) -> None:
    """Raises Malformed where a path of this machine names nothing, before a store is made for it."""
    if not path.startswith(S3):
        next(_files(path), None)


def chosen(files: Sequence[LogFile], ledger: Ledger, until: float) -> Choice:
    """What of the files is read: not what is older than a baseline remembers, or later than all that is asked for; and
    of what is learned already that which lies up to two days before what is not."""
    last = datetime.fromtimestamp(until, UTC)
    within = [file for file in files if not _begins_after(file, last)]
    edge = _before(max((file.day for file in within), default=""), KEPT_DAYS)
    fresh = [file for file in within if not (len(file.written) >= _STAMPED and file.day < edge)]
    pending = {file for file in fresh if ledger.learned_until(file) < until}
    near = {_before(day, back) for day in {file.day for file in pending} for back in range(LINKED_DAYS + 1)}
    read = [file for file in fresh if file in pending or (file.day and file.day in near)]
    portions = [(learn, [*some]) for learn, some in groupby(read, key=pending.__contains__)]
    if portions and not portions[-1][0]:
        portions.pop()
    return Choice(portions, len(fresh) - len(pending), len(within) - len(fresh))


def batches(files: Sequence[LogFile], size: int) -> Iterator[list[LogFile]]:
    """The files, `size` bytes at a time: what is learned and kept together."""
    yield from _cut(files, size, MOST)


def parts(
    files: Sequence[LogFile], window: Callable[[LogFile], Window], watched: Sequence[Window], workers: int
) -> Iterator[Part]:
    """A batch's files in portions for one process each, so many that all of them have work."""
    size = sum(file.size for file in files)
    for some in _cut(files, max(SMALLEST_PART, min(PART, size // (workers * 4))), PART_FILES):
        yield Part(some, [window(file) for file in some], watched)


def _cut(files: Iterable[LogFile], most_bytes: int, most: int) -> Iterator[list[LogFile]]:
    held: list[LogFile] = []
    size = 0
    for file in files:
        if held and (size + file.size > most_bytes or len(held) == most):
            yield held
            held, size = [], 0
        held.append(file)
        size += file.size
    if held:
        yield held


def _files(path: str) -> Iterator[LogFile]:
    if path == "-":
        raise Malformed("standard input cannot be learned from: it cannot be gone on with; name files")
    if not path.startswith(S3):
        yield from log_files(path)
        return
    from integrations.aws import AwsClients  # noqa: PLC0415 - the AWS library takes a while, and files need none of it
    from integrations.s3_logs import S3Logs  # noqa: PLC0415

    bucket = path.removeprefix(S3).partition("/")[0]
    for file in S3Logs.from_url(AwsClients(ContainmentSettings()), path).every():
        yield file._replace(name=f"{S3}{bucket}/{file.name}")


def _begins_after(file: LogFile, last: datetime) -> bool:
    """Whether all of a file is later than that: CloudTrail writes a record within minutes, seldom within hours."""
    return len(file.written) >= _STAMPED and file.written > f"{last + timedelta(days=1):%Y%m%dT%H%M}"


def _before(day: str, days: int) -> str:
    """The day so many days before; the same where it is none."""
    try:
        return f"{datetime.strptime(day, _DAY).replace(tzinfo=UTC) - timedelta(days=days):{_DAY}}"
    except (ValueError, OverflowError):
        return day
