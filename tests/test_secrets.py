"""Secrets are dropped where records are read: nothing that is written afterwards has any of them.

Names are no secrets: session names, role names, user names and source identities are shown as AWS itself shows them.
"""

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from temporalio.testing import ActivityEnvironment
from typer.testing import CliRunner

from activities.watching import Watching, WatchOrder
from cli.backtest import backtest
from integrations.sqlite_store import SqliteStore
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.sts import assumption, call
from model.watch_plan import WatchPlan
from tests.activities.paper_queue import PaperCases, PaperQueue
from tests.detectors.world import laptop, month, night
from tests.model.carried import WAYS, event, file, logs, packed, sns, sqs
from tests.model.records import dumped
from tests.model.test_envelopes_lake import CALLED
from tests.model.test_ocsf import ANSWERED, STS, row

MARK = "Zq9Hidden"
TOKEN = f"IQoJb3JpZ2luX2VjE{MARK}//////////" + "w7Kx+" * 60
KEY = f"wJalrXUtn/K7MDENG+{MARK}EXAMPLEKEY1"[:40].ljust(40, "A")
PASSWORD = f"correct horse {MARK}"
JWT = f"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi{MARK}.c2ln{MARK}"
CREDENTIALS = {"accessKeyId": "ASIAKNOWN00000000001", "sessionToken": TOKEN, "secretAccessKey": KEY, "expiration": "x"}

Json = dict[str, Any]

PLACES: dict[str, Json] = {
    "the answer of STS": {"responseElements": {"credentials": CREDENTIALS}},
    "the answer of STS as text": {"responseElements": json.dumps({"credentials": CREDENTIALS})},
    "the answer of STS as Lake's text": {"responseElements": f"{{credentials={{sessionToken={TOKEN}, x={KEY}}}}}"},
    "a new access key": {
        "eventName": "CreateAccessKey",
        "eventSource": "iam.amazonaws.com",
        "responseElements": {"accessKey": {"accessKeyId": "AKIA1", "secretAccessKey": KEY, "userName": "bob"}},
    },
    "a password that was set": {
        "eventName": "CreateLoginProfile",
        "eventSource": "iam.amazonaws.com",
        "requestParameters": {"userName": "bob", "password": PASSWORD},
    },
    "a secret that was stored": {
        "eventName": "PutSecretValue",
        "requestParameters": {"secretString": PASSWORD, "clientRequestToken": TOKEN},
    },
    "a function's environment": {"requestParameters": {"environment": {"variables": {"DB": PASSWORD, KEY: TOKEN}}}},
    "user data": {"requestParameters": {"userData": TOKEN}, "responseElements": {"instances": [{"userData": TOKEN}]}},
    "STS's own parameters": {
        "requestParameters": {
            "tokenCode": PASSWORD,
            "webIdentityToken": JWT,
            "sAMLAssertion": TOKEN,
            "policy": PASSWORD,
        }
    },
    "more of the event": {
        "additionalEventData": {"x": KEY, "SwitchFrom": None},
        "serviceEventDetails": {"credential": TOKEN},
        "tlsDetails": {"x": TOKEN},
        KEY: KEY,
    },
    "the caller's federation data": {
        "userIdentity.sessionContext": {"webIdFederationData": {"attributes": {"t": JWT}}}
    },
    "an error's message": {"errorMessage": f"The token {TOKEN} is not valid"},
    "an error's message with a code": {"errorCode": "AccessDenied", "errorMessage": f"password={PASSWORD!r}"},
    "a denied assumption's message": {
        "errorCode": "AccessDenied",
        "errorMessage": f"not authorized on resource: arn:aws:iam::222222222222:role/x secretAccessKey={KEY}",
    },
    "an encoded message": {"errorMessage": f"Encoded authorization failure message: {TOKEN}"},
    "an agent with a token": {"userAgent": f"tool/1 {TOKEN}"},
    "an agent with a key": {"userAgent": f"tool/1 ({KEY})"},
    "an agent with a header": {"userAgent": f"tool/1 Authorization: Bearer {JWT}"},
    "an agent with a password": {"userAgent": f"tool/1 --password='{PASSWORD}'"},
    "an agent without end": {"userAgent": "tool/1 " + TOKEN * 20},
    "JSON within a parameter": {"requestParameters": {"x": json.dumps({"y": json.dumps(CREDENTIALS)})}},
    "no time": {"eventTime": None, "responseElements": {"credentials": CREDENTIALS}, "userAgent": TOKEN, "x": PASSWORD},
    "no name": {"eventName": None, "requestParameters": {"x": PASSWORD, "y": [PASSWORD, TOKEN], TOKEN: 1}},
    "a caller that cannot be read": {"userIdentity": f"{{type=x, secret={PASSWORD}, {KEY}", "x": [TOKEN]},
}


def laden(record: Json, fields: Json) -> Json:
    made = dict(record)
    for name, value in fields.items():
        outer, _, inner = name.partition(".")
        made[outer] = {**made[outer], inner: value} if inner else value
    return made


def attack() -> list[Json]:
    """The story's attack, the records of which carry secrets in every place, in turn."""
    at = night()
    return [
        laden(record, fields)
        for n, fields in enumerate(PLACES.values())
        for record in laptop(at + timedelta(minutes=4 * n))
    ]


ONE = laptop(night())[0]
JUNK: dict[str, bytes] = {
    "JSON that ends early": dumped(laden(ONE, {"responseElements": {"credentials": CREDENTIALS}}))[:-40],
    "JSON that is broken": dumped(laden(ONE, {"x": PASSWORD, "y": CREDENTIALS})).replace(b'"eventName"', b'eventName"'),
    "keys without quotes": b"eventName: AssumeRole, secretAccessKey: " + KEY.encode() + b", t: " + TOKEN.encode(),
    "Python's own text": repr(laden(ONE, {"y": CREDENTIALS, "password": PASSWORD})).encode(),
    "a log line": b"Oct 3 host app: eventName token=" + TOKEN.encode() + b" password='" + PASSWORD.encode() + b"'",
    "a wrapped record that is broken": sns(dumped({"eventName": "x", "y": CREDENTIALS})[:-1] + b",,}"),
    "not JSON": b"\x00\xff " + TOKEN.encode() + b" " + KEY.encode(),
    "no record in an event": event(dumped({"credentials": CREDENTIALS, "note": PASSWORD})),
    "a broken archive": gzip.compress(dumped({"y": CREDENTIALS}))[:-9],
    "a text that is no event": sqs(dumped({"CloudTrailEvent": json.dumps({"password": PASSWORD})})),
}
ROWS: dict[str, Json] = {
    "OCSF's answer": row("1.5.0", api=STS | {"response": {"data": json.dumps({"credentials": CREDENTIALS})}}),
    "OCSF's dotted names": row("1.1.0", unmapped={"responseElements.credentials.sessionToken": TOKEN, "x": PASSWORD}),
    "OCSF's message": row(
        "1.1.0", api=STS | {"response": {"message": f"token {TOKEN}"}, "request": {"data": PASSWORD}}
    ),
    "OCSF's agent": row("1.1.0", http_request={"user_agent": f"x token={KEY}"}, raw_data=PASSWORD),
    "OCSF without a name": row("1.1.0", api={"response": {"data": ANSWERED | {"credentials": CREDENTIALS}}}),
    "Lake's answer": laden(
        ONE, {"userIdentity": CALLED, "responseElements": f'{{credentials={{"sessionToken":"{TOKEN}"}}, x={PASSWORD}}}'}
    ),
    "Athena's row": {key.lower(): value for key, value in laden(ONE, PLACES["an agent with a key"]).items()},
}


def bodies() -> Iterator[tuple[str, bytes]]:
    carriers: list[Callable[[bytes], bytes]] = [way.carry for way in WAYS.values()]
    for name, fields in PLACES.items():
        for carry in carriers:
            yield name, carry(dumped(laden(ONE, fields)))
    yield from JUNK.items()
    yield from ((name, dumped(value)) for name, value in ROWS.items())
    yield "a packed log", packed(logs(dumped(laden(ONE, PLACES["no time"]))))


def secret_in(written: bytes | str) -> bool:
    text = written.decode("utf-8", "replace") if isinstance(written, bytes) else written
    return any(part in text for part in (MARK, "correct horse", "w7Kx+w7Kx", "wJalrXUtn"))


def test_nothing_that_is_read_holds_a_secret() -> None:
    for name, body in bodies():
        assert secret_in(body) or body[:2] == b"\x1f\x8b" or b"H4sI" in body, name
        items = list(unwrap(body))
        assert items, name
        assert not secret_in(repr(items)), name
        assert not secret_in(msgspec.msgpack.encode(items)), name
        for item in items:
            if isinstance(item, CloudTrailRecord):
                assert not secret_in(repr((call(item), assumption(item), item.id))), name


def test_the_ids_of_new_keys_are_read_all_the_same() -> None:
    (found,) = unwrap(dumped(laden(ONE, PLACES["the answer of STS"])))
    made = assumption(found) if isinstance(found, CloudTrailRecord) else None
    assert made is not None
    assert made.new_key == "ASIAKNOWN00000000001"


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """A month that is learned, the attack, and what cannot be read, as files."""
    (tmp_path / "month.json").write_bytes(dumped({"Records": month()}))
    (tmp_path / "night.json.gz").write_bytes(gzip.compress(dumped({"Records": attack()})))
    for n, body in enumerate((*JUNK.values(), *(dumped(value) for value in ROWS.values()))):
        (tmp_path / f"{n}.json").write_bytes(body)
    return tmp_path


@pytest.mark.parametrize("options", [["--json", "--anomalies"], ["--anomalies"]])
def test_a_backtest_prints_no_secret(trail: Path, options: list[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = typer.Typer()
    app.command()(backtest)
    until = night().replace(hour=0, minute=0).isoformat()
    result = CliRunner().invoke(app, [str(trail), "--learn-until", until, *options])
    assert result.exit_code == 3, result.output
    assert "prod-data" in result.stdout
    assert "could not be read" in result.stdout
    assert not secret_in(result.stdout + result.stderr + caplog.text)


def sent(records: list[Json]) -> list[bytes]:
    return [event(dumped(record)).replace(b'"account":"111111111111"', _account(record)) for record in records]


def _account(record: Json) -> bytes:
    return b'"account":"%s"' % str(record["recipientAccountId"]).encode()


def test_a_watch_writes_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    queue = PaperQueue(*sent(attack()), *JUNK.values(), *map(dumped, ROWS.values()), file(dumped(attack()[0])))
    cases, store = PaperCases(), SqliteStore(str(tmp_path / "store.db"))
    watching = Watching(queue, store, cases, WatchPlan(), "one")
    row = ActivityEnvironment().run(watching.consume, WatchOrder(queue="records", span_s=2))
    store.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    told = [finding.model_dump_json() for finding in cases.opened]
    why = [reason for _, reason in queue.dead or ()]
    assert queue.bodies == {}
    assert b"role/prod-data" in written
    assert told
    assert why
    assert isinstance(row, object)
    assert not secret_in(written)
    assert not secret_in("".join((*told, *why, repr(row), caplog.text)))


def test_what_is_kept_of_what_cannot_be_read_says_which_shape_it_had() -> None:
    for name in ("no time", "no name", "a caller that cannot be read"):
        (found,) = unwrap(dumped(laden(ONE, PLACES[name])))
        assert isinstance(found, Unparsed), name
        assert '"eventSource": "sts.amazonaws.com"' in found.excerpt
        assert '"userIdentity"' in found.excerpt
