"""An organisation's CloudTrail traffic as bytes: seeded, in the order in which it arrives, as much as is wanted.

Of 100 records about 24 are successful AssumeRole (three in ten assumptions cross accounts and come as both copies; one
in five goes on from a session that was assumed), 71 are calls of the sessions so made with the keys they got, 1 is a
denied AssumeRole, and 4 are others: own calls of people, and sessions that services start. One record in 1,000 comes
twice. One assumption in 2,000 is of a role that its caller does not use.
"""

import argparse
import heapq
import random
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from isal import isal_zlib

from bench import wire
from bench.organisation import Actor, Organisation, Role, key, organisation

START = 1_759_104_000.0
"""A Monday, 2025-09-29 00:00 UTC."""
DAYS = 20.0
_CALLS = 3.92
_HOUR = 3600
_SESSIONS = 4096


class Told(NamedTuple):
    """One record: when it arrives, whose trail it is in, and its text."""

    arrives: float
    number: int
    account: str
    service: str
    at: str
    text: str


class Archive(NamedTuple):
    """What was written: files, records in them, and their bytes before and after gzip."""

    files: int
    records: int
    plain: int
    packed: int


class _Live(NamedTuple):
    """A session that may go on to another role."""

    caller: wire.Caller
    role: Role
    until: float


class _Traffic:
    """Makes the records of one action at a time; `chance` is the only source of everything."""

    def __init__(self, members: Organisation, chance: random.Random, *, only_assumptions: bool) -> None:
        self.members = members
        self.chance = chance
        self.bodies = wire.Bodies(chance)
        self.only = only_assumptions
        self.pending: list[Told] = []
        self.number = 0
        self.live: OrderedDict[str, _Live] = OrderedDict()
        self.signed: dict[str, tuple[float, wire.Caller]] = {}

    def act(self, at: float) -> None:
        """Somebody does something."""
        place = self.chance.random()
        actor = self._awake(at)
        if self.only or place < 0.7817:
            self._assume(actor, at)
        elif place < 0.8254:
            target = self.members.roles[self.members.roles[actor.roles[0]].next]
            self._tell(
                at, actor.account, "sts", wire.denied(wire.stamp(at), self._caller(actor, at), target, self.chance)
            )
        elif place < 0.87:
            role = self.chance.choice(self.members.roles)
            self._tell(at, role.account, "sts", wire.by_service(wire.stamp(at), role, key(self.chance), self.chance))
        else:
            self._call(self._caller(actor, at), at, "sts", "GetCallerIdentity")

    def _assume(self, actor: Actor, at: float) -> None:
        live = self.live.pop(actor.unique_id + actor.session, None)
        chained = live is not None and live.until > at and self.chance.random() < 0.3
        if live is not None and chained:
            caller, role = live.caller, self.members.roles[live.role.next]
        else:
            caller, role = self._caller(actor, at), self._target(actor)
        stamp, minted = wire.stamp(at), key(self.chance)
        name = actor.session or actor.name
        copies = wire.assumed(stamp, caller, role, name, minted, self.chance)
        for account, text in copies:
            self._tell(at + self.chance.random() * 2, account, "sts", text, stamp)
        made = wire.by_session(role, name, minted, stamp, caller)
        if not chained:
            self._keep(actor, _Live(made, role, at + _HOUR))
        if not self.only:
            self._work(made, role, at)

    def _keep(self, actor: Actor, live: _Live) -> None:
        self.live[actor.unique_id + actor.session] = live
        if len(self.live) > _SESSIONS:
            self.live.popitem(last=False)

    def _work(self, made: wire.Caller, role: Role, at: float) -> None:
        for _ in range(int(_CALLS + self.chance.random())):
            at += 1 + self.chance.expovariate(0.05)
            service, name = self.chance.choice(role.calls)
            self._call(made, at, service, name)

    def _call(self, caller: wire.Caller, at: float, service: str, name: str) -> None:
        stamp = wire.stamp(at)
        text = wire.called(stamp, caller, service, name, self.bodies, self.chance)
        self._tell(at, caller.account, service, text, stamp)

    def _target(self, actor: Actor) -> Role:
        if self.chance.random() < 0.0005:
            return self.chance.choice(self.members.roles)
        return self.members.roles[actor.roles[int(len(actor.roles) * self.chance.random() ** 1.5)]]

    def _tell(self, at: float, account: str, service: str, text: str, stamp: str = "") -> None:
        for _ in range(2 if self.chance.random() < 0.001 else 1):
            self.number += 1
            heapq.heappush(self.pending, Told(at, self.number, account, service, stamp or wire.stamp(at), text))

    def _awake(self, at: float) -> Actor:
        hour = int(at % 86_400 // _HOUR)
        while True:
            (actor,) = self.chance.choices(self.members.actors, cum_weights=self.members.weights)
            if (hour - actor.first) % 24 < actor.hours:
                return actor

    def _caller(self, actor: Actor, at: float) -> wire.Caller:
        """The actor with the key it has now: a user's never changes, a session's does every six hours."""
        name = actor.unique_id + actor.session
        since, caller = self.signed.get(name, (0.0, None))
        if caller is None or (at - since > 6 * _HOUR and not actor.key):
            caller = wire.by_actor(actor, actor.key or key(self.chance), wire.stamp(at))
            self.signed[name] = at, caller
        return caller


def told(
    records: int,
    identities: int,
    *,
    seed: int = 7,
    days: float = DAYS,
    start: float = START,
    only_assumptions: bool = False,
) -> Iterator[Told]:
    """So many records of so many identities, spread over the days, in the order of arrival."""
    chance = random.Random(seed)  # noqa: S311 - traffic, not a secret
    traffic = _Traffic(organisation(identities, chance), chance, only_assumptions=only_assumptions)
    gap = days * 86_400 / records * (1.3 if only_assumptions else 4.25)
    at = start
    for _ in range(records):
        while not traffic.pending or traffic.pending[0].arrives > at:
            traffic.act(at)
            at += gap
        yield heapq.heappop(traffic.pending)


def messages(
    records: int,
    identities: int,
    *,
    seed: int = 7,
    days: float = DAYS,
    start: float = START,
    only_assumptions: bool = False,
) -> Iterator[bytes]:
    """The same as bodies of EventBridge messages, about 2.6 kB each."""
    for each in told(records, identities, seed=seed, days=days, start=start, only_assumptions=only_assumptions):
        yield wire.carried(each.text, each.account, each.service, each.at, f"{each.number:032x}")


def archive(
    folder: Path,
    records: int,
    identities: int,
    *,
    seed: int = 7,
    days: float = DAYS,
    start: float = START,
    only_assumptions: bool = False,
    per_file: int = 500,
) -> Archive:
    """The same as gzip log files in S3's layout: a file for each account whenever it has `per_file` records."""
    waiting: dict[str, list[Told]] = {}
    total = Archive(0, 0, 0, 0)
    for each in told(records, identities, seed=seed, days=days, start=start, only_assumptions=only_assumptions):
        batch = waiting.setdefault(each.account, [])
        batch.append(each)
        if len(batch) >= per_file:
            total = _added(total, _write(folder, each.account, waiting.pop(each.account), total.files))
    for account, batch in waiting.items():
        total = _added(total, _write(folder, account, batch, total.files))
    return total


def _write(folder: Path, account: str, batch: list[Told], number: int) -> Archive:
    at = batch[-1].at
    day = folder / "AWSLogs" / "o-example" / account / "CloudTrail" / "us-east-1" / at[:10].replace("-", "/")
    day.mkdir(parents=True, exist_ok=True)
    plain = ('{"Records":[' + ",".join(each.text for each in batch) + "]}").encode()
    packed = isal_zlib.compress(plain, 3, wbits=31)
    minute = at[:16].replace("-", "").replace(":", "")
    (day / f"{account}_CloudTrail_us-east-1_{minute}Z_{number:016x}.json.gz").write_bytes(packed)
    return Archive(1, len(batch), len(plain), len(packed))


def _added(one: Archive, two: Archive) -> Archive:
    return Archive(*(a + b for a, b in zip(one, two, strict=True)))


def main() -> None:
    """Write an archive."""
    parser = argparse.ArgumentParser(prog="python -m bench.traffic", description="Write CloudTrail log files.")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--identities", type=int, default=500)
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only-assumptions", action="store_true")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    asked = parser.parse_args()
    made = archive(
        asked.out,
        asked.records,
        asked.identities,
        seed=asked.seed,
        days=asked.days,
        only_assumptions=asked.only_assumptions,
    )
    print(
        f"{made.records:,} records in {made.files:,} files, {made.plain / 1e6:.1f} MB, gzip {made.packed / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
