"""Real local servers for everybody's tests.

`from tests.servers import ministack` in a test module (or conftest) gives the session-scoped fixture: one AWS
stand-in a test process, with IAM enforced, CloudTrail recorded, every account there from the start. Accounts
keep tests out of each other's way: take a fresh one with `ministack.new_account()`. `moto_url` is another stand-in,
for what both have to agree on.
"""

import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from integrations.aws import session_of

READY_S = 30
ONE_ATTEMPT = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


@dataclass(frozen=True)
class Ministack:
    """A running ministack. `url` is its only endpoint; a 12-digit access key id is that account's root."""

    url: str
    region: str = "us-east-1"
    _accounts: Iterator[int] = field(default_factory=lambda: itertools.count(300_000_000_000))

    def new_account(self) -> str:
        """The number of an account that no other test uses."""
        return str(next(self._accounts))

    def root(self, account: str) -> boto3.Session:
        """A session of the account's root user."""
        return self.session(account, "root")

    def session(self, key: str, secret: str, token: str | None = None) -> boto3.Session:
        """A session with any credentials."""
        return session_of(key, secret, token, self.region)

    def client(self, service: str, session: boto3.Session) -> Any:
        """A client that tries once."""
        return session.client(service, endpoint_url=self.url, config=ONE_ATTEMPT)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    """One ministack for the whole test process."""
    port = free_port()
    log = tmp_path_factory.mktemp("ministack") / "log"
    process = start_ministack(port, log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_answers(f"{url}/_ministack/health", process, log)
        yield Ministack(url)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def moto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One moto server for the whole test process: its address. It enforces no IAM; an access key is an account."""
    port = free_port()
    log = tmp_path_factory.mktemp("moto") / "log"
    server = [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(server, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_answers(f"{url}/moto-api/data.json", process, log)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def start_ministack(port: int, log: Path) -> "subprocess.Popen[bytes]":
    """ministack with IAM enforced and CloudTrail recorded, nothing kept on disk."""
    ours = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AUTH": "true"}
    kept = {"PERSIST_STATE": "0", "CLOUDTRAIL_RECORDING": "1"}
    with log.open("wb") as out:
        return subprocess.Popen(
            [Path(sys.executable).with_name("ministack")],
            env={**os.environ, **ours, **kept},
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once `url` answers 200; fail with the server's log if it dies or takes longer than 30 s."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"{url} never answered:\n{log.read_text(errors='replace')[-2000:]}")
