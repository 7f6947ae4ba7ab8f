"""Records of people and roles that become each other, for the properties of normaliser and lineage book."""

import math
from typing import Any

from hypothesis import strategies as st

from model.assumed import decode, encode
from model.assumption import RoleAssumption
from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.lineage_book import LineageBook
from model.normaliser import Normaliser
from tests.model.records import ALICE, OWNER, assume, dumped, record, session

REDACTED = "ASIAY6VVSE63VEXAMPLE"
START = 1_790_995_631
ROLES = "abcd"


def at(second: int) -> str:
    minutes, seconds = divmod(11 + second, 60)
    hours, minutes = divmod(47 + minutes, 60)
    days, hours = divmod(2 + hours, 24)
    return f"2026-10-{3 + days:02}T{hours:02}:{minutes:02}:{seconds:02}Z"


def parsed(*records: dict[str, Any]) -> list[CloudTrailRecord]:
    return [read for value in records for read in unwrap(dumped(value))]


@st.composite
def steps(draw: st.DrawFn, most: int = 12) -> list[dict[str, Any]]:
    """Records in some order: hops by key or without one, cross-account copies, switches, tokens, denials, calls."""
    count = draw(st.integers(1, most))
    made: list[dict[str, Any]] = []
    keys: list[tuple[str, str]] = []
    for number in range(count):
        made += _step(draw, number, keys)
    return made


def _step(draw: st.DrawFn, number: int, keys: list[tuple[str, str]]) -> list[dict[str, Any]]:
    kind = draw(st.sampled_from(("hop", "hop", "hop", "denied", "switch", "token", "call")))
    time = draw(st.one_of(st.integers(0, 4), st.integers(0, 7000), st.sampled_from((43_000, 43_300, 50_000))))
    source = draw(st.sampled_from((None, *ROLES)))
    target = draw(st.sampled_from(ROLES))
    who = _caller(draw, source, keys)
    fields: dict[str, Any] = {"eventID": f"e{number}", "eventTime": at(time), "userIdentity": who}
    if kind == "call":
        return [record(**fields)]
    if kind == "switch":
        return [_switch(number, source, f"{target}{number}z", time)]
    if kind == "token":
        answer = {"credentials": {"accessKeyId": f"ASIATOKEN{number:011}"}}
        keys.append(("alice", f"ASIATOKEN{number:011}"))
        return [
            record("GetSessionToken", eventSource="sts.amazonaws.com", responseElements=answer, **fields)
            | {"userIdentity": ALICE}
        ]
    key = draw(st.sampled_from((f"ASIAK{number:015}", f"ASIAK{number:015}", None, REDACTED, "ASIA****************")))
    made = assume(target, target, key or "x", sharedEventID=f"shared-{number}", **fields)
    if kind == "denied":
        made |= {"errorCode": "AccessDenied", "responseElements": None}
    elif key is None:
        made["responseElements"]["credentials"] = {}
    else:
        keys.append((target, key))
    return _copies(draw, made)


def _caller(draw: st.DrawFn, source: str | None, keys: list[tuple[str, str]]) -> dict[str, Any]:
    if source is None:
        tokens = [key for role, key in keys if role == "alice"]
        return {**ALICE, "accessKeyId": draw(st.sampled_from((ALICE["accessKeyId"], *tokens, *tokens)))}
    known = [key for role, key in keys if role == source]
    key = draw(st.sampled_from((*known, *known, None, REDACTED, "ASIASOMEBODY00000001")))
    return session(source, source, key)


def _switch(number: int, source: str | None, target: str, second: int) -> dict[str, Any]:
    who = session(target, "alice", None)
    origin = ALICE["arn"] if source is None else f"arn:aws:sts::{OWNER}:assumed-role/{source}/{source}"
    return record(
        "SwitchRole",
        eventSource="signin.amazonaws.com",
        eventID=f"e{number}",
        eventTime=at(second),
        userIdentity=who,
        responseElements={"SwitchRole": "Success"},
        additionalEventData={"SwitchFrom": origin},
    )


def _copies(draw: st.DrawFn, made: dict[str, Any]) -> list[dict[str, Any]]:
    who = made["userIdentity"]
    foreign = {"type": "AWSAccount", "principalId": who["principalId"], "accountId": who["accountId"]}
    owners = {**made, "eventID": made["eventID"] + "-owner", "userIdentity": foreign, "recipientAccountId": OWNER}
    both = draw(st.sampled_from((("caller",), ("caller", "owner"), ("owner", "caller"), ("owner",))))
    return [made if side == "caller" else owners for side in both]


class Told:
    """A normaliser and a book, and everything that they said so far."""

    def __init__(self) -> None:
        self.normaliser, self.book = Normaliser(), LineageBook()
        self.said: list[Any] = []
        self.given: dict[str, RoleAssumption] = {}
        self.copies: dict[str, set[str]] = {}
        self.log: list[tuple[float, bytes]] = []

    def poll(self, records: list[CloudTrailRecord], now: float) -> None:
        items = [item for each in records for item in self.normaliser.read(each)]
        for item in [*items, *self.normaliser.flush(now)]:
            chain = self.book.add(item) if isinstance(item, RoleAssumption) else self.book.of(item)
            self.said.append((item, shown(chain)))
            if isinstance(item, RoleAssumption):
                self.given[item.records[0]] = item
                self.copies[item.records[0]] = {*item.records}
        for copy in self.normaliser.copies():
            chain = self.book.correct(copy)
            self.said.append((copy, chain and shown(chain)))
            self.copies.setdefault(copy.of, set()).add(copy.record)
        self.log.append((now, encode([*self.normaliser.logged(), *self.book.logged()])))

    def restart(self, since: float = 0.0) -> None:
        """Begin anew with what was logged since then."""
        self.normaliser, self.book = Normaliser(), LineageBook()
        for items in [decode(batch) for time, batch in self.log if time >= since]:
            self.normaliser.restore(items)
            self.book.restore(items)

    def end(self) -> "Told":
        self.poll([], math.inf)
        return self

    def lineages(self) -> dict[frozenset[str], Any]:
        """Every assumption by the records that tell of it: who, whether it was allowed, and the way there."""
        found = {}
        for first, made in self.given.items():
            chain = self.book.by_record(first)
            hops = [frozenset(hop.records) for hop in chain.hops] if chain else None
            found[frozenset(self.copies[first])] = (made.denied, made.role_arn, chain and chain.origin.key, hops)
        return found


def shown(chain: Any) -> Any:
    return chain.origin.key, chain.depth, chain.path, [hop.records for hop in chain.hops]
