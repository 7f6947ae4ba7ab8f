"""How identities and moments are named to people."""

from datetime import UTC, datetime

from model.identity import Identity
from model.text import code, role_label


def label(identity: Identity) -> str:
    """An identity by its name and account; a role's session with the person or session behind it."""
    name = role_label(identity.arn) if identity.arn else code(identity.key)
    return f"{name} (session {code(identity.session_name, 64)})" if identity.session_name else name


def caller_name(caller: Identity) -> str:
    """A caller as the list of a role's users shows it: its ARN, and the session in brackets."""
    shown = (caller.arn or caller.key)[:130]
    return f"{shown} ({caller.session_name[:64]})" if caller.session_name else shown


def moment(time: float) -> datetime:
    """Seconds since 1970 UTC as a time."""
    return datetime.fromtimestamp(time, UTC)
