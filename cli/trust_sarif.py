"""An audit as SARIF 2.1.0, for tools that collect such results."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from model.text import clean
from trust.audit import Audited
from trust.point import Point, Status
from trust.problem import Class

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_EXPOSED, _INVALID = "EXPOSED", "INVALID"


def sarif_of(audited: Sequence[Audited]) -> dict[str, Any]:
    """One run with a result for each exposure, failed point, problem and invalid document."""
    names = [_EXPOSED, _INVALID, *(each.value for each in Class), *(each.value for each in Point)]
    driver = {"name": "hopstop", "rules": [{"id": name} for name in names]}
    results = [result for each in audited for result in _results(each)]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _results(each: Audited) -> Iterator[dict[str, Any]]:
    if not each.valid:
        yield _result(each, _INVALID, "warning", "; ".join(each.errors[:5]))
    if each.exposed is not False:
        yield _result(each, _EXPOSED, "error" if each.exposed else "warning", each.why)
    for check in each.checks:
        if check.status is Status.FAIL:
            yield _result(each, check.point.value, "warning", check.why)
    for problem in each.problems:
        yield _result(each, problem.kind.value, "note", problem.why)


def _result(each: Audited, rule: str, level: str, why: str) -> dict[str, Any]:
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": quote(clean(each.file, 500)) or "live"}}}
    if each.role:
        place["logicalLocations"] = [{"fullyQualifiedName": each.role, "kind": "resource"}]
    named = f"{each.role}: {why}" if each.role else why
    return {"ruleId": rule, "level": level, "message": {"text": named}, "locations": [place]}
