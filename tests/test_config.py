import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

import detectors
from config import Environment, Settings, load, read_file
from model.anomaly import DETECTORS
from model.errors import Malformed, Refused

ROOT = Path(__file__).parents[1]
SLACK = {"SLACK_BOT_TOKEN": "xoxb-s3cr3t", "SLACK_APP_TOKEN": "xapp-s3cr3t", "HOPSTOP_SLACK_CHANNEL": "C0SEC"}
JIRA = {"JIRA_URL": "https://j.test", "JIRA_USER": "u", "JIRA_TOKEN": "s3cr3t", "HOPSTOP_JIRA_PROJECT": "SEC"}
PAGERDUTY = {"PAGERDUTY_API_KEY": "s3cr3t", "PAGERDUTY_ROUTING_KEY": "s3cr3t"}
ENFORCE = '[[routes]]\nmode = "enforce"\nusers = ["U0DANA"]\ndetectors = [{}]\n'
ASK = '[[routes]]\nmode = "ask"\n'

WRONG_FILES = (
    # what is written, the key that is named, a word of the fix
    ('[guard]\nprotectd = ["arn:aws:iam::*:role/x"]', "guard.protectd", "correct its spelling"),
    ('secret = "s3cr3t"', "secret", "remove it"),
    ('[reconcile]\nbucket = "s3://trail/x"', "reconcile.bucket", "without s3://"),
    ('[reconcile]\nbucket = "trail"\nprefix = "org/AWSLogs/"', "reconcile.prefix", "before AWSLogs/"),
    ('[reconcile]\nprefix = "org"', "reconcile.bucket", "name the bucket"),
    ("[reconcile]\nhours = 0", "reconcile.hours", "greater than 0"),
    ("[reconcile]\nevery_s = 5", "reconcile.every_s", "greater than or equal to 60"),
    ('"a\\nb" = 1', "a b", "remove it"),
    ("[guard]\nstop = 7", "guard.stop", "boolean"),
    ('[guard]\nprotected = "arn:aws:iam::*:role/x"', "guard.protected", "no list"),
    ("guard = true", "guard", "no table"),
    ('[guard]\nprotected = ["admin"]', "guard.protected", "arn:"),
    ('[guard]\nprotected = ["arn:aws:sts::*:assumed-role/x/*"]', "guard.protected", "iam ARN"),
    ('[guard]\nprotected = ["arn:aws:iam::*:role/[ab]"]', "guard.protected", "iam ARN"),
    ('[guard]\ntag = "keep"', "guard.tag", "guard.tag_scp"),
    ('[guard]\ntag = "hopstop-contained"\ntag_scp = "p-1"', "guard.tag", "another key"),
    ("[guard.budget]\nhour = -1", "guard.budget.hour", "greater than or equal to 0"),
    ("[guard.budget]\nweek = 1", "guard.budget.week", "no such key"),
    ('[containment]\nlift_after_s = "s3cr3t"', "containment.lift_after_s", "integer"),
    ("[containment]\nlift_after_s = -5", "containment.lift_after_s", "greater than or equal to 60"),
    ('[containment]\nrole = "arn:aws:iam::111111111111:role/x"', "containment.role", "not its ARN"),
    ("[[routes]]\npatience_s = -1", "routes.0.patience_s", "greater than or equal to 10"),
    ('[[routes]]\nmode = "s3cr3t"', "routes.0.mode", "'observe', 'ask' or 'enforce'"),
    ('[[routes]]\nplaybook = "burn"', "routes.0.playbook", "record_only"),
    ('[[routes]]\nconfidence = ["hi"]', "routes.0.confidence.0", "'high'"),
    ('[[routes]]\n[[routes]]\ndetectors = ["velocty"]', "routes.1.detectors", "velocity"),
    ('[[routes]]\naccounts = ["12"]', "routes.0.accounts", "12 digits"),
    (ASK, "approvals.users", "name Slack user ids"),
    (ASK + "[approvals]\nfrom = []", "approvals.users", "name Slack user ids"),
    ('[approvals]\nfrom = ["phone"]', "approvals.from.0", "'slack'"),
    (ENFORCE.format('"composite", "chain"'), "routes.0.mode", "only composite and defence_evasion"),
    (ENFORCE.format(""), "routes.0.mode", "only composite and defence_evasion"),
    (ENFORCE.format('"composite"') + 'playbook = "ask_first"\n', "routes.0.mode", "suspend_credentials"),
    (ENFORCE.format('"composite"') + '[approvals]\nfrom = ["cli"]', "routes.0.mode", "nobody could lift"),
    (
        ENFORCE.format('"composite"').replace('users = ["U0DANA"]\n', ""),
        "routes.0.mode",
        "nobody could lift what is enforced; name Slack users",
    ),
    (ASK + 'quorum = 2\n[approvals]\nusers = ["U0DANA"]', "routes.0.quorum", "a second"),
    (ASK + 'quorum = 3\n[approvals]\nusers = ["U0DANA"]', "routes.0.quorum", "less than or equal to 2"),
    (ASK + 'users = ["dana"]', "routes.0.users", "copy the id"),
    (ASK + 'schedules = ["dana"]', "routes.0.schedules", "begins with P"),
    ("[[routes]]\nalone = true", "routes.0.alone", "name it in detectors"),
    ('[[routes]]\nidentities = ["ana"]', "routes.0.identities", "arn:"),
    ('[[routes]]\nplaybook = "shrug"', "routes.0.playbook", "confirm_with_person"),
    ('[approvals]\nusers = ["@dana"]', "approvals.users", "copy the id"),
    ('[approvals]\ngroups = ["U0DANA"]', "approvals.groups", "begins with S"),
    ('[approvals]\nteam = "acme"', "approvals.team", "begins with T"),
    ('[approvals.people]\nana = "ana"', "approvals.people", "begins with U"),
    ('[links]\ntemporal_ui = "temporal.test"', "links.temporal_ui", "https://"),
    ("[watch]\ncoverage_s = 0", "watch.coverage_s", "greater than or equal to 5"),
    ('[organization]\ntime_zone = "Middle/Earth"', "organization.time_zone", "Europe/Berlin"),
    ('[organization]\ntime_zone = "../../etc/passwd"', "organization.time_zone", "Europe/Berlin"),
    ('[organization.accounts."123"]\nname = "x"', "organization.accounts.123", "12 digits"),
    ('[organization]\nmanagement_account = "x"', "organization.management_account", "12 digits"),
    ('[[organization.trust]]\nfrom = "*"', "organization.trust.0.to", "add it"),
    ("[thresholds.velocity]\nleast = 1", "thresholds.velocity.least", "greater than or equal to 2"),
    ("[thresholds.velocity]\nsigmas = nan", "thresholds.velocity.sigmas", "correct it"),
    ("[jira]\napi = '4'", "jira.api", "correct it"),
    ("[jira]\nchanges = 'x y'", "jira.changes", "project key"),
    ("[jira]\nrest = '2'", "jira.rest", "remove it"),
    ('[siem]\nto = "https"', "siem.url", "set it"),
    ('[siem]\nto = "firehose"', "siem.stream", "set it"),
    ('[siem]\nto = "eventbridge"', "siem.bus", "set it"),
    ('[siem]\nto = "kafka"', "siem.to", "correct it"),
    ('[siem]\nurl = "ftp://x"', "siem.url", "https://"),
    ('[siem]\nscheme = "Bearer x\\n"', "siem.scheme", "single word"),
    ("[guard\nstop = true", "hopstop.toml", "line 1"),
    ("[guard]\n[guard]", "hopstop.toml", "line 2"),
    ("x = " + "9" * 5000, "hopstop.toml", "mend it"),
    ("x = " + "[" * 100_000, "hopstop.toml", "mend it"),
)

WRONG_ENVIRONMENTS = (
    ({"HOPSTOP_CONFIG": "/nowhere/hopstop.toml"}, "HOPSTOP_CONFIG", "readable file"),
    ({"HOPSTOP_CONFIG": "/"}, "HOPSTOP_CONFIG", "readable file"),
    ({k: v for k, v in SLACK.items() if k != "SLACK_APP_TOKEN"}, "SLACK_APP_TOKEN", "unset the others"),
    ({"HOPSTOP_SLACK_CHANNEL": "C0SEC"}, "SLACK_BOT_TOKEN", "unset the others"),
    ({"PAGERDUTY_API_KEY": "s3cr3t"}, "PAGERDUTY_ROUTING_KEY", "unset the others"),
    ({"JIRA_TOKEN": "s3cr3t"}, "JIRA_URL", "unset the others"),
    (SLACK | {"SLACK_BOT_TOKEN": "xapp-s3cr3t"}, "SLACK_BOT_TOKEN", "xoxb-"),
    (SLACK | {"SLACK_APP_TOKEN": "xoxb-s3cr3t"}, "SLACK_APP_TOKEN", "xapp-"),
    (SLACK | {"SLACK_BOT_TOKEN": "xoxb-s3cr3t\n"}, "SLACK_BOT_TOKEN", "the secret alone"),
    (JIRA | {"JIRA_TOKEN": "s3cr3t s3cr3t"}, "JIRA_TOKEN", "the secret alone"),
    (JIRA | {"JIRA_URL": "user:s3cr3t@j.test"}, "JIRA_URL", "https://"),
    ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL", "https://"),
    ({"HOPSTOP_QUEUE_URL": "hopstop"}, "HOPSTOP_QUEUE_URL", "https://"),
    ({"TEMPORAL_ADDRESS": "https://temporal.test"}, "TEMPORAL_ADDRESS", "host:port"),
    ({"TEMPORAL_ADDRESS": "temporal.test"}, "TEMPORAL_ADDRESS", "host:port"),
    ({"TEMPORAL_TLS_CERT": "/etc/c.pem"}, "TEMPORAL_TLS_KEY", "both, or neither"),
    ({"HOPSTOP_STORE": "postgres://u:s3cr3t@h/d"}, "HOPSTOP_STORE", "sqlite:///"),
)


def written(folder: Path, text: str) -> str:
    path = folder / "hopstop.toml"
    path.write_text(text, "utf-8")
    return str(path)


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(Malformed) as caught:
        load(environ)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize(("text", "key", "fix"), WRONG_FILES)
def test_a_wrong_file_is_one_line_with_the_key_and_the_fix(tmp_path, text, key, fix):
    said = refused({"HOPSTOP_CONFIG": written(tmp_path, text)})
    assert len(said.splitlines()) == 1
    assert key in said
    assert fix in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(("environ", "key", "fix"), WRONG_ENVIRONMENTS)
def test_a_wrong_environment_is_one_line_with_the_variable_and_the_fix(environ, key, fix):
    said = refused(environ)
    assert len(said.splitlines()) == 1
    assert key in said
    assert fix in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00"])
def test_a_file_that_is_no_text_is_named(tmp_path, content):
    (tmp_path / "hopstop.toml").write_bytes(content)
    assert "hopstop.toml is not TOML" in refused({"HOPSTOP_CONFIG": str(tmp_path / "hopstop.toml")})


def test_a_file_from_windows_is_read(tmp_path):
    (tmp_path / "hopstop.toml").write_bytes(b"\xef\xbb\xbf[guard]\r\nstop = true\r\n")
    assert read_file(str(tmp_path / "hopstop.toml")).guard.stop


@pytest.mark.parametrize("field", [n for n, f in Environment.model_fields.items() if "Secret" in str(f.annotation)])
@pytest.mark.parametrize("wrong", ["s3cr3t s3cr3t", ["s3cr3t"], {"s3cr3t": 1}])
def test_a_secret_of_the_wrong_kind_is_not_repeated(field, wrong):
    """Whatever a secret looks like, the message names its variable at most."""
    complete = {**SLACK, **JIRA, **PAGERDUTY, field.upper(): wrong}
    said = refused(complete)
    assert "s3cr3t" not in said
    assert field.upper() in said


def test_secrets_do_not_show_when_settings_are_printed():
    settings = load(SLACK | JIRA | PAGERDUTY | {"TEMPORAL_API_KEY": "s3cr3t"})
    assert "s3cr3t" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "s3cr3t" not in settings.for_cases().model_dump_json()


@pytest.mark.parametrize(
    ("environ", "systems"),
    [({}, ()), (SLACK, ("slack",)), (JIRA | PAGERDUTY, ("pagerduty", "jira")), (SLACK | {"JIRA_URL": ""}, ("slack",))],
)
def test_a_vendor_is_configured_when_all_of_it_is(environ, systems):
    assert load(environ).systems == systems


def test_without_a_file_everything_has_its_documented_default_and_observes():
    settings = load({})
    assert {route.mode for route in settings.file.routes} == {"observe"}
    assert settings.for_cases().lift_after_s == 12 * 3600 + 300


def test_cases_are_given_what_the_file_says(tmp_path):
    text = ASK + '[approvals]\nusers = ["U0DANA"]\n[organization]\ntime_zone = "Asia/Tokyo"\n'
    text += '[organization.accounts."222222222222"]\n[organization.accounts."111111111111"]\n'
    given = load({"HOPSTOP_CONFIG": written(tmp_path, text), "TEMPORAL_NAMESPACE": "sec"}).for_cases()
    assert (given.accounts, given.time_zone) == (("111111111111", "222222222222"), "Asia/Tokyo")
    assert (given.namespace, given.approvals.users) == ("sec", ("U0DANA",))


@pytest.mark.parametrize(
    "approvals", ['users = ["U0DANA"]', 'groups = ["S0SEC"]', 'from = ["cli"]', 'from = ["slack", "ui"]']
)
def test_a_route_may_ask_where_somebody_may_decide(tmp_path, approvals):
    assert read_file(written(tmp_path, f"{ASK}[approvals]\n{approvals}\n")).routes[0].mode == "ask"


@pytest.mark.parametrize(
    "text",
    [
        ENFORCE.format('"composite", "defence_evasion"'),
        ENFORCE.format('"composite"') + 'accounts = ["111111111111"]\nidentities = ["arn:aws:iam::*:user/*", "*ana"]',
        ASK + 'groups = ["S0SEC"]',
        ASK + 'schedules = ["PABC123"]',
        ASK + 'users = ["U0DANA"]',
        ASK + 'quorum = 2\nusers = ["U0DANA", "U0EVE"]',
        ASK + 'quorum = 2\n[approvals]\ngroups = ["S0SEC"]',
        ASK + 'quorum = 2\nschedules = ["PABC123"]',
    ],
)
def test_a_route_that_can_work_is_taken(tmp_path, text):
    assert read_file(written(tmp_path, text)).routes


def test_the_detectors_that_routes_may_name_are_those_that_exist():
    assert {*DETECTORS} == {*detectors.DETECTORS}


SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "HOPSTOP_SLACK_CHANNEL": "C0SEC"}
PAGER = {"PAGERDUTY_API_KEY": "key", "PAGERDUTY_ROUTING_KEY": "key"}


class TestWhatAWorkerLacks:
    ENFORCED = ENFORCE.format('"composite"')
    ON_CALL = ASK + 'schedules = ["PABC123"]\n'

    @pytest.mark.parametrize(
        ("text", "systems", "said"),
        [
            (ENFORCED, {}, "routes.0.mode: nobody could lift what is enforced without Slack"),
            (ENFORCED, SLACK, ""),
            (ON_CALL, SLACK, "routes.0: who is on call decides, but PAGERDUTY_API_KEY is not set"),
            (ON_CALL, SLACK | PAGER, ""),
            (ASK + '[approvals]\nschedules = ["PABC123"]\n', {}, "routes.0: who is on call decides"),
            (ASK + 'users = ["U0DANA"]\n[approvals]\nschedules = ["PABC123"]\n', {}, ""),
            ('[approvals]\nschedules = ["PABC123"]\n', {}, ""),
            ("", {}, ""),
        ],
    )
    def test_it_is_one_line_and_the_start_is_refused(self, tmp_path, text, systems, said):
        unfit = load({"HOPSTOP_CONFIG": written(tmp_path, text), **systems}).unfit()
        assert unfit.startswith(said)
        assert bool(unfit) is bool(said)
        assert "\n" not in unfit


class TestGuard:
    def settings(self, path: str) -> Settings:
        return load({"HOPSTOP_CONFIG": path})

    def test_it_is_read_at_the_moment_of_acting(self, tmp_path):
        settings = self.settings(written(tmp_path, "[guard]\nstop = false\n"))
        assert not settings.guard().stop
        written(tmp_path, '[guard]\nstop = true\nprotected = ["arn:aws:iam::*:role/x"]\n')
        assert settings.guard().stop
        assert settings.guard().protected == ("arn:aws:iam::*:role/x",)

    def test_the_containing_role_is_protected_without_being_listed(self, tmp_path):
        text = '[guard]\nprotected = ["/x/"]\n[containment]\nrole = "hopstop/containing"\n'
        settings = self.settings(written(tmp_path, text))
        ours = ("/x/", "arn:*:iam::*:role/hopstop/containing")
        assert settings.guard().protected == ours
        assert settings.for_cases().guard.protected == ours

    def test_a_file_that_is_gone_stops_every_act(self, tmp_path):
        settings = self.settings(written(tmp_path, ""))
        (tmp_path / "hopstop.toml").unlink()
        with pytest.raises(Refused, match="nothing is done"):
            settings.guard()

    @pytest.mark.parametrize("text", ["[guard", "[guard]\nstopp = true", "[guard]\nprotected = ['admin']"])
    def test_a_file_that_went_wrong_stops_every_act(self, tmp_path, text):
        settings = self.settings(written(tmp_path, ""))
        written(tmp_path, text)
        with pytest.raises(Refused, match="nothing is done"):
            settings.guard()


class TestWorker:
    async def run(self, **environ: str) -> tuple[int | None, str, str]:
        ours = ("HOPSTOP_", "SLACK_", "PAGERDUTY_", "JIRA_", "TEMPORAL_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "worker.py",
            cwd=ROOT,
            env=kept | {"TEMPORAL_ADDRESS": "127.0.0.1:1"} | environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), 30)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
        return process.returncode, out.decode(), err.decode()

    @pytest.mark.parametrize(
        ("environ", "key"),
        [
            ({"HOPSTOP_CONFIG": "/nowhere/hopstop.toml"}, "HOPSTOP_CONFIG"),
            ({}, "HOPSTOP_QUEUE_URL"),
            ({"HOPSTOP_QUEUE_URL": "https://q.test/1/q", "TEMPORAL_TLS_CA": "/nowhere/ca.pem"}, "TEMPORAL_TLS_*"),
        ],
    )
    async def test_a_wrong_setting_is_one_line_and_exit_1_even_where_temporal_is_down(self, environ, key):
        code, out, err = await self.run(**environ)
        assert (code, out) == (1, "")
        assert err.startswith("hopstop: ")
        assert err.count("\n") == 1
        assert key in err
