"""The settings that people choose, as values; `config.py` alone reads them from files and the environment."""

from typing import Literal

from pydantic import ConfigDict, Field

from model.confidence import Confidence
from model.containment_origins import Prepared
from model.frozen import Frozen, added

Mode = Literal["observe", "ask", "enforce"]
PlaybookName = Literal[
    "suspend_credentials", "ask_first", "review_exception", "investigate_chain", "confirm_with_person", "record_only"
]
WIDE = 10
TWO_FOR = ("close", "managed", "quarantine")
"""Kinds of actions that stop what is legitimate as well."""


def _none(value: object) -> bool:
    return not value


class Route(Frozen):
    """Which playbook answers which finding. The first route that fits wins; an empty condition fits everything.

    `alone`: only where no other check than `detectors` took part. `tiers` are of the accounts, `identities` patterns of
    the origin's ARN. `users`, `groups`, `schedules` decide instead of those in [approvals]; `quorum` of them have to
    agree. `silence` is what follows when nobody decides: on-call is paged, or only the ticket stays. `exception_days`
    is how long `review_exception` allows what it allows.
    """

    detectors: tuple[str, ...] = ()
    alone: bool = False
    confidence: tuple[Confidence, ...] = ()
    accounts: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    playbook: PlaybookName = "suspend_credentials"
    mode: Mode = "observe"
    patience_s: int = Field(default=900, ge=10, le=86_400)
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    quorum: int = Field(default=1, ge=1, le=2)
    silence: Literal["escalate", "ticket"] = "escalate"
    exception_days: int = Field(default=30, ge=1, le=90)


ENFORCEABLE = frozenset(("composite", "defence_evasion"))
"""The checks whose findings may be contained before anybody was asked."""


def _medium(
    playbook: PlaybookName, detectors: tuple[str, ...] = (), *, alone: bool = False, patience_s: int = 3600
) -> Route:
    """What wakes nobody: asked, and left to the ticket where nobody answers."""
    return Route(
        detectors=detectors,
        alone=alone,
        confidence=(Confidence.MEDIUM,),
        playbook=playbook,
        patience_s=patience_s,
        silence="ticket",
    )


DEFAULT_ROUTES = (
    Route(detectors=("composite",)),
    Route(confidence=(Confidence.HIGH,), playbook="ask_first"),
    _medium("review_exception", ("cross_boundary",), alone=True, patience_s=14_400),
    _medium("investigate_chain", ("chain",)),
    _medium("ask_first"),
    Route(playbook="record_only"),
)


class Approvals(Frozen):
    """Who may decide and through what. `users` and `groups` are Slack ids, `schedules` PagerDuty's (whoever is on call
    there when the question is asked, found in Slack by their e-mail address); `people` maps a name that appears in
    sessions (user name, session name) to that person's Slack id, so that a suspect never approves. A plan of more than
    `wide` principals, or with an action of `two_for`, needs two people."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    sources: tuple[Literal["slack", "cli", "ui"], ...] = Field(default=("slack",), alias="from")
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    schedules: tuple[str, ...] = Field(default=(), exclude_if=_none)
    team: str = ""
    people: dict[str, str] = Field(default_factory=dict)
    wide: int = Field(default=WIDE, ge=1, le=1000, exclude_if=lambda most: most == WIDE)
    two_for: tuple[str, ...] = Field(default=TWO_FOR, exclude_if=lambda kinds: kinds == TWO_FOR)


class Budget(Frozen):
    """How many principals may be contained, in all and in one account; over it somebody is paged instead."""

    hour: int = Field(default=50, ge=0, le=1000)
    day: int = Field(default=150, ge=0, le=2000)
    account_hour: int = Field(default=10, ge=0, le=1000)
    account_day: int = Field(default=30, ge=0, le=2000)


class Guard(Frozen):
    """What hopstop never touches (`protected`: ARNs, `*` matches anything; paths; unique ids), and the switch that
    stops it. A principal with the tag `tag` is protected where `tag_scp` names the SCP that reserves that key."""

    protected: tuple[str, ...] = ()
    stop: bool = False
    tag: str = ""
    tag_scp: str = ""
    budget: Budget = Budget()


class ContainmentSettings(Frozen):
    """How containment reaches an account. `role` is the name (with path) of the containing role in every account;
    empty means the worker's own credentials. `lift_after_s` is the life of a role deny: 12 h, the longest session,
    and 5 minutes. `managed_policy` is the name (with path) of a policy that denies everything and is prepared in every
    account; `managed_always` attaches it instead of writing inline policies. `quarantine_scp` and `people_scp` are the
    ARNs of the prepared SCPs (model/containment_origins.py)."""

    role: str = ""
    external_id: str = ""
    managed_policy: str = ""
    managed_always: bool = False
    quarantine_scp: str = ""
    people_scp: str = ""
    lift_after_s: int = Field(default=12 * 3600 + 300, ge=60, le=7 * 86_400)


class TrustSettings(Frozen):
    """Trust as it is configured and documented: the folder that holds account authorization details, one file or more
    an account, and the file that `hopstop trust map` wrote."""

    snapshot: str = ""
    map: str = ""


Deployer = Literal["codedeploy", "codepipeline"]
System = Literal["slack", "pagerduty", "jira", "siem", "jira_changes", Deployer]


class CaseSettings(Frozen):
    """Everything a case needs to know from settings; the input of its workflow. `temporal_ui` is the
    address of the Temporal UI, empty where people have none; `tiers` are of the accounts that have one;
    `systems` are what is configured to be told or asked."""

    routes: tuple[Route, ...] = DEFAULT_ROUTES
    approvals: Approvals = Approvals()
    guard: Guard = Guard()
    accounts: tuple[str, ...] = ()
    tiers: dict[str, str] = Field(default_factory=dict)
    systems: tuple[System, ...] = ()
    lift_after_s: int = 12 * 3600 + 300
    temporal_ui: str = ""
    namespace: str = "default"
    time_zone: str = "UTC"
    managed_policy: str = ""
    managed_always: bool = False
    prepared: Prepared = added(Prepared())
