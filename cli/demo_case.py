"""How the demo follows its case: until it asks, until it is decided, until it is contained."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.demo_organization import Cast
from cli.demo_records import Caller, Setting, call
from cli.demo_servers import StepFailed
from model.case import CaseState, CaseView, LogLine
from model.case_id import case_id
from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.identities import identity_of

OPEN_S = 45.0
CONTAIN_S = 90.0
LOOK_S = 0.05
ENDED = {
    CaseState.CONTAINED,
    CaseState.VERIFIED,
    CaseState.NOT_CONTAINED,
    CaseState.DENIED,
    CaseState.EXPIRED,
    CaseState.OBSERVED,
    CaseState.CANCELLED,
}


def case_of_ana(cast: Cast, at: datetime) -> str:
    """The id that the attack's case will have."""
    record = call(Caller(cast.ana, cast.ana_key), "sts.amazonaws.com", "GetCallerIdentity", Setting(at, "", ""), "id")
    read = next(iter(unwrap(json.dumps(record).encode())))
    if not isinstance(read, CloudTrailRecord):
        raise StepFailed("a record of ana's cannot be read")
    return case_id(identity_of(read))


class Followed:
    """One case, looked at through its query. `check` raises where a server that it needs has ended."""

    def __init__(self, client: Client, case: str, check: Callable[[], None]) -> None:
        self.id = case
        self._handle = client.get_workflow_handle(case)
        self._check = check

    async def view(self) -> CaseView | None:
        """The case now; None while there is none, or nobody answers."""
        try:
            return CaseView.model_validate(await self._handle.query("view"))
        except RPCError as error:
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                return None
            raise

    async def until(self, holds: Callable[[CaseView], bool], within_s: float | None, what: str) -> CaseView:
        """The first view of which `holds` is true; StepFailed with what was waited for."""
        seen: CaseView | None = None
        try:
            async with asyncio.timeout(within_s):
                while True:
                    self._check()
                    seen = await self.view()
                    if seen is not None and holds(seen):
                        return seen
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise StepFailed(f"{what} did not happen within {within_s:.0f} s; {_where(seen)}") from None

    async def asked(self, hops: int) -> CaseView:
        """The case as it asks about a chain of that many hops."""
        return await self.until(lambda view: is_asking(view, hops), OPEN_S, "the question in Slack")

    async def settled(self, within_s: float | None = None) -> CaseView:
        """The case once it is contained, or will not be."""
        return await self.until(lambda view: view.state in ENDED, within_s, "the containment")


def is_asking(view: CaseView, hops: int) -> bool:
    """Whether the case asks about the whole chain, with a plan that no answer of IAM's changes any more."""
    return view.state is CaseState.WAITING and len(view.path) > hops and not view.awaited


def moment_of(view: CaseView, word: str) -> datetime | None:
    """When the case's story first said so: the time of its first line that begins with `word`."""
    return next((line.at for line in view.log if line.text.startswith(word)), None)


def seconds_to_find(view: CaseView) -> float | None:
    """From the deciding record's arrival in the queue to the finding, in seconds."""
    found, arrived = found_at(view), view.finding.arrived
    return None if found is None or arrived is None else max(0.0, (found - arrived).total_seconds())


def seconds_to_contain(view: CaseView) -> float | None:
    """From the finding to `contained`, in seconds."""
    found, contained = found_at(view), moment_of(view, "contained:")
    return None if found is None or contained is None else (contained - found).total_seconds()


def found_at(view: CaseView) -> datetime | None:
    """When the finding that decided the case reached it."""
    told = [line for line in view.log if _tells_of(line, view.finding.message)]
    return told[0].at if told else None


def _tells_of(line: LogLine, message: str) -> bool:
    return line.text.startswith("finding") and message in line.text


def _where(view: CaseView | None) -> str:
    if view is None:
        return "there is no case yet"
    return f"the case is {view.state} with {len(view.path)} principals in its chain"
