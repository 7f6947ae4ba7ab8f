"""What of the product is measured, and the floor that it is held against. Nothing else here knows the product."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from isal import isal_zlib

from detectors.judge import Judge
from integrations.sqlite_store import SqliteStore
from integrations.trail_files import read_paths
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.normaliser import Normaliser
from model.organization import Organization
from model.thresholds import Thresholds

POLL = 100
"""Messages of one commit."""
LEASE_S = 30.0


class _Event(msgspec.Struct, gc=False):
    detail: CloudTrailRecord


class _File(msgspec.Struct, gc=False):
    records: list[CloudTrailRecord] = msgspec.field(name="Records")


_EVENT = msgspec.json.Decoder(_Event)
_FILE = msgspec.json.Decoder(_File)


class Live:
    """The judge that leads, on a store on disk."""

    def __init__(self, store: SqliteStore) -> None:
        lead = store.lead("bench", LEASE_S)
        if lead is None:
            raise RuntimeError("another judge leads this store")
        self.store = store
        self.version = lead.version
        self.judge = Judge(Thresholds(), Organization(), store, entry=lead.entry)
        self.findings = 0

    def poll(self, bodies: Iterable[bytes]) -> None:
        """Read, judge and commit one poll."""
        poll = self.judge.judge(_read(bodies))
        kept = self.judge.written(poll.findings)
        self.store.commit(self.version, kept.entry, kept.documents, kept.folded)
        self.findings += len(poll.findings)
        if self.judge.crowded:
            self.judge.let_go()

    def close(self) -> None:
        """Let another lead, and the file go."""
        self.store.resign(self.version)
        self.store.close()


def opened(path: Path) -> Live:
    """The judge on this file."""
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


def sizes(path: Path, kind: str) -> list[int]:
    """Bytes of every document of a kind."""
    store = SqliteStore(str(path))
    found = [len(body) for _, body in store.every(kind)]
    store.close()
    return found


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
