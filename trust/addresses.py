"""Addresses that a visitor may call from."""

from ipaddress import collapse_addresses, ip_address, ip_network

from trust.condition import Network, network
from trust.drawn import Asked, Choice
from trust.operator import Family


def _ranges(asked: Asked) -> list[list[Network]]:
    """For each condition the ranges it names, joined where they touch."""
    found: list[list[Network]] = []
    for each in asked.conditions:
        if each.operator.family is Family.IP:
            known = [made for value in each.values if (made := network(value.text)) is not None]
            fours = collapse_addresses(net for net in known if net.version == 4)
            sixes = collapse_addresses(net for net in known if net.version == 6)
            found.append([*fours, *sixes])
    return found


def is_wide(net: Network) -> bool:
    """Whether a range is so wide that anybody may be in it: AWS's own measure of a public policy."""
    return net.prefixlen < (8 if net.version == 4 else 32)


def addresses(asked: Asked) -> list[Choice]:
    """Public addresses that a stranger may have: in wide ranges and beside all others, never in a narrow one, which
    is somebody's network."""
    ranges = [net for each in _ranges(asked) for net in each]
    narrow = [net for net in ranges if not is_wide(net)]
    spots = [ip_address(text) for text in ("9.9.9.9", "130.9.9.9", "2600::9", "2a00::9")]
    for net in ranges:
        size = net.num_addresses
        spots += [net[0] + size // 3, net[0] + size // 2 + 1] if is_wide(net) else []
        spots += [net[0] - 1] if int(net[0]) else []
        spots += [net[-1] + 1] if int(net[-1]) + 1 < 2**net.max_prefixlen else []
    free = [spot for spot in dict.fromkeys(spots) if spot.is_global and not any(_in(spot, net) for net in narrow)]
    if asked.borrowed:
        free += [net[0] for net in narrow if not is_private(net)]
    return [Choice((str(spot),)) for spot in free]


_PRIVATE = [
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
]


def is_private(net: Network) -> bool:
    """Whether no address of the range is ever seen as aws:SourceIp: it is never routed."""
    return any(net.version == own.version and net[0] in own and net[-1] in own for own in _PRIVATE)


def _in(spot: object, net: Network) -> bool:
    return getattr(spot, "version", 0) == net.version and spot in net


def inside_each(asked: Asked) -> list[str]:
    """An address of each range, for keys whose addresses the caller chooses."""
    return [str(net[net.num_addresses // 2]) for each in _ranges(asked) for net in each]
