"""When a lease has run out, told by one's own clock alone."""

from collections.abc import Callable


class Stillness:
    """How long a leader's (version, beat) stood still, as this process saw it; machines' clocks are not compared."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: tuple[int, int] | None = None
        self._since = 0.0

    def lasted(self, beat: tuple[int, int], lease_s: float) -> bool:
        """Whether the beat is the one that was seen `lease_s` seconds ago, and at every look since then."""
        if beat != self._seen:
            self._seen, self._since = beat, self._clock()
        return self._clock() - self._since >= lease_s
