"""For one key, what a visitor can bring: every value that makes a difference to the policy."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import collapse_addresses, ip_address
from itertools import combinations
from typing import NamedTuple

from trust import keys
from trust.condition import Condition, Network, moment, network, number
from trust.issuers import COGNITO, Shape
from trust.operator import Family
from trust.ours import Ours
from trust.principal import Kind
from trust.value import Brought, Unresolved
from trust.visitor import Visitor
from trust.wildcard import Pattern, literal, pattern
from trust.witness import common, examples, fills

_MOST_PAIRS = 60


class Choice(NamedTuple):
    """Values of one key (none: the key is absent; None: nobody can say), and whether it is certain that a visitor can
    bring just these."""

    values: tuple[str, ...] | None
    sure: bool = True


ABSENT = Choice(())
UNKNOWN = Choice(None)


class Asked(NamedTuple):
    """A key, the conditions on it, and what else is already settled."""

    key: str
    conditions: Sequence[Condition]
    settled: Brought
    ours: Ours
    now: float

    def patterns(self) -> list[Pattern]:
        """What the conditions compare with, variables filled in; wildcards only where the operator has them."""
        found: list[Pattern] = []
        for each in self.conditions:
            wild = each.operator.family in (Family.LIKE, Family.ARN)
            for value in each.values:
                wanted = value.resolved(self.settled, wild=wild)
                if not isinstance(wanted, Unresolved) and each.operator.family is not Family.NULL:
                    found.append(wanted)
        return found

    def texts(self) -> list[str]:
        """The same as texts."""
        return ["".join(mark or "" for mark in each) for each in self.patterns()]


def choices(visitor: Visitor, asked: Asked) -> list[Choice]:
    """Everything that the visitor may bring for the key, as far as the policy could tell the difference."""
    brought = visitor.caller.brings.get(asked.key)
    if brought is not None:
        return [Choice(brought)]
    about = _about_the_role(asked)
    if about is not None:
        return about
    if visitor.caller.kind in (Kind.SAML, Kind.OIDC):
        return _of_token(visitor, asked)
    return _of_principal(visitor, asked)


def _about_the_role(asked: Asked) -> list[Choice] | None:
    key, ours = asked.key, asked.ours
    if key in keys.FIXED:
        return [Choice((keys.FIXED[key],))]
    if key == "aws:resourceaccount":
        return [Choice((ours.account,))]
    if key == "aws:resourceorgid":
        return [Choice((ours.org_id,)) if ours.org_id else UNKNOWN]
    if key == "aws:resourceorgpaths":
        return [UNKNOWN]
    for prefix in keys.ABOUT_THE_ROLE:
        if key.startswith(prefix):
            return [_own_tag(key.removeprefix(prefix), ours)]
    return None


def _own_tag(name: str, ours: Ours) -> Choice:
    if ours.tags is None:
        return UNKNOWN
    return Choice(tuple(value for tag, value in ours.tags if tag.lower() == name))


def _of_principal(visitor: Visitor, asked: Asked) -> list[Choice]:
    """What a user or a role's session brings."""
    key = asked.key
    is_user = visitor.caller.kind is Kind.USER
    if key == "aws:multifactorauthpresent":
        return [Choice(("true",)), Choice(("false",)), ABSENT] if is_user else [Choice(("false",))]
    if key == "aws:multifactorauthage":
        return [*_numbers(asked, 0, 129_600), ABSENT] if is_user else [ABSENT]
    if key == "aws:tokenissuetime":
        return [*_times(asked), *([ABSENT] if is_user else [])]
    if key == "aws:userid":
        return _unique_ids(asked, is_user)
    chosen = _chosen_key(key)
    if chosen is not None:
        return _texts(asked, chosen)
    return _of_network(visitor, asked)


def _of_token(visitor: Visitor, asked: Asked) -> list[Choice]:
    """What comes with a token: its claims, and of the call itself what anybody chooses."""
    key = asked.key
    if visitor.issuer is not None and key.startswith(f"{visitor.issuer.host}:"):
        return _claims(visitor, asked, key.removeprefix(f"{visitor.issuer.host}:"))
    if visitor.issuer is None and ":" in key and not key.startswith(("aws:", "sts:")):
        return [*_texts(asked, keys.Chosen(keys.CHOSEN["aws:useragent"].shape, many=True)), ABSENT]
    if key in ("aws:userid", "aws:principalarn", "aws:principaltype"):
        return [UNKNOWN]
    if key.startswith("aws:requesttag/") or key in ("sts:rolesessionname", "aws:useragent", "aws:requestedregion"):
        return _texts(asked, _chosen_key(key) or keys.TAG)
    return _of_network(visitor, asked)


def _of_network(visitor: Visitor, asked: Asked) -> list[Choice]:
    """Addresses, endpoints, times, numbers: whoever calls has them."""
    key = asked.key
    if key == "aws:sourceip":
        return [*_addresses(asked), ABSENT]
    if key in keys.PRIVATE_ADDRESSES:
        return [*(Choice((text,)) for text in _inside_each(asked)), Choice(("10.9.8.7",)), ABSENT]
    if key in keys.TIMES:
        return _times(asked)
    if key in keys.NUMBERS:
        return [*_numbers(asked, *keys.NUMBERS[key]), ABSENT]
    return _owned(visitor, asked)


def _owned(visitor: Visitor, asked: Asked) -> list[Choice]:
    """What a caller owns: AWS gave it an id, its account or organisation is in it."""
    key, account = asked.key, visitor.caller.account
    if key in keys.OWN_IDS:
        return [*_patterned(asked, pattern(keys.OWN_IDS[key])), ABSENT]
    if key in keys.OWN_ACCOUNT_ARNS:
        return [*_patterned(asked, pattern(keys.OWN_ACCOUNT_ARNS[key].format(account=account))), ABSENT]
    if key in keys.OWN_ACCOUNT:
        return [Choice((account,)), ABSENT]
    if key in keys.OWN_ORG:
        return [Choice((visitor.org,)) if visitor.org else ABSENT, ABSENT]
    if key in keys.OWN_ORG_PATHS:
        return _org_paths(visitor, asked)
    return [ABSENT]


def _org_paths(visitor: Visitor, asked: Asked) -> list[Choice]:
    """Paths in the visitor's own organisation: its id, its root, units."""
    if not visitor.org:
        return [ABSENT]
    template = (*literal(f"{visitor.org}/r-"), *pattern("????/*"))
    made = [text for each in asked.patterns() for text in _made(each, template, asked)]
    found = [Choice((text,)) for text in made if _UNITS.fullmatch(text.split("/", 1)[1])]
    return [*found, Choice((f"{visitor.org}/r-zz9z/ou-zz9z-zz9zz9zz/",))]


_UNITS = re.compile(r"r-[a-z0-9]+/(?:ou-[a-z0-9-]*/)*(?:ou-[a-z0-9-]*)?")


def _patterned(asked: Asked, template: Pattern) -> list[Choice]:
    """Fits the policy's patterns but is none of the ids it names: those are somebody's already."""
    shapes = [each for each in asked.patterns() if None in each or "" in each]
    made = [text for each in (*shapes, template) for text in _made(each, template, asked)]
    named = {"".join(mark or "" for mark in each) for each in asked.patterns() if None not in each}
    return [Choice((text,)) for text in dict.fromkeys(made) if text not in named]


def _made(wanted: Pattern, template: Pattern, asked: Asked) -> list[str]:
    return examples(wanted, template, fills([*asked.patterns(), wanted]))


def _unique_ids(asked: Asked, is_user: bool) -> list[Choice]:
    """A unique id is AWS's to give: one that the policy names whole is somebody's already; the session name is not."""
    template = pattern("AIDA" + "?" * 17) if is_user else pattern("AROA" + "?" * 17 + ":??*")
    found: list[Choice] = [Choice((text.upper() if is_user else text,)) for text in _made(template, template, asked)]
    for each in asked.patterns():
        head = each[: next((i for i, mark in enumerate(each) if mark is None), len(each))]
        if None in each and len(head) < 20 and ":" not in head:
            found += [Choice((text,)) for text in _made(each, template, asked)]
    return found


def _chosen_key(key: str) -> keys.Chosen | None:
    if key.startswith(keys.CHOSEN_TAGS):
        return keys.TAG
    return keys.CHOSEN.get(key)


def _texts(asked: Asked, chosen: keys.Chosen) -> list[Choice]:
    """Every text that the caller may choose and the policy could tell apart."""
    shapes = asked.patterns()
    anything = pattern("*")
    made = [*chosen.known, *(text for each in (*shapes, anything) for text in _made(each, anything, asked))]
    made += [_joined for pair in _pairs(shapes) if (_joined := common(*pair)) is not None]
    made += [text.swapcase() for text in made] if _ignores_case(asked) else []
    made += [value for key in _SETTLED if (values := asked.settled(key)) for value in values]
    fit = [text for text in dict.fromkeys(made) if chosen.shape.fullmatch(text)]
    found = [Choice((text,)) for text in fit]
    if chosen.many:
        named = [text for text in asked.texts() if chosen.shape.fullmatch(text)]
        found += [Choice(tuple(dict.fromkeys(named)))] if len(named) > 1 else []
    return [*found, *([ABSENT] if chosen.optional else [])]


_SETTLED = ("aws:principalaccount", "aws:principalarn", "aws:username", "aws:principalorgid")


def _pairs(shapes: Sequence[Pattern]) -> Iterator[tuple[Pattern, Pattern]]:
    wild = [each for each in dict.fromkeys(shapes) if None in each or "" in each]
    for count, pair in enumerate(combinations(wild, 2)):
        if count >= _MOST_PAIRS:
            return
        yield pair


def _ignores_case(asked: Asked) -> bool:
    return any(each.operator.family is Family.EQUALS_IGNORING_CASE for each in asked.conditions)


def _numbers(asked: Asked, least: float, most: float) -> list[Choice]:
    named = [found for text in asked.texts() if (found := number(text)) is not None]
    near = [least, most, *(each + step for each in named for step in (0, -1, 1))]
    return [
        Choice((f"{each:g}" if each % 1 else str(int(each)),)) for each in dict.fromkeys(near) if least <= each <= most
    ]


def _times(asked: Asked) -> list[Choice]:
    """Now, and any later time that makes a difference: a caller can wait."""
    named = [found for text in asked.texts() if (found := moment(text)) is not None]
    later = [each + step for each in named for step in (0, -1, 1) if each + step >= asked.now]
    return [Choice((str(each),)) for each in dict.fromkeys((asked.now, *later))]


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


def _addresses(asked: Asked) -> list[Choice]:
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
    return [Choice((str(spot),)) for spot in free]


def _in(spot: object, net: Network) -> bool:
    return getattr(spot, "version", 0) == net.version and spot in net


def _inside_each(asked: Asked) -> list[str]:
    return [str(net[net.num_addresses // 2]) for each in _ranges(asked) for net in each]


def _claims(visitor: Visitor, asked: Asked, claim: str) -> list[Choice]:
    """The claims of a shared issuer's token that another customer can have."""
    issuer = visitor.issuer
    if issuer is None:
        return [ABSENT]
    if issuer.host == COGNITO:
        return _pool(visitor, asked, claim)
    free = keys.Chosen(keys.CHOSEN["aws:useragent"].shape, many=True)
    if claim in issuer.audience:
        known = set(asked.texts())
        return [choice._replace(sure=not known.intersection(choice.values or ())) for choice in _texts(asked, free)]
    shapes = issuer.claims.get(claim)
    return _texts(asked, free) if shapes is None else _customers(asked, shapes)


def _pool(visitor: Visitor, asked: Asked, claim: str) -> list[Choice]:
    """Cognito: a guest of the pool that the policy names, or anybody of a pool of their own."""
    if claim == "amr":
        own = ["unauthenticated"] if visitor.guest else ["authenticated", "unauthenticated", *asked.texts()]
        return [Choice((each,)) for each in own]
    if claim == "aud" and visitor.guest:
        return [Choice((text,)) for text in asked.texts()] or [Choice(("eu-west-1:named",))]
    return _patterned(asked, pattern("??-*:*"))


def _customers(asked: Asked, shapes: Sequence[Shape]) -> list[Choice]:
    """Values that name another customer than those the policy names."""
    found: list[Choice] = []
    wanted = asked.patterns()
    named = {name for each in wanted for shape in shapes if (name := _customer(each, shape))}
    chars = fills(wanted)
    for shape in shapes:
        tail = pattern("*") if shape.end or not shape.names_customer else ()
        template = (*literal(shape.begins), *pattern("?*"), *literal(shape.end), *tail)
        for each in (*wanted, template):
            made = examples(each, template, chars)
            found += [
                Choice((text,), shape.certain)
                for text in made
                if not shape.names_customer or _named_in(text, shape) not in named
            ]
    return [*dict.fromkeys(found)]


def _customer(wanted: Pattern, shape: Shape) -> str:
    """The customer that a pattern names whole, before its first wildcard; empty where it names none."""
    stop = next((i for i, mark in enumerate(wanted) if not mark), len(wanted))
    head = "".join(mark or "" for mark in wanted[:stop])
    if not head.startswith(shape.begins):
        return ""
    rest = head.removeprefix(shape.begins)
    if shape.end and shape.end in rest:
        return _without_id(rest.split(shape.end, 1)[0])
    if "@" in rest:
        return _without_id(rest)
    return rest.lower() if not shape.end and stop == len(wanted) else ""


def _named_in(text: str, shape: Shape) -> str:
    rest = text.removeprefix(shape.begins)
    end = shape.end or (":" if shape.begins else "")
    return _without_id(rest.split(end, 1)[0] if end else rest)


def _without_id(name: str) -> str:
    """GitHub writes the immutable id behind the owner's name: `owner@123`."""
    return name.split("@", 1)[0].lower()
