"""Bringing every document up to date with the journal, before somebody writes documents that no entry tells of."""

from collections.abc import Iterator
from typing import Any

from detectors.memory import ORIGIN, Memory, Written
from detectors.track_change import track_document
from model.journal import stamped

AT_ONCE = 400


class Settling(Memory):
    """A memory that shows and writes back what it restored from the journal."""

    def changed(self, kind: str) -> dict[str, Any]:
        """The values of a kind that the journal changed, by key."""
        (hot,) = (hot for hot in self._all if hot.kind == kind)
        return {key: hot.kept[key] for key in hot.stale}

    def settled(self) -> Iterator[Written]:
        """Entries without changes, with the documents that lacked some, until none does."""
        while any(hot.stale for hot in self._all) or self._stale_tracks:
            folded = self._folded()
            self.number += 1
            yield Written(b"", self._some(), folded)

    def _some(self) -> dict[tuple[str, str], bytes | None]:
        found: dict[tuple[str, str], bytes | None] = {}
        for hot in self._all:
            for key in [*hot.stale][:AT_ONCE]:
                found |= hot.write(key, self.number)
        for key in [*self._stale_tracks][:AT_ONCE]:
            del self._stale_tracks[key]
            track = self.tracks.get(key)
            found[ORIGIN, key] = None if track is None else stamped(self.number, track_document(track))
        return found
