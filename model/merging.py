"""One baseline of two that saw different facts, so that a backlog can be learned on all cores.

`merge(a, b)` is what learning the facts of both would have given, in any order and grouping, where all of them lie
within 29 days and no set outgrew its bound; an empty baseline changes nothing. Of a set that did outgrow it, the same
things stay, and only their first time may be later. Sliding windows join as well: the newest 224 assumptions of both
within 125 minutes of the newest, and the sums of their minutes. Neither argument is changed.
"""

from collections.abc import Mapping

from model.baseline import Baseline
from model.learning import prune
from model.past import Past
from model.peer_use import PeerUse, joined_things, prune_peer
from model.role_use import RoleUse, merged_sources, prune_use
from model.spans import latest, summed, union


def merge(one: Baseline, other: Baseline) -> Baseline:
    """The baseline of everything that either saw."""
    mine, theirs = one.counts(), other.counts()
    return prune(
        Baseline(
            first=min(filter(None, (one.first, other.first)), default=0),
            last=max(one.last, other.last),
            active=summed(mine.active, theirs.active),
            quarters=summed(mine.quarters, theirs.quarters),
            past=Past(),
            targets=union(one.targets, other.targets),
            tried=union(one.tried, other.tried),
            accounts=union(one.accounts, other.accounts),
            reached=union(one.reached, other.reached),
            depths=latest(one.depths, other.depths),
            names=latest(one.names, other.names),
            networks=union(one.networks, other.networks),
            tools=union(one.tools, other.tools),
            regions=union(one.regions, other.regions),
            durations=union(one.durations, other.durations),
            recent=sorted((*one.recent, *other.recent)),
            minutes=summed(one.minutes, other.minutes),
            after=_calls(one.after, other.after),
            taught=latest(one.taught, other.taught),
            deeds=union(one.deeds, other.deeds),
            read=union(one.read, other.read),
            lately=latest(one.lately, other.lately),
        )
    )


def merge_use(one: RoleUse, other: RoleUse) -> RoleUse:
    """The use of a role that either saw."""
    return prune_use(
        RoleUse(
            first=min(filter(None, (one.first, other.first)), default=0),
            last=max(one.last, other.last),
            callers=latest(one.callers, other.callers),
            hours=summed(one.hours, other.hours),
            sources=merged_sources(one.sources, other.sources),
            tried=merged_sources(one.tried, other.tried),
        )
    )


def merge_peers(one: PeerUse, other: PeerUse) -> PeerUse:
    """What a group is known to do by either."""
    return prune_peer(
        PeerUse(
            last=max(one.last, other.last),
            members=union(one.members, other.members),
            roles=joined_things(one.roles, other.roles),
            accounts=joined_things(one.accounts, other.accounts),
            networks=joined_things(one.networks, other.networks),
            hours=joined_things(one.hours, other.hours),
            families=joined_things(one.families, other.families),
        )
    )


def _calls(
    one: Mapping[str, tuple[int, int, int]], other: Mapping[str, tuple[int, int, int]]
) -> dict[str, tuple[int, int, int]]:
    both = dict(one)
    for name, (first, last, times) in other.items():
        mine = both.get(name, (first, last, 0))
        both[name] = (min(mine[0], first), max(mine[1], last), mine[2] + times)
    return both
