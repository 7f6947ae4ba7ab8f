"""Where findings go: a file, a bus, a stream, a collector."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from integrations.aws import AwsClients
from integrations.siem_aws import SiemBus, SiemStream
from integrations.siem_file import SiemFile
from integrations.siem_https import SiemHttps
from model.confidence import Confidence
from model.errors import Malformed, NotFound, Refused, Unavailable
from model.ocsf_finding import detection_finding
from model.settings import ContainmentSettings
from model.siem import low_note
from tests.servers import Ministack, free_port, ministack  # noqa: F401 - a fixture
from tests.workflows.attack import finding

TOKEN = "s3cr3t-collector-token"


def event(number: int = 0) -> dict[str, Any]:
    made = detection_finding(low_note(finding(1, Confidence.LOW)))
    made["metadata"]["uid"] = f"event-{number}"
    return made


# A file


def test_each_event_is_a_line_once(tmp_path: Path) -> None:
    file = SiemFile(tmp_path / "findings.jsonl")
    for number in (0, 1, 1, 0, 2):
        file.send(event(number))
    lines = [json.loads(line) for line in (tmp_path / "findings.jsonl").read_text().splitlines()]
    assert [line["metadata"]["uid"] for line in lines] == ["event-0", "event-1", "event-2"]


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "findings.jsonl"
    path.write_text('{"cut sho')
    SiemFile(path).send(event())
    assert json.loads(path.read_text().splitlines()[1]) == event()


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    file = SiemFile(tmp_path / "findings.jsonl")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: file.send(event(number)), range(60)))
    lines = (tmp_path / "findings.jsonl").read_text().splitlines()
    assert len({json.loads(line)["metadata"]["uid"] for line in lines}) == len(lines) == 60


def test_a_file_that_cannot_be_written_is_refused_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"set siem\.file"):
        SiemFile(tmp_path / "nowhere" / "findings.jsonl").send(event())


# A collector


class Collector(BaseHTTPRequestHandler):
    answers: list[tuple[int, dict[str, str]]]
    got: list[tuple[str | None, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.got.append((self.headers["Authorization"], body))
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        said = f"no, {TOKEN} is wrong".encode()
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[tuple[str, type[Collector]]]:
    handler = type("Handler", (Collector,), {"answers": [], "got": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/collect", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_gets_the_event_and_the_token(collector: tuple[str, type[Collector]]) -> None:
    url, handler = collector
    SiemHttps(url, TOKEN, "Bearer").send(event())
    SiemHttps(url, TOKEN, "Splunk", wrapped=True).send(event())
    SiemHttps(url, "", "Bearer").send(event())
    assert handler.got == [
        (f"Bearer {TOKEN}", event()),
        (f"Splunk {TOKEN}", {"event": event()}),
        (None, event()),
    ]


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (429, {"Retry-After": "7"}, Unavailable),
        (503, {}, Unavailable),
        (500, {}, Unavailable),
        (401, {}, Refused),
        (403, {}, Refused),
        (302, {"Location": "http://127.0.0.1:1/"}, Refused),
        (400, {}, Malformed),
        (413, {}, Malformed),
        (404, {}, NotFound),
    ],
)
def test_a_no_of_the_collector_is_one_of_ours_without_the_token(
    collector: tuple[str, type[Collector]], status: int, headers: dict[str, str], kind: type[Exception]
) -> None:
    url, handler = collector
    handler.answers.append((status, headers))
    with pytest.raises(kind) as raised:
        SiemHttps(url, TOKEN, "Bearer").send(event())
    assert TOKEN not in str(raised.value)
    assert "\n" not in str(raised.value)
    if isinstance(raised.value, Unavailable) and status == 429:
        assert raised.value.retry_after_s == 7


def test_a_collector_that_is_down_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        SiemHttps(f"http://127.0.0.1:{free_port()}/", TOKEN, "Bearer").send(event())


# AWS


@pytest.fixture
def clients(ministack: Ministack) -> AwsClients:  # noqa: F811
    session = boto3.Session(ministack.new_account(), "root", region_name="us-east-1")
    return AwsClients(ContainmentSettings(), base=session, endpoint=ministack.url)


def test_a_bus_passes_the_event_on(clients: AwsClients) -> None:
    events, sqs = clients.own("events"), clients.own("sqs")
    events.create_event_bus(Name="findings")
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["hopstop"], "detail-type": ["OCSF Detection Finding"]})
    events.put_rule(Name="all", EventBusName="findings", EventPattern=pattern)
    events.put_targets(Rule="all", EventBusName="findings", Targets=[{"Id": "q", "Arn": arn}])
    SiemBus(clients, "findings").send(event())
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["detail"] == event()


def test_a_stream_takes_the_event(clients: AwsClients) -> None:
    firehose, s3 = clients.own("firehose"), clients.own("s3")
    s3.create_bucket(Bucket="findings-of-a-test")
    role = "arn:aws:iam::111111111111:role/firehose"
    firehose.create_delivery_stream(
        DeliveryStreamName="findings",
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::findings-of-a-test"},
    )
    SiemStream(clients, "findings").send(event())
    with pytest.raises(Refused):
        SiemStream(clients, "nowhere").send(event())
