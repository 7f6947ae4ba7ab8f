"""What a baseline keeps of an assumption or a call."""

from functools import lru_cache

from model.assumption import ApiCall, RoleAssumption
from model.baseline import Fact, digest
from model.chain import Chain


def fact_of(made: RoleAssumption, chain: Chain) -> Fact:
    """The assumption's fact; `chain` includes its hop."""
    chained = chain.depth > 1 and not made.denied
    return Fact(
        time=made.time,
        target=made.role_arn,
        account=made.account,
        denied=made.denied,
        network=network(made.source_ip),
        tool=tool(made.user_agent),
        region=made.region,
        duration=made.duration,
        reached=(digest(made.role_arn), chain.path) if chained else (),
        depth=0 if made.denied else chain.depth,
        record=made.records[0],
    )


def call_fact(call: ApiCall) -> Fact:
    """The call's fact."""
    return Fact(time=call.time, network=network(call.source_ip), tool=tool(call.user_agent), region=call.region)


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
