"""For one key, what a visitor can bring: every value that makes a difference to the policy."""

import re

from trust import keys
from trust.addresses import addresses, inside_each
from trust.claims import claims
from trust.drawn import ABSENT, UNKNOWN, Asked, Choice, made, numbers, patterned, texts, times
from trust.ours import Ours
from trust.principal import Kind
from trust.visitor import Visitor
from trust.wildcard import literal, pattern


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
        return [*numbers(asked, 0, 129_600), ABSENT] if is_user else [ABSENT]
    if key == "aws:tokenissuetime":
        return [*times(asked), *([ABSENT] if is_user else [])]
    if key == "aws:userid":
        return _unique_ids(asked, is_user)
    chosen = _chosen_key(key)
    if chosen is not None:
        return texts(asked, chosen)
    return _of_network(visitor, asked)


def _of_token(visitor: Visitor, asked: Asked) -> list[Choice]:
    """What comes with a token: its claims, and of the call itself what anybody chooses."""
    key = asked.key
    if visitor.issuer is not None and key.startswith(f"{visitor.issuer.host}:"):
        return claims(visitor, asked, key.removeprefix(f"{visitor.issuer.host}:"))
    if visitor.issuer is None and ":" in key and not key.startswith(("aws:", "sts:")):
        return [*texts(asked, keys.Chosen(keys.CHOSEN["aws:useragent"].shape, many=True)), ABSENT]
    if key in ("aws:userid", "aws:principalarn", "aws:principaltype"):
        return [UNKNOWN]
    if key.startswith("aws:requesttag/") or key in ("sts:rolesessionname", "aws:useragent", "aws:requestedregion"):
        return texts(asked, _chosen_key(key) or keys.TAG)
    return _of_network(visitor, asked)


def _of_network(visitor: Visitor, asked: Asked) -> list[Choice]:
    """Addresses, endpoints, times, numbers: whoever calls has them."""
    key = asked.key
    if key == "aws:sourceip":
        return [*addresses(asked), ABSENT]
    if key in keys.PRIVATE_ADDRESSES:
        return [*(Choice((text,)) for text in inside_each(asked)), Choice(("10.9.8.7",)), ABSENT]
    if key in keys.TIMES:
        return times(asked)
    if key in keys.NUMBERS:
        return [*numbers(asked, *keys.NUMBERS[key]), ABSENT]
    return _owned(visitor, asked)


def _owned(visitor: Visitor, asked: Asked) -> list[Choice]:
    """What a caller owns: AWS gave it an id, its account or organisation is in it."""
    key, account = asked.key, visitor.caller.account
    if key in keys.OWN_IDS:
        return [*patterned(asked, pattern(keys.OWN_IDS[key])), ABSENT]
    if key in keys.OWN_ACCOUNT_ARNS:
        return [*patterned(asked, pattern(keys.OWN_ACCOUNT_ARNS[key].format(account=account))), ABSENT]
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
    drawn = [text for each in asked.patterns() for text in made(each, template, asked)]
    found = [Choice((text,)) for text in drawn if _UNITS.fullmatch(text.split("/", 1)[1])]
    return [*found, Choice((f"{visitor.org}/r-zz9z/ou-zz9z-zz9zz9zz/",))]


_UNITS = re.compile(r"r-[a-z0-9]+/(?:ou-[a-z0-9-]*/)*(?:ou-[a-z0-9-]*)?")


def _unique_ids(asked: Asked, is_user: bool) -> list[Choice]:
    """A unique id is AWS's to give: one that the policy names whole is somebody's already; the session name is not."""
    template = pattern("AIDA" + "?" * 17) if is_user else pattern("AROA" + "?" * 17 + ":??*")
    found: list[Choice] = [Choice((text.upper() if is_user else text,)) for text in made(template, template, asked)]
    for each in asked.patterns():
        head = each[: next((i for i, mark in enumerate(each) if mark is None), len(each))]
        if asked.borrowed or (None in each and len(head) < 20 and ":" not in head):
            found += [Choice((text,)) for text in made(each, template, asked)]
    return found


def _chosen_key(key: str) -> keys.Chosen | None:
    if key.startswith(keys.CHOSEN_TAGS):
        return keys.TAG
    return keys.CHOSEN.get(key)
