"""Whether a caller may assume a role, as far as the role's trust policy says: yes, no, or it depends."""

from trust.caller import Caller, is_excepted, is_meant
from trust.condition import holds
from trust.policy import Policy, Statement
from trust.truth import FALSE, Truth, every, negated, some


def may_assume(policy: Policy, caller: Caller) -> Truth:
    """Whether the trust policy lets this caller in by its door. A Deny wins; who is not named stays out."""
    allowed = some(applies(each, caller) for each in policy.statements if each.allow)
    if allowed is FALSE:
        return FALSE
    denied = some(applies(each, caller) for each in policy.statements if not each.allow)
    return every((allowed, negated(denied)))


def applies(statement: Statement, caller: Caller) -> Truth:
    """Whether a statement is about this caller: its door, who it is, and what it brings."""
    if not statement.covers(caller.door):
        return FALSE
    meant = names(statement, caller)
    if meant is FALSE:
        return FALSE
    return every((meant, conditions_hold(statement, caller)))


def names(statement: Statement, caller: Caller) -> Truth:
    """Whether the caller is among the principals, whatever the conditions."""
    if statement.not_principals:
        return negated(is_excepted(statement.principals, caller))
    return is_meant(statement.principals, caller)


def conditions_hold(statement: Statement, caller: Caller) -> Truth:
    """Whether all conditions are met by what the caller brings."""
    return every(holds(each, caller.brought) for each in statement.conditions)
