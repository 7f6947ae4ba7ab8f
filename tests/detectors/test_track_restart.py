"""Tracks of findings outlive the judge that made them, and end with it where they ended."""

from detectors.memory import LAG, Memory
from model.baseline import Fact
from tests.detectors.paper_store import PaperStore
from tests.detectors.test_track import tracked

KEY, STILL = "user:ana", "user:bob"


def commit(memory: Memory, store: PaperStore) -> None:
    written = memory.write()
    store.entries[memory.number] = written.changes
    store.entries = {number: body for number, body in store.entries.items() if number > written.folded}
    store.keep(written.documents)


def grown(memory: Memory, store: PaperStore, pieces: int) -> None:
    """One entry for every piece of evidence."""
    for _ in range(pieces):
        memory.track(KEY).evidence.extend(tracked(1).evidence)
        commit(memory, store)


def idle(memory: Memory, store: PaperStore, entries: int) -> None:
    for _ in range(entries):
        commit(memory, store)


def test_a_track_that_grew_is_whole_after_a_restart() -> None:
    store = PaperStore()
    memory = Memory(store, 0)
    grown(memory, store, LAG + 5)
    assert Memory(store, memory.number).tracks[KEY] == memory.tracks[KEY]


def test_a_track_that_ended_while_the_journal_still_tells_of_its_growth_is_gone_after_a_restart() -> None:
    store = PaperStore()
    memory = Memory(store, 0)
    grown(memory, store, LAG + 5)
    memory.change(1, STILL, Fact(time=1.0))  # holds the journal from here on
    grown(memory, store, 3)
    memory.forget(KEY)
    while memory.tracks or ("origin", KEY) in store._kept:
        commit(memory, store)
    restored = Memory(store, memory.number)
    assert KEY not in restored.tracks
