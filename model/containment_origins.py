"""Origins that are no role or user of ours, and what is done about them: above IAM, or by hand. Pure.

A service control policy (SCP) that people prepared holds where IAM does not: one quarantines an account, one names
people of IAM Identity Center. No SCP holds in the management account.
"""

from model.behind import in_portal
from model.containment import Action, ActionKind, Cannot
from model.frozen import Frozen
from model.identity import Identity, Kind
from model.text import code

BY_HAND = {
    Kind.ROOT: (
        "nothing in its own account denies the root user",
        (
            "change its password and MFA and delete its access keys as root, or quarantine the account with an SCP; "
            "in the management account no SCP holds"
        ),
    ),
    Kind.IDENTITY_CENTER: (
        "a person of IAM Identity Center is no IAM user, and the portal signs them in again",
        (
            "in the IAM Identity Center console disable the user and end the active portal sessions: "
            "https://console.aws.amazon.com/singlesignon/"
        ),
    ),
    Kind.FEDERATED_USER: (
        "a federated user has the rights of the IAM user that minted it, and no policy of its own",
        (
            "deny that IAM user everything: GetFederationToken in the records names it; keys off alone leave sessions "
            "alive for up to 36 h"
        ),
    ),
}
"""Why an origin cannot be denied, and what a person has to do, by its kind."""

PORTAL = "https://console.aws.amazon.com/singlesignon/"


class Prepared(Frozen):
    """The ARNs of the SCPs that are prepared: one that stops a whole account once it is attached, and one that is
    attached to the organisation's root and names people of Identity Center. Empty: there is none."""

    quarantine: str = ""
    people: str = ""


def names_of(origin: Identity) -> tuple[str, ...]:
    """Whatever an action on an origin may be planned for."""
    issuer = (origin.issuer[0],) if origin.issuer else ()
    return (origin.arn or origin.key, *issuer, *((person_arn(origin),) if user_id(origin) else ()))


def user_id(origin: Identity) -> str:
    """The id of the person in Identity Center; empty where the origin is no such person, or no record says."""
    if origin.kind is Kind.IDENTITY_CENTER or in_portal(origin):
        return origin.store_user
    return ""


def person_arn(origin: Identity) -> str:
    """The ARN of a person in Identity Center."""
    return f"arn:{_partition(origin)}:identitystore:::user/{user_id(origin)}"


def above(step: Action | Cannot, origin: Identity, prepared: Prepared) -> Action | Cannot:
    """What is done about an origin that IAM does not deny; the same step where IAM does."""
    if isinstance(step, Action):
        return step
    if origin.kind is Kind.ROOT and prepared.quarantine:
        return _quarantine(origin, prepared.quarantine) or _told(step, origin)
    if user_id(origin) and prepared.people:
        return _deny_person(origin, prepared.people) or _told(step, origin)
    return _told(step, origin)


def _quarantine(origin: Identity, policy: str) -> Action | None:
    account = origin.account or ""
    if not origin.arn or not account.isdigit() or account == _owner(policy):
        return None
    return Action(
        kind=ActionKind.QUARANTINE,
        target=origin.arn,
        account=account,
        unique_id=account,
        effect=f"quarantine account {code(account)}: everybody in it, root included, is denied everything but what the "
        "prepared SCP lets through; this stops all that runs there",
        undo="a person lifts it",
        lifts="human",
        managed=policy,
    )


def _deny_person(origin: Identity, policy: str) -> Action | None:
    account = origin.account or ""
    if account == _owner(policy):
        return None
    return Action(
        kind=ActionKind.DENY_PERSON,
        target=person_arn(origin),
        account=account,
        unique_id=user_id(origin),
        effect=f"deny {code(origin.person or user_id(origin))} of IAM Identity Center everything, in every account but "
        f"the management account; end the portal's own sessions and assignments by hand: {PORTAL}",
        undo="a person lifts it",
        lifts="human",
        managed=policy,
        guards=(origin.arn,) if origin.arn else (),
    )


def _told(step: Cannot, origin: Identity) -> Cannot:
    kind = Kind.IDENTITY_CENTER if in_portal(origin) and user_id(origin) else origin.kind
    if kind not in BY_HAND:
        return step
    why, do = BY_HAND[kind]
    return Cannot(target=step.target, why=why, do=do)


def _partition(origin: Identity) -> str:
    return origin.arn.split(":", 2)[1] if origin.arn and origin.arn.startswith("arn:") else "aws"


def _owner(policy: str) -> str:
    """The management account, which owns every SCP."""
    return policy.split(":")[4] if policy.count(":") >= 5 else ""
