"""Which session minted which: linked by access key id, or by role id, session name and time where keys do not tell.

Sessions live 12 hours at most (36 from GetSessionToken and GetFederationToken), and records come late: a link is kept
38 hours past its making.
"""

from bisect import insort
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import msgspec

from model.assumption import ApiCall, Copy, RoleAssumption
from model.chain import DEEPEST, Chain
from model.identities import role_session
from model.identity import Identity, Kind
from model.normaliser import decode_identity, encode_identity

KEEP_S = 38 * 3600
"""How long a link is kept, by record time: 36 hours and the lateness of records."""
MOST = 200_000
"""Sessions that are remembered."""

_SLACK_S = 2.0
_DEFAULT_S = 3600
_LONGEST_S = 12 * 3600
_CACHED = 65_536
T = TypeVar("T")
_HOPS = frozenset(("AssumeRole", "SwitchRole", "AssumeRoot"))


class Session(msgspec.Struct, gc=False):
    """One set of credentials that somebody was seen to get: a hop's, or (`hop` false) an origin's or the same person's.

    `console`: it acts with other keys than the one that was given.
    """

    id: str
    made: RoleAssumption
    hop: bool
    console: bool = False
    same_as: Identity | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """`role id:session name` as aws:userid has it, and the same with account and role name for the id."""
        made = self.made
        return _names(made.role_arn, made.role_id, made.session_name)


class LineageBook:
    """Sessions by key and by name. Add every successful assumption in any order, ask for the chain of any call."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._by_key: dict[str, list[str]] = {}
        self._by_name: dict[str, list[tuple[float, str]]] = {}
        self._orphans: set[str] = set()
        self._chains: dict[str, Chain] = {}
        self._origins: dict[tuple[str, str | None], Chain] = {}
        self._changed: dict[str, Session | None] = {}
        self._clock = 0.0
        self._pruned = 0.0

    def add(self, made: RoleAssumption) -> Chain:
        """The lineage of the session that was made; of the caller where the assumption was denied."""
        if made.denied:
            return self.of(made)
        session = Session(made.records[0], made, made.how in _HOPS, made.how == "SwitchRole")
        self._keep(session)
        return self._chain(session)

    def of(self, item: RoleAssumption | ApiCall) -> Chain:
        """The chain that the caller is in: no hops where none is known.

        A call that gave the same person a new key (GetSessionToken, GetFederationToken) is remembered.
        """
        parent = self._parent(item)
        if isinstance(item, ApiCall) and item.new_key and item.error is None:
            self._same_person(item, parent)
        return self._chain(parent) if parent else self._origin(item.caller)

    def correct(self, copy: Copy) -> Chain | None:
        """Take in another record of an assumption that was added; its lineage, None where it is not known."""
        session = self._sessions.get(copy.of)
        if session is None:
            return None
        made = session.made
        fields = {"caller": copy.caller, "caller_key": copy.caller_key, "caller_session": copy.caller_session}
        known = {name: value for name, value in fields.items() if value is not None}
        records = made.records if copy.record in made.records else (*made.records, copy.record)
        session.made = msgspec.structs.replace(made, records=records, **known)
        session.console = session.console or copy.how == "SwitchRole"
        self._changed[session.id] = session
        self._chains.clear()
        return self._chain(session)

    def by_record(self, record: str) -> Chain | None:
        """The lineage of the session that an assumption made, by its first record; None where it is not known."""
        session = self._sessions.get(record)
        return self._chain(session) if session else None

    def changed(self) -> list[tuple[str, bytes | None]]:
        """Documents (key, bytes) written since the last call; None where one is gone."""
        found, self._changed = self._changed, {}
        return [(key, _encode(session) if session else None) for key, session in found.items()]

    def load(self, documents: Iterable[tuple[str, bytes]]) -> None:
        """Take documents back; none of them counts as changed."""
        for _, document in documents:
            self._index(msgspec.msgpack.decode(document, type=Session, dec_hook=decode_identity))

    def dump(self) -> list[tuple[str, bytes]]:
        """Every document."""
        return [(key, _encode(session)) for key, session in self._sessions.items()]

    def _keep(self, session: Session) -> None:
        if session.id in self._sessions:
            self._forget(session.id)
        self._index(session)
        self._changed[session.id] = session
        if self._clock - self._pruned > 3600 or len(self._sessions) > MOST:
            self._prune()

    def _index(self, session: Session) -> None:
        made = session.made
        self._sessions[session.id] = session
        self._clock = max(self._clock, made.time)
        names = (made.new_key, *session.names)
        if made.new_key:
            self._by_key.setdefault(made.new_key, []).append(session.id)
        for name in session.names:
            insort(self._by_name.setdefault(name, []), (made.time, session.id))
        if any(name in self._orphans for name in names):
            self._chains.clear()
            self._orphans.difference_update(names)

    def _forget(self, id_: str) -> None:
        session = self._sessions.pop(id_)
        self._chains.pop(id_, None)
        self._changed[id_] = None
        if session.made.new_key:
            _drop(self._by_key, session.made.new_key, id_)
        for name in session.names:
            _drop(self._by_name, name, (session.made.time, id_))

    def _prune(self) -> None:
        """Sessions past keeping, and the oldest tenth where there are too many."""
        self._pruned = self._clock
        old = [id_ for id_, session in self._sessions.items() if session.made.time < self._clock - KEEP_S]
        for id_ in old:
            self._forget(id_)
        if len(self._sessions) > MOST:
            by_age = sorted(self._sessions, key=lambda id_: self._sessions[id_].made.time)
            for id_ in by_age[: MOST // 10]:
                self._forget(id_)
        self._orphans.clear()
        self._chains.clear()

    def _same_person(self, call: ApiCall, parent: Session | None) -> None:
        """Remember a key that is the same person's: it is the session it came from, or the user."""
        origin = self._chain(parent).origin if parent else call.caller
        made = RoleAssumption(
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
        if call.record not in self._sessions:
            self._keep(Session(call.record, made, hop=False, same_as=origin))

    def _parent(self, item: RoleAssumption | ApiCall, taken: frozenset[str] = frozenset()) -> Session | None:
        """The session that the caller acts in; `taken` are those that already descend from it."""
        key = item.caller_key
        found = self._with_key(item, key, taken) if key in self._by_key else None
        if found is not None:
            return found
        names = _caller_names(item)
        known = next((name for name in names if name in self._by_name), None)
        found = self._with_name(item, known, names, taken) if known else None
        if found is None and len(self._orphans) < _CACHED:
            self._orphans.update(names, (key,) if key else ())
        return found

    def _with_key(self, item: RoleAssumption | ApiCall, key: str | None, taken: frozenset[str]) -> Session | None:
        """The session whose key this is. A key that stands for several (redacted data) tells nothing."""
        ids = self._by_key.get(key or "", ())
        if len(ids) != 1 or ids[0] in taken:
            return None
        session = self._sessions[ids[0]]
        return session if _fits(session, item) else None

    def _with_name(
        self, item: RoleAssumption | ApiCall, known: str, names: tuple[str, ...], taken: frozenset[str]
    ) -> Session | None:
        """The latest session of that name that was alive, where no key says which; never one that it led to itself."""
        told = self._tells(item.caller_key)
        if isinstance(item, RoleAssumption):
            own = _names(item.role_arn, item.role_id, item.session_name)
            if any(name in own for name in names):
                return None
        for time, id_ in reversed(self._by_name[known]):
            session = self._sessions[id_]
            if time > item.time + _SLACK_S or id_ in taken or (told and not self._keyless(session)):
                continue
            return session if _fits(session, item) and item.time <= time + _lifetime(session) else None
        return None

    def _tells(self, key: str | None) -> bool:
        """True for a key that could tell sessions apart: there, not masked, and not the same for several sessions."""
        if not key or "*" in key or len({*key}) < 3:
            return False
        return len(self._by_key.get(key, ())) < 2

    def _keyless(self, session: Session) -> bool:
        return session.console or not self._tells(session.made.new_key)

    def _chain(self, session: Session) -> Chain:
        found = self._chains.get(session.id)
        if found is None:
            found = self._walk(session)
            if len(self._chains) >= _CACHED:
                self._chains.clear()
            self._chains[session.id] = found
        return found

    def _walk(self, session: Session) -> Chain:
        """From here back to the origin; a session is visited once, whatever the records say."""
        hops: list[RoleAssumption] = []
        taken: frozenset[str] = frozenset()
        names: set[str] = set()
        at: Session | None = session
        origin = session.made.caller
        while at is not None and len(hops) < DEEPEST:
            taken |= {at.id}
            if not at.hop:
                origin = at.same_as or _entered(at.made)
                break
            hops.append(at.made)
            names.update(at.names)
            origin = at.made.caller
            at = self._parent(at.made, taken)
            if at is not None and names & set(at.names) and not self._tells(at.made.new_key):
                break
        chain = Chain(origin)
        for hop in reversed(hops):
            chain = chain.then(hop)
        return chain

    def _origin(self, caller: Identity) -> Chain:
        key = (caller.key, caller.session_name)
        found = self._origins.get(key)
        if found is None or found.origin is not caller:
            if len(self._origins) >= _CACHED:
                self._origins.clear()
            found = self._origins[key] = Chain(caller)
        return found


def _fits(session: Session, item: RoleAssumption | ApiCall) -> bool:
    """True where the caller can be that session: same role and name, and not before it was made."""
    made, caller = session.made, item.caller
    if item.time + _SLACK_S < made.time:
        return False
    if made.how == "AssumeRoot":
        return caller.kind is Kind.ROOT and caller.account == made.account
    if session.same_as is not None:
        return caller.account == made.account and caller.kind in (Kind.USER, Kind.FEDERATED_USER, Kind.ROOT)
    if caller.kind not in (Kind.ROLE, Kind.ACCOUNT, Kind.UNKNOWN):
        return False
    if made.role_id and caller.unique_id and made.role_id != caller.unique_id:
        return False
    if made.session_name and caller.session_name and made.session_name != caller.session_name:
        return False
    return caller.arn is None or _tail(caller.arn) == _tail(made.role_arn)


def _lifetime(session: Session) -> float:
    if session.console:
        return _LONGEST_S
    return max(session.made.duration or _DEFAULT_S, 900) + 60


@lru_cache(maxsize=65_536)
def _names(role_arn: str, role_id: str | None, session_name: str | None) -> tuple[str, ...]:
    if not session_name:
        return ()
    account, role = _tail(role_arn)
    by_role = (f"{account}/{role}:{session_name}",) if account and role else ()
    return (f"{role_id}:{session_name}", *by_role) if role_id else by_role


def _caller_names(item: RoleAssumption | ApiCall) -> tuple[str, ...]:
    caller = item.caller
    if caller.kind not in (Kind.ROLE, Kind.ACCOUNT):
        return ()
    names = _names(caller.arn or "", caller.unique_id, caller.session_name)
    return (item.caller_session, *names) if item.caller_session and item.caller_session not in names else names


def _entered(made: RoleAssumption) -> Identity:
    """Who a federated session is: the role's session itself."""
    return role_session(made.role_arn, made.role_id, made.session_name)


def _tail(arn: str) -> tuple[str, str]:
    parts = arn.split(":", 5)
    return (parts[4], parts[5].rsplit("/", 1)[-1]) if len(parts) == 6 else ("", arn)


def _drop(index: dict[str, list[T]], name: str, entry: T) -> None:
    entries = index.get(name, [])
    if entry in entries:
        entries.remove(entry)
    if not entries:
        index.pop(name, None)


def _encode(session: Session) -> bytes:
    return msgspec.msgpack.encode(session, enc_hook=encode_identity)
