"""SQS on paper: what is hidden, what was given how often, what lies in the dead-letter queue."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Condition

from activities.ports import Message
from model.errors import HopstopError
from model.finding import Finding

NOW = datetime.now(UTC).replace(microsecond=0)


class PaperQueue:
    """Gives a message again when its time is over, as SQS does; troubles are raised by the name of the method."""

    name = "records"

    def __init__(self, *bodies: bytes, dead_letters: bool = True) -> None:
        self.bodies: dict[str, bytes] = {str(n): body for n, body in enumerate(bodies)}
        self.given: dict[str, int] = {}
        self.hidden: dict[str, float] = {}
        self.dead: list[tuple[bytes, str]] | None = [] if dead_letters else None
        self.troubles: dict[str, list[HopstopError | Exception]] = {}
        self.unhideable: set[str] = set()
        self.hides: list[tuple[str, int]] = []
        self.asked = 0
        self._changed = Condition()

    def put(self, *bodies: bytes) -> None:
        with self._changed:
            for body in bodies:
                self.bodies[str(len(self.given) + len(self.bodies) + 1000)] = body
            self._changed.notify_all()

    def receive(self, wait_s: int, hide_s: int) -> Sequence[Message]:
        self.asked += 1
        self.meet("receive")
        with self._changed:
            self._changed.wait_for(self._visible, min(wait_s, 0.3))
            out = []
            for name in self._visible()[:10]:
                self.hidden[name] = time.monotonic() + hide_s
                self.given[name] = self.given.get(name, 0) + 1
                out.append(Message(self.bodies[name], f"{name}#{self.given[name]}", NOW, self.given[name]))
            return out

    def delete(self, messages: Sequence[Message]) -> None:
        self.meet("delete")
        with self._changed:
            for message in messages:
                self.bodies.pop(message.handle.split("#")[0], None)
            self._changed.notify_all()

    def hide(self, messages: Sequence[Message], hide_s: int) -> Sequence[Message]:
        self.meet("hide")
        failed = []
        with self._changed:
            for message in messages:
                name = message.handle.split("#")[0]
                self.hides.append((name, hide_s))
                if name in self.unhideable:
                    failed.append(message)
                else:
                    self.hidden[name] = time.monotonic() + hide_s
            self._changed.notify_all()
        return failed

    def set_aside(self, message: Message, why: str) -> bool:
        self.meet("set_aside")
        if self.dead is None:
            return False
        self.dead.append((message.body, why))
        return True

    def set_aside_count(self) -> int | None:
        return None if self.dead is None else len(self.dead)

    def come_again(self) -> None:
        with self._changed:
            self.hidden.clear()
            self._changed.notify_all()

    def meet(self, method: str) -> None:
        if self.troubles.get(method):
            raise self.troubles[method].pop(0)

    def _visible(self) -> list[str]:
        now = time.monotonic()
        return [name for name in self.bodies if self.hidden.get(name, 0.0) <= now]


class PaperCases:
    """Temporal on paper: every finding that reached it."""

    def __init__(self) -> None:
        self.opened: list[Finding] = []
        self.troubles: list[HopstopError] = []

    def open(self, finding: Finding) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        self.opened.append(finding)
        return "case:x:unknown:00000000"


def detail(number: int, name: str = "ListBuckets", **fields: object) -> dict[str, object]:
    return {
        "eventVersion": "1.08",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventTime": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.1",
        "recipientAccountId": "111111111111",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEANA",
            "arn": "arn:aws:iam::111111111111:user/ana",
            "accountId": "111111111111",
            "userName": "ana",
        },
        **fields,
    }


def event(inner: dict[str, object], source: str = "aws.s3", account: str = "111111111111") -> bytes:
    made = {"detail-type": "AWS API Call via CloudTrail", "source": source, "account": account, "detail": inner}
    return json.dumps(made).encode()


def record(number: int) -> bytes:
    return event(detail(number))


def file(*numbers: int) -> bytes:
    """A whole log file as one message: bare records."""
    return json.dumps({"Records": [detail(number) for number in numbers]}).encode()
