import asyncio
import json
import re
import signal

import pytest

from tests.scenarios.hopstop_demo import hopstop_demo


@pytest.mark.timeout(180)
async def test_the_demo_contains_the_attack_and_says_so_in_one_line(tmp_path):
    async with hopstop_demo(str(tmp_path), "--auto", "--json") as demo:
        out = (await demo.process.stdout.read()).decode()
        await demo.process.wait()
    (line,) = out.splitlines()
    told = json.loads(line)
    assert demo.process.returncode == 0, demo.said
    assert told["outcome"] == "contained", demo.said
    assert told["case"].startswith("case:ana:111111111111:")
    assert [arn.rsplit("/", 1)[1] for arn in told["path"]] == ["ana", "ci-build", "deploy", "prod-data"]
    assert told["hop_count"] == 3
    assert told["attacker_denied"]
    assert told["fresh_session_allowed"]
    assert told["ticket"] == "SEC-1"
    assert told["page"].startswith(told["case"])
    assert 0 <= told["detected_after_s"] < 5
    assert 0 < told["contained_after_s"] < 10
    assert list(tmp_path.iterdir()) == []
    for secret in ("ASIA", "AKIA", "xoxb-", "xapp-"):
        assert secret not in demo.said


@pytest.mark.timeout(240)
async def test_another_terminal_approves_and_lifts_by_the_line_that_the_demo_prints(tmp_path):
    async with hopstop_demo(str(tmp_path)) as demo:
        approve = await demo.until(r"  (TEMPORAL_ADDRESS=.*case approve .*)\n")
        assert await shell(approve) == (0, "approve accepted\n")
        await demo.until(r"(Everything stays up)")
        lift = re.sub(r"case approve (\S+ --plan \S+) .*", r"case lift \1", approve)
        code, said = await shell(lift)
        assert code == 0
        assert said.endswith("lift accepted\n")
    assert demo.process.returncode == 0, demo.said
    assert "Stopped; nothing is left behind" in demo.said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", ["four accounts", "days learned", "Waiting for you"])
async def test_an_interrupted_demo_leaves_nothing_behind(tmp_path, step, number):
    async with hopstop_demo(str(tmp_path)) as demo:
        await demo.until(f"({step})")
        demo.process.send_signal(number)
        await demo.process.wait()
    assert demo.process.returncode == 130
    assert demo.said.endswith("Stopped; nothing is left behind\n")
    assert list(tmp_path.iterdir()) == []


async def shell(line: str) -> tuple[int, str]:
    """A command line's exit code and stderr."""
    process = await asyncio.create_subprocess_shell(
        line, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()
