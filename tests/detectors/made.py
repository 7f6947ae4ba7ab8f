"""Assumptions, baselines and lineages as values, for the tests of single checks."""

from datetime import UTC, datetime
from typing import Any

from model.assumption import RoleAssumption
from model.baseline import Baseline, Fact
from model.chain import Chain
from model.identity import Identity, Kind
from model.learning import learn, seen
from model.peer_use import PeerUse, learn_peer

HOME, AWAY = "111111111111", "222222222222"
NOW = datetime(2026, 9, 30, 10, 0, tzinfo=UTC).timestamp()
"""A Wednesday, ten in the morning."""
DAY = 86_400
ANA = Identity(
    key="user:ana", kind=Kind.USER, arn=f"arn:aws:iam::{HOME}:user/ana", account=HOME, unique_id="AIDAANA", person="ana"
)
BOT = Identity(key="role:bot", kind=Kind.ROLE, arn=f"arn:aws:iam::{HOME}:role/bot", account=HOME, session_name="i-1")


def arn(name: str, account: str = HOME) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def assumption(role: str = "ci", account: str = HOME, time: float = NOW, **fields: Any) -> RoleAssumption:
    values = {
        "records": (f"{role}-{time}",),
        "time": time,
        "how": "AssumeRole",
        "caller": ANA,
        "caller_key": None,
        "caller_session": None,
        "role_arn": arn(role, account),
        "account": account,
        "role_id": "AROA" + role.upper(),
        "session_name": "s",
        "new_key": None,
        "source_identity": None,
        "denied": False,
        "error": None,
        "source_ip": None,
        "user_agent": None,
        "region": None,
        "duration": None,
    }
    return RoleAssumption(**(values | fields))


def fact(time: float, role: str | None = "ci", account: str = HOME, **fields: Any) -> Fact:
    return Fact(time=time, target=arn(role, account) if role else None, account=account, **fields)


def habits(
    days: int = 20, hours: tuple[int, ...] = (9, 10, 11, 14, 15), each: int = 1, role: str = "ci", pace: int = 10
) -> Baseline:
    """A baseline of `each` assumptions at those hours (UTC) of every one of the last days before today."""
    baseline = Baseline()
    midnight = NOW - 10 * 3600
    for day in range(1, days + 1):
        for hour in hours:
            for n in range(each):
                one = fact(midnight - day * DAY + hour * 3600 + n * pace, role)
                seen(learn(baseline, one), one)
    return baseline


def peers(others: int = 3, role: str = "data", hours: tuple[int, ...] = (9, 10, 11), days: int = 20) -> PeerUse:
    """A group of so many, each of which assumes that role, in an account of its own, at those hours of each day."""
    group = PeerUse()
    midnight = NOW - 10 * 3600
    for day in range(1, days + 1):
        for member in range(others):
            for hour in hours:
                one = fact(midnight - day * DAY + hour * 3600, role, f"{member:012}")
                learn_peer(group, f"role:member{member}", one)
    return group


def chain_of(*roles: tuple[str, str], origin: Identity = ANA, time: float = NOW) -> Chain:
    """The chain through these roles (name, account), ten seconds apart."""
    way = Chain(origin)
    for n, (name, account) in enumerate(roles):
        way = way.then(assumption(name, account, time + 10 * n, records=(f"{name}-{n}",)))
    return way
