"""What AWS itself deployed in an account: activities.ports.Deploys over CodeDeploy and CodePipeline. Only read."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations.aws import AwsClients, Place, place_of
from integrations.aws_errors import aws_errors
from model.enrichment import Change, Enrichment
from model.errors import NotFound, Refused
from model.settings import Deployer
from model.text import clean, code

# Deployments of one region that are read: BatchGetDeployments takes 25 (AWS).
MOST = 25
# Pipelines of one region that are looked at, latest changed first: each is a call of its own.
PIPELINES = 20
EXECUTIONS = 10
NAME = 100

_CONSOLE = {
    "arn:aws": "console.aws.amazon.com",
    "arn:aws-us-gov": "console.amazonaws-us-gov.com",
    "arn:aws-cn": "console.amazonaws.cn",
}


class AwsDeploys:
    """Deployments of an account, in the given regions; without any, in the worker's own."""

    def __init__(self, clients: AwsClients, regions: Sequence[str] = ()) -> None:
        self._clients = clients
        self._regions: tuple[str | None, ...] = tuple(regions) or (None,)
        self._readers: dict[Deployer, Callable[..., Iterator[Change]]] = {
            "codedeploy": self._deployments,
            "codepipeline": self._executions,
        }

    def deploys(self, deployer: Deployer, arn: str, since: datetime, until: datetime) -> Enrichment:
        """What began in the window in the account of the ARN, latest first; what was not to be seen is `missing`.

        Unavailable where AWS is silent or throttles: then nothing is known, and asking again may help.
        """
        place = place_of(arn)
        found: list[Change] = []
        missing: list[str] = []
        for region in self._regions:
            try:
                found += self._readers[deployer](place, region, missing, since, until)
            except (Refused, NotFound) as error:
                missing.append(f"deploys: {error}")
        return Enrichment(
            changes=tuple(sorted(found, key=lambda change: change.at, reverse=True)), missing=tuple(missing)
        )

    def _deployments(
        self, place: Place, region: str | None, missing: list[str], since: datetime, until: datetime
    ) -> Iterator[Change]:
        with aws_errors(f"list the deployments of account {code(place.account)}"):
            client = self._clients.reach("codedeploy", place, region)
            page = client.list_deployments(createTimeRange={"start": since, "end": until})
            ids = page.get("deployments", [])
            # Without a name CodeDeploy lists in no order that it promises.
            if page.get("nextToken") or len(ids) > MOST:
                missing.append(f"deploys: more of CodeDeploy in account {code(place.account)} than are read here")
            details = client.batch_get_deployments(deploymentIds=ids[:MOST])["deploymentsInfo"] if ids else []
        for each in details:
            yield _deployment(each, place, client.meta.region_name)

    def _executions(
        self, place: Place, region: str | None, missing: list[str], since: datetime, until: datetime
    ) -> Iterator[Change]:
        with aws_errors(f"list the pipelines of account {code(place.account)}"):
            client = self._clients.reach("codepipeline", place, region)
            page = client.list_pipelines(maxResults=1000)
        known = sorted(page.get("pipelines", []), key=_touched, reverse=True)
        if page.get("nextToken") or len(known) > PIPELINES:
            missing.append(f"deploys: of the pipelines in account {code(place.account)} only {PIPELINES} are read here")
        for pipeline in known[:PIPELINES]:
            with aws_errors(f"list what a pipeline of account {code(place.account)} did"):
                ran = client.list_pipeline_executions(pipelineName=pipeline["name"], maxResults=EXECUTIONS)
            for each in ran.get("pipelineExecutionSummaries", []):
                if since <= _at(each.get("startTime")) <= until:
                    yield _execution(each, str(pipeline["name"]), place, client.meta.region_name)


def _deployment(info: dict[str, Any], place: Place, region: str) -> Change:
    what = " to ".join(_name(info.get(key)) for key in ("applicationName", "deploymentGroupName") if info.get(key))
    by = f" by {_name(info['creator'])}" if info.get("creator") else ""
    return Change(
        summary=f"{what or 'a deployment'}: {_name(info.get('status', 'unknown'))}{by}, account {place.account}",
        source="CodeDeploy",
        at=_at(info.get("createTime")),
        link=_page(
            place, region, f"codesuite/codedeploy/deployments/{quote(str(info.get('deploymentId', '')), safe='')}"
        ),
    )


def _execution(summary: dict[str, Any], pipeline: str, place: Place, region: str) -> Change:
    trigger = summary.get("trigger") or {}
    by = " ".join(_name(trigger[key]) for key in ("triggerType", "triggerDetail") if trigger.get(key))
    began = f", began by {by}" if by else ""
    return Change(
        summary=f"{_name(pipeline)}: {_name(summary.get('status', 'unknown'))}{began}, account {place.account}",
        source="CodePipeline",
        at=_at(summary.get("startTime")),
        link=_page(place, region, f"codesuite/codepipeline/pipelines/{quote(pipeline, safe='')}/view"),
    )


def _name(given: object) -> str:
    """Who may deploy chooses it: shortened here, and shown as code wherever it is shown."""
    return clean(str(given), NAME)


def _page(place: Place, region: str, path: str) -> str:
    host = _CONSOLE.get(place.partition, _CONSOLE["arn:aws"])
    return f"https://{host}/{path}?region={quote(region, safe='')}"


def _touched(pipeline: dict[str, Any]) -> datetime:
    return _at(pipeline.get("updated"))


def _at(moment: object) -> datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else datetime.min.replace(tzinfo=UTC)
