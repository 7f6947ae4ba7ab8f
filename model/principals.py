"""Who a bare principal id or ARN is, and which accounts tell their own side: learned from the records themselves."""

from collections import OrderedDict

from model.assumed import Assumed, Principal, Voice
from model.identities import role_session
from model.identity import Identity, Kind

AGAIN_S = 24 * 3600
"""What is still seen after that long, by record time, is logged again, so that a shorter log has it."""

_MOST_PRINCIPALS = 16_384
_MOST_ACCOUNTS = 16_384
_NAMED = frozenset((Kind.USER, Kind.ROLE))


class Principals:
    """Users and roles by unique id and by ARN. What is new is put into `log`."""

    def __init__(self, log: list[Assumed]) -> None:
        self._log = log
        self._by_id: OrderedDict[str, Principal] = OrderedDict()
        self._by_arn: OrderedDict[str, Principal] = OrderedDict()

    def learn(self, caller: Identity, time: float) -> None:
        """Remember a caller that has both an id and an ARN."""
        known = self._by_id.get(caller.unique_id or "")
        if known is None or time > known.time + AGAIN_S:
            self._remember(caller, time)

    def attributed(self, caller: Identity) -> Identity:
        """Who a bare principal id or ARN is, where its own records have shown it before."""
        if caller.kind is not Kind.ACCOUNT and caller.unique_id:
            return caller
        known = self._by_id.get(caller.unique_id or "") or self._by_arn.get(_pathless(caller.arn) or "")
        if known is None or known.identity.arn is None:
            return caller
        found = known.identity
        if found.kind is Kind.ROLE:
            return role_session(found.arn or "", found.unique_id, caller.session_name)
        return found

    def named(self, caller: Identity) -> Identity:
        """Who a principal id is of which somebody else told, where its own records have shown it before."""
        known = self._by_id.get(caller.unique_id or "")
        if known is None or known.identity.arn is None:
            return caller
        if known.identity.kind is Kind.ROLE:
            return role_session(known.identity.arn, known.identity.unique_id, caller.session_name)
        return known.identity

    def restore(self, item: Principal) -> None:
        """Take back what was logged."""
        unique, arn = item.identity.unique_id, _pathless(item.identity.arn)
        for index, name in ((self._by_id, unique), (self._by_arn, arn)):
            if name is None:
                continue
            index[name] = item
            if len(index) > _MOST_PRINCIPALS:
                index.popitem(last=False)

    def _remember(self, caller: Identity, time: float) -> None:
        if caller.unique_id is None or caller.kind not in _NAMED:
            return
        item = Principal(caller, time)
        self._log.append(item)
        self.restore(item)


class Voices:
    """Accounts whose own copies of assumptions arrive, and those that were waited for in vain."""

    def __init__(self, log: list[Assumed]) -> None:
        self._log = log
        self._known: OrderedDict[str, Voice] = OrderedDict()

    def hear(self, account: str | None, time: float) -> None:
        """An account's own copy came."""
        known = self._known.get(account or "")
        if account and (known is None or not known.heard or time > known.time + AGAIN_S):
            self._note(Voice(account, True, time))

    def missed(self, account: str | None, time: float) -> None:
        """A copy of this account did not come in time; nothing is said of accounts that were heard."""
        known = self._known.get(account or "")
        if known is None or not known.heard:
            self._note(Voice(account or "", False, time))

    def is_silent(self, account: str | None, time: float) -> bool:
        """Whether there is no use in waiting for this account."""
        known = self._known.get(account or "")
        if known is None or known.heard:
            return False
        if time > known.time + AGAIN_S:
            self._note(Voice(known.account, False, time))
        return True

    def restore(self, item: Voice) -> None:
        """Take back what was logged."""
        self._known[item.account] = item
        if len(self._known) > _MOST_ACCOUNTS:
            self._known.popitem(last=False)

    def _note(self, item: Voice) -> None:
        self._log.append(item)
        self.restore(item)


def _pathless(arn: str | None) -> str | None:
    """An IAM or STS ARN by account, kind and last name, so that an ARN without its path finds the one that has it."""
    parts = (arn or "").split(":", 5)
    if len(parts) < 6:
        return None
    kind, _, rest = parts[5].partition("/")
    if kind == "assumed-role":
        return f"{parts[4]}:role/{rest.split('/')[0]}"
    return f"{parts[4]}:{kind}/{rest.rsplit('/', 1)[-1]}"
