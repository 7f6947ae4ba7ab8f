"""`hopstop slack`: the manifest, and a test ask there and back."""

import asyncio
import json
import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.main import run
from integrations.slack_manifest import SCOPES, create_link, manifest
from standins.slack import APP_TOKEN, BOT_TOKEN
from tests.cli.test_case import temporal
from tests.integrations.slack_world import CHANNEL, RIA, stand_in

ROOT = Path(__file__).parents[2]


def test_the_manifest_is_the_file_that_is_shipped(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["slack", "manifest"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out) == json.loads((ROOT / "deploy/slack/manifest.json").read_text()) == manifest()
    link = next(word for word in err.split() if word.startswith("https://"))
    assert json.loads(parse_qs(urlsplit(link).query)["manifest_json"][0]) == manifest()
    assert len(create_link(manifest())) < 2000


def test_it_asks_for_socket_mode_and_no_scope_without_a_reason() -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"]
    assert made["settings"]["interactivity"]["is_enabled"]
    assert made["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert all(SCOPES.values())


def test_without_slack_it_says_what_to_set(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["slack", "test"]) == 1
    assert "set SLACK_BOT_TOKEN" in capfd.readouterr().err


async def _test(address: str, api_url: str, *more: str) -> "asyncio.subprocess.Process":
    ours = {
        "TEMPORAL_ADDRESS": address,
        "SLACK_API_URL": api_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "HOPSTOP_SLACK_CHANNEL": CHANNEL.id,
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from cli.main import main; main()", "slack", "test", "--json", *more),
        env={**os.environ, **ours},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_press_comes_back_through_temporal(tmp_path: Path) -> None:
    async with temporal(tmp_path) as (client, address), stand_in() as server:
        process = await _test(address, server.api_url)
        await server.until(lambda: bool(server.messages(CHANNEL.id)), 30)
        (message,) = server.messages(CHANNEL.id)
        assert "TEST" in message.text
        pressed = await server.click(CHANNEL.id, message.ts, "case:mine", RIA.id)
        out, err = await process.communicate()
        outcome = json.loads(out)
        assert process.returncode == 0, err
        assert pressed.acknowledged
        assert (outcome["ok"], outcome["clicked_by"]) == (True, RIA.id)
        assert -1 < outcome["clicked_after_s"] < 10
        assert "Test passed" in str(server.messages(CHANNEL.id)[0].blocks)
        assert "case:mine" not in str(server.messages(CHANNEL.id)[0].blocks)
        assert server.violations == []
        left = [found async for found in client.list_workflows("ExecutionStatus = 'Running'")]
        assert left == []


async def test_nobody_pressing_it_is_a_failure_and_leaves_no_button(tmp_path: Path) -> None:
    async with temporal(tmp_path) as (_, address), stand_in() as server:
        process = await _test(address, server.api_url, "--wait", "1")
        out, _ = await process.communicate()
        assert process.returncode == 1
        assert json.loads(out)["ok"] is False
        assert "case:mine" not in str(server.messages(CHANNEL.id)[0].blocks)
