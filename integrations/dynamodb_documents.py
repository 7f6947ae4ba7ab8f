"""Documents in DynamoDB: written under the leader's check, and never over a newer stamp."""

from collections.abc import Callable, Iterator
from uuid import uuid4

from integrations.dynamodb_blobs import body_of, place_body
from integrations.dynamodb_calls import Action, Calls
from integrations.dynamodb_leader import still_leads
from integrations.dynamodb_table import Item, key, name_of, named, number_of
from model.documents import Changes
from model.errors import Refused
from model.journal import FORGETS, FORGOTTEN_S, stamp_of

AT_ONCE = 50
BYTES_AT_ONCE = 3_000_000
"""DynamoDB takes 100 actions and 4 MB in one transaction."""
LONG_S = 400 * 86_400
"""Documents that are not forgotten by age: a bound on what a crash may leave behind."""


class StoredDocuments:
    """Implements model.documents.Documents; `now` is the time of day in seconds since 1970 UTC."""

    def __init__(self, calls: Calls, now: Callable[[], float]) -> None:
        self._calls = calls
        self._now = now

    def get(self, kind: str, key: str) -> bytes | None:
        """The document; None where there is none."""
        item = self._calls.get(f"doc#{kind}", named(key)[0])
        return None if item is None or self._gone(item) else body_of(self._calls, item)

    def every(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Every document of a kind, with its key."""
        for item in self._calls.query(f"doc#{kind}"):
            if not self._gone(item):
                yield name_of(item), body_of(self._calls, item)

    def keep(self, version: int, number: int, documents: Changes) -> None:
        """Write documents back, those that are gone as of entry `number`. Raises Refused where another judge leads."""
        actions: list[Action] = []
        size = 0
        for (kind, name), body in documents.items():
            length = len(body or b"")
            if actions and (len(actions) == AT_ONCE or size + length > BYTES_AT_ONCE):
                self._write(version, actions)
                actions, size = [], 0
            actions.append(self._removed(kind, name, number) if body is None else self._written(kind, name, body))
            size += length
        self._write(version, actions)

    def _write(self, version: int, actions: list[Action]) -> None:
        """One transaction; documents that have a newer stamp are left as they are."""
        while actions:
            failed = self._calls.transact([still_leads(version), *actions], uuid4().hex)
            if not failed:
                return
            if 0 in failed:
                raise Refused("another judge leads: no document was written")
            actions = [action for at, action in enumerate(actions, 1) if at not in failed]

    def _written(self, kind: str, name: str, body: bytes) -> Action:
        sk, text = named(name)
        stamp = stamp_of(body)
        expires = int(self._now()) + (FORGOTTEN_S if kind in FORGETS else LONG_S)
        held = place_body(self._calls, body, expires)
        about = {"stamp": {"N": str(stamp)}, "expires": {"N": str(expires)}}
        return {"Put": {"Item": {**key(f"doc#{kind}", sk), **text, **about, **held}, **_not_over_newer(stamp)}}

    def _removed(self, kind: str, name: str, number: int) -> Action:
        return {"Delete": {"Key": key(f"doc#{kind}", named(name)[0]), **_not_over_newer(number)}}

    def _gone(self, item: Item) -> bool:
        """Whether its time is over: DynamoDB removes such items within days, not at once."""
        return 0 < number_of(item, "expires") <= self._now()


def _not_over_newer(stamp: int) -> dict[str, object]:
    return {
        "ConditionExpression": "attribute_not_exists(stamp) OR stamp <= :stamp",
        "ExpressionAttributeValues": {":stamp": {"N": str(stamp)}},
    }
