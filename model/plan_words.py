"""What a plan does, in words: every kind of action has its own line, so that nobody approves what is not said. Pure."""

from model.containment import Action, ActionKind, ContainmentPlan
from model.text import joined, plural, role_label

_ASKED = {
    ActionKind.CLOSE: "close {}, new sessions too",
    ActionKind.MANAGED: "attach the deny-all policy to {}, new sessions too",
    ActionKind.QUARANTINE: "quarantine {}",
    ActionKind.DENY_PERSON: "deny {} of Identity Center everything",
}
_COUNTED = {
    ActionKind.CLOSE: "role",
    ActionKind.MANAGED: "principal",
    ActionKind.QUARANTINE: "account",
    ActionKind.DENY_PERSON: "person",
}
_OF_THE_CHAIN = (ActionKind.DENY_USER, ActionKind.DENY_PERSON)
"""What hits nobody but the one whose doing it is."""


def asked(plan: ContainmentPlan) -> str:
    """The question, without its end."""
    users = [role_label(action.target) for action in plan.actions if action.kind is ActionKind.DENY_USER]
    revoked = sum(action.kind is ActionKind.REVOKE for action in plan.actions)
    parts = [f"cut off {joined(users)}"] if users else []
    parts += [f"revoke the sessions of {plural(revoked, 'role')}"] if revoked else []
    for kind, words in _ASKED.items():
        count = sum(action.kind is kind for action in plan.actions)
        parts += [words.format(plural(count, _COUNTED[kind]))] if count else []
    question = " and ".join(parts)
    return f"{question[:1].upper()}{question[1:]}"


def effects(plan: ContainmentPlan, span: str) -> tuple[str, ...]:
    """What approval does, a line for each thing; `span` is how long a revocation lasts."""
    plain = [a for a in plan.actions if a.kind is ActionKind.REVOKE and a.scope == "role"]
    users = [_user_line(a) for a in plan.actions if a.kind is ActionKind.DENY_USER]
    lines = [*users]
    if plain:
        roles = [role_label(action.target) for action in plain]
        lines.append(f"Revoke every session made until now of {joined(roles, 6)}; new sessions work.")
    lines += [_own_line(action) for action in plan.actions if action.kind is ActionKind.REVOKE and action not in plain]
    if any(action.kind is ActionKind.REVOKE for action in plan.actions):
        lines.append(f"These revocations lift by themselves after {span}, when no older session can be alive.")
    lines += [f"{_own_line(action)} A person must lift it." for action in plan.actions if action.kind in _ASKED]
    return tuple(lines)


def _user_line(action: Action) -> str:
    if action.guards:
        return f"{_own_line(action)} A person must lift it."
    return (
        f"Deny user {role_label(action.target)} everything and make its access keys inactive, until a person lifts it."
    )


def _own_line(action: Action) -> str:
    return f"{action.effect[:1].upper()}{action.effect[1:]}."


def hits_others(plan: ContainmentPlan) -> bool:
    """Whether sessions of others on the plan's roles are cut as well."""
    return any(a.kind not in _OF_THE_CHAIN and a.scope == "role" for a in plan.actions)


def lets_nobody_in(plan: ContainmentPlan) -> bool:
    """Whether new sessions are denied somewhere too."""
    return any(action.kind in _ASKED for action in plan.actions)
