"""The eight points, answered for one policy, each by the kind of caller it is right for.

A point passes, fails, or is not applicable, because: what protects from one kind of caller is absent, or chosen by
the caller, for another. docs/trust.md says so point by point.
"""

from collections.abc import Callable, Iterable, Iterator

from trust.judged import Judgement
from trust.party import parties
from trust.point import FAIL, NOT_APPLICABLE, PASS, Asked, Check, Point, Said
from trust.points_call import mfa, session_duration, source_account, source_arn, source_ip
from trust.points_caller import exact_principal, external_id, principal_org_id
from trust.tier import Tier

_POINTS: dict[Point, Callable[[Asked], Iterator[Said]]] = {
    Point.EXACT_PRINCIPAL: exact_principal,
    Point.EXTERNAL_ID: external_id,
    Point.SOURCE_ACCOUNT: source_account,
    Point.SOURCE_ARN: source_arn,
    Point.PRINCIPAL_ORG_ID: principal_org_id,
    Point.MFA: mfa,
    Point.SOURCE_IP: source_ip,
}


def checks(judgement: Judgement, tier: Tier, max_session_s: int | None, role_arn: str | None) -> tuple[Check, ...]:
    """All eight, in order. `max_session_s` is the role's MaxSessionDuration, None where only the policy is known."""
    every = _asked(judgement, tier)
    told = [_combined(point, [said for each in every for said in ask(each)]) for point, ask in _POINTS.items()]
    return (*told, session_duration(every, tier, max_session_s, role_arn))


def _asked(judgement: Judgement, tier: Tier) -> list[Asked]:
    """The statements that open a door, with their parties."""
    made = (
        Asked(each, parties(each.statement, judgement.ours), judgement.policy, judgement.ours, tier, judgement.now)
        for each in judgement.allows
    )
    return [each for each in made if any(each.who)]


def _combined(point: Point, said: Iterable[Said]) -> Check:
    """A point fails where one statement fails it, else passes where one passes it."""
    every = list(dict.fromkeys(said))
    for status in (FAIL, PASS, NOT_APPLICABLE):
        reasons = [each.why for each in every if each.status is status]
        if reasons:
            return Check(point, status, "; ".join(reasons[:3]))
    return Check(point, NOT_APPLICABLE, "nobody is let in")
