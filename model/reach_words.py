"""How far a chain's sessions still come, in words."""

from model.enrichment import StillInReach
from model.text import code, joined, plural

SHOWN_HOPS = 2
"""What is come to in so many hops is what an attacker has done before anybody answers."""


def in_reach(reach: StillInReach) -> str:
    """`23 more accounts in 2 hops (7 in 1), 4 of them production: …`."""
    when = f"as IAM was on {reach.as_of:%Y-%m-%d %H:%M} UTC"
    unknown = f"; {plural(len(reach.unknown), 'principal')} of the chain not in it" if reach.unknown else ""
    if not reach.within or not reach.within[-1]:
        return f"no other account, {when}{unknown}"
    hops = min(SHOWN_HOPS, len(reach.within))
    said = f"{plural(reach.within[hops - 1], 'more account')} in {plural(hops, 'hop')}"
    if hops > 1 and reach.within[0] < reach.within[hops - 1]:
        said += f" ({reach.within[0]} in 1)"
    if reach.within[-1] > reach.within[hops - 1]:
        said += f", {reach.within[-1]} in {len(reach.within)}"
    if reach.productions:
        names = joined([code(name, 40) for name in reach.production], 3)
        said += f", {reach.productions} of them production: {names}"
    return f"{said}; {reach.free} with no further condition; {when}{unknown}"
