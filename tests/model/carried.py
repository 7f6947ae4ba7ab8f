"""Every way in which a record's bytes are carried, whatever they are: no parser has a hand in it."""

import base64
import gzip
import re
from collections.abc import Callable
from typing import NamedTuple

from tests.model.records import dumped, record

BESIDE = dumped(record("ListBuckets", eventID="id-2"))
"""The record that stands beside."""
ACCOUNT, SOURCE, TIME = "111111111111", "aws.ec2", "2026-10-03T02:48:00Z"


class Way(NamedTuple):
    """How one record's bytes are carried; `event`: in an EventBridge event; `beside`: with one more record after it."""

    carry: Callable[[bytes], bytes]
    event: bool = False
    beside: bool = False


def quoted(body: bytes) -> bytes:
    """A JSON string that holds these bytes."""
    escaped = body.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + re.sub(rb"[\x00-\x1f]", lambda found: b"\\u%04x" % found[0][0], escaped) + b'"'


def event(body: bytes, kind: bytes = b"AWS API Call via CloudTrail") -> bytes:
    head = (
        b'{"version":"0","id":"e","detail-type":"%s","source":"%s","account":"%s","time":"%s","region":"eu-west-1",'
        b'"resources":[],"detail":' % (kind, SOURCE.encode(), ACCOUNT.encode(), TIME.encode())
    )
    return head + body + b"}"


def file(*bodies: bytes) -> bytes:
    return b'{"Records":[' + b",".join(bodies) + b"]}"


def logs(body: bytes) -> bytes:
    return (
        b'{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"1","timestamp":1,"message":'
        + quoted(body)
        + b"}]}"
    )


def packed(body: bytes) -> bytes:
    return b'{"awslogs":{"data":"' + base64.b64encode(gzip.compress(body, mtime=0)) + b'"}}'


def sns(body: bytes) -> bytes:
    return b'{"Type":"Notification","MessageId":"m","Message":' + quoted(body) + b"}"


def sqs(body: bytes) -> bytes:
    return b'{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":' + quoted(body) + b"}]}"


def lookup(body: bytes) -> bytes:
    return (
        b'{"EventId":"id-9","EventName":"x","EventTime":"x","EventSource":"x","CloudTrailEvent":' + quoted(body) + b"}"
    )


def in_lambda(body: bytes) -> bytes:
    return b'{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":' + quoted(body) + b"}]}"


WAYS = {
    "alone": Way(lambda body: body),
    "alone among blanks": Way(lambda body: b"\r\n  " + body + b"\n\n"),
    "after a byte order mark": Way(lambda body: b"\xef\xbb\xbf" + body),
    "in an array": Way(lambda body: b"[" + body + b"]"),
    "in an array, with another": Way(lambda body: b"[" + body + b"," + BESIDE + b"]", beside=True),
    "in a log file": Way(file),
    "in a log file, with another": Way(lambda body: file(body, BESIDE), beside=True),
    "in a zipped log file": Way(lambda body: gzip.compress(file(body), mtime=0)),
    "in two gzip members": Way(lambda body: gzip.compress(file(body)[:99]) + gzip.compress(file(body)[99:])),
    "on a line": Way(lambda body: body + b"\n" + BESIDE + b"\n", beside=True),
    "in an event": Way(event, event=True),
    "in a service's event": Way(lambda body: event(body, b"AWS Service Event via CloudTrail"), event=True),
    "in a sign-in's event": Way(lambda body: event(body, b"AWS Console Signin via CloudTrail"), event=True),
    "in a sign-in's event, spelt": Way(lambda body: event(body, b"AWS Console Sign In via CloudTrail"), event=True),
    "in events on lines": Way(lambda body: event(body) + b"\n" + BESIDE, event=True, beside=True),
    "in LookupEvents' answer": Way(lambda body: b'{"Events":[' + lookup(body) + b"]}"),
    "in a line of LookupEvents": Way(lookup),
    "in CloudWatch Logs": Way(logs),
    "in CloudWatch Logs, packed": Way(lambda body: packed(logs(body))),
    "in SNS": Way(sns),
    "in SNS, in an event": Way(lambda body: sns(event(body)), event=True),
    "in SQS": Way(sqs),
    "in SQS, in an event": Way(lambda body: sqs(event(body)), event=True),
    "in SQS, in SNS, in an event": Way(lambda body: sqs(sns(event(body))), event=True),
    "in SQS, in SNS, in a log file": Way(lambda body: sqs(sns(file(body)))),
    "in SQS in Lambda, in an event": Way(lambda body: in_lambda(event(body)), event=True),
    "in another logger's record": Way(lambda body: b'{"insertId":"1","resource":{},"jsonPayload":' + body + b"}"),
    "in Lake's eventData": Way(lambda body: b'{"eventData":' + body + b"}"),
    "in Lake's eventJson": Way(lambda body: b'{"eventJson":' + quoted(body) + b"}"),
    "after a log line's head": Way(lambda body: b"Oct  3 02:47:11 host cloudtrail[1]: " + body + b"\n"),
}
