"""What a statement's conditions say about one key: there and effective, there and useless, or not there."""

from typing import NamedTuple

from model.text import code
from trust.condition import Condition
from trust.operator import Each, Family
from trust.policy import Statement
from trust.wildcard import has_wildcard


class Guard(NamedTuple):
    """The conditions of a statement on one key (or several that mean the same)."""

    conditions: tuple[Condition, ...]

    def __bool__(self) -> bool:
        return bool(self.conditions)

    @property
    def exact(self) -> bool:
        """Whether one of them demands one of fixed values: present, positive, without wildcards."""
        return any(is_exact(each) for each in self.conditions)

    @property
    def demands(self) -> bool:
        """Whether one of them demands that the key is there and fits, wildcards or not."""
        return any(is_demanding(each) for each in self.conditions)

    @property
    def words(self) -> str:
        """How they are written."""
        return " and ".join(f"{each.operator.text} {code(each.written)}" for each in self.conditions)


def guard(statement: Statement, *keys: str) -> Guard:
    """The conditions on any of these keys (small letters; one that ends in `/` or `:` is how they begin)."""
    return Guard(tuple(each for each in statement.conditions if any(_means(each.key, key) for key in keys)))


def _means(key: str, wanted: str) -> bool:
    return key.startswith(wanted) if wanted.endswith(("/", ":")) else key == wanted


def is_demanding(condition: Condition) -> bool:
    """Whether the key must be there: no `IfExists`, no `ForAllValues`, not negated, no Null."""
    operator = condition.operator
    is_lax = operator.if_exists or operator.each is Each.ALL or operator.is_negated
    return not is_lax and operator.family is not Family.NULL


def is_exact(condition: Condition) -> bool:
    """Whether it demands one of fixed values; a wildcard counts only where the operator has wildcards."""
    wild = condition.operator.family in (Family.LIKE, Family.ARN)
    return is_demanding(condition) and not (wild and any(has_wildcard(each.text) for each in condition.values))
