"""The vendors' own API descriptions as judges of what passes between a client and a stand-in.

openapi-core is imported on first use only: a demo without contracts never needs it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_HOST = "http://standin"
# PagerDuty wrote a picture of a time where a regular expression belongs: no time on earth matches it.
_INSTANT_AS_WRITTEN = "YYYY-MM-DDThh:mm:ssZ"
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
_HEADER_PARAMETERS_OF_THE_CLIENT = (
    "#/components/parameters/header_Accept",
    "#/components/parameters/header_Content-Type",
)


@dataclass(frozen=True)
class Exchange:
    """One request and the answer to it, as they were on the wire; the path is the vendor's (`/oncalls`)."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    content_type: str
    body: bytes
    status: int = 0
    answer: bytes = b""
    answer_type: str = ""


class Contract:
    """One OpenAPI description, pruned to the paths in use."""

    def __init__(self, spec: dict[str, Any]) -> None:
        from openapi_core import OpenAPI  # noqa: PLC0415  (heavy, and absent from the demo)

        self._openapi = OpenAPI.from_dict(spec)

    def request_problems(self, exchange: Exchange) -> list[str]:
        """What the vendor's description says is wrong with the request; empty where nothing is."""
        return _problems(self._openapi.iter_request_errors, _request(exchange))

    def answer_problems(self, exchange: Exchange) -> list[str]:
        """What the vendor's description says is wrong with the stand-in's answer."""
        if exchange.status == 204 and not exchange.answer:
            return []  # Jira describes "no content" as any JSON, which openapi-core then misses
        return _problems(self._openapi.iter_response_errors, _request(exchange), _Answer.of(exchange))


@cache
def pagerduty_rest(contracts: Path, paths: tuple[str, ...]) -> Contract:
    """PagerDuty's REST description, without what keeps it from judging (see _mended)."""
    spec = pruned(_load(contracts / "pagerduty" / "rest-openapi.json"), paths, _HOST)
    return Contract(_mended(spec))


@cache
def pagerduty_events(contracts: Path) -> Contract:
    """PagerDuty's Events v2 description."""
    spec = _load(contracts / "pagerduty" / "events-v2-openapi.json")
    return Contract(pruned(spec, ("/enqueue", "/change/enqueue"), f"{_HOST}/v2"))


@cache
def jira_cloud(contracts: Path, paths: tuple[str, ...]) -> Contract:
    """Jira Cloud's REST v3 description."""
    return Contract(pruned(_load(contracts / "jira" / "cloud-v3-openapi.json"), paths, _HOST))


def pruned(spec: dict[str, Any], paths: Iterable[str], server: str) -> dict[str, Any]:
    """The description with only these paths and the components they need; KeyError for a path not in it."""
    kept: dict[str, Any] = {key: value for key, value in spec.items() if key not in ("paths", "components")}
    kept["servers"] = [{"url": server}]
    kept["paths"] = {path: spec["paths"][path] for path in paths}
    kept["components"] = {"securitySchemes": spec["components"].get("securitySchemes", {})}
    waiting = list(_references(kept["paths"]))
    while waiting:
        parts = waiting.pop().removeprefix("#/").split("/")
        kind, name = parts[1], parts[2]
        home = kept["components"].setdefault(kind, {})
        if name in home:
            continue
        home[name] = spec["components"][kind][name]
        waiting.extend(_references(home[name]))
    return kept


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded


def _references(node: Any) -> Iterable[str]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/components/"):
        yield reference
    for value in node.values():
        yield from _references(value)


def _mended(node: Any) -> Any:
    if isinstance(node, list):
        return [_mended(item) for item in node if not _client_header(item)]
    if not isinstance(node, dict):
        return _INSTANT if node == _INSTANT_AS_WRITTEN else node
    return {key: _mended(value) for key, value in node.items() if not (key == "readOnly" and value is True)}


def _client_header(node: Any) -> bool:
    return isinstance(node, dict) and node.get("$ref") in _HEADER_PARAMETERS_OF_THE_CLIENT


@dataclass
class _Request:
    host_url: str
    method: str
    path: str
    body: bytes
    content_type: str
    parameters: Any


@dataclass
class _Answer:
    status_code: int
    data: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, exchange: Exchange) -> "_Answer":
        return cls(exchange.status, exchange.answer, exchange.answer_type or "application/json")


def _request(exchange: Exchange) -> _Request:
    from openapi_core.datatypes import RequestParameters  # noqa: PLC0415
    from werkzeug.datastructures import Headers, ImmutableMultiDict  # noqa: PLC0415

    parameters = RequestParameters(
        path={},
        query=ImmutableMultiDict(exchange.query),
        header=Headers(dict(exchange.headers)),
        cookie=ImmutableMultiDict(),
    )
    return _Request(
        _HOST,
        exchange.method.lower(),
        exchange.path,
        exchange.body,
        exchange.content_type or "application/json",
        parameters,
    )


def _problems(check: Any, *arguments: Any) -> list[str]:
    return [_line(error) for error in check(*arguments)]


def _line(error: BaseException) -> str:
    cause = error.__cause__
    nested = [getattr(item, "message", str(item)) for item in getattr(cause, "schema_errors", ())]
    return " | ".join([str(error) or type(error).__name__, *(nested or ([str(cause)] if cause else []))])[:600]
