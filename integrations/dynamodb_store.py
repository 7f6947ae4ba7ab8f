"""What is remembered of the record stream, in one DynamoDB table.

A poll is one TransactWriteItems, conditional on the leader's version: its entry, its record ids, its findings in one
bundle. Bodies that do not fit are written before, as parts that nothing names until then; documents are written after,
under the leader's check, and with the next commit where that failed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from heapq import merge
from uuid import uuid4

from integrations.aws import AwsClients
from integrations.dynamodb_blobs import body_of, drop_parts, place_body
from integrations.dynamodb_calls import Action, Calls
from integrations.dynamodb_documents import StoredDocuments
from integrations.dynamodb_leader import Leader, advance
from integrations.dynamodb_outbox import Outbox
from integrations.dynamodb_seen import seen_actions, seen_ids
from integrations.dynamodb_table import Item, digits, key, number_of
from model.documents import Changes
from model.errors import HopstopError, Malformed, Unavailable
from model.finding import Finding
from model.journal import ASSUMED_KEPT_S, IDS_KEPT_S, Entry, Lead, Lesson, lesson_number
from model.outbox import LESSONS_AT_ONCE, lesson_of, readable

HOUR = 3600
JOURNAL_KEPT_S = 90 * 86_400
"""Entries leave when they are folded into documents. This sweeps what a crash left; baselines hold 30 days."""
SWEPT_AT_ONCE = 25


class DynamoDbStore:
    """Implements activities.ports.Store. Many threads may use one object, many machines one table; one judge commits.

    `clock` counts seconds for leases, `now` is the time of day in seconds since 1970 UTC, `pause` waits.
    """

    def __init__(
        self,
        clients: AwsClients,
        table: str,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calls = Calls(clients, table, pause)
        self._now = now
        self._leader = Leader(self._calls, clock)
        self._documents = StoredDocuments(self._calls, now)
        self._outbox = Outbox(self._calls, now)
        self._owed: tuple[int, Changes] | None = None
        self._swept = 0

    def lead(self, holder: str, lease_s: float) -> Lead | None:
        """Take the lead, or None while another holder's lease runs."""
        lead = self._leader.lead(holder, lease_s)
        if lead is not None:
            # Documents of an earlier lead are in its entries; who begins now reads those.
            self._owed, self._swept = None, number_of(self._leader.read(), "folded")
        return lead

    def renew(self, version: int) -> None:
        """Say that this judge still leads. Raises Refused where another does."""
        self._leader.renew(version)

    def resign(self, version: int) -> None:
        """Let the next one lead without waiting; this version commits no more."""
        self._leader.resign(version)

    def close(self) -> None:
        """Nothing is open between calls."""

    def ids(self, hour: int) -> Iterable[int]:
        """Digests of the records of that hour that are committed."""
        return seen_ids(self._calls, hour)

    def journal(self) -> Iterator[tuple[int, bytes]]:
        """The changes of every entry that may not be in the documents yet, with its number, in order."""
        folded = number_of(self._leader.read(), "folded")
        for item in self._calls.query("journal", above=digits(folded)):
            yield int(item["sk"]["S"]), body_of(self._calls, item)

    def assumed(self, since_hour: int) -> Iterator[bytes]:
        """What the entries committed from that hour on assumed, in order."""
        now = int(self._now())
        # An hour more than there is: another machine's clock may be ahead.
        hours = range(max(since_hour, (now - ASSUMED_KEPT_S) // HOUR), now // HOUR + 2)
        in_order = merge(*(self._calls.query(f"assumed#{hour}") for hour in hours), key=_sort_key)
        return (body_of(self._calls, item) for item in in_order)

    def commit(self, version: int, entry: Entry, documents: Changes, folded: int) -> None:
        """Keep a poll whole or not at all. Raises Refused where another judge leads or the number is not next.

        Malformed where it has more than 150,000 record ids.
        """
        self._write_back(version)
        attempt = uuid4().hex
        actions = [advance(version, entry.number, folded, attempt), *self._contents(entry)]
        self._advance(version, entry.number, actions, attempt)
        self._owed = (entry.number, documents) if documents else None
        # The entry is kept: what fails from here on is made up for by the next commit, by `unsent`, or by the TTL.
        with suppress(HopstopError):
            self._write_back(version)
            self._sweep(folded)
        with suppress(HopstopError):
            if entry.findings:
                self._outbox.take_apart()

    def unsent(self) -> tuple[Finding, ...]:
        """Findings that no case has acknowledged as they are now, oldest first; at most 100 at once."""
        return self._outbox.unsent()

    def acknowledge(self, findings: Sequence[Finding]) -> None:
        """These findings have reached their cases; one that grew meanwhile is still unsent."""
        for finding in findings:
            self._outbox.acknowledge(finding)

    def put_off(self, findings: Sequence[Finding]) -> None:
        """These were refused: they come again after all others, in an hour; one that grew meanwhile does not wait."""
        for finding in findings:
            self._outbox.put_off(finding)

    def teach(self, lesson: Lesson) -> None:
        """Keep what people said until a judge takes it in; the same lesson twice is one."""
        body = {"body": {"B": lesson.model_dump_json().encode()}}
        self._calls.put({**key("lesson", digits(lesson_number(lesson))), **body})

    def lessons(self) -> tuple[tuple[int, Lesson], ...]:
        """Lessons that no entry has taken in, with their numbers, oldest first; at most 20 at once."""
        items = self._calls.query("lesson", limit=LESSONS_AT_ONCE)
        found = [item for _, item in zip(range(LESSONS_AT_ONCE), items, strict=False)]
        return readable(found, lambda item: (int(item["sk"]["S"]), lesson_of(item["body"]["B"])))

    def get(self, kind: str, key: str) -> bytes | None:
        """The document; None where there is none."""
        return self._documents.get(kind, key)

    def every(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Every document of a kind, with its key."""
        return self._documents.every(kind)

    def ledger(self) -> bytes | None:
        """The counter of containments; None where nothing was counted yet."""
        item = self._calls.get("budget", "budget")
        return bytes(item["body"]["B"]) if item else None

    def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
        """Write the counter where it still is as it was; False where somebody else was first."""
        return self._calls.update(
            {
                "Key": key("budget", "budget"),
                "UpdateExpression": "SET body = :after",
                "ConditionExpression": "attribute_not_exists(pk)" if before is None else "body = :before",
                "ExpressionAttributeValues": {
                    ":after": {"B": after},
                    **({} if before is None else {":before": {"B": before}}),
                },
            }
        )

    def _contents(self, entry: Entry) -> list[Action]:
        now = int(self._now())
        if len(entry.lessons) > LESSONS_AT_ONCE:
            raise Malformed(f"store: more than {LESSONS_AT_ONCE} lessons in one entry")
        actions = seen_actions(entry.number, entry.ids, now + IDS_KEPT_S)
        actions += [{"Delete": {"Key": key("lesson", digits(number))}} for number in dict.fromkeys(entry.lessons)]
        if entry.changes:
            actions.append(self._put("journal", entry.number, entry.changes, now + JOURNAL_KEPT_S))
        if entry.assumed:
            actions.append(self._put(f"assumed#{now // HOUR}", entry.number, entry.assumed, now + ASSUMED_KEPT_S))
        if entry.findings:
            actions.append(self._outbox.bundled(entry.number, entry.findings))
        return actions

    def _put(self, pk: str, number: int, body: bytes, expires: int) -> Action:
        held = place_body(self._calls, body, expires)
        return {"Put": {"Item": {**key(pk, digits(number)), "expires": {"N": str(expires)}, **held}}}

    def _advance(self, version: int, number: int, actions: list[Action], attempt: str) -> None:
        """Do the transaction; where the answer was lost, ask whether it was done."""
        try:
            done = not self._calls.transact(actions, attempt)
        except Unavailable:
            if not self._was(attempt):
                raise
            done = True
        if not done and not self._was(attempt):
            raise self._leader.refusal(version, number)

    def _was(self, attempt: str) -> bool:
        return bool(self._leader.read().get("attempt", {}).get("S") == attempt)

    def _write_back(self, version: int) -> None:
        if self._owed is not None:
            self._documents.keep(version, *self._owed)
            self._owed = None

    def _sweep(self, folded: int) -> None:
        """Remove entries that are in the documents, a few at a time."""
        for number in range(self._swept + 1, min(folded, self._swept + SWEPT_AT_ONCE) + 1):
            drop_parts(self._calls, self._calls.delete("journal", digits(number)))
            self._swept = number


def _sort_key(item: Item) -> str:
    return str(item["sk"]["S"])
