"""The settings that people choose, as values; `config.py` alone reads them from files and the environment."""

from typing import Literal

from pydantic import ConfigDict, Field

from model.confidence import Confidence
from model.frozen import Frozen

Mode = Literal["observe", "ask", "enforce"]


class Route(Frozen):
    """Which playbook answers which finding. The first route that fits wins; an empty condition fits everything."""

    detectors: tuple[str, ...] = ()
    confidence: tuple[Confidence, ...] = ()
    accounts: tuple[str, ...] = ()
    playbook: Literal["suspend_credentials", "record_only"] = "suspend_credentials"
    mode: Literal["observe", "ask"] = "observe"
    patience_s: int = Field(default=900, ge=10, le=86_400)


DEFAULT_ROUTES = (Route(detectors=("composite",)), Route(playbook="record_only"))


class Approvals(Frozen):
    """Who may decide and through what. `users` and `groups` are Slack ids; `people` maps a name that appears in
    sessions (user name, session name) to that person's Slack id, so that a suspect never approves."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    sources: tuple[Literal["slack", "cli", "ui"], ...] = Field(default=("slack",), alias="from")
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    team: str = ""
    people: dict[str, str] = Field(default_factory=dict)


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
    and 5 minutes."""

    role: str = ""
    external_id: str = ""
    lift_after_s: int = Field(default=12 * 3600 + 300, ge=60, le=7 * 86_400)


class TrustSettings(Frozen):
    """Trust as it is configured: the folder that holds account authorization details, one file or more an account."""

    snapshot: str = ""


class CaseSettings(Frozen):
    """Everything a case needs to know from settings; the input of its workflow. `temporal_ui` is the
    address of the Temporal UI, empty where people have none; `systems` are the vendors that are configured."""

    routes: tuple[Route, ...] = DEFAULT_ROUTES
    approvals: Approvals = Approvals()
    guard: Guard = Guard()
    accounts: tuple[str, ...] = ()
    systems: tuple[Literal["slack", "pagerduty", "jira", "siem"], ...] = ()
    lift_after_s: int = 12 * 3600 + 300
    temporal_ui: str = ""
    namespace: str = "default"
    time_zone: str = "UTC"
