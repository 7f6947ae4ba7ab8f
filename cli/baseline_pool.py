"""Reading files on all cores: each process reads some files at a time and gives back what they hold."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from integrations.log_stream import Item
from integrations.trail_files import read_file
from model.archive_learning import Reader, Reading, Window
from model.collecting import collect_seldom
from model.errors import HopstopError, Refused, Unavailable
from model.log_file import LogFile
from model.settings import ContainmentSettings
from model.text import clean

if TYPE_CHECKING:
    from integrations.s3_logs import S3Logs

S3 = "s3://"
_AHEAD = 3
_READING = msgspec.msgpack.Decoder(Reading)


class Part(NamedTuple):
    """Files to be read by one process at a time, each with the record times that are learned of it.

    `watched`: times at which calls need their chain (model/archive_learning.py).
    """

    files: Sequence[LogFile]
    windows: Sequence[Window]
    watched: Sequence[Window] = ()


class Read(NamedTuple):
    """What a part gave: a Reading as bytes, the places of the files that go on beyond their window, and of those that
    could not be read, with the reason."""

    reading: bytes
    cut: Sequence[int]
    failed: Sequence[tuple[int, str]]


class Pool:
    """`workers` processes that read parts. One worker is this process itself."""

    def __init__(self, workers: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None
        if workers > 1:
            with _deaf(), _light():
                self._executor = ProcessPoolExecutor(workers, spawn, initializer=_begin)
                for _ in range(workers):
                    self._executor.submit(_nothing)

    def read(self, part: Part, skip: Collection[int] = ()) -> "Future[Read]":
        """Read a part, without the records whose short ids are in `skip`."""
        if self._executor is not None:
            return self._executor.submit(read_part, part, skip)
        done: Future[Read] = Future()
        done.set_result(read_part(part, skip))
        return done

    def each(self, parts: Iterable[Part]) -> Iterator[tuple[Part, Read]]:
        """Every part in order with what it gave; a few are read ahead. Raises Refused where a process died."""
        under_way: deque[tuple[Part, Future[Read]]] = deque()
        ahead = self.workers * _AHEAD if self._executor is not None else 1
        try:
            for part in parts:
                under_way.append((part, self.read(part)))
                if len(under_way) >= ahead:
                    yield _next(under_way)
            while under_way:
                yield _next(under_way)
        except BrokenProcessPool:
            raise Refused(
                "a process that read files was killed (is there enough memory?); run the same again"
            ) from None

    def end(self, *, at_once: bool) -> None:
        """Let the processes go: when they are done with what they read, or at once."""
        if self._executor is None:
            return
        if at_once:
            for process in multiprocessing.active_children():
                process.terminate()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None


@contextmanager
def pool_of(workers: int) -> Iterator[Pool]:
    """A pool that is ended however the work ends."""
    pool = Pool(workers)
    try:
        yield pool
    except BaseException:
        pool.end(at_once=True)
        raise
    pool.end(at_once=False)


def decoded(read: Read) -> Reading:
    """The reading of a part."""
    return _READING.decode(read.reading)


def read_part(part: Part, skip: Collection[int]) -> Read:
    """Read files; runs in any process."""
    reader, cut, failed = Reader(skip, part.watched), list[int](), list[tuple[int, str]]()
    for place, (file, window) in enumerate(zip(part.files, part.windows, strict=True)):
        try:
            if not reader.read(_items(file), window):
                cut.append(place)
        except HopstopError as error:
            failed.append((place, str(error)))
    return Read(msgspec.msgpack.encode(reader.finish()), cut, failed)


def _items(file: LogFile) -> Iterable[Item]:
    """The records of a file. Raises HopstopError where it cannot be read now, and may be another time."""
    if file.name.startswith(S3):
        bucket, _, key = file.name.removeprefix(S3).partition("/")
        return _fetched(bucket, file._replace(name=key))
    if not os.access(file.name, os.R_OK):
        raise Refused(f"{clean(file.name)} cannot be opened")
    return read_file(file.name)


def _fetched(bucket: str, file: LogFile) -> list[Item]:
    """A file out of S3, as a whole or not at all."""
    logs = _logs(bucket)
    for wait_s in (1, 2, 4):
        try:
            return list(logs.records(file))
        except Unavailable:
            time.sleep(wait_s)
    return list(logs.records(file))


@lru_cache(maxsize=4)
def _logs(bucket: str) -> "S3Logs":
    from integrations.aws import AwsClients  # noqa: PLC0415 - the AWS library takes a while, and files need none of it
    from integrations.s3_logs import S3Logs  # noqa: PLC0415

    return S3Logs(AwsClients(ContainmentSettings()), bucket)


def _next(under_way: "deque[tuple[Part, Future[Read]]]") -> tuple[Part, Read]:
    part, future = under_way.popleft()
    return part, future.result()


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started here leave Ctrl-C to their parent, from their first moment on."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _light() -> Iterator[None]:
    """Processes that are started here import what reads files, and not the whole command that runs: multiprocessing has
    each of them import the main module, which takes longer than to read fifty thousand records."""
    command = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = command


def _nothing() -> None:
    """A first task for each process: with it the executor starts it."""


def _begin() -> None:
    """In a new process: never outlive the parent."""
    collect_seldom()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
