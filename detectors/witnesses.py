"""What GuardDuty said in the last day, until something else is said of the same principal."""

from collections import OrderedDict
from collections.abc import Iterable

from detectors.guardduty import is_about
from model.assumed import Assumed, Warned
from model.assumption import ApiCall
from model.identity import Identity
from model.spans import DAY

LATEST = 8
MOST = 10_000


class Witnesses:
    """Bounded: the latest 8 findings about each of the 10,000 principals that were named last. `restore` makes it anew
    from the log."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, list[ApiCall]] = OrderedDict()

    def add(self, warning: ApiCall) -> None:
        """Remember a finding; one of the same type about the same session takes the place of the one before."""
        told = self._told.setdefault(warning.caller.key, [])
        self._told.move_to_end(warning.caller.key)
        alike = (warning.on, warning.caller.session_name)
        told[:] = [old for old in told if (old.on, old.caller.session_name) != alike][-LATEST + 1 :]
        told.append(warning)
        if len(self._told) > MOST:
            self._told.popitem(last=False)

    def of(self, identities: Iterable[Identity], at: float) -> list[ApiCall]:
        """The findings about any of these within a day of a time (seconds since 1970 UTC)."""
        if not self._told:
            return []
        found = (
            warning
            for who in identities
            for warning in self._told.get(who.key, ())
            if is_about(warning, who.key, who.session_name, at, DAY)
        )
        return [*{warning.record: warning for warning in found}.values()]

    def restore(self, items: Iterable[Assumed]) -> None:
        """Go on from a log."""
        for item in items:
            if isinstance(item, Warned):
                self.add(item.call)
