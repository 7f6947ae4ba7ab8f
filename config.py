"""Settings: the only reader of the environment and of hopstop.toml."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError

from model.errors import Malformed, Refused
from model.frozen import Frozen
from model.organization import Organization
from model.settings import DEFAULT_ROUTES, Approvals, CaseSettings, ContainmentSettings, Guard, Route
from model.thresholds import Thresholds

T = TypeVar("T", bound=Frozen)
System = Literal["slack", "pagerduty", "jira"]


class PagerDutySettings(Frozen):
    """Whose on-call is asked: schedule ids; empty asks every schedule that the key sees."""

    schedules: tuple[str, ...] = ()


class JiraSettings(Frozen):
    """The REST version (3 writes ADF, 2 plain text) and the type of the issues."""

    api: Literal["2", "3"] = "3"
    issue_type: str = "Task"


class Links(Frozen):
    """Addresses that people open: the Temporal UI."""

    temporal_ui: str = ""


class WatchSettings(Frozen):
    """How many seconds one coverage row of the watch spans."""

    coverage_s: int = Field(default=120, ge=5, le=3600)


class File(Frozen):
    """hopstop.toml: what is odd, who may approve, routing, guard rules, the organisation."""

    organization: Organization = Organization()
    thresholds: Thresholds = Thresholds()
    routes: tuple[Route, ...] = DEFAULT_ROUTES
    approvals: Approvals = Approvals()
    guard: Guard = Guard()
    containment: ContainmentSettings = ContainmentSettings()
    pagerduty: PagerDutySettings = PagerDutySettings()
    jira: JiraSettings = JiraSettings()
    links: Links = Links()
    watch: WatchSettings = WatchSettings()


class Environment(Frozen):
    """Where things are, and secrets; each field is the environment variable of the same name in capitals."""

    hopstop_config: str = ""
    hopstop_queue_url: str = ""
    hopstop_store: str = "sqlite:///hopstop.db"
    hopstop_slack_channel: str = ""
    hopstop_jira_project: str = ""
    temporal_address: str = "localhost:7233"
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_tls_cert: str = ""
    temporal_tls_key: str = ""
    temporal_tls_ca: str = ""
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    pagerduty_api_key: SecretStr | None = None
    pagerduty_routing_key: SecretStr | None = None
    pagerduty_api_url: str = "https://api.pagerduty.com"
    pagerduty_events_url: str = "https://events.pagerduty.com"
    jira_url: str = ""
    jira_user: str = ""
    jira_token: SecretStr | None = None


_TOGETHER: dict[System, tuple[str, ...]] = {
    "slack": ("slack_bot_token", "slack_app_token", "hopstop_slack_channel"),
    "pagerduty": ("pagerduty_api_key", "pagerduty_routing_key"),
    "jira": ("jira_url", "jira_user", "jira_token", "hopstop_jira_project"),
}


class Settings(Frozen):
    """Everything that people set."""

    file: File
    environment: Environment

    @property
    def systems(self) -> tuple[System, ...]:
        """The vendors that are configured."""
        return tuple(name for name, fields in _TOGETHER.items() if getattr(self.environment, fields[0]))

    def for_cases(self) -> CaseSettings:
        """What a case needs to know."""
        return CaseSettings(
            routes=self.file.routes,
            approvals=self.file.approvals,
            guard=self.file.guard,
            accounts=tuple(sorted(self.file.organization.accounts)),
            systems=self.systems,
            lift_after_s=self.file.containment.lift_after_s,
            temporal_ui=self.file.links.temporal_ui,
            namespace=self.environment.temporal_namespace,
            time_zone=self.file.organization.time_zone,
        )

    def guard(self) -> Guard:
        """The guard rules as hopstop.toml holds them at this moment; Refused where it cannot be read any more."""
        try:
            return read_file(self.environment.hopstop_config).guard
        except Malformed as error:
            raise Refused(f"the guard rules cannot be read, so nothing is done: {error}") from None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment and the file it names. Raises Malformed, one line with the key and the fix."""
    environment = _environment(os.environ if environ is None else environ)
    return Settings(file=read_file(environment.hopstop_config), environment=environment)


def read_file(path: str) -> File:
    """hopstop.toml as values; documented defaults where no file is named. Raises Malformed."""
    if not path:
        return File()
    try:
        data = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise Malformed(f"HOPSTOP_CONFIG: {path} cannot be read ({error.strerror}); name a readable file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{path} is not TOML ({error}); mend that line") from None
    return _checked(File, data, path)


def _environment(environ: Mapping[str, str]) -> Environment:
    names = Environment.model_fields
    given = {name: environ[name.upper()] for name in names if environ.get(name.upper())}
    environment = _checked(Environment, given, "the environment")
    for system, fields in _TOGETHER.items():
        missing = [name for name in fields if not getattr(environment, name)]
        if missing and len(missing) < len(fields):
            raise Malformed(f"{missing[0].upper()} is not set, but {system} needs it; set it, or unset the others")
    return environment


def _checked(model: type[T], data: Mapping[str, Any], where: str) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        fix = "remove it or correct its spelling" if first["type"] == "extra_forbidden" else "correct it"
        raise Malformed(f"{where}: {key}: {first['msg']}; {fix}") from None
