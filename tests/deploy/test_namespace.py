"""The job that prepares Temporal for cases, against a real server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "temporal"
TEMPORAL = Path(sys.executable).with_name("temporal")
# The names and types that a case sets; the contract of the Temporal page.
ATTRIBUTES = {
    "CaseState": "Keyword",
    "CasePrincipal": "Keyword",
    "CaseDetection": "Keyword",
    "CaseDecision": "Keyword",
    "CaseDecidedBy": "Keyword",
    "CaseTicket": "Keyword",
    "CasePlaybook": "Keyword",
    "CaseSeverity": "Int",
    "CaseDeadline": "Datetime",
    "CaseAccounts": "KeywordList",
}


def temporal(address: str, *words: str) -> str:
    done = subprocess.run(
        [TEMPORAL, *words, "--address", address], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def prepare(address: str, namespace: str, **extra: str) -> subprocess.CompletedProcess[str]:
    where = {"TEMPORAL_ADDRESS": address, "TEMPORAL_NAMESPACE": namespace}
    path = f"{TEMPORAL.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", DEPLOY / "namespace.sh"],
        env={**os.environ, "PATH": path, **where, **extra},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def attributes(address: str, namespace: str) -> dict[str, str]:
    listed = temporal(address, "operator", "search-attribute", "list", "-n", namespace)
    rows = (line.split() for line in listed.splitlines())
    return {row[0]: row[1] for row in rows if row and row[0].startswith("Case")}


def until_answers(address: str, namespace: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            attributes(address, namespace)
        except subprocess.CalledProcessError:
            assert time.monotonic() < deadline, "the server never answered"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        TEMPORAL,
        "server",
        "start-dev",
        "--headless",
        "--ip",
        "127.0.0.1",
        "--port",
        str(port),
        "--log-level",
        "never",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        until_answers(f"127.0.0.1:{port}", "default")
        yield f"127.0.0.1:{port}"
        server.terminate()


def test_a_new_namespace_gets_every_attribute_and_its_retention_and_a_second_run_changes_nothing(
    address: str,
) -> None:
    first = prepare(address, "cases", RETENTION="48h")
    assert (first.returncode, attributes(address, "cases")) == (0, ATTRIBUTES), first.stderr
    again = prepare(address, "cases", RETENTION="48h")
    assert (again.returncode, again.stdout) == (0, "namespace cases is ready\n"), again.stderr
    assert "48h0m0s" in temporal(address, "operator", "namespace", "describe", "-n", "cases")


def test_an_attribute_of_another_type_is_named_and_the_job_fails(address: str) -> None:
    temporal(address, "operator", "namespace", "create", "-n", "older")
    until_answers(address, "older")
    temporal(
        address,
        "operator",
        "search-attribute",
        "create",
        "-n",
        "older",
        "--name",
        "CaseSeverity",
        "--type",
        "Keyword",
    )
    done = prepare(address, "older")
    assert done.returncode == 1
    assert "search attribute CaseSeverity is not of type Int in namespace older" in done.stderr


def test_the_job_says_which_name_is_missing() -> None:
    done = subprocess.run(
        ["/bin/sh", DEPLOY / "namespace.sh"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "TEMPORAL_ADDRESS" in done.stderr
