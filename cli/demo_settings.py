"""The settings that the demo writes for its worker: a hopstop.toml and an environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.demo_aws import CONTAINING_ROLE, REGION, Stage
from cli.demo_organization import ACCOUNTS

PATIENCE_S = 900
SNAPSHOT = "iam"
OURS = ("AWS_", "HOPSTOP_", "SLACK_", "PAGERDUTY_", "JIRA_")


@dataclass(frozen=True)
class People:
    """Slack ids: the channel, the team, who may decide, and the suspect."""

    channel: str
    team: str
    responder: str
    suspect: str


def leave_the_real_world() -> None:
    """Forget this shell's own AWS, Slack, PagerDuty and Jira: nothing of the demo may reach them."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ.update(nothing | {"AWS_EC2_METADATA_DISABLED": "true"})
    os.environ.update({"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"})


def aws_environment(stage: Stage, url: str) -> dict[str, str]:
    """The worker's own credentials, in the security account."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": stage.worker.key,
        "AWS_SECRET_ACCESS_KEY": stage.worker.secret,
        "AWS_DEFAULT_REGION": REGION,
        "HOPSTOP_QUEUE_URL": stage.queue_url,
    }


def write_file(path: Path, stage: Stage, people: People, zone: str, temporal_ui: str) -> None:
    """hopstop.toml: ask for a composite finding, record the rest."""
    accounts = "".join(
        f'\n[organization.accounts."{number}"]\nname = "{name}"\nenvironment = "{name}"\n'
        for number, name in ACCOUNTS.items()
    )
    path.write_text(
        f"""# Written by hopstop demo.
[[routes]]
detectors = ["composite"]
playbook = "suspend_credentials"
mode = "ask"
patience_s = {PATIENCE_S}

[[routes]]
playbook = "record_only"
mode = "ask"

[approvals]
from = ["slack", "cli", "ui"]
users = ["{people.responder}"]
team = "{people.team}"
people = {{ ana = "{people.suspect}" }}

[guard]
protected = ["arn:aws:iam::*:role/hopstop/*", "arn:aws:iam::*:role/break-glass*"]

[containment]
role = "{CONTAINING_ROLE}"
external_id = "{stage.external_id}"

[trust]
snapshot = "{path.parent / SNAPSHOT}"

[links]
temporal_ui = "{temporal_ui}"

[organization]
org_id = "o-hopstopdemo"
time_zone = "{zone}"
{accounts}""",
        "utf-8",
    )


def approve_command(case: str, plan: str, environment: Mapping[str, str]) -> str:
    """The exact command line that approves the case from another terminal."""
    needed = " ".join(f"{name}={environment[name]}" for name in ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"))
    return f'{needed} {_hopstop()} case approve {case} --plan {plan[:6]} --reason "not us"'


def _hopstop() -> str:
    """How this shell calls the command: from the working directory where that is shorter."""
    program = Path(sys.executable).with_name("hopstop")
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)


def iam_command(url: str, account: str, role: str) -> str:
    """A command line that shows a role's policies, as the account's own administrator sees them."""
    who = f"AWS_ENDPOINT_URL={url} AWS_REGION={REGION} AWS_ACCESS_KEY_ID={account} AWS_SECRET_ACCESS_KEY=demo"
    return f"{who} aws iam list-role-policies --role-name {role}"
