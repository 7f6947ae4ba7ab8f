"""The demo's thirty days, learned by the judge and kept in the store that the worker will open."""

import json
from collections.abc import Callable
from datetime import datetime

from activities.ports import Store
from cli.demo_organization import Cast, ordinary_days
from config import Settings
from detectors.judge import Judge
from integrations.aws import AwsClients
from integrations.stores import open_store
from model.envelopes import unwrap
from model.errors import Refused
from model.journal import Lead
from model.organization import Organization
from model.thresholds import Thresholds


def learn(settings: Settings, cast: Cast, now: datetime, after_a_day: Callable[[], object]) -> str:
    """Learn every day before `now` into the store that settings name; what was learned, in words."""
    clients = AwsClients(settings.file.containment, who=lambda: "hopstop")
    store = open_store(settings.environment.hopstop_store, clients)
    return learn_days(store, settings.file.thresholds, settings.file.organization, cast, now, after_a_day)


def learn_days(
    store: Store,
    thresholds: Thresholds,
    organization: Organization,
    cast: Cast,
    now: datetime,
    after_a_day: Callable[[], object] = lambda: None,
) -> str:
    """The same, into any store: one commit a day."""
    lead = store.lead("demo", 60)
    if lead is None:
        raise Refused("the store is in use: another judge leads it")
    judge = Judge(thresholds, organization, store, entry=lead.entry, now=now.timestamp())
    count = 0
    for _, records in ordinary_days(cast, now, organization.time_zone):
        judge.judge(unwrap(json.dumps({"Records": records}).encode()), now.timestamp())
        _keep(store, lead, judge)
        count += len(records)
        after_a_day()
    judge.finish(now.timestamp())
    _keep(store, lead, judge)
    store.resign(lead.version)
    return f"{count:,} records, {judge.identities} identities"


def _keep(store: Store, lead: Lead, judge: Judge) -> None:
    written = judge.written()
    store.commit(lead.version, written.entry, written.documents, written.folded)
