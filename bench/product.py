"""What of the product is measured, and the floor that it is held against. Nothing else here knows the product."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
from isal import isal_zlib

from activities.canary import Canary
from activities.coverage import Tally
from activities.judging import Judging
from activities.ports import Message
from activities.reading import Reading
from detectors.judge import Judge
from detectors.settling import Settling
from integrations.sqlite_store import SqliteStore
from integrations.trail_files import read_paths
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.collecting import collect_seldom
from model.envelopes import unwrap
from model.normaliser import Normaliser
from model.organization import Organization
from model.provenance import Trusted
from model.thresholds import Thresholds
from model.watch_plan import Terms

POLL = 100
"""Messages of one commit."""


class _Event(msgspec.Struct, gc=False):
    detail: CloudTrailRecord


class _File(msgspec.Struct, gc=False):
    records: list[CloudTrailRecord] = msgspec.field(name="Records")


_EVENT = msgspec.json.Decoder(_Event)
_FILE = msgspec.json.Decoder(_File)


class Live:
    """The judge that leads, on a store on disk, fed as the watch feeds it."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._tally = Tally(Terms())
        self._reading = Reading(Trusted(), Canary(None, ""))
        self._judging = Judging(store, Thresholds(), Organization(), "bench")
        if not self._judging.leads(self._tally):
            raise RuntimeError("another judge leads this store")
        self.judge = self._judging.ready()

    @property
    def findings(self) -> int:
        """Findings until now, new or changed."""
        return self._tally.row().findings

    def poll(self, bodies: Iterable[bytes]) -> None:
        """Read, judge and commit the messages of one poll."""
        sent = datetime.now(UTC)
        pieces, _ = self._reading.open([Message(body, "", sent) for body in bodies], self._tally)
        self._judging.take(pieces)
        while self._judging.busy:
            self._judging.step(self._tally)

    def close(self) -> None:
        """Let another lead, and the file go."""
        self._judging.resign()
        self._store.close()


def opened(path: Path) -> Live:
    """The judge on this file, in a process as the command makes it."""
    collect_seldom()
    return Live(SqliteStore(str(path)))


def parse(bodies: Iterable[bytes]) -> None:
    """The floor: bare msgspec, into the same fields."""
    for body in bodies:
        _EVENT.decode(body)


def unwrap_all(bodies: Iterable[bytes]) -> None:
    """Bytes into records, whatever carried them."""
    for body in bodies:
        for _ in unwrap(body):
            pass


def normalise(bodies: Iterable[bytes]) -> None:
    """Bytes into assumptions and calls."""
    normaliser = Normaliser()
    for body in bodies:
        for record in unwrap(body):
            normaliser.read(record)


def judge_all(judge: Judge, bodies: Sequence[bytes]) -> None:
    """Judge and learn poll by poll, in memory."""
    for poll in polls(bodies):
        judge.judge(_read(poll))


def watch(live: Live, bodies: Iterable[bytes]) -> None:
    """The whole live path, poll by poll, each committed."""
    for poll in polls(bodies):
        live.poll(poll)


def parse_archive(files: Iterable[Path]) -> int:
    """The floor of an archive: isal, then bare msgspec into the same fields; how many records."""
    return sum(len(_FILE.decode(isal_zlib.decompress(file.read_bytes(), wbits=31)).records) for file in files)


def read_archive(folder: Path) -> None:
    """Every record of the log files in a folder."""
    for _ in read_paths([str(folder)]):
        pass


def learn_archive(folder: Path, store: Path, workers: int) -> None:
    """The whole command, into a new store; starting the interpreter is part of it."""
    for old in store.parent.glob(f"{store.name}*"):
        old.unlink()
    command = Path(sys.executable).with_name("hopstop")
    asked = [str(command), "baseline", "learn", str(folder), "--store", f"sqlite:///{store}", "--workers", f"{workers}"]
    subprocess.run([*asked, "--json"], check=True, capture_output=True)  # noqa: S603 - our own command


def sizes(path: Path, kind: str) -> list[int]:
    """Bytes of every document of a kind, as they are when all of the journal is in them."""
    store = SqliteStore(str(path))
    found = {key: len(body) for key, body in store.every(kind)}
    for written in Settling(store, 0).settled():
        found |= {key: len(body) for (of, key), body in written.documents.items() if of == kind and body is not None}
    store.close()
    return [*found.values()]


def left(path: Path) -> tuple[int, int]:
    """What the next judge has to go through: entries of the journal, bytes of what was assumed."""
    store = SqliteStore(str(path))
    found = sum(1 for _ in store.journal()), sum(len(body) for body in store.assumed(0))
    store.close()
    return found


def polls(bodies: Iterable[bytes]) -> Iterator[list[bytes]]:
    """A poll's messages at a time."""
    rest = iter(bodies)
    while poll := list(islice(rest, POLL)):
        yield poll


def _read(bodies: Iterable[bytes]) -> Iterator[CloudTrailRecord | Unparsed]:
    return (record for body in bodies for record in unwrap(body))
