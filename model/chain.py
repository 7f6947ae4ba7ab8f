"""Where a session comes from, as a light value; the Lineage that people read is made of it when it is asked for."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from model.assumption import RoleAssumption
from model.identity import Identity
from model.lineage import Hop, Lineage

DEEPEST = 32
"""Hops of one chain that are kept one by one; its depth and its origin are true however long it is."""


class Chain(msgspec.Struct, eq=False, gc=False):
    """The hops from an origin to here.

    `depth` counts all of them. `path` is 63 bits that stand for the roles in their order, 0 without a hop. `hops` are
    the assumptions, first one first; of a chain deeper than DEEPEST the last one of each role, and the latest.
    """

    origin: Identity
    depth: int = 0
    path: int = 0
    hops: tuple[RoleAssumption, ...] = ()
    made: Lineage | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """The ARNs of the roles of `hops`."""
        return tuple(hop.role_arn for hop in self.hops)

    def then(self, hop: RoleAssumption) -> "Chain":
        """This chain, one hop longer."""
        hops = (*self.hops, hop)
        if len(hops) > DEEPEST:
            hops = _shortened(hops)
        return Chain(self.origin, self.depth + 1, onward(self.path, hop.role_arn), hops)

    def back_to(self, made: RoleAssumption) -> "Chain":
        """This chain as it was before it came to the same session; whole where it never did."""
        for place, hop in enumerate(self.hops):
            if hop.session_name == made.session_name and hop.role_arn == made.role_arn:
                chain = Chain(self.origin)
                for kept in self.hops[:place]:
                    chain = chain.then(kept)
                return chain
        return self

    def lineage(self) -> Lineage:
        """The same for findings and people."""
        if self.made is None:
            self.made = Lineage(origin=self.origin, hops=tuple(_hop(hop) for hop in self.hops))
        return self.made


@lru_cache(maxsize=65_536)
def onward(path: int, role_arn: str) -> int:
    """The digest of a path that goes on to a role."""
    text = f"{path:x}\n{role_arn}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 1


def _shortened(hops: tuple[RoleAssumption, ...]) -> tuple[RoleAssumption, ...]:
    """Without its oldest hop into a role that it came to again later: every role stays to be seen, and to be cut."""
    later = [hop.role_arn for hop in hops]
    again = (n for n, hop in enumerate(hops) if hop.role_arn in later[n + 1 :])
    oldest = next(again, 0)
    return hops[:oldest] + hops[oldest + 1 :]


def _hop(made: RoleAssumption) -> Hop:
    return Hop(
        role_arn=made.role_arn,
        account=made.account,
        role_id=made.role_id,
        session_name=made.session_name,
        access_key_id=made.new_key,
        source_identity=made.source_identity,
        time=datetime.fromtimestamp(made.time, UTC),
        source_ip=made.source_ip,
        region=made.region,
        records=made.records,
    )
