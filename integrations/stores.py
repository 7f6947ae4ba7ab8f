"""The store that a setting names."""

from activities.ports import Store
from integrations.aws import AwsClients
from integrations.dynamodb_store import DynamoDbStore
from integrations.sqlite_store import SqliteStore
from model.store_url import store_of


def open_store(url: str, clients: AwsClients) -> Store:
    """The store of a HOPSTOP_STORE; nothing is opened yet. Raises Malformed where none is known by that name."""
    kind, name = store_of(url)
    return SqliteStore(name) if kind == "sqlite" else DynamoDbStore(clients, name)
