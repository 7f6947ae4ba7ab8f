"""Being the one that writes to a store, beside no judge, for as long as a command runs."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from activities.ports import Store
from cli.baseline_ledger import Ledger
from cli.output import talk
from detectors.settling import Settling
from model.errors import HopstopError, Malformed, Refused
from model.journal import Entry, Lead
from model.store_url import store_of
from model.text import clean

LEASE_S = 8.0
"""How long a leader may be silent until it is gone: a watch says every 1.5 seconds that it is there."""
RENEW_S = 1.5
_LOOK_S = 0.25


def open_url(url: str) -> Store:
    """The store of `sqlite:///file.db` or `dynamodb://table`. Raises Malformed for anything else."""
    from integrations.aws import AwsClients  # noqa: PLC0415 - the AWS library takes a while
    from integrations.stores import open_store  # noqa: PLC0415
    from model.settings import ContainmentSettings  # noqa: PLC0415

    return open_store(url, AwsClients(ContainmentSettings()))


def existing(url: str) -> Store:
    """The same of a store that is there. Raises Malformed where a file is not: it would be made, empty."""
    kind, name = store_of(url)
    if kind == "sqlite" and not Path(name).is_file():
        raise Malformed(
            f"there is no store {clean(name, 200)}: name the one that the worker has, or learn into it first"
        )
    return open_url(url)


@contextmanager
def leading(store: Store, lease_s: float = LEASE_S) -> Iterator[Ledger]:
    """Lead the store, with every document brought up to date. Raises Refused while another process does."""
    lead = _lead(store, lease_s)
    over = Event()
    renewing = Thread(target=_renew, args=(store, lead.version, over), daemon=True)
    renewing.start()
    try:
        yield Ledger(store, lead.version, _settled(store, lead))
    finally:
        over.set()
        renewing.join()
        with suppress(HopstopError):
            store.resign(lead.version)
        store.close()


def _lead(store: Store, lease_s: float) -> Lead:
    holder = f"baseline {socket.gethostname()} {os.getpid()}"
    end = time.monotonic() + lease_s * 1.25
    told = False
    while time.monotonic() < end:
        lead = store.lead(holder, lease_s)
        if lead is not None:
            return lead
        if not told:
            talk(f"another process leads this store, or was killed; looking for {lease_s:.0f} s whether it is there")
        told = True
        time.sleep(_LOOK_S)
    raise Refused("a running watch leads this store: stop it first (hopstop worker), or name another --store")


def _settled(store: Store, lead: Lead) -> int:
    """Write back what the journal has and documents lack; the number of the last entry."""
    memory = Settling(store, lead.entry)
    for written in memory.settled():
        store.commit(lead.version, Entry(number=memory.number), written.documents, written.folded)
    return memory.number


def _renew(store: Store, version: int, over: Event) -> None:
    while not over.wait(RENEW_S):
        try:
            store.renew(version)
        except Refused:
            # Another leads: the next commit says so.
            return
        except HopstopError:
            continue
