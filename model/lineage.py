"""Which session minted which: the hops from an origin to here."""

from datetime import datetime

from model.frozen import Frozen
from model.identity import Identity


class Hop(Frozen):
    """One successful assumption of a role: the role session that it made, and the records that prove it."""

    role_arn: str
    account: str
    role_id: str | None = None
    session_name: str
    access_key_id: str | None = None
    source_identity: str | None = None
    time: datetime
    source_ip: str | None = None
    region: str | None = None
    records: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """What `aws:userid` holds for this session; the ARN stands in where the role's unique id is not known."""
        return f"{self.role_id or self.role_arn}:{self.session_name}"


class Lineage(Frozen):
    """The chain from its origin: hop 1 is what the origin itself assumed."""

    origin: Identity
    hops: tuple[Hop, ...] = ()

    @property
    def depth(self) -> int:
        """Number of hops."""
        return len(self.hops)

    @property
    def path(self) -> tuple[str, ...]:
        """The origin's ARN (or key) and every role's ARN in order."""
        return (self.origin.arn or self.origin.key, *(hop.role_arn for hop in self.hops))
