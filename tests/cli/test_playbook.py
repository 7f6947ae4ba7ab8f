"""`hopstop playbook`: the runbooks, and the plan of a finding without a case."""

import json

import pytest
from typer.testing import CliRunner

from cli.backtest import backtest
from cli.playbook import app
from playbooks import PLAYBOOKS
from playbooks.page import PAGE
from tests.cli.test_explain import run as run_command
from tests.detectors.world import PROD, Actor, assume, laptop, month, night

OTHER = night().replace(minute=20)


def run(*arguments: object, stdin: str | None = None, **env: str):
    return CliRunner(env={"COLUMNS": "120", **env}).invoke(app, [*map(str, arguments)], input=stdin)


@pytest.fixture(scope="module")
def trail(tmp_path_factory):
    """Records with an attack in them, beside which somebody else uses its last role."""
    folder = tmp_path_factory.mktemp("trail")
    other, _ = assume(Actor("bob"), "prod-data", PROD, OTHER)
    (folder / "all.json").write_text(json.dumps({"Records": [*month(), *laptop(night()), other]}))
    return folder / "all.json"


@pytest.fixture(scope="module")
def until():
    return ["--learn-until", night().replace(hour=0, minute=0).isoformat()]


@pytest.fixture(scope="module")
def printed(trail, until):
    """The line of the attack."""
    lines = [json.loads(line) for line in run_command(backtest, trail, *until, "--json").stdout.splitlines()]
    return next(line for line in lines if line.get("severity") == "critical")


@pytest.fixture(scope="module")
def planned(trail, until, printed):
    result = run("plan", printed["uid"][:10], trail, *until, "--json")
    assert result.exit_code == 0, result.stderr
    assert "IAM was not asked" in result.stderr
    return json.loads(result.stdout)


def test_every_playbook_is_listed_with_the_routes_that_lead_to_it():
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows] == [*PLAYBOOKS]
    routes = {row["name"]: [one["finding"] for one in row["routes"]] for row in rows}
    assert routes["ask_first"] == ["high", "medium"]
    assert routes["confirm_with_person"] == []
    assert "no route leads to it" in run("list").stdout


def test_configured_routes_stand_in_for_the_documented_ones(tmp_path):
    file = tmp_path / "hopstop.toml"
    file.write_text('[[routes]]\nplaybook = "confirm_with_person"\naccounts = ["111111111111"]\npatience_s = 600\n')
    told = run("list", HOPSTOP_CONFIG=str(file)).stdout
    assert "routes.0: account `111111111111` (mode observe; on-call is paged after 10 min)" in " ".join(told.split())
    assert told.count("no route leads to it") == len(PLAYBOOKS) - 1


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_playbook_is_shown_as_its_page_has_it(name):
    one = json.loads(run("show", name, "--json").stdout)
    page = PAGE.read_text("utf-8")
    assert one["words"] in page
    assert one["steps"] in page
    assert "async def run" in run("show", name).stdout


def test_a_playbook_that_is_not_there_is_named_with_those_that_are():
    result = run("show", "nuke")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no playbook nuke" in result.stderr
    assert "record_only" in result.stderr


def test_a_plan_shows_every_action_and_its_undo(planned, printed):
    assert planned["finding"] == printed["uid"]
    assert [action["kind"] for action in planned["actions"]] == ["deny_user", "revoke", "revoke", "revoke"]
    assert [action["target"] for action in planned["actions"]] == [printed["origin"], *printed["roles"]]
    assert all(action["effect"] and action["undo"] for action in planned["actions"])
    assert len(planned["hash"]) == 12
    assert planned["iam"] == []


def test_a_plan_names_who_else_is_hit(planned):
    hits = {action["target"].rsplit("/")[-1]: action["hits"] for action in planned["actions"]}
    assert any("bob" in name for name in hits["prod-data"])
    assert hits["ana"] == []


def test_people_read_the_same(trail, until, printed, planned):
    told = run("plan", printed["uid"], trail, *until).stdout
    for said in ("nothing was done", planned["hash"], "only by a person", "by itself", "one approval is enough"):
        assert said in told, said
    assert max(map(len, told.splitlines())) <= 120


def test_what_settings_protect_is_left_with_what_to_do_by_hand(trail, until, printed, tmp_path):
    file = tmp_path / "hopstop.toml"
    file.write_text(f'[guard]\nprotected = ["{printed["roles"][0]}"]\n')
    result = run("plan", printed["uid"], trail, *until, "--json", HOPSTOP_CONFIG=str(file))
    made = json.loads(result.stdout)
    assert [one["target"] for one in made["cannot"]] == [printed["roles"][0]]
    assert made["cannot"][0]["do"]
    assert made["two"] == "the chain touches a protected principal"


def test_a_printed_finding_is_planned_with_its_records_and_by_hand_without(trail, until, printed, planned, tmp_path):
    file = tmp_path / "finding.json"
    file.write_text(json.dumps(printed))
    assert json.loads(run("plan", file, trail, *until, "--json").stdout) == planned
    alone = run("plan", "-", "--json", stdin=json.dumps(printed))
    made = json.loads(alone.stdout)
    assert (alone.exit_code, made["hash"], made["actions"]) == (0, None, [])
    assert [one["target"] for one in made["cannot"]] == [printed["origin"], *printed["roles"]]
    assert "neither its chain nor unique ids" in alone.stderr


def test_one_finding_is_planned_at_a_time(printed):
    two = "\n".join(json.dumps(printed | {"uid": uid}) for uid in ("0" * 16, "1" * 16))
    result = run("plan", "-", stdin=two)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "holds 2 findings" in result.stderr


def test_a_finding_that_is_not_there_fails(trail, until):
    result = run("plan", "ffffffff", trail, *until)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no finding of" in result.stderr


def test_without_iam_an_asked_plan_says_so_and_stays(trail, until, printed, planned):
    result = run(
        "plan", printed["uid"], trail, *until, "--json", "--ask-iam",
        AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none",
        AWS_MAX_ATTEMPTS="1", AWS_REGION="eu-central-1",
    )  # fmt: skip
    made = json.loads(result.stdout)
    assert (made["hash"], made["actions"], made["iam"]) == (planned["hash"], planned["actions"], [])
    assert len([note for note in made["notes"] if note.startswith("planned from records alone")]) == 4
