"""The sessions that were seen to be made, by key and by name, and which of them a caller acts in.

A caller is in the session whose access key it has. Where the key tells nothing (missing, masked, the same for several
sessions; and a console session acts with other keys than the one it was given) it is in the latest session of its role
and name that was alive, where all of those were made by the same somebody: else nobody knows whose it is, and it is in
none.
"""

from bisect import bisect_left, bisect_right, insort
from typing import TypeVar

from model.actor import Actor, Actors, Name, name_of
from model.assumption import ApiCall, RoleAssumption
from model.session import SLACK_S, Session, is_of

_NEAREST = 32
_MOST_ROLES = 65_536

Item = RoleAssumption | ApiCall
T = TypeVar("T")


class Sessions:
    """Put sessions in, in any order. `put` says whose parent may be another one now."""

    def __init__(self) -> None:
        self.by_record: dict[str, Session] = {}
        self.actors = Actors()
        self._by_key: dict[str | None, Session | int] = {}  # a number: so many have it, and it tells nothing
        self._keyed: dict[Name, list[Session]] = {}
        self._keyless: dict[Name, list[Session]] = {}
        self._roles: dict[str, str] = {}  # a role's unique id: account/name
        self._ask_key: dict[str, list[Session]] = {}
        self._ask_name: dict[Name | str, list[Session]] = {}

    def put(self, session: Session) -> list[Session]:
        """Keep a session; those that asked for one like it."""
        made = session.made
        moved: list[Session] = []
        self.by_record[made.records[0]] = session
        tells = self._put_key(session, moved)
        session.keyless = made.how == "SwitchRole" or not tells
        name = name_of(made)
        if name is not None:
            _place(self._keyless if session.keyless else self._keyed, name, session)
            if name in self._ask_name:
                self._tell(name, made.time, moved)
            if made.role_id is not None and made.role_id not in self._roles:
                self._roles[made.role_id] = name[0]
                self._tell(made.role_id, 0.0, moved)
        return moved

    def remove(self, session: Session) -> list[Session]:
        """Take one session out; those that it made."""
        made = session.made
        del self.by_record[made.records[0]]
        self._drop_key(session)
        name = name_of(made)
        if name is not None:
            _take(self._keyless if session.keyless else self._keyed, name, session)
        return session.made_by_it()

    def parent(self, item: Item) -> Session | None:
        """The session that a caller acts in; None where none is known."""
        held = self._by_key.get(item.caller_key)
        if isinstance(held, Session) and _is_it(held, item):
            return held
        actor = self.actors.get(item.caller)
        return self._latest(actor, item) if actor.is_session else None

    def link(self, session: Session) -> None:
        """Find a session's parent, and have it told of a better one."""
        item = session.made
        session.linked = True
        held = self._by_key.get(item.caller_key)
        if isinstance(held, Session) and held is not session and _is_it(held, item):
            held.join(session, named=False)
            return
        actor = self.actors.get(item.caller)
        self._ask(session, actor)
        if not actor.is_session:
            return
        found = self._latest(actor, item)
        if found is not None:
            found.join(session, named=True)

    def sweep(self, gone: list[Session]) -> None:
        """Forget the sessions that are marked as gone."""
        parents: dict[Session, None] = {}
        for each in gone:
            made = each.made
            self.by_record.pop(made.records[0], None)
            self._drop_key(each)
            if each.parent is not None:
                parents[each.parent] = None
        names = {name for each in gone if (name := name_of(each.made))}
        _sweep(self._keyed, names)
        _sweep(self._keyless, names)
        _sweep(self._ask_key, {each.asks_key for each in gone if each.asks_key})
        _sweep(self._ask_name, {each.asks_name for each in gone if each.asks_name})
        for parent in parents:
            parent.children = parent.made_by_it() or None
        if len(self._roles) > _MOST_ROLES:
            kept = {each.made.role_id for each in self.by_record.values()}
            self._roles = {id_: name for id_, name in self._roles.items() if id_ in kept}

    def _put_key(self, session: Session, moved: list[Session]) -> bool:
        """Whether the new session's key tells it from others; a key that comes again tells nothing from then on."""
        key = session.made.new_key
        if not key or is_masked(key):
            return False
        if key in self._ask_key:
            for each in self._ask_key.pop(key):
                each.asks_key = None
                moved.append(each)
        other = self._by_key.get(key)
        if other is None:
            self._by_key[key] = session
            return True
        self._by_key[key] = other + 1 if isinstance(other, int) else 2
        if isinstance(other, Session):
            moved += [child for child in other.made_by_it() if not child.named]
            self._lose_key(other, moved)
        return False

    def _drop_key(self, session: Session) -> None:
        key = session.made.new_key
        held = self._by_key.get(key)
        if held is session or held == 1:
            del self._by_key[key]
        elif isinstance(held, int):
            self._by_key[key] = held - 1

    def _lose_key(self, session: Session, moved: list[Session]) -> None:
        name = name_of(session.made)
        if session.keyless or name is None:
            return
        _take(self._keyed, name, session)
        session.keyless = True
        _place(self._keyless, name, session)
        self._tell(name, session.made.time, moved)

    def _ask(self, session: Session, actor: Actor) -> None:
        key = session.made.caller_key
        if key and not session.asks_key and not key.startswith("AKIA") and self._tells(key):
            session.asks_key = key
            self._ask_key.setdefault(key, []).append(session)
        if actor.is_session and not session.asks_name:
            session.asks_name = self._named(actor) or actor.unique_id or ""
            _place(self._ask_name, session.asks_name, session)

    def _tell(self, name: Name | str, since: float, moved: list[Session]) -> None:
        """Who asked for that name and acted since then."""
        asking = self._ask_name.get(name)
        if asking is None or asking[-1].made.time < since:
            return
        first = bisect_left(asking, since, key=_time)
        for each in asking[first:]:
            each.asks_name = None
            moved.append(each)
        del asking[first:]
        if not asking:
            del self._ask_name[name]

    def _latest(self, actor: Actor, item: Item) -> Session | None:
        """The latest of that name, None where several made one; where the caller's key would tell, only of those whose
        own key does not."""
        name = self._named(actor)
        if name is None:
            return None
        found = _alive(self._keyless.get(name), item)
        if not item.caller_key or not self._tells(item.caller_key):
            found += _alive(self._keyed.get(name), item)
        if not found or any(_maker(each) != _maker(found[0]) for each in found[1:]):
            return None
        return max(found, key=_order)

    def _named(self, actor: Actor) -> Name | None:
        """The name of an actor's session; an id alone is as good as the role that was seen to have it."""
        if actor.name is not None:
            return actor.name
        role = self._roles.get(actor.unique_id or "")
        return (role, actor.session_name) if role is not None and actor.session_name else None

    def _tells(self, key: str) -> bool:
        return not is_masked(key) and not isinstance(self._by_key.get(key), int)


def is_masked(key: str) -> bool:
    """Whether somebody made an access key unreadable: asterisks, or one character over and over."""
    return "*" in key or (key[-1:] == key[-6:-5] and key.endswith(key[-1:] * 6))


def _is_it(held: Session, item: Item) -> bool:
    """Whether a caller with that session's key acts in it."""
    made = held.made
    return made.time - SLACK_S <= item.time and is_of(made, item.caller) and item.time <= held.last


def _maker(session: Session) -> tuple[str, str | None, str | None]:
    """Who made a session; of two sessions with one name, the key tells which."""
    made = session.made
    key = made.caller_key if made.caller.session_name else None
    return made.caller.key, made.caller.session_name, None if key is None or is_masked(key) else key


def _alive(held: list[Session] | None, item: Item) -> list[Session]:
    """Those that had begun and not ended; only the nearest few are looked at."""
    if held is None:
        return []
    end = len(held) if held[-1].made.time <= item.time else bisect_right(held, item.time, key=_time)
    near = held[max(end - _NEAREST, 0) : end]
    return [each for each in near if item.time <= each.ends and each.made is not item and is_of(each.made, item.caller)]


def _place(index: dict[T, list[Session]], name: T, session: Session) -> None:
    held = index.get(name)
    if held is None:
        index[name] = [session]
    elif _order(held[-1]) <= _order(session):
        held.append(session)
    else:
        insort(held, session, key=_order)


def _take(index: dict[T, list[Session]], name: T, session: Session) -> None:
    held = index[name]
    del held[bisect_left(held, _order(session), key=_order)]
    if not held:
        del index[name]


def _sweep(index: dict[T, list[Session]], names: set[T]) -> None:
    for name in names:
        kept = [each for each in index.get(name, ()) if not each.gone]
        if kept:
            index[name] = kept
        else:
            index.pop(name, None)


def _time(session: Session) -> float:
    return session.made.time


def _order(session: Session) -> tuple[float, str]:
    return session.made.time, session.made.records[0]
