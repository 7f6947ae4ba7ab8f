"""A consumer as a process of its own, for tests that kill it: endpoint, account, queue's URL, store, holder."""

import sys

from temporalio.testing import ActivityEnvironment

from activities.watching import Watching, WatchOrder
from integrations.aws import AwsClients
from integrations.aws_sqs import SqsQueue
from integrations.sqlite_store import SqliteStore
from model.settings import ContainmentSettings
from model.watch_plan import WatchPlan
from tests.activities.paper_queue import PaperCases
from tests.servers import Ministack

HIDE_S = 2


def main(endpoint: str, account: str, url: str, store: str, holder: str) -> None:
    """Consume until killed."""
    clients = AwsClients(ContainmentSettings(), base=Ministack(endpoint).root(account), endpoint=endpoint)
    plan = WatchPlan(hide_s=HIDE_S, backoff_s=0.5)
    watching = Watching(SqsQueue(clients, url), SqliteStore(store), PaperCases(), plan, holder)
    ActivityEnvironment().run(watching.consume, WatchOrder(queue="records", span_s=600))


if __name__ == "__main__":
    main(*sys.argv[1:])
