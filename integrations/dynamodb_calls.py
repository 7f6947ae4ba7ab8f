"""Calls of DynamoDB: what is busy is asked again for a while, and what goes wrong is said in our errors."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from integrations.aws import AwsClients
from integrations.aws_errors import SDK_ERRORS, as_ours, kind_of
from integrations.dynamodb_table import Item, key, missing, other_keys
from model.errors import HopstopError, Malformed, NotFound, Unavailable

T = TypeVar("T")
Action = dict[str, dict[str, Any]]
"""One action of TransactWriteItems, without the table's name."""

ATTEMPTS = 6
RETRY_FOR_S = 10.0
FIRST_PAUSE_S = 0.05
DOING = "use the store's table"


class Calls:
    """One table. Reads are strongly consistent. Each call may raise Refused, Unavailable or Malformed.

    `pause` waits so many seconds, `clock` counts them.
    """

    def __init__(
        self,
        clients: AwsClients,
        table: str,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.table = table
        self._clients = clients
        self._pause = pause
        self._clock = clock

    def get(self, pk: str, sk: str) -> Item | None:
        """The item; None where there is none."""
        answer = self._call("get_item", {"Key": key(pk, sk), "ConsistentRead": True})
        item: Item | None = answer.get("Item")
        return item

    def query(self, pk: str, above: str = "", limit: int = 0) -> Iterator[Item]:
        """Items with that partition key and a sort key above, in order, fetched a megabyte (or `limit`) at a time."""
        asked: dict[str, Any] = {
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND sk > :above" if above else "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}, **({":above": {"S": above}} if above else {})},
            **({"Limit": limit} if limit else {}),
        }
        while True:
            answer = self._call("query", asked)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(self, item: Item) -> None:
        """Write an item, whatever was there."""
        self._call("put_item", {"Item": item})

    def delete(self, pk: str, sk: str) -> Item:
        """Remove an item: as it was, empty where it is gone."""
        answer = self._call("delete_item", {"Key": key(pk, sk), "ReturnValues": "ALL_OLD"})
        was: Item = answer.get("Attributes", {})
        return was

    def update(self, change: dict[str, Any]) -> bool:
        """Change an item; False where the change's condition does not hold (any more, after a lost answer)."""
        try:
            self._call("update_item", change)
        except _ConditionFailed:
            return False
        return True

    def transact(self, actions: Sequence[Action], token: str) -> tuple[int, ...]:
        """Do all of it or nothing: the positions whose conditions do not hold, none where it was done.

        One token is one transaction, however often it is sent within ten minutes (AWS).
        """
        items = [{kind: {"TableName": self.table, **body}} for action in actions for kind, body in action.items()]
        try:
            self._send("transact_write_items", {"TransactItems": items, "ClientRequestToken": token})
        except _ConditionFailed as failed:
            return failed.positions
        return ()

    def _call(self, operation: str, asked: dict[str, Any]) -> Any:
        return self._send(operation, {"TableName": self.table, **asked})

    def _send(self, operation: str, asked: dict[str, Any]) -> Any:
        end = self._clock() + RETRY_FOR_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return getattr(self._clients.own("dynamodb"), operation)(**asked)
            except SDK_ERRORS as error:
                ours = self._as_ours(error)
            if not isinstance(ours, Unavailable) or attempt == ATTEMPTS or self._clock() >= end:
                break
            self._pause(FIRST_PAUSE_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        raise ours from None

    def _as_ours(self, error: Exception) -> HopstopError:
        ours = as_ours(error, DOING)
        if not isinstance(error, ClientError):
            return ours
        code, said = (str(error.response.get("Error", {}).get(field) or "") for field in ("Code", "Message"))
        if code == "TransactionCanceledException":
            return _canceled(error)
        if code == "ConditionalCheckFailedException":
            return _ConditionFailed((0,))
        if isinstance(ours, NotFound):
            return missing(self.table)
        # How AWS (and its stand-ins) say it differs by operation; each of them speaks of the key.
        if isinstance(ours, Malformed) and "key" in said.lower():
            return other_keys(self.table)
        return ours


class _ConditionFailed(HopstopError):
    """Conditions at these positions did not hold; never leaves this module."""

    def __init__(self, positions: tuple[int, ...]) -> None:
        super().__init__("a condition does not hold")
        self.positions = positions


def _canceled(error: ClientError) -> HopstopError:
    """What a canceled transaction's reasons come to: a condition before a conflict, a mistake before both."""
    reasons = [str(reason.get("Code") or "None") for reason in error.response.get("CancellationReasons", [])]
    wrong = next((code for code in reasons if kind_of(code, 400) is Malformed), None)
    if wrong:
        return Malformed(f"AWS did not {DOING}: {wrong}")
    failed = tuple(at for at, code in enumerate(reasons) if code == "ConditionalCheckFailed")
    if failed:
        return _ConditionFailed(failed)
    return Unavailable(f"AWS did not {DOING}: {', '.join(sorted({*reasons} - {'None'})) or 'canceled'}")
