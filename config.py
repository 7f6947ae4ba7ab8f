"""Settings: the only reader of the environment and of hopstop.toml."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import SecretStr, ValidationError

from model.containment_origins import Prepared
from model.errors import Malformed, Refused
from model.file import File
from model.frozen import Frozen
from model.organization import Organization, Relationship, read_trust
from model.own import Own
from model.protection import role_pattern
from model.senseless_file import senseless_file
from model.settings import CaseSettings, Deployer, Guard
from model.store_url import store_of
from model.text import clean
from model.watch_plan import Terms, WatchPlan

T = TypeVar("T", bound=Frozen)
System = Literal["slack", "pagerduty", "jira"]
Informed = Literal["siem", "jira_changes", Deployer]


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
    hopstop_siem_token: SecretStr | None = None


_TOGETHER: dict[System, tuple[str, ...]] = {
    "slack": ("slack_bot_token", "slack_app_token", "hopstop_slack_channel"),
    "pagerduty": ("pagerduty_api_key", "pagerduty_routing_key"),
    "jira": ("jira_url", "jira_user", "jira_token", "hopstop_jira_project"),
}


class Settings(Frozen):
    """Everything that people set."""

    file: File
    environment: Environment
    documented: tuple[Relationship, ...] = ()

    @property
    def organization(self) -> Organization:
        """The organisation, with the documented trust of the trust map's file."""
        own = self.file.organization
        return own.model_copy(update={"trust": (*own.trust, *self.documented)}) if self.documented else own

    @property
    def systems(self) -> tuple[System, ...]:
        """The vendors that are configured."""
        return tuple(name for name, fields in _TOGETHER.items() if getattr(self.environment, fields[0]))

    @property
    def own(self) -> Own:
        """What is the watch's own."""
        queue, bucket = self.environment.hopstop_queue_url, self.file.reconcile.bucket
        containment = self.file.containment
        scps = (arn.rsplit("/", 1)[-1] for arn in (containment.quarantine_scp, containment.people_scp) if arn)
        managed = containment.managed_policy.strip("/")
        return Own(queue=queue, bucket=bucket, role=containment.role, managed=managed, scps=tuple(scps))

    def for_cases(self) -> CaseSettings:
        """What a case needs to know."""
        return CaseSettings(
            routes=self.file.routes,
            approvals=self.file.approvals,
            guard=guarded(self.file),
            accounts=tuple(sorted(self.file.organization.accounts)),
            systems=(*self.systems, *self._beside),
            tiers={number: one.tier for number, one in sorted(self.file.organization.accounts.items()) if one.tier},
            lift_after_s=self.file.containment.lift_after_s,
            managed_policy=self.file.containment.managed_policy.strip("/"),
            managed_always=self.file.containment.managed_always,
            prepared=Prepared(quarantine=self.file.containment.quarantine_scp, people=self.file.containment.people_scp),
            temporal_ui=self.file.links.temporal_ui,
            namespace=self.environment.temporal_namespace,
            time_zone=self.file.organization.time_zone,
        )

    def unfit(self) -> str:
        """What a worker lacks for its routes, in one line; empty where it may start."""
        approvals = self.file.approvals
        for number, route in enumerate(self.file.routes):
            if route.mode == "enforce" and "slack" not in self.systems:
                key = f"routes.{number}.mode"
                return f"{key}: nobody could lift what is enforced without Slack; set SLACK_BOT_TOKEN, or choose ask"
            on_call = route.schedules or (approvals.schedules if not (route.users or route.groups) else ())
            if on_call and route.mode != "observe" and "pagerduty" not in self.systems:
                return (
                    f"routes.{number}: who is on call decides, but PAGERDUTY_API_KEY is not set; set it, or name users"
                )
        return ""

    def for_watch(self, pager: str) -> WatchPlan:
        """How to watch; `pager` is the task queue of the workers that page."""
        watch = self.file.watch
        return WatchPlan(
            thresholds=self.file.thresholds,
            organization=self.file.organization,
            exemptions=self.file.exceptions,
            own=self.own,
            accept_bare=watch.accept_bare,
            pollers=watch.pollers,
            canary_role=watch.canary_role,
            canary_every_s=watch.canary_every_s,
            terms=Terms(
                every_s=watch.coverage_s,
                silent_after_s=watch.silent_after_s,
                canary=bool(watch.canary_role),
                pager=pager if "pagerduty" in self.systems else "",
            ),
        )

    @property
    def _beside(self) -> tuple[Informed, ...]:
        """What cases tell or ask beside the vendors: the SIEM, Jira's change tickets, AWS's deployers."""
        siem: tuple[Informed, ...] = ("siem",) if self.file.siem.to != "none" else ()
        changes: tuple[Informed, ...] = ("jira_changes",) if "jira" in self.systems and self.file.jira.changes else ()
        return (*siem, *changes, *dict.fromkeys(self.file.deploys.by))

    @property
    def siem_file(self) -> Path:
        """The file of findings: where settings say, else beside the SQLite store, else in the working directory."""
        if self.file.siem.file:
            return Path(self.file.siem.file)
        kind, where = store_of(self.environment.hopstop_store)
        folder = Path(where).parent if kind == "sqlite" else Path()
        return folder / "hopstop-findings.jsonl"

    def guard(self) -> Guard:
        """The guard rules as hopstop.toml holds them at this moment; Refused where it cannot be read any more."""
        try:
            return guarded(read_file(self.environment.hopstop_config))
        except Malformed as error:
            raise Refused(f"the guard rules cannot be read, so nothing is done: {error}") from None


def guarded(file: File) -> Guard:
    """The guard rules of a file; the containing role is protected without being listed."""
    role = file.containment.role
    own = (role_pattern(role),) if role else ()
    return file.guard.model_copy(update={"protected": (*file.guard.protected, *own)})


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment and the file it names. Raises Malformed, one line with the key and the fix."""
    environment = _environment(os.environ if environ is None else environ)
    file = read_file(environment.hopstop_config)
    return Settings(file=file, environment=environment, documented=read_map(file.trust.map))


def read_map(path: str) -> tuple[Relationship, ...]:
    """The documented trust of a trust map's file; none where none is named. Raises Malformed."""
    if not path:
        return ()
    try:
        return read_trust(Path(path).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise Malformed(f"trust.map: {path} cannot be read as UTF-8 text; name a file that can") from None


def read_file(path: str) -> File:
    """hopstop.toml as values; documented defaults where no file is named. Raises Malformed."""
    if not path:
        return File()
    try:
        data = tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise Malformed(f"HOPSTOP_CONFIG: {path} cannot be read ({error.strerror}); name a readable file") from None
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{path} is not TOML ({clean(str(error), 160)}); mend it there") from None
    file = _checked(File, data, path)
    for wrong in senseless_file(file):
        raise Malformed(f"{path}: {wrong}")
    return file


def _environment(environ: Mapping[str, str]) -> Environment:
    names = Environment.model_fields
    given = {name: environ[name.upper()] for name in names if environ.get(name.upper())}
    environment = _checked(Environment, given, "the environment")
    for wrong in _misplaced(environment):
        raise Malformed(wrong)
    return environment


_FIXES = {
    "extra_forbidden": "there is no such key; remove it or correct its spelling",
    "missing": "it is missing; add it",
    "string_pattern_mismatch": "it is no account id; write 12 digits in quotes",
    "tuple_type": "it is no list; write it in [ and ]",
    "dict_type": "it is no table; write it under its name in [ and ]",
    "model_type": "it is no table; write it under its name in [ and ]",
}


def _checked(model: type[T], data: Mapping[str, Any], where: str) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        # Neither the input nor the context: either may hold a secret.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        key = ".".join(clean(str(part), 60) for part in first["loc"] if part != "[key]") or "the file"
        said = first["msg"].removeprefix("Value error, ")
        key = key.upper() if model is Environment else key
        problem = _FIXES.get(first["type"]) or f"{said[:1].lower()}{said[1:]}; correct it"
        raise Malformed(f"{where}: {key}: {problem}") from None


_WEB = re.compile(r"https?://[^\s/]+.*")
_HOST = re.compile(r"[^\s/:]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5}")


def _misplaced(environment: Environment) -> Iterator[str]:
    """What cannot be right about the environment; no value of it is ever repeated."""
    yield from _wrong_values(environment)
    yield from _wrong_token("SLACK_BOT_TOKEN", environment.slack_bot_token, "xoxb-")
    yield from _wrong_token("SLACK_APP_TOKEN", environment.slack_app_token, "xapp-")
    if not _HOST.fullmatch(environment.temporal_address):
        yield "TEMPORAL_ADDRESS is not host:port; write it like localhost:7233, without https://"
    if bool(environment.temporal_tls_cert) != bool(environment.temporal_tls_key):
        yield "TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY go together; set both, or neither"
    try:
        store_of(environment.hopstop_store)
    except Malformed as error:
        yield str(error)
    for system, fields in _TOGETHER.items():
        missing = [name for name in fields if not getattr(environment, name)]
        if missing and len(missing) < len(fields):
            yield f"{missing[0].upper()} is not set, but {system} needs it; set it, or unset the others"


def _wrong_values(environment: Environment) -> Iterator[str]:
    for name, value in environment:
        if isinstance(value, SecretStr) and re.search(r"\s", value.get_secret_value()):
            yield f"{name.upper()} has a space or a line break in it; set it to the secret alone"
        if isinstance(value, str) and value and name.endswith("_url") and not _WEB.fullmatch(value):
            yield f"{name.upper()} is no web address; begin it with https:// or http://"


def _wrong_token(name: str, token: SecretStr | None, begin: str) -> Iterator[str]:
    if token is not None and not token.get_secret_value().startswith(begin):
        yield f"{name} does not begin with {begin}; copy the right one of Slack's two tokens"
