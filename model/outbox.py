"""Findings on their way to cases, and lessons on their way back: how a store keeps and reads them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

import msgspec
from pydantic import ValidationError

from model.errors import Malformed
from model.finding import Finding
from model.journal import Lesson

UNSENT_AT_ONCE = 100
LESSONS_AT_ONCE = 20
PUT_OFF_S = 3600

Row = TypeVar("Row")
Out = TypeVar("Out")


def gist(finding: Finding) -> str:
    """What a case acts on: when it changes, the finding is handed over again."""
    hops = sorted((h.role_arn, h.session, h.access_key_id or "") for line in finding.lineages for h in line.hops)
    facts = [finding.confidence, finding.severity, sorted(finding.roles), hops]
    return blake2b(msgspec.json.encode(facts), digest_size=16).hexdigest()


def grown(finding: Finding, arrived: datetime | None, detected: datetime) -> Finding:
    """A finding that was kept before with these times: while the same record decides it, it arrived when it did."""
    if arrived is None or detected != finding.detected:
        return finding
    return finding.model_copy(update={"arrived": arrived})


def finding_of(body: str | bytes) -> Finding:
    """A stored finding. Raises Malformed, with the fix."""
    try:
        return Finding.model_validate_json(body)
    except ValidationError:
        raise Malformed("store: a finding in it cannot be read: move the store away, or restore a backup") from None


def readable(rows: Iterable[Row], read: Callable[[Row], Out]) -> tuple[Out, ...]:
    """What was stored and can be read: one thing that cannot holds no other up. Raises Malformed where nothing can."""
    found, unread = list[Out](), None
    for row in rows:
        try:
            found.append(read(row))
        except Malformed as error:
            unread = error
    if unread is not None and not found:
        raise unread
    return tuple(found)


def lesson_of(body: str | bytes) -> Lesson:
    """A stored lesson. Raises Malformed, with the fix."""
    try:
        return Lesson.model_validate_json(body)
    except ValidationError:
        raise Malformed("store: a lesson in it cannot be read: move the store away, or restore a backup") from None
