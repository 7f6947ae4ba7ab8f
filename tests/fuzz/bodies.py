"""Bodies that nobody sends: records of every shape in every carrier, then broken, spliced and grown at random."""

import gzip
import json
import random
from collections.abc import Callable
from typing import Any

from tests.model.carried import WAYS
from tests.model.records import assume, record, session
from tests.model.shapes import SHAPES, TIMELESS

LONGEST = 60_000
MARK = "Zq9SECRETzQ9"
SECRET = f"FwoGZXIvYXdzEBQ{MARK}aDHq/j8x1" + "Ab3+" * 20
_SEEDS = [shape.body for shape in (SHAPES | TIMELESS).values() if len(shape.body) < 10_000]
_CARRIERS = [way.carry for way in WAYS.values()]
_TOKENS = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\x1f\x8b", b"null"),
    *(b"true", b"NaN", b"-Infinity", b"1e400", b"9" * 400, b"\\u0000", b"\\ud800", b"\\udfff", b'\\"', b"H4sI"),
    *(b'"eventName"', b'"EVENTNAME"', b'"eventTime"', b'"userIdentity"', b'"principalid"', b'"Records"', b'"detail"'),
    *(b'"detail-type"', b'"CloudTrailEvent"', b'"awslogs"', b'"insightDetails"', b'"eventSource":"aws:s3"'),
    *(b'"requestParameters":"null"', b'"resources":"x"', b"{type=Root, accountid=1}", b"[" * 70, b'{"a":' * 70),
]
_ODD: list[Any] = [
    *(None, True, False, 0, -1, 2**70, 1.5, float("nan"), float("inf"), "", "x", "null", "\ud800", "\x00", "a" * 3000),
    *(
        [],
        [[]],
        {},
        {"a": 1},
        ["x"],
        "{",
        '{"a": 1}',
        "{type=Root, accountid=1}",
        "{a=b, a=c}",
        "arn:aws:iam::1:role/r",
    ),
    *(
        "[{arn=arn:aws:iam::1:role/r}]",
        "1790995631",
        "2026-10-03 02:47:11.000",
        "AROAEXAMPLE00000001:s,a=b",
        "H4sIAAAA",
    ),
]

Body = bytes


def broken(rng: random.Random) -> Body:
    """Some record in some carrier, with a few of its bytes changed."""
    body = rng.choice(_CARRIERS)(rng.choice(_SEEDS))
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8, 30))):
        body = rng.choice(_BREAKS)(rng, body)[:LONGEST]
    if rng.random() < 0.1:
        body = rng.choice(_CARRIERS)(body)[: 4 * LONGEST]
    return gzip.compress(body, 1, mtime=0) if rng.random() < 0.03 else body


def odd(rng: random.Random) -> Body:
    """Valid JSON around records of which some values and names are odd, none of them a secret's name or place.

    Secrets stand where AWS and callers put them, with MARK in each.
    """
    made = [_twisted(rng, _laden(rng)) for _ in range(rng.choice((1, 1, 1, 2, 5)))]
    if len(made) == 1:
        body = json.dumps(made[0]).encode()
        for _ in range(rng.choice((1, 1, 2, 3))):
            body = rng.choice(_CARRIERS)(body)
        return body
    joined = rng.choice((json.dumps(made), json.dumps({"Records": made}), "\n".join(map(json.dumps, made))))
    return joined.encode()


def _flip(rng: random.Random, body: Body) -> Body:
    at = rng.randrange(len(body) + 1)
    return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]


def _drop(rng: random.Random, body: Body) -> Body:
    at = rng.randrange(len(body) + 1)
    return body[:at] + body[at + rng.choice((1, 1, 2, 10, 100, len(body))) :]


def _insert(rng: random.Random, body: Body) -> Body:
    at = rng.randrange(len(body) + 1)
    return body[:at] + rng.choice(_TOKENS) + body[at:]


def _double(rng: random.Random, body: Body) -> Body:
    at, length = rng.randrange(len(body) + 1), rng.choice((1, 10, 100, 1000))
    return body[: at + length] * rng.choice((1, 2, 5)) + body[at:]


def _splice(rng: random.Random, body: Body) -> Body:
    other = rng.choice(_SEEDS)
    return body[: rng.randrange(len(body) + 1)] + other[rng.randrange(len(other)) :]


def _follow(rng: random.Random, body: Body) -> Body:
    return body + rng.choice((b"\n", b"", b",", b"\r\n")) + rng.choice(_CARRIERS)(rng.choice(_SEEDS))


def _again(rng: random.Random, body: Body) -> Body:
    """A name given once more, before or after, in its own or other letters."""
    names = [b'"eventName"', b'"userIdentity"', b'"eventTime"', b'"arn"', b'"type"', b'"detail"', b'"Records"']
    name = rng.choice(names)
    again = rng.choice((name, name.upper(), name.lower())) + b":" + json.dumps(rng.choice(_ODD)).encode() + b","
    return body.replace(name, again + name, rng.choice((1, -1)))


_BREAKS: list[Callable[[random.Random, Body], Body]] = [
    _flip,
    _flip,
    _drop,
    _insert,
    _insert,
    _double,
    _splice,
    _follow,
    _again,
]


def _laden(rng: random.Random) -> dict[str, Any]:
    """A record with secrets in it."""
    made = rng.choice((record, assume))()
    answer = made.setdefault("responseElements", {})
    answer["credentials"] = {"accessKeyId": "ASIA1", "sessionToken": SECRET, "secretAccessKey": SECRET}
    places: list[dict[str, Any]] = [
        {"requestParameters": {"masterUserPassword": SECRET, "tags": [{"value": SECRET}], SECRET: 1}},
        {"responseElements": {"accessKey": {"secretAccessKey": SECRET}, "credentials": {"sessionToken": SECRET}}},
        {"responseElements": {"credentials": json.dumps({"sessionToken": SECRET})}},
        {"responseElements": "{credentials={sessionToken=" + SECRET + "}}"},
        {"errorMessage": f"The token {SECRET} is no good", "errorCode": rng.choice(("AccessDenied", ""))},
        {"userAgent": f"tool/1.0 token={SECRET}"},
        {"userAgent": f"tool/1.0 ({SECRET})"},
        {"additionalEventData": {"x": SECRET}, "serviceEventDetails": {"secret": SECRET}},
        {"userIdentity": session() | {"sessionContext": {"webIdFederationData": {"token": SECRET}}}},
        {"tlsDetails": SECRET, SECRET: SECRET},
    ]
    for fields in rng.sample(places, rng.choice((0, 1, 2, 3))):
        made |= fields
    return made


def _twisted(rng: random.Random, made: dict[str, Any]) -> dict[str, Any]:
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        name = rng.choice([key for key in made if MARK not in key] or ["eventName"])
        rng.choice(_TWISTS)(rng, made, name)
    if rng.random() < 0.05:
        made["requestParameters"] = _deep(rng.choice((10, 60, 300)))
    return made


def _swap(rng: random.Random, made: dict[str, Any], name: str) -> None:
    made[name] = rng.choice(_ODD)


def _lose(rng: random.Random, made: dict[str, Any], name: str) -> None:
    made.pop(name, None)


def _respell(rng: random.Random, made: dict[str, Any], name: str) -> None:
    made[rng.choice((name.upper(), name.lower()))] = made.pop(name, None)


def _repeat(rng: random.Random, made: dict[str, Any], name: str) -> None:
    made[rng.choice((name.upper(), name.lower()))] = rng.choice(_ODD)


def _inside(rng: random.Random, made: dict[str, Any], name: str) -> None:
    inner = made.get(name)
    if isinstance(inner, dict) and inner:
        made[name] = {**inner, rng.choice([*inner]): rng.choice(_ODD)}


_TWISTS: list[Callable[[random.Random, dict[str, Any], str], None]] = [_swap, _swap, _lose, _respell, _repeat, _inside]


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value
