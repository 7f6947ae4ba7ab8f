"""The claims of a shared issuer's token that a visitor, another of its customers, can have."""

import re
from collections.abc import Sequence

from trust import keys
from trust.drawn import ABSENT, Asked, Choice, patterned, texts
from trust.issuers import COGNITO, Shape
from trust.visitor import Visitor
from trust.wildcard import Pattern, literal, pattern
from trust.witness import examples, fills


def claims(visitor: Visitor, asked: Asked, claim: str) -> list[Choice]:
    """The claims of a shared issuer's token that another customer can have."""
    issuer = visitor.issuer
    if issuer is None:
        return [ABSENT]
    if issuer.host == COGNITO:
        return _pool(visitor, asked, claim)
    free = keys.Chosen(keys.CHOSEN["aws:useragent"].shape, many=True)
    if claim in issuer.audience:
        known = set(asked.texts())
        return [choice._replace(sure=not known.intersection(choice.values or ())) for choice in texts(asked, free)]
    shapes = issuer.claims.get(claim)
    return texts(asked, free) if shapes is None else _customers(asked, shapes)


def _pool(visitor: Visitor, asked: Asked, claim: str) -> list[Choice]:
    """Cognito: a guest of the pool that the policy names, or anybody of a pool of their own."""
    if claim == "amr":
        own = ["unauthenticated"] if visitor.guest else ["authenticated", "unauthenticated", *asked.texts()]
        return [Choice((each,)) for each in own]
    if claim == "aud" and visitor.guest:
        return [Choice((text,)) for text in asked.texts()] or [Choice(("eu-west-1:named",))]
    return patterned(asked, pattern("??-*:*"))


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
            found += [Choice((text,), shape.certain) for text in made if _is_anothers(text, shape, named)]
    return [*dict.fromkeys(found)]


_NAMES_LATER = re.compile(r":(?:repo|repository|repository_id|repository_owner|repository_owner_id|enterprise):")
"""GitHub lets an owner put claims together to a subject; one that names the owner may stand behind another. Colons in
values are escaped there, so nobody can write such a part into a name."""


def _is_anothers(text: str, shape: Shape, named: set[str]) -> bool:
    if shape.names_customer:
        return _named_in(text, shape) not in named
    return not (shape.begins and _NAMES_LATER.search(text))


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
