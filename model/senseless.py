"""What fits its type in routes, approvals and guard rules and could never work: key, problem and fix in one line."""

import re
from collections.abc import Iterable, Iterator, Sequence

from model.anomaly import DETECTORS
from model.own import TAG
from model.settings import ENFORCEABLE, Approvals, Guard, Route
from model.text import clean

_SLACK_IDS = {"users": "UW", "groups": "S", "team": "TE"}
_PROTECTED = re.compile(r"arn:.*|\*.*|/[\w+=,.@/-]*/|A(ROA|IDA)[A-Z0-9]+", re.ASCII)


def senseless_routes(routes: Sequence[Route], approvals: Approvals) -> Iterator[str]:
    """What is wrong with the routes."""
    for number, route in enumerate(routes):
        key = f"routes.{number}"
        yield from _conditions(key, route)
        yield from _deciders_of(key, route.users, route.groups, route.schedules)
        if route.mode == "enforce":
            yield from _enforce(key, route, approvals)
        elif route.mode == "ask" and route.playbook != "record_only":
            yield from _ask(key, route, approvals)


def _conditions(key: str, route: Route) -> Iterator[str]:
    for name in route.detectors:
        if name not in DETECTORS:
            yield f"{key}.detectors: {clean(name)} is no detector; choose from {', '.join(DETECTORS)}"
    for account in route.accounts:
        if not re.fullmatch(r"[0-9]{12}", account):
            yield f"{key}.accounts: {clean(account)} is no account id; write 12 digits in quotes"
    for pattern in route.identities:
        if not pattern.startswith(("arn:", "*")):
            yield f"{key}.identities: {clean(pattern)} matches no ARN; begin it with arn: or *"
    if route.alone and not route.detectors:
        yield f"{key}.alone: no check is named that could be alone; name it in detectors, or remove alone"


def _enforce(key: str, route: Route, approvals: Approvals) -> Iterator[str]:
    """Only what is surest may be contained before anybody was asked, and a verified person must be able to lift it."""
    if not route.detectors or not ENFORCEABLE.issuperset(route.detectors):
        sure = " and ".join(sorted(ENFORCEABLE))
        yield f"{key}.mode: only {sure} may be contained before somebody decides; name only these in detectors, or ask"
    if route.playbook != "suspend_credentials":
        yield f"{key}.mode: {route.playbook} asks before it acts; choose the playbook suspend_credentials, or ask"
    if not _verified(route, approvals):
        yield f"{key}.mode: nobody could lift what is enforced; name Slack users, groups or schedules, or choose ask"


def _ask(key: str, route: Route, approvals: Approvals) -> Iterator[str]:
    if not ({"cli", "ui"} & {*approvals.sources} or _verified(route, approvals)):
        yield f"approvals.users: {key} asks, and nobody may decide; name Slack user ids, groups or schedules"
    if route.quorum > 1 and not _are_two(route, approvals):
        yield f"{key}.quorum: two verified people must approve; name a second Slack user, a group or a schedule"


def _deciders(route: Route, approvals: Approvals) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    own = (route.users, route.groups, route.schedules)
    return own if any(own) else (approvals.users, approvals.groups, approvals.schedules)


def _verified(route: Route, approvals: Approvals) -> bool:
    return "slack" in approvals.sources and any(_deciders(route, approvals))


def _are_two(route: Route, approvals: Approvals) -> bool:
    users, groups, schedules = _deciders(route, approvals)
    return _verified(route, approvals) and (len({*users}) > 1 or bool(groups) or bool(schedules))


def senseless_approvals(approvals: Approvals) -> Iterator[str]:
    """What is wrong with who may decide."""
    yield from _deciders_of("approvals", approvals.users, approvals.groups, approvals.schedules)
    yield from _slack_ids("approvals.team", (approvals.team,) if approvals.team else (), _SLACK_IDS["team"])
    yield from _slack_ids("approvals.people", approvals.people.values(), _SLACK_IDS["users"])


def _deciders_of(
    key: str, users: tuple[str, ...], groups: tuple[str, ...], schedules: tuple[str, ...]
) -> Iterator[str]:
    yield from _slack_ids(f"{key}.users", users, _SLACK_IDS["users"])
    yield from _slack_ids(f"{key}.groups", groups, _SLACK_IDS["groups"])
    for one in schedules:
        if not re.fullmatch(r"P[A-Z0-9]{5,20}", one):
            yield f"{key}.schedules: {clean(one, 40)} is no PagerDuty schedule; copy its id, it begins with P"


def _slack_ids(key: str, ids: Iterable[str], begin: str) -> Iterator[str]:
    for one in ids:
        if not re.fullmatch(f"[{begin}][A-Z0-9]{{2,20}}", one):
            yield f"{key}: {clean(one, 40)} is no Slack id; copy the id from Slack, it begins with {' or '.join(begin)}"


def senseless_guard(guard: Guard) -> Iterator[str]:
    """What is wrong with the guard rules."""
    for pattern in guard.protected:
        if not _PROTECTED.fullmatch(pattern):
            yield (
                f"guard.protected: {clean(pattern)} matches no ARN, path or unique id; begin it with arn: or *,"
                " or write a path between two slashes"
            )
        elif ":sts:" in pattern or set("[]?") & {*pattern}:
            yield f"guard.protected: {clean(pattern)} names no role or user; write an iam ARN, with * for anything"
    if guard.tag and not guard.tag_scp:
        yield (
            "guard.tag: whoever may tag could shield a suspect; name the SCP that reserves the key in guard.tag_scp,"
            " or remove guard.tag"
        )
    if guard.tag == TAG:
        yield f"guard.tag: {TAG} is what hopstop itself writes; choose another key"
