"""The queue of CloudTrail records: activities.ports.Queue over SQS."""

import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.ports import Message
from integrations.aws import AwsClients
from integrations.aws_errors import aws_errors
from model.errors import HopstopError, Unavailable
from model.text import clean, code, plural

# AWS: a receive and a batch hold at most ten messages, a poll waits at most 20 s.
BATCH = 10
LONGEST_WAIT_S = 20
ASKED_AGAIN_S = 60
"""How long the name of the dead-letter queue is believed."""
REASON = "hopstop-reason"

_REGION = re.compile(r"https?://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GONE = ("QueueDoesNotExist", "NonExistentQueue")
_FORBIDDEN = ("AccessDenied", "AccessDeniedException", "InvalidAccessKeyId", "InvalidClientTokenId")


class SqsQueue:
    """One queue, by its URL, read with the worker's own credentials. Threads may share it."""

    def __init__(self, clients: AwsClients, url: str) -> None:
        self._url = url.rstrip("/")
        self._base, _, self.name = self._url.rpartition("/")
        self._clients = clients
        region = _REGION.match(url)
        self._region = region[1] if region else None
        self._dead_letters = ""
        self._asked = float("-inf")

    def receive(self, wait_s: int, hide_s: int) -> Sequence[Message]:
        """Up to ten messages; empty after `wait_s` seconds (20 at most) without one."""
        with aws_errors(f"receive from queue {code(self.name)}", _fix):
            answer = self._sqs().receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=min(wait_s, LONGEST_WAIT_S),
                VisibilityTimeout=hide_s,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            )
        return tuple(_message(message) for message in answer.get("Messages", []))

    def delete(self, messages: Sequence[Message]) -> None:
        """Forget messages. What AWS keeps when it is asked for singly is Unavailable: those will come again."""
        kept = 0
        for some in _tens(messages):
            with aws_errors(f"forget messages of queue {code(self.name)}", _fix):
                answer = self._sqs().delete_message_batch(QueueUrl=self._url, Entries=_entries(some))
            kept += sum(not self._delete_one(some[int(one["Id"])]) for one in answer.get("Failed", []))
        if kept:
            raise Unavailable(f"queue {code(self.name)} did not delete {plural(kept, 'message')}")

    def hide(self, messages: Sequence[Message], hide_s: int) -> Sequence[Message]:
        """Hide messages for so many seconds (12 h at most since they came); those that AWS will not hide."""
        failed: list[Message] = []
        for some in _tens(messages):
            entries = [{**entry, "VisibilityTimeout": hide_s} for entry in _entries(some)]
            with aws_errors(f"hide messages of queue {code(self.name)}", _fix):
                answer = self._sqs().change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            failed += [some[int(one["Id"])] for one in answer.get("Failed", [])]
        return failed

    def set_aside(self, message: Message, why: str) -> bool:
        """Copy a message to the dead-letter queue that the redrive policy names; False where it names none."""
        name = self._dead_letter_queue()
        if not name:
            return False
        said = {REASON: {"DataType": "String", "StringValue": clean(why, 200) or "unknown"}}
        with aws_errors(f"set a message aside in queue {code(name)}", _fix):
            self._sqs().send_message(
                QueueUrl=f"{self._base}/{name}",
                MessageBody=message.body.decode("utf-8", "surrogatepass"),
                MessageAttributes=said,
            )
        return True

    def set_aside_count(self) -> int | None:
        """About how many messages lie in the dead-letter queue; None where there is none."""
        name = self._dead_letter_queue()
        if not name:
            return None
        found = self._attribute(f"{self._base}/{name}", name, "ApproximateNumberOfMessages")
        return int(found or 0)

    def _delete_one(self, message: Message) -> bool:
        try:
            with aws_errors(f"forget a message of queue {code(self.name)}"):
                self._sqs().delete_message(QueueUrl=self._url, ReceiptHandle=message.handle)
        except HopstopError:
            return False
        return True

    def _dead_letter_queue(self) -> str:
        """Its name: AWS has it in the account and region of the queue itself."""
        if time.monotonic() - self._asked > ASKED_AGAIN_S:
            policy = _parsed(self._attribute(self._url, self.name, "RedrivePolicy"))
            self._dead_letters = str(policy.get("deadLetterTargetArn", "")).rpartition(":")[2]
            self._asked = time.monotonic()
        return self._dead_letters

    def _attribute(self, url: str, name: str, wanted: str) -> str:
        with aws_errors(f"read attributes of queue {code(name)}", _fix):
            answer = self._sqs().get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])
        return str(answer.get("Attributes", {}).get(wanted, ""))

    def _sqs(self) -> Any:
        return self._clients.own("sqs", self._region)


def _fix(error_code: str) -> str | None:
    """What to do about an answer that only people can change."""
    if error_code.endswith(_GONE):
        return "there is no such queue: make it again with its policy and its rules, or mend HOPSTOP_QUEUE_URL"
    if error_code in _FORBIDDEN:
        return "it is not allowed: give the worker what docs/security.md lists, on this queue"
    if error_code.endswith("OverLimit"):
        return "too many messages are in flight: see docs/operations.md"
    return None


def _message(message: dict[str, Any]) -> Message:
    attributes = message.get("Attributes", {})
    return Message(
        body=message["Body"].encode("utf-8", "surrogatepass"),
        handle=message["ReceiptHandle"],
        sent=_EPOCH + timedelta(milliseconds=int(attributes.get("SentTimestamp", 0))),
        received=int(attributes.get("ApproximateReceiveCount", 1)),
    )


def _tens(messages: Sequence[Message]) -> list[Sequence[Message]]:
    return [messages[start : start + BATCH] for start in range(0, len(messages), BATCH)]


def _entries(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"Id": str(n), "ReceiptHandle": message.handle} for n, message in enumerate(messages)]


def _parsed(policy: str) -> dict[str, Any]:
    try:
        found = json.loads(policy or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
