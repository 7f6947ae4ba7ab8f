"""Which session minted which.

Sessions live 12 hours at most (36 from GetSessionToken and GetFederationToken), and records come late: a session is
kept 38 hours past its making. Its chain is kept with it, so that a chain whose sessions follow each other for days
keeps its origin. Chains do not depend on the order in which the records came.
"""

from collections.abc import Iterable

from model.assumed import Anchor, Assumed, Given, Minted, Told
from model.assumption import ApiCall, Copy, RoleAssumption, corrected, lean
from model.chain import Chain
from model.identities import role_session
from model.session import HOP_S, HOPS, TOKEN_S, TOKENS, Session
from model.sessions import Item, Sessions

KEEP_S = 38 * 3600
"""How long a session is kept, by record time: 36 hours and the lateness of records."""
MOST = 200_000
"""Sessions that are kept; where there are more, those that ended first go."""

_LATE_S = 3600
_FEW = 4_096


class LineageBook:
    """Add every successful assumption in any order, ask for the chain of any call. It keeps `most` sessions."""

    def __init__(self, most: int = MOST) -> None:
        self._sessions = Sessions()
        self._log: list[Anchor] = []
        self._most = most
        self._full = min(_FEW, most)

    def add(self, made: RoleAssumption) -> Chain:
        """The chain of the session that was made; of the caller where the assumption was denied."""
        if made.denied:
            return self.of(made)
        known = self._sessions.by_record.get(made.records[0])
        if known is not None:
            return self._changed(known, made)
        session = Session(lean(made))
        moved = self._sessions.put(session)
        if moved:
            self._move(moved)
        if len(self._sessions.by_record) > self._full:
            self._prune()
        chain = self._chain(session)
        if session.parent is not None:
            self._anchor(session.parent, made)
        return chain

    def of(self, item: Item) -> Chain:
        """The chain that the caller is in: no hops where none is known.

        A call that gave the same person a new key (GetSessionToken, GetFederationToken) is remembered.
        """
        if isinstance(item, ApiCall) and item.new_key and item.error is None:
            return self.add(_token(item))
        parent = self._sessions.parent(item)
        if parent is None:
            return self._sessions.actors.get(item.caller).alone
        return parent.chain or self._chain(parent)

    def correct(self, copy: Copy) -> Chain | None:
        """Take in another record of an assumption that was added; its chain, None where it is not known."""
        session = self._sessions.by_record.get(copy.of)
        return self._changed(session, corrected(session.made, copy)) if session else None

    def by_record(self, record: str) -> Chain | None:
        """The chain of the session that an assumption made, by its first record; None where it is not known."""
        session = self._sessions.by_record.get(record)
        return self._chain(session) if session else None

    def logged(self) -> list[Assumed]:
        """What must be logged since the last call, besides what the normaliser logs."""
        found: list[Assumed] = [*self._log]
        self._log.clear()
        return found

    def restore(self, items: Iterable[Assumed]) -> None:
        """Go on from a log."""
        for item in items:
            if isinstance(item, Given):
                self.add(item.made)
            elif isinstance(item, Minted):
                self.of(item.call)
            elif isinstance(item, Told):
                self.correct(item.copy)
            elif isinstance(item, Anchor):
                self._restore(item)
        self._log.clear()

    def _restore(self, item: Anchor) -> None:
        self.add(item.made)
        session = self._sessions.by_record[item.made.records[0]]
        session.before = Chain(item.origin, item.depth, item.path, item.hops)
        self._loosen(session)
        self._chain(session)
        session.since = item.time

    def _changed(self, session: Session, made: RoleAssumption) -> Chain:
        """Put what is better known in the place of what was."""
        old, session.made = session.made, made
        if _told_apart(old) != _told_apart(made):
            session.made = old
            moved = self._sessions.remove(session)
            session.made = made
            self._move([*moved, *self._sessions.put(session)])
        if (old.caller, old.caller_key) != (made.caller, made.caller_key):
            session.asks_key = session.asks_name = None
            self._move([session])
        self._loosen(session)
        return self._chain(session)

    def _move(self, moved: Iterable[Session]) -> None:
        """Have these look for their parent again."""
        for session in moved:
            if session.linked:
                session.linked, session.parent = False, None
                self._loosen(session)

    def _loosen(self, session: Session) -> None:
        """Forget the chains that go through a session; they are made again when they are asked for."""
        waiting = [session]
        while waiting:
            at = waiting.pop()
            at.chain, at.cut = None, False
            waiting += [child for child in at.children or () if child.chain is not None and child.parent is at]

    def _chain(self, session: Session) -> Chain:
        """The chain of a session, from the nearest one before it whose chain is known."""
        if session.chain is not None:
            return session.chain
        if not session.linked:
            self._sessions.link(session)
        if session.parent is None or session.parent.chain is not None:
            return self._grow(session)
        path: dict[Session, None] = {}
        at: Session | None = session
        while at is not None and at.chain is None:
            if at in path:
                return self._without_cycle(session, at)
            path[at] = None
            if not at.linked:
                self._sessions.link(at)
            at = at.parent
        for each in reversed(path):
            chain = self._grow(each)
        return chain

    def _without_cycle(self, session: Session, at: Session) -> Chain:
        """Sessions that made each other: the first of them has no parent."""
        cycle = [at]
        while cycle[-1].parent is not None and cycle[-1].parent is not at:
            cycle.append(cycle[-1].parent)
        first = min(cycle, key=lambda each: (each.made.time, each.made.records[0]))
        first.cut = True
        self._grow(first)
        for each in cycle:
            self._chain(each)
        return self._chain(session)

    def _grow(self, session: Session) -> Chain:
        made, before = session.made, self._before(session)
        parent = None if session.cut else session.parent
        session.since = made.time if parent is None else min(made.time, parent.since)
        if made.how in HOPS:
            before = before.then(made)
        elif made.how not in TOKENS:
            before = Chain(role_session(made.role_arn, made.role_id, made.session_name))
        session.chain = before
        return before

    def _before(self, session: Session) -> Chain:
        """The chain that a session goes on from."""
        if session.before is not None:
            return session.before
        parent, made = session.parent, session.made
        if parent is None or session.cut:
            return self._sessions.actors.get(made.caller).alone
        chain = self._chain(parent)
        return chain.back_to(made) if session.named else chain

    def _anchor(self, session: Session, child: RoleAssumption) -> None:
        """Log a chain anew that begins before what will still be in the log when the child ends."""
        spare = KEEP_S - _LATE_S - (TOKEN_S if child.how in TOKENS else HOP_S)
        if session.since >= child.time - spare:
            return
        before = self._before(session)
        session.since = child.time
        self._log.append(Anchor(session.made, child.time, before.origin, before.depth, before.path, before.hops))

    def _prune(self) -> None:
        """Let sessions go that are past keeping, and where there are still too many, those that ended first.

        What is past keeping is measured from the 99th of a hundred sessions, so that a wrong date does no harm.
        """
        every = [*self._sessions.by_record.values()]
        times = sorted(session.made.time for session in every)
        oldest = times[len(times) * 99 // 100] - KEEP_S
        gone = [session for session in every if session.made.time < oldest]
        room = self._most * 3 // 4
        if len(every) - len(gone) > room:
            gone = sorted(every, key=lambda session: (session.made.time >= oldest, session.ends))[:-room]
        if gone:
            self._forget(gone)
        self._full = min(self._most, max(_FEW, 2 * len(self._sessions.by_record)))

    def _forget(self, gone: list[Session]) -> None:
        """What came of them keeps their chain."""
        for session in gone:
            self._chain(session)
        for session in gone:
            for child in session.made_by_it():
                child.before = self._before(child)
        for session in gone:
            session.gone = True
            for child in session.made_by_it():
                child.parent = None
        self._sessions.sweep(gone)
        for session in gone:
            session.parent = session.children = None


def _told_apart(made: RoleAssumption) -> tuple[object, ...]:
    """What tells a session from others, and whose it is."""
    return made.new_key, made.role_id, made.session_name, made.how, made.caller, made.caller_key


def _token(call: ApiCall) -> RoleAssumption:
    """A key that is the same person's, as a session that is no hop."""
    return RoleAssumption(
        records=(call.record,),
        time=call.time,
        how=call.name,
        caller=call.caller,
        caller_key=call.caller_key,
        caller_session=call.caller_session,
        role_arn="",
        account=call.caller.account or "",
        role_id=None,
        session_name="",
        new_key=call.new_key,
        source_identity=None,
        denied=False,
        error=None,
        source_ip=call.source_ip,
        user_agent=None,
        region=call.region,
        duration=None,
    )
