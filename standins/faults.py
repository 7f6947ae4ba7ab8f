"""Trouble on order: what a stand-in does wrong, and when."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One kind of trouble, for one answer.

    `status` 0 drops the connection without an answer. With `after_effect` the work is done first: "done, but
    the answer was lost". `hang_s` waits that long before the answer.
    """

    status: int = 503
    retry_after: str | None = None
    after_effect: bool = False
    hang_s: float | None = None


class Faults:
    """The trouble that was ordered and has not happened yet, by route name or (method, path)."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str | tuple[str, str], Fault]] = []

    def order(self, route: str | tuple[str, str], fault: Fault, times: int) -> None:
        """Make the next `times` requests of this route meet the fault."""
        self._waiting.extend([(route, fault)] * times)

    def take(self, name: str, method: str, path: str) -> Fault | None:
        """The next fault for this request, which is thereby used up."""
        for place, (route, fault) in enumerate(self._waiting):
            if route in (name, (method, path)):
                del self._waiting[place]
                return fault
        return None
