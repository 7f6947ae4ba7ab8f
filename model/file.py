"""hopstop.toml as values, table by table, each with its default."""

from typing import Literal

from pydantic import Field

from model.exemption import Exemption
from model.frozen import Frozen
from model.organization import Organization
from model.settings import DEFAULT_ROUTES, Approvals, ContainmentSettings, Deployer, Guard, Route, TrustSettings
from model.thresholds import Thresholds


class PagerDutySettings(Frozen):
    """Whose on-call is asked: schedule ids; empty asks every schedule that the key sees."""

    schedules: tuple[str, ...] = ()


class JiraSettings(Frozen):
    """The type of the issues that are opened, by its name in the project; the version of the REST API: 3 of Jira Cloud,
    2 of Jira Server and Data Center; the project whose issues are change tickets (empty: none is looked at)."""

    issue_type: str = "Task"
    api: Literal["2", "3"] = "3"
    changes: str = ""


class DeploySettings(Frozen):
    """Which of AWS's deployers are asked what they did around a finding, and in which regions; without regions in the
    worker's own."""

    by: tuple[Deployer, ...] = ()
    regions: tuple[str, ...] = ()


class SiemSettings(Frozen):
    """Where findings go for whoever searches: one of a file of JSON lines, an EventBridge bus, a Firehose stream, an
    HTTPS collector, or nowhere. `file` empty: beside the store. `scheme` stands before HOPSTOP_SIEM_TOKEN in the header
    Authorization; `wrapped` puts each event under the key `event`."""

    to: Literal["file", "eventbridge", "firehose", "https", "none"] = "file"
    file: str = ""
    bus: str = ""
    stream: str = ""
    url: str = ""
    scheme: str = "Bearer"
    wrapped: bool = False


class Links(Frozen):
    """Addresses that people open: the Temporal UI."""

    temporal_ui: str = ""


class WatchSettings(Frozen):
    """Intake: seconds of a coverage row, threads that receive, whether records outside of AWS's events are believed,
    seconds of silence until somebody is paged (0: never), and the role and rhythm of the canary."""

    coverage_s: int = Field(default=120, ge=5, le=3600)
    pollers: int = Field(default=2, ge=1, le=16)
    accept_bare: bool = False
    silent_after_s: int = Field(default=1800, ge=0, le=86_400)
    canary_role: str = ""
    canary_every_s: int = Field(default=300, ge=60, le=43_200)


class ReconcileSettings(Frozen):
    """Where CloudTrail writes its log files: the bucket and what stands before `AWSLogs/`; how many hours back the
    first round reads, and the seconds between rounds. Without a bucket nothing is read."""

    bucket: str = ""
    prefix: str = ""
    hours: float = Field(default=3, gt=0, le=168)
    every_s: int = Field(default=900, ge=60, le=86_400)


class File(Frozen):
    """hopstop.toml: what is odd, who may approve, routing, guard rules, the organisation."""

    organization: Organization = Organization()
    thresholds: Thresholds = Thresholds()
    exceptions: tuple[Exemption, ...] = ()
    routes: tuple[Route, ...] = DEFAULT_ROUTES
    approvals: Approvals = Approvals()
    guard: Guard = Guard()
    containment: ContainmentSettings = ContainmentSettings()
    pagerduty: PagerDutySettings = PagerDutySettings()
    jira: JiraSettings = JiraSettings()
    deploys: DeploySettings = DeploySettings()
    siem: SiemSettings = SiemSettings()
    links: Links = Links()
    watch: WatchSettings = WatchSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    trust: TrustSettings = TrustSettings()
