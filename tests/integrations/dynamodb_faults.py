"""A real client whose calls go wrong on cue."""

import json
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

ALWAYS = 10**6


class Raw:
    """A response's body, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self._body]


class Faults:
    """What goes wrong with a client's next calls; `asked` are the bodies that were sent or would have been."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.asked: list[dict[str, Any]] = []

    def answer(self, operation: str, code: str, status: int = 400, times: int = ALWAYS, **more: object) -> None:
        """The next calls of an operation are answered with an error and do nothing."""
        body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "said", **more}).encode()
        self._register(operation, times, lambda _: AWSResponse("http://x", status, {}, Raw(body)))

    def cancel(self, *reasons: str, times: int = ALWAYS) -> None:
        """The next transactions are canceled for these reasons."""
        self.answer(
            "TransactWriteItems",
            "TransactionCanceledException",
            times=times,
            CancellationReasons=[{"Code": reason} for reason in reasons],
        )

    def lose(self, operation: str, times: int = ALWAYS) -> None:
        """The next calls of an operation are done, and their answers are lost."""

        def lost(request: AWSPreparedRequest) -> AWSResponse:
            URLLib3Session().send(request)
            raise ConnectionClosedError(endpoint_url="http://x")

        self._register(operation, times, lost)

    def watch(self, operation: str) -> None:
        """Only note what an operation is asked."""
        self._register(operation, 0, lambda _: None)

    def _register(self, operation: str, times: int, fault: Any) -> None:
        left = [times]

        def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
            self.asked.append(json.loads(request.body))
            left[0] -= 1
            return fault(request) if left[0] >= 0 else None

        self._client.meta.events.register(f"before-send.dynamodb.{operation}", before_send)
