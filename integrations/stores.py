"""Which store a setting names."""

from activities.ports import Store
from integrations.aws import AwsClients
from integrations.sqlite_store import SqliteStore
from model.errors import Malformed


def open_store(url: str, clients: AwsClients) -> Store:
    """The store of `sqlite:///relative.db` or `sqlite:////absolute.db`. Raises Malformed for anything else."""
    path = url.removeprefix("sqlite:///")
    if path == url or not path:
        raise Malformed("HOPSTOP_STORE: not a store that is known; write sqlite:///hopstop.db")
    return SqliteStore(path)
