"""A person approves on the Slack page, and IAM denies."""

import json
from datetime import datetime

import boto3
import pytest

from tests.scenarios.hopstop_demo import hopstop_demo
from tests.standins.chromium import CHROMIUM, tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.timeout(240),
]


async def test_a_person_clicks_revoke_sessions_and_iam_denies(tmp_path):
    temporary, profile = tmp_path / "temporary", tmp_path / "profile"
    temporary.mkdir()
    profile.mkdir()
    async with hopstop_demo(str(temporary)) as demo:
        page_url = await demo.until(r"Slack +(http://\S+)")
        aws_url = await demo.until(r"AWS_ENDPOINT_URL=(\S+)")
        await demo.until(r"(Waiting for you)")
        assert policies(aws_url, "111111111111", "ci-build") == ["work"]

        async with tab(page_url, profile) as page:
            await page.until("[...document.querySelectorAll('#user option')].some(o => o.textContent.includes('Dana'))")
            await page.click("button[data-action-id='case:approve']")
            await page.click("#confirm-accept")
            await page.until("document.querySelector('#messages').textContent.toLowerCase().includes('contained')", 60)
            await page.until("!document.querySelector(\"button[data-action-id='case:approve']\")")

        await demo.until(r"(Everything stays up)")
        for account, role in (("111111111111", "ci-build"), ("222222222222", "deploy"), ("333333333333", "prod-data")):
            (ours,) = [name for name in policies(aws_url, account, role) if name.startswith("hopstop-")]
            statement = document(aws_url, account, role, ours)["Statement"][0]
            assert statement["Effect"] == "Deny"
            assert datetime.fromisoformat(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
        assert "hopstop-containment" in role_names(aws_url)
        assert policies(aws_url, "111111111111", "report-reader") == ["work"]
    assert demo.process.returncode == 0, demo.said
    assert list(temporary.iterdir()) == []


def iam(url: str, account: str):
    session = boto3.Session(account, "demo", region_name="us-east-1")
    return session.client("iam", endpoint_url=url)


def policies(url: str, account: str, role: str) -> list[str]:
    return iam(url, account).list_role_policies(RoleName=role)["PolicyNames"]


def document(url: str, account: str, role: str, policy: str) -> dict:
    found = iam(url, account).get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    return json.loads(found) if isinstance(found, str) else found


def role_names(url: str) -> list[str]:
    return [role["RoleName"] for role in iam(url, "111111111111").list_roles()["Roles"]]
