"""Who leads: one item, whose version and entry every write is conditional on."""

from collections.abc import Callable
from typing import Any

from integrations.dynamodb_calls import Action, Calls
from integrations.dynamodb_table import Item, key, number_of
from integrations.lease import Stillness
from model.errors import Refused
from model.journal import Lead

LEADER = key("leader", "leader")


class Leader:
    """Takes, renews and gives up the lead; `clock` counts seconds for leases."""

    def __init__(self, calls: Calls, clock: Callable[[], float]) -> None:
        self._calls = calls
        self._stillness = Stillness(clock)

    def read(self) -> Item:
        """The leader's item as it is now, empty where nobody has led yet."""
        return self._calls.get("leader", "leader") or {}

    def lead(self, holder: str, lease_s: float) -> Lead | None:
        """Take the lead, or None while another holder's lease runs."""
        item = self.read()
        version, beat = number_of(item, "version"), number_of(item, "beat")
        free = holder_of(item) in {"", holder}
        if not free and not self._stillness.lasted((version, beat), lease_s):
            return None
        taken = {
            "UpdateExpression": "SET version = :next, holder = :holder, beat = :beat, entry = :entry",
            "ConditionExpression": "version = :version AND beat = :was" if item else "attribute_not_exists(pk)",
            "ExpressionAttributeValues": {
                ":next": _n(version + 1),
                ":holder": {"S": holder},
                ":beat": _n(beat + 1),
                ":entry": _n(number_of(item, "entry")),
                **({":version": _n(version), ":was": _n(beat)} if item else {}),
            },
        }
        if not self._calls.update({"Key": LEADER, **taken}):
            item = self.read()
            # Either another one was first, or this one was and never heard the answer.
            if (number_of(item, "version"), holder_of(item)) != (version + 1, holder):
                return None
        return Lead(version + 1, number_of(item, "entry"))

    def renew(self, version: int) -> None:
        """Say that this judge still leads. Raises Refused where another does."""
        if not self._calls.update({"Key": LEADER, **_changed("SET beat = beat + :one", version)}):
            raise self.refusal(version, None)

    def resign(self, version: int) -> None:
        """Let the next one lead without waiting; this version commits no more."""
        change = _changed("SET beat = beat + :one, version = version + :one, holder = :nobody", version)
        change["ExpressionAttributeValues"][":nobody"] = {"S": ""}
        self._calls.update({"Key": LEADER, **change})

    def refusal(self, version: int, number: int | None) -> Refused:
        """Why an entry, or a renewal, was not taken."""
        item = self.read()
        current = number_of(item, "version")
        if current != version or number is None:
            return Refused(f"another judge leads (version {current}, this one has {version}): nothing was committed")
        return Refused(f"entry {number} does not follow {number_of(item, 'entry')}: nothing was committed")


def holder_of(item: Item) -> str:
    """Who leads; nobody where the item is empty or its holder resigned."""
    return str(item.get("holder", {"S": ""})["S"])


def advance(version: int, number: int, folded: int, attempt: str) -> Action:
    """The action by which an entry becomes the last one: only the leader, and only in order."""
    change = _changed("SET entry = :number, beat = beat + :one, folded = :folded, attempt = :attempt", version)
    change["ConditionExpression"] += " AND entry = :before"
    change["ExpressionAttributeValues"] |= {
        ":number": _n(number),
        ":before": _n(number - 1),
        ":folded": _n(folded),
        ":attempt": {"S": attempt},
    }
    return {"Update": {"Key": LEADER, **change}}


def still_leads(version: int) -> Action:
    """The action that changes nothing and fails where another judge leads."""
    check = {"ConditionExpression": "version = :version", "ExpressionAttributeValues": {":version": _n(version)}}
    return {"ConditionCheck": {"Key": LEADER, **check}}


def _changed(expression: str, version: int) -> dict[str, Any]:
    return {
        "UpdateExpression": expression,
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": _n(version), ":one": _n(1)},
    }


def _n(number: int) -> dict[str, str]:
    return {"N": str(number)}
