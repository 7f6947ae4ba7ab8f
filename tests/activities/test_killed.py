"""Real processes, a real queue and a real store: killed and frozen consumers lose nothing and judge nothing twice."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.sqlite_store import SqliteStore
from model.baseline import digest
from tests.activities.paper_queue import NOW, record
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

ROOT = Path(__file__).parents[2]
COUNT = 400


class Installation:
    """A queue with records in it, a store, and consumers."""

    def __init__(self, ministack: Ministack, folder: Path) -> None:
        self.account = ministack.new_account()
        self.endpoint = ministack.url
        self.sqs = ministack.client("sqs", ministack.root(self.account))
        self.url = self.sqs.create_queue(QueueName="records")["QueueUrl"]
        self.path = str(folder / "store.db")
        self.store = SqliteStore(self.path)
        self.running: list[subprocess.Popen[bytes]] = []

    def send(self, first: int, count: int) -> None:
        for start in range(first, first + count, 10):
            entries = [{"Id": str(n), "MessageBody": record(start + n).decode()} for n in range(10)]
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def consumer(self, holder: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.activities.consumer"]
        command += [self.endpoint, self.account, self.url, self.path, holder]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.running.append(process)
        return process

    def committed(self) -> list[int]:
        """Digests of records, each as often as it was committed."""
        return sorted(self.store.ids(int(NOW.timestamp()) // 3600))

    def freeze(self, process: "subprocess.Popen[bytes]") -> None:
        """Stop it outside of a transaction: within one it would lock the file for everybody."""
        for _ in range(100):
            process.send_signal(signal.SIGSTOP)
            if self.free():
                return
            process.send_signal(signal.SIGCONT)
            time.sleep(0.003)
        raise AssertionError("it never left its transaction")

    def free(self) -> bool:
        with contextlib.closing(sqlite3.connect(self.path, timeout=0.05, isolation_level=None)) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return False
            return True

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found: dict[str, Any] = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in found.values())


@pytest.fixture
def installation(ministack: Ministack, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(ministack, tmp_path)
    yield made
    for process in made.running:
        process.kill()
        process.wait(10)
    made.store.close()


def until(holds: Callable[[], bool], within_s: float = 40) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def all_of(count: int) -> list[int]:
    return sorted(digest(f"00000000-0000-4000-8000-{number:012d}") for number in range(count))


def test_a_consumer_killed_in_its_work_is_followed_by_one_that_finishes_it(installation: Installation) -> None:
    installation.send(0, COUNT)
    for holder in ("one", "two"):
        before = len(installation.committed())
        killed = installation.consumer(holder)
        until(lambda before=before: len(installation.committed()) > before)  # type: ignore[misc]
        killed.kill()
        killed.wait(10)
    installation.consumer("three")
    until(lambda: installation.left() == 0)
    assert installation.committed() == all_of(COUNT)


def test_a_frozen_consumer_that_wakes_is_a_zombie_and_commits_nothing(installation: Installation) -> None:
    installation.send(0, COUNT)
    zombie = installation.consumer("one")
    until(lambda: bool(installation.committed()))
    installation.freeze(zombie)
    installation.consumer("two")
    until(lambda: installation.left() == 0)
    zombie.send_signal(signal.SIGCONT)
    installation.send(COUNT, 50)
    until(lambda: installation.left() == 0)
    assert zombie.poll() is None
    assert installation.committed() == all_of(COUNT + 50)
