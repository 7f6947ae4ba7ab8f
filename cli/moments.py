"""Times as people type them: RFC 3339, with the offset, so that they mean the same on every machine."""

from datetime import datetime

import typer


def moment(text: str) -> float:
    """Seconds since 1970 UTC. Raises typer.BadParameter with the fix."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text} is no time; write one like 2026-01-31T08:00:00Z") from None
    if at.tzinfo is None:
        meant = at.isoformat(timespec="seconds")
        raise typer.BadParameter(f"{text} has no offset; write {meant}Z for UTC, or {meant}+02:00") from None
    return at.timestamp()
