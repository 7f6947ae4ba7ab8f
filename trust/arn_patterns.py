"""The ARNs that the conditions of a statement demand of callers, as patterns."""

from trust.condition import Condition
from trust.operator import Each, Family
from trust.statement import Statement

ARN = "aws:principalarn"
_POSITIVE = (Family.ARN, Family.LIKE, Family.EQUALS)


def _positive(condition: Condition) -> bool:
    """Whether it names who comes in, and lets nobody in beside."""
    operator = condition.operator
    return operator.family in _POSITIVE and not (operator.is_negated or operator.if_exists or operator.each is Each.ALL)


def names_arns(statement: Statement) -> bool:
    """Whether a condition demands that callers have one of some ARNs."""
    return any(each.key == ARN and _positive(each) for each in statement.conditions)


def patterns(statement: Statement) -> list[str]:
    """The ARNs and patterns of ARNs that callers must have; variables may stand for anything. Where nothing is a
    pattern, what looks like one is nobody's ARN."""
    for each in statement.conditions:
        if each.key == ARN and _positive(each):
            found = ["".join(p if isinstance(p, str) else "*" for p in value.parts) for value in each.values]
            plain = each.operator.family is Family.EQUALS
            return [text for text in found if not (plain and ("*" in text or "?" in text))]
    return []


def could_be_of(pattern: str, account: str) -> bool:
    """Whether a principal of the account may have such an ARN."""
    parts = pattern.split(":", 5)
    return len(parts) != 6 or "*" in parts[4] or "?" in parts[4] or parts[4] == account


def in_account(pattern: str, account: str) -> str:
    """The pattern, of that account only."""
    parts = pattern.split(":", 5)
    if len(parts) != 6:
        return f"arn:*:iam::{account}:*"
    return ":".join((*parts[:4], account, parts[5]))
