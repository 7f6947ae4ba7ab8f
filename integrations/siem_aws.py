"""Findings to an EventBridge bus or a Firehose stream: activities.ports.Siem."""

import json
from typing import Any

from integrations.aws import AwsClients
from integrations.aws_errors import aws_errors, kind_of
from model.text import code

SOURCE = "hopstop"
DETAIL_TYPE = "OCSF Detection Finding"


class SiemBus:
    """A bus by its name or ARN, with the worker's own credentials (events:PutEvents)."""

    def __init__(self, clients: AwsClients, bus: str) -> None:
        self._clients = clients
        self._bus = bus

    def send(self, event: dict[str, Any]) -> None:
        """Put the event on the bus. Raises HopstopError, also where AWS took the call and refused the entry."""
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps(event, separators=(",", ":")),
            "EventBusName": self._bus,
            "Resources": [resource["uid"] for resource in event["resources"]][:20],
        }
        with aws_errors(f"put a finding on bus {code(self._bus, 200)}"):
            answer = self._clients.own("events").put_events(Entries=[entry])
        failed = [each for each in answer["Entries"] if each.get("ErrorCode")]
        if failed:
            why = str(failed[0]["ErrorCode"])
            raise kind_of(why, 400)(f"AWS did not put a finding on bus {code(self._bus, 200)}: {code(why)}")


class SiemStream:
    """A Firehose stream by its name, with the worker's own credentials (firehose:PutRecord)."""

    def __init__(self, clients: AwsClients, stream: str) -> None:
        self._clients = clients
        self._stream = stream

    def send(self, event: dict[str, Any]) -> None:
        """Put the event into the stream, as a line of its own."""
        line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
        with aws_errors(f"put a finding into stream {code(self._stream, 200)}"):
            self._clients.own("firehose").put_record(DeliveryStreamName=self._stream, Record={"Data": line})
