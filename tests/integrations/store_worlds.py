"""Places where stores are kept, for the tests of what every store keeps to."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Protocol

import boto3

from activities.ports import Store
from integrations.aws import AwsClients
from integrations.dynamodb_store import DynamoDbStore
from integrations.dynamodb_table import table_definition
from integrations.sqlite_store import SqliteStore
from model.confidence import Confidence, Severity
from model.finding import Finding
from model.identity import Identity, Kind
from model.journal import Entry, Lesson
from model.lineage import Hop, Lineage
from model.settings import ContainmentSettings

AT = datetime(2026, 10, 3, 2, 47, tzinfo=UTC)
NOW = AT.timestamp()
HOUR = int(NOW) // 3600
LEASE_S = 30.0
ORIGIN = Identity(key="user:ana", kind=Kind.USER)
TABLES = count(1)


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class World(Protocol):
    """One place with its clocks; `store` is one more process that uses it."""

    clock: Clock
    now: Clock

    def store(self) -> Store: ...

    def close(self) -> None: ...


class SqliteWorld:
    """A file."""

    def __init__(self, path: Path) -> None:
        self.clock, self.now = Clock(0.0), Clock(NOW)
        self.path = path
        self._opened: list[SqliteStore] = []

    def store(self) -> SqliteStore:
        self._opened.append(SqliteStore(str(self.path), self.clock, self.now))
        return self._opened[-1]

    def close(self) -> None:
        for store in self._opened:
            store.close()


class DynamoDbWorld:
    """A table of its own at a local DynamoDB; `pauses` is what was waited between attempts."""

    def __init__(self, clients: AwsClients) -> None:
        self.clock, self.now = Clock(0.0), Clock(NOW)
        self.table = f"hopstop-{next(TABLES)}"
        self.pauses: list[float] = []
        self.clients = clients
        self.client = clients.own("dynamodb")
        self.client.create_table(**table_definition(self.table))

    def store(self) -> DynamoDbStore:
        return DynamoDbStore(self.clients, self.table, self.clock, self.now, self.pauses.append)

    def items(self) -> list[dict]:
        pages = self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def close(self) -> None:
        self.client.delete_table(TableName=self.table)


def clients_of(url: str, session: boto3.Session) -> AwsClients:
    return AwsClients(ContainmentSettings(), base=session, endpoint=url)


def finding(
    uid: str = "f1", confidence: str = "medium", roles: tuple[str, ...] = ("arn:ci",), message: str = "odd"
) -> Finding:
    hops = tuple(Hop(role_arn=role, account="111111111111", session_name="s", time=AT) for role in roles)
    return Finding(
        uid=uid,
        time=AT,
        last_time=AT,
        detected=AT,
        origin=ORIGIN,
        principal=None,
        confidence=Confidence(confidence),
        severity=Severity(confidence),
        detectors=("chain",),
        techniques=(),
        source_accounts=(),
        target_accounts=(),
        roles=roles,
        hops=len(roles),
        records=("e1",),
        message=message,
        playbook="record_only",
        anomalies=(),
        lineages=(Lineage(origin=ORIGIN, hops=hops),),
    )


def lesson(name: str, told: datetime = AT) -> Lesson:
    return Lesson(origin="user:ana", finding=name, verdict="benign", told=told, until=told + timedelta(days=30))


def commit(store: Store, version: int, number: int, documents=None, folded: int = 0, **entry) -> None:
    store.commit(version, Entry(number=number, **entry), documents or {}, folded)
