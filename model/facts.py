"""What a baseline keeps of an assumption or a call."""

from functools import lru_cache

from model.assumption import ApiCall, RoleAssumption
from model.baseline import Fact
from model.chain import Chain
from model.deeds import TOLD, deed_of, habit_name, is_read
from model.spans import digest, mark

AFTER_S = 300
"""How long after a hop its session's calls are told apart."""
MOST_READ = 10
"""Secrets of one call that are told apart: SSM gives no more."""


def fact_of(made: RoleAssumption, way: Chain) -> Fact:
    """The assumption's fact; `way` includes its hop."""
    depth = 0 if made.denied else way.depth
    return Fact(
        made.time,
        made.role_arn,
        made.account,
        made.denied,
        network(made.source_ip),
        tool(made.user_agent),
        made.region,
        made.duration,
        (digest(made.role_arn), way.path) if depth > 1 else (),
        depth,
        made.records[0],
    )


def call_fact(call: ApiCall, hopped: float | None = None) -> Fact:
    """The call's fact; `hopped` is when the hop that made its session was (None: no hop did)."""
    after = None
    if hopped is not None and 0 <= call.time - hopped <= AFTER_S:
        after = call_name(call)
    place, name, told = network(call.source_ip), tool(call.user_agent), TOLD.get(call.source)
    if told is None or call.name not in told:
        return Fact(time=call.time, network=place, tool=name, region=call.region, after=after)
    deed = deed_of(call)
    return Fact(
        time=call.time,
        network=place,
        tool=name,
        region=call.region,
        after=after,
        deed=habit_name(deed, call.error) if deed is not None else None,
        read=secrets_read(call),
    )


def secrets_read(call: ApiCall) -> tuple[int, ...]:
    """Marks of the secrets that a call asked for; of many at once, where nothing says which, one for the call."""
    if not is_read(call):
        return ()
    account = call.caller.account
    things = call.things[:MOST_READ] or (call.on or f"{call.name} of many",)
    return tuple(mark(f"{account} {call.source} {thing}") for thing in things)


def call_name(call: ApiCall) -> str:
    """What was called, as IAM names actions: `iam:CreateUser`."""
    return f"{call.source.removesuffix('.amazonaws.com')}:{call.name}"


@lru_cache(maxsize=16_384)
def network(address: str | None) -> str | None:
    """The /24 of an IPv4 or the /48 of an IPv6 address; a service's name as it stands."""
    if not address:
        return None
    if address.count(".") == 3 and address.replace(".", "").isdigit():
        return ".".join(str(int(part or 0) % 1000) for part in address.split(".")[:3])
    if ":" in address:
        return ":".join(address.lower().split(":")[:3])[:20]
    return address[:40]


@lru_cache(maxsize=16_384)
def tool(user_agent: str | None) -> str | None:
    """The tool family of a user agent: `aws-cli`, `boto3`, `terraform`, a service's name."""
    if not user_agent:
        return None
    words = user_agent.strip("[] ")[:200].split(maxsplit=1)
    return words[0].split("/", 1)[0].lower()[:40] if words else None
