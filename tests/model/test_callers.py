from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from model.callers import StoredCallers
from model.documents import Shelf
from model.errors import Malformed
from model.journal import stamped
from model.role_use import RoleUse, use

AT = datetime(2026, 10, 3, 2, 47, tzinfo=UTC)


def shelf(**bodies: bytes) -> Shelf:
    shelf = Shelf()
    shelf.keep({("role", f"arn:{name}"): body for name, body in bodies.items()})
    return shelf


def test_who_used_the_roles_lately_latest_first():
    role, other = RoleUse(), RoleUse()
    for n, name in enumerate(("old", "ana", "bot")):
        use(role, name, AT.timestamp() + 100 * n)
    use(other, "ana", AT.timestamp() + 900)
    stored = shelf(a=stamped(3, msgspec.msgpack.encode(role)), b=stamped(1, msgspec.msgpack.encode(other)))
    callers = StoredCallers(stored)
    since = AT + timedelta(seconds=50)
    assert callers.sessions(["arn:a", "arn:b", "arn:unknown", "arn:a"], since) == ("ana", "bot")
    assert callers.sessions(["arn:a"], since) == ("bot", "ana")
    assert callers.sessions(["arn:a"], AT) == ("bot", "ana", "old")
    assert callers.sessions([], since) == ()


def test_a_role_that_cannot_be_read_is_said():
    with pytest.raises(Malformed, match=r"^store: a role in it cannot be read"):
        StoredCallers(shelf(a=stamped(1, b"\xc1"))).sessions(["arn:a"], AT)
