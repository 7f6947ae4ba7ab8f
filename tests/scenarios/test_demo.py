import json

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
