"""The queue of CloudTrail records: activities.ports.Queue over SQS."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.ports import Message
from integrations.aws import AwsClients
from integrations.aws_errors import aws_errors
from model.errors import Unavailable
from model.text import code, plural

# AWS: a receive and a batch hold at most ten messages, a poll waits at most 20 s.
BATCH = 10
LONGEST_WAIT_S = 20
DELETE_TRIES = 2

_REGION = re.compile(r"https?://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqsQueue:
    """One queue, by its URL, read with the worker's own credentials. Threads may share it."""

    def __init__(self, clients: AwsClients, url: str) -> None:
        self.name = url.rstrip("/").rsplit("/", 1)[-1]
        self._url = url
        self._clients = clients
        region = _REGION.match(url)
        self._region = region[1] if region else None

    def receive(self, wait_s: int) -> Sequence[Message]:
        """Up to ten messages; empty after `wait_s` seconds (20 at most) without one."""
        with aws_errors(f"receive from queue {code(self.name)}"):
            answer = self._sqs().receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=min(wait_s, LONGEST_WAIT_S),
                MessageSystemAttributeNames=["SentTimestamp"],
            )
        return tuple(_message(message) for message in answer.get("Messages", []))

    def delete(self, messages: Sequence[Message]) -> None:
        """Forget messages. What AWS keeps after a second try is Unavailable: those will come again."""
        kept = 0
        for start in range(0, len(messages), BATCH):
            kept += self._delete_batch([message.handle for message in messages[start : start + BATCH]])
        if kept:
            raise Unavailable(f"queue {code(self.name)} did not delete {plural(kept, 'message')}")

    def _delete_batch(self, handles: list[str]) -> int:
        for _ in range(DELETE_TRIES):
            entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
            with aws_errors(f"forget messages of queue {code(self.name)}"):
                answer = self._sqs().delete_message_batch(QueueUrl=self._url, Entries=entries)
            handles = [handles[int(failed["Id"])] for failed in answer.get("Failed", [])]
            if not handles:
                break
        return len(handles)

    def _sqs(self) -> Any:
        return self._clients.own("sqs", self._region)


def _message(message: dict[str, Any]) -> Message:
    sent_ms = int(message.get("Attributes", {}).get("SentTimestamp", 0))
    return Message(
        body=message["Body"].encode("utf-8", "surrogatepass"),
        handle=message["ReceiptHandle"],
        sent=_EPOCH + timedelta(milliseconds=sent_ms),
    )
