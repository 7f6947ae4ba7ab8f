"""Whose doing a chain is: everything odd about the same somebody is one finding, and one case."""

from model.identity import Identity, Kind

_PORTAL = "/aws-reserved/sso.amazonaws.com/"


def behind(origin: Identity) -> str:
    """The origin's key; of Identity Center the person's, who begins another session in every account.

    A session's name tells the person only in a role under the portal's own path, which nobody else can make.
    """
    if origin.person is None or not (origin.kind is Kind.IDENTITY_CENTER or in_portal(origin)):
        return origin.key
    return f"portal:{origin.person.casefold()[:200]}"


def in_portal(identity: Identity) -> bool:
    """Whether it is somebody's session of a permission set."""
    return identity.kind is Kind.ROLE and _PORTAL in (identity.arn or "")
