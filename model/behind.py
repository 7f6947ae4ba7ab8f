"""Whose doing a chain is: everything odd about the same somebody is one finding, and one case."""

from model.identity import Identity, Kind

_PORTAL = "/aws-reserved/sso.amazonaws.com/"
_USER, _CENTER, _ROLE = Kind.USER, Kind.IDENTITY_CENTER, Kind.ROLE


def behind(origin: Identity) -> str:
    """The origin's key; of Identity Center the person's, who begins another session in every account.

    A session's name tells the person only in a role under the portal's own path, which nobody else can make.
    """
    person = None if origin.kind is _USER else vouched(origin)
    return origin.key if person is None else f"portal:{person.casefold()[:200]}"


def vouched(identity: Identity) -> str | None:
    """The person, where AWS says who it is: an IAM user, somebody of Identity Center.

    Another role's session is named by whoever starts it, and names nobody that anything may be excused for.
    """
    kind = identity.kind
    known = in_portal(identity) if kind is _ROLE else kind is _USER or kind is _CENTER
    return identity.person if known else None


def person_behind(who: Identity, origin: Identity | None) -> str | None:
    """The person that AWS vouches for: of a session itself, else of the origin of its chain."""
    person = vouched(who)
    return vouched(origin) if person is None and origin is not None else person


def in_portal(identity: Identity) -> bool:
    """Whether it is somebody's session of a permission set."""
    return identity.kind is _ROLE and _PORTAL in (identity.arn or "")
