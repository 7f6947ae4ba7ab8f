import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from cli.demo_report import named
from cli.demo_servers import Servers, StepFailed
from cli.demo_settings import leave_the_real_world
from cli.main import run

ROOT = Path(__file__).parents[2]


def setting(**more: str) -> dict[str, str]:
    ours = ("HOPSTOP_", "SLACK_", "PAGERDUTY_", "JIRA_", "TEMPORAL_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


async def hopstop(*arguments: str, **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        *arguments,
        env=setting(**environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["demo", "--help"], 0), ([], 2), (["backtset"], 2), (["worker", "--role", "cook"], 2)],
)
def test_the_exit_code_says_whether_the_command_line_was_right(arguments, code, capfd):
    assert run(arguments) == code


def test_help_names_the_commands_that_work(capfd):
    run(["--help"])
    said = capfd.readouterr().out
    for name in ("demo", "worker", "backtest", "case", "config"):
        assert name in said


async def test_settings_that_are_fine_are_said_to_be(tmp_path):
    code, out, _ = await hopstop("config", "check", "--json")
    assert code == 0
    assert json.loads(out) == {"ok": True, "file": None, "systems": []}


@pytest.mark.parametrize(
    ("text", "key"), [("[guard]\nprotectd = []\n", "guard.protectd"), ("[thresholds\n", "hopstop.toml")]
)
async def test_a_wrong_setting_is_one_line_that_names_it(tmp_path, text, key):
    (tmp_path / "hopstop.toml").write_text(text)
    code, out, err = await hopstop("config", "check", HOPSTOP_CONFIG=str(tmp_path / "hopstop.toml"))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert key in err


async def test_an_exception_that_has_ended_is_said(tmp_path):
    text = (
        '[[exceptions]]\nidentity = "arn:aws:iam::111111111111:role/x"\nuntil = 2020-01-01T00:00:00Z\nreason = "gone"\n'
    )
    (tmp_path / "hopstop.toml").write_text(text)
    code, _, err = await hopstop("config", "check", HOPSTOP_CONFIG=str(tmp_path / "hopstop.toml"))
    assert code == 0
    assert "exceptions.0 (arn:aws:iam::111111111111:role/x, *) ended 2020-01-01 00:00 UTC" in err


async def test_the_schema_describes_the_file_and_the_demos_line():
    code, out, _ = await hopstop("config", "schema")
    schemas = json.loads(out)
    assert code == 0
    assert "thresholds" in schemas["hopstop.toml"]["properties"]
    assert "attacker_denied" in schemas["demo"]["properties"]


class TestChildren:
    async def test_a_child_that_ends_is_named_with_the_end_of_its_log(self, tmp_path):
        servers = Servers(tmp_path)
        script = tmp_path / "broken.py"
        script.write_text("import sys; sys.exit('no such setting')")

        async def never() -> bool:
            return False

        try:
            child = await servers.worker(script, {})
            with pytest.raises(StepFailed, match="the worker ended by itself") as failure:
                await child.ready(never)
            assert "no such setting" in failure.value.log
        finally:
            await servers.stop()

    async def test_children_end_with_their_parent_even_when_it_is_killed(self, tmp_path):
        child, parent = tmp_path / "child.py", tmp_path / "parent.py"
        child.write_text("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
        parent.write_text(
            f"""
import asyncio, pathlib
from cli.demo_servers import Servers
async def main():
    await Servers(pathlib.Path({str(tmp_path)!r})).worker(pathlib.Path({str(child)!r}), {{}})
    await asyncio.Event().wait()
asyncio.run(main())
"""
        )
        running = await asyncio.create_subprocess_exec(
            sys.executable, str(parent), env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        log = tmp_path / "worker.log"
        async with asyncio.timeout(20):
            while not (log.exists() and log.read_text().endswith("\n")):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)
            pid = int(log.read_text())
            running.send_signal(signal.SIGKILL)
            await running.wait()
            while _is_alive(pid):  # noqa: ASYNC110 - nobody tells when a stranger's child ends
                await asyncio.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_whatever_goes_wrong_in_a_step_of_the_demo_is_one_line_that_names_it():
    with pytest.raises(StepFailed, match=r"^four accounts: ValueError: no such thing$"), named("four accounts"):
        raise ValueError("no such thing\nand more of it")


def test_the_demo_forgets_the_shells_own_systems():
    before = dict(os.environ)
    try:
        os.environ |= {"AWS_PROFILE": "production", "SLACK_BOT_TOKEN": "xoxb-real", "JIRA_URL": "https://example.com"}
        leave_the_real_world()
        assert not {"AWS_PROFILE", "SLACK_BOT_TOKEN", "JIRA_URL"} & set(os.environ)
        assert os.environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.mark.parametrize(("text", "said"), [("[accounts\n", "neither TOML nor JSON"), ("orgid = 1\n", "no such key")])
def test_an_organisation_that_cannot_be_read_is_usage_and_names_its_file(tmp_path, capfd, text, said):
    (tmp_path / "org.toml").write_text(text)
    (tmp_path / "a.json").write_text("{}")
    assert run(["backtest", str(tmp_path / "a.json"), "--organization", str(tmp_path / "org.toml")]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert str(tmp_path / "org.toml") in err
    assert said in err


def test_a_path_that_is_not_there_is_usage_and_makes_no_store(tmp_path, capfd):
    absent = str(tmp_path / "absent")
    assert run(["backtest", absent]) == 2
    assert run(["baseline", "learn", absent, "--store", f"sqlite:///{tmp_path}/n.db"]) == 2
    assert [*tmp_path.iterdir()] == []
    assert capfd.readouterr().err.count("no such file or directory") == 2
