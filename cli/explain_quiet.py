"""What would make a finding quiet next time: each way with the lines of hopstop.toml that it takes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from model.behind import vouched
from model.confidence import Confidence
from model.exemption import BY_NAME, NEVER
from model.finding import Finding
from model.text import clean, plural
from model.thresholds import Weighing

KEPT = timedelta(days=30)
"""How long a suggested exception lasts."""
_OF_ROLES = frozenset(("new_pair", "chain", "cross_boundary", "convergence"))
"""Detectors whose anomalies are about a role that was asked for; an exception with a role fits no other."""
_TRUSTED = frozenset(("cross_boundary", "fan_out"))


class Way(NamedTuple):
    """One way, in words, and as lines of hopstop.toml (empty where there are none)."""

    how: str
    toml: str = ""


def quiet_ways(finding: Finding, weighing: Weighing) -> Iterator[Way]:
    """Every way that fits this finding, the narrowest first."""
    named = [name for name in finding.detectors if name not in NEVER]
    yield Way(_by_itself(finding, weighing))
    yield Way(
        "it is us: the button in Slack, or `hopstop case deny ID --reason …`; what it did is then learned, for 30 days"
    )
    if "off_hours" in named and vouched(finding.origin):
        yield Way("on call: an odd hour of who is on call makes no finding alone", _duty(finding))
    if _TRUSTED & {*named} or any(anomaly.observed == "AssumeRoot" for anomaly in finding.anomalies):
        yield Way("documented trust: what the trust map says is meant to be", _trust(finding))
    if named:
        many = "; one table for each check that is expected" if len(named) > 1 else ""
        yield Way(f"an exception, until it ends{many}", _exception(finding, _strongest(finding, named)))
    if "composite" in finding.detectors:
        yield Way("none of these alone quiets the composite: each side of it that is left counts, excepted or not")
    if BY_NAME & {*named}:
        yield Way("think twice: whoever blinds the watch looks just like this")


def _by_itself(finding: Finding, weighing: Weighing) -> str:
    if finding.confidence is Confidence.HIGH:
        return "not by itself: what a high finding showed is never learned without somebody's word"
    wait = weighing.window_s if finding.confidence is Confidence.LOW else weighing.cooling_s
    days, hours = divmod(wait // 3600, 24)
    return f"by itself: learned {plural(days, 'day') if days else plural(hours, 'hour')} later, unless somebody says no"


def _strongest(finding: Finding, named: list[str]) -> str:
    mine = [anomaly for anomaly in finding.anomalies if anomaly.detector in named]
    return max(mine, key=lambda anomaly: anomaly.confidence.rank).detector if mine else named[0]


def _duty(finding: Finding) -> str:
    end = finding.last_time + timedelta(hours=12)
    return (
        f"[[organization.on_call]]\nperson = {_text(finding.origin.person or '')}\n"
        f"from = {finding.time:%Y-%m-%dT%H}:00:00Z\nuntil = {end:%Y-%m-%dT%H}:00:00Z"
    )


def _trust(finding: Finding) -> str:
    source = finding.origin.arn or finding.origin.account or "?"
    role = finding.roles[-1] if finding.roles else "?"
    return f"[[organization.trust]]\nfrom = {_text(source)}\nto = {_text(role)}\nuntil = {_end(finding)}"


def _exception(finding: Finding, detector: str) -> str:
    of_role = detector in _OF_ROLES and len(finding.roles) == 1
    role = [f"role = {_text(finding.roles[0])}"] if of_role else []
    return "\n".join(
        (
            "[[exceptions]]",
            f"identity = {_text(finding.origin.arn or finding.origin.key)}",
            f"detector = {_text(detector)}",
            *role,
            f"until = {_end(finding)}",
            'reason = "who expects it, and which ticket says so"',
        )
    )


def _end(finding: Finding) -> str:
    return f"{finding.last_time + KEPT:%Y-%m-%d}T00:00:00Z"


def _text(value: str) -> str:
    """As TOML has it; nothing that a stranger typed leaves its quotes."""
    return json.dumps(clean(value, 400), ensure_ascii=False)
