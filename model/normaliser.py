"""Records into who became whom and what was called: each once, whichever copies come, in whatever order.

A cross-account assumption is recorded twice: in the caller's account, and in the role's owner's, where the caller is a
principal id only. Both carry one sharedEventID. The caller's copy is given at once; the owner's waits a little for it.
"""

from collections import OrderedDict
from typing import Any, NamedTuple

import msgspec

from model.assumption import ApiCall, Copy, RoleAssumption
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.identities import role_session
from model.identity import Identity, Kind
from model.sts import assumes, assumption, call

HOLD_S = 120
"""How long the owner's copy waits for the caller's, in seconds of record time."""
SAME_SWITCH_S = 60
"""AssumeRole and SwitchRole records of one console switch are at most this far apart."""

_MOST_SEEN = 262_144
_MOST_SHARED = 32_768
_MOST_DUMPED = 2_048
_MOST_KNOWN = 16_384
_MOST_ACCOUNTS = 16_384

Reading = tuple[RoleAssumption | ApiCall, ...]


class Counts(msgspec.Struct):
    """What was read. `unique` counts distinct eventIDs; `assumptions` the successful ones, both copies being one."""

    records: int = 0
    unique: int = 0
    unparsed: int = 0
    assumptions: int = 0
    denied: int = 0
    service_assumptions: int = 0


class _Known(msgspec.Struct):
    """An assumption that another copy may still belong to; `held` is the owner's copy that nobody has been given."""

    record: str
    caller_known: bool
    event: str
    time: float
    held: RoleAssumption | None = None
    held_as: str = ""
    since: float = 0.0


class _State(msgspec.Struct):
    clock: float
    shared: dict[str, _Known]
    silent: list[str]


class _Seen:
    """Ids of the last quarter to half million records."""

    def __init__(self) -> None:
        self.new: set[str] = set()
        self.old: set[str] = set()

    def again(self, record: str) -> bool:
        if record in self.new or record in self.old:
            return True
        if len(self.new) >= _MOST_SEEN:
            self.old, self.new = self.new, set()
        self.new.add(record)
        return False


class _Keys(NamedTuple):
    """Under which names the copies of one assumption meet."""

    shared: str | None
    switch: str | None


class Normaliser:
    """Feed it every record in any order; `flush` now and then, and with infinity at the end of a backlog."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._clock = 0.0
        self._seen = _Seen()
        self._shared: OrderedDict[str, _Known] = OrderedDict()
        self._held: dict[str, _Known] = {}
        self._principals: OrderedDict[str, Identity] = OrderedDict()
        self._recipients: OrderedDict[str, None] = OrderedDict()
        self._silent: OrderedDict[str, None] = OrderedDict()
        self._copies: list[Copy] = []

    def read(self, record: CloudTrailRecord | Unparsed) -> Reading:
        """What the record means: nothing for duplicates, services and copies that add nothing."""
        counts = self.counts
        counts.records += 1
        if isinstance(record, Unparsed):
            counts.unparsed += 1
            return ()
        if self._seen.again(record.event_id or record.id):
            return ()
        counts.unique += 1
        self._clock = max(self._clock, record.time or 0.0)
        who = record.user_identity
        if who is not None and who.type == "AWSService":
            counts.service_assumptions += assumes(record)
            return ()
        if assumes(record):
            return self._assumption(record)
        read = call(record)
        self._learn(read.caller)
        return (read,)

    def flush(self, now: float) -> tuple[RoleAssumption, ...]:
        """The owner's copies whose caller's copy did not come in time; `now` in seconds of record time."""
        due = [key for key, known in self._held.items() if known.since + HOLD_S <= now]
        return tuple(self._release(self._held[key]) for key in due)

    def copies(self) -> tuple[Copy, ...]:
        """Further records of assumptions that were given before, since the last call."""
        found, self._copies = tuple(self._copies), []
        return found

    def dump(self) -> bytes:
        """What must survive a restart: what is held, and the latest that a copy may still belong to."""
        latest = dict(list(self._shared.items())[-_MOST_DUMPED:])
        state = _State(self._clock, {**latest, **self._held}, list(self._silent))
        return msgspec.msgpack.encode(state, enc_hook=encode_identity)

    def load(self, data: bytes) -> None:
        """Go on from a dump."""
        state = msgspec.msgpack.decode(data, type=_State, dec_hook=decode_identity)
        self._clock = state.clock
        one: dict[str, _Known] = {}
        self._shared = OrderedDict((key, one.setdefault(known.record, known)) for key, known in state.shared.items())
        self._held = {known.held_as: known for known in one.values() if known.held is not None}
        self._silent = OrderedDict.fromkeys(state.silent)

    def _assumption(self, record: CloudTrailRecord) -> Reading:
        made = assumption(record)
        if made is None:
            self.counts.denied += record.error is not None
            return (call(record),)
        self._learn(made.caller)
        self._hear(record)
        keys = _keys(record, made)
        earlier = self._earlier(keys, record, made)
        if earlier is not None:
            return self._second(earlier, record, made)
        return self._first(record, made, keys)

    def _first(self, record: CloudTrailRecord, made: RoleAssumption, keys: _Keys) -> Reading:
        known = _Known(made.records[0], made.caller.kind is not Kind.ACCOUNT, record.event_name, made.time)
        evicted = [self._remember(key, known) for key in keys if key is not None]
        if not known.caller_known and keys.shared and made.caller.account not in self._silent:
            known.held, known.held_as, known.since = made, keys.shared, self._clock
            self._held[keys.shared] = known
            given: Reading = ()
        else:
            given = (self._give(made),)
        return (*(old for old in evicted if old is not None), *given)

    def _second(self, known: _Known, record: CloudTrailRecord, made: RoleAssumption) -> Reading:
        held = known.held
        tells = made.caller.kind is not Kind.ACCOUNT and not known.caller_known
        known.caller_known = known.caller_known or tells
        if held is None:
            copy = Copy(made.records[0], known.record, record.event_name)
            self._copies.append(_with_caller(copy, made) if tells else copy)
            return ()
        known.held = merged(made, held) if tells else merged(held, made)
        return (self._release(known),) if tells else ()

    def _earlier(self, keys: _Keys, record: CloudTrailRecord, made: RoleAssumption) -> _Known | None:
        shared = self._shared.get(keys.shared) if keys.shared else None
        switch = self._shared.get(keys.switch) if keys.switch else None
        if shared is not None or switch is None or switch.event == record.event_name:
            return shared
        return switch if abs(switch.time - made.time) <= SAME_SWITCH_S else None

    def _remember(self, key: str, known: _Known) -> RoleAssumption | None:
        """Keep `known`; the oldest goes where there are too many, and is given where it was held."""
        self._shared.pop(key, None)
        self._shared[key] = known
        if len(self._shared) <= _MOST_SHARED:
            return None
        _, oldest = self._shared.popitem(last=False)
        return self._release(oldest) if oldest.held is not None else None

    def _release(self, known: _Known) -> RoleAssumption:
        """Give what was held; an account that never spoke for its caller is not waited for again."""
        made = known.held
        if made is None:
            raise ValueError("nothing is held")
        known.held, known.record = None, made.records[0]
        self._held.pop(known.held_as, None)
        if made.caller.kind is Kind.ACCOUNT and made.caller.account not in self._recipients:
            _note(self._silent, made.caller.account or "")
        return self._give(made)

    def _give(self, made: RoleAssumption) -> RoleAssumption:
        self.counts.denied += made.denied
        self.counts.assumptions += not made.denied
        if made.caller.kind is not Kind.ACCOUNT and made.caller.unique_id:
            return made
        return msgspec.structs.replace(made, caller=self._attributed(made.caller))

    def _attributed(self, caller: Identity) -> Identity:
        """Who a bare principal id or ARN is, where its own records have shown it before."""
        found = self._principals.get(caller.unique_id or "") or self._principals.get(_pathless(caller.arn) or "")
        if found is None or found.arn is None:
            return caller
        if found.kind is Kind.ROLE:
            return role_session(found.arn, found.unique_id, caller.session_name)
        return found

    def _learn(self, caller: Identity) -> None:
        known = self._principals
        if caller.unique_id is None or caller.unique_id in known or caller.kind not in (Kind.USER, Kind.ROLE):
            return
        known[caller.unique_id] = caller
        known[_pathless(caller.arn) or caller.unique_id] = caller
        while len(known) > _MOST_KNOWN:
            known.popitem(last=False)

    def _hear(self, record: CloudTrailRecord) -> None:
        """An account whose own copies arrive is worth waiting for."""
        account = record.recipient_account_id
        if account and account not in self._recipients:
            _note(self._recipients, account)
            self._silent.pop(account, None)


def merged(caller: RoleAssumption, other: RoleAssumption) -> RoleAssumption:
    """Two copies as one; what the first lacks is taken from the second."""
    return msgspec.structs.replace(
        caller,
        records=(*caller.records, *other.records),
        role_id=caller.role_id or other.role_id,
        session_name=caller.session_name or other.session_name,
        new_key=caller.new_key or other.new_key,
        source_identity=caller.source_identity or other.source_identity,
        source_ip=caller.source_ip or other.source_ip,
        user_agent=caller.user_agent or other.user_agent,
        duration=caller.duration or other.duration,
    )


def _with_caller(copy: Copy, made: RoleAssumption) -> Copy:
    return msgspec.structs.replace(
        copy, caller=made.caller, caller_key=made.caller_key, caller_session=made.caller_session
    )


def encode_identity(value: Any) -> Any:
    """For msgspec: an Identity as a plain map."""
    if isinstance(value, Identity):
        return value.model_dump(exclude_none=True)
    raise NotImplementedError(type(value))


def decode_identity(kind: type, value: Any) -> Any:
    """For msgspec: an Identity again."""
    if kind is Identity:
        return Identity(**value)
    raise NotImplementedError(kind)


def _keys(record: CloudTrailRecord, made: RoleAssumption) -> _Keys:
    shared = record.shared_event_id or (f"{record.request_id} {made.role_arn}" if record.request_id else None)
    switches = made.role_id and made.session_name and not made.denied
    return _Keys(shared, f"switch {made.role_id}:{made.session_name}" if switches else None)


def _pathless(arn: str | None) -> str | None:
    """An IAM or STS ARN by account, kind and last name, so that an ARN without its path finds the one that has it."""
    parts = (arn or "").split(":", 5)
    if len(parts) < 6:
        return None
    kind, _, rest = parts[5].partition("/")
    if kind == "assumed-role":
        return f"{parts[4]}:role/{rest.split('/')[0]}"
    return f"{parts[4]}:{kind}/{rest.rsplit('/', 1)[-1]}"


def _note(names: OrderedDict[str, None], name: str) -> None:
    names[name] = None
    if len(names) > _MOST_ACCOUNTS:
        names.popitem(last=False)
