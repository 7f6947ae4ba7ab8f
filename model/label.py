"""How identities and moments are named to people."""

from datetime import UTC, datetime

from model.identity import Identity, Kind
from model.text import code, role_label


def label(identity: Identity) -> str:
    """An identity by its name and account; a role's session with the person or session behind it; a subject of a
    provider by its own name first, since that is what tells it from others."""
    name = role_label(identity.arn) if identity.arn else _subject(identity)
    return f"{name} (session {code(identity.session_name, 64)})" if identity.session_name else name


def _subject(identity: Identity) -> str:
    if identity.kind is Kind.IDENTITY_CENTER and identity.person:
        return f"{code(identity.person)} (Identity Center)"
    if identity.kind not in (Kind.WEB_IDENTITY, Kind.SAML):
        return code(identity.key)
    provider, _, subject = identity.key.partition(":")[2].rpartition("oidc-provider/")[2].partition(":")
    return f"{code(subject)} (by {code(provider, 60)})" if subject else code(identity.key)


def caller_name(caller: Identity) -> str:
    """A caller as the list of a role's users shows it: its ARN, and the session in brackets."""
    shown = (caller.arn or caller.key)[:130]
    return f"{shown} ({caller.session_name[:64]})" if caller.session_name else shown


def moment(time: float) -> datetime:
    """Seconds since 1970 UTC as a time."""
    return datetime.fromtimestamp(time, UTC)
