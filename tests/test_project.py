"""What must hold of the project as a whole: locks, hygiene, the deployment, who imports whom."""

import ast
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from detectors import DETECTORS
from model.case import CaseState

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-worker.lock")
# In two halves, so that this file is not itself a hit.
INDEX_HOSTS = tuple(
    a + b
    for a, b in (
        ("py", "pi.o"),
        ("python", "hosted.o"),
        ("npm", "js.o"),
        ("npm", "js.c"),
        ("deb.deb", "ian.o"),
    )
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}])/(?:" + "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot", "op" + "t/pypi")) + ")/"
)
VENDOR_SDKS = {"boto3", "botocore", "slack_bolt", "slack_sdk", "pdpyras", "jira"}
IMPORT_ROOTS = frozenset(PROJECT["tool"]["setuptools"]["packages"]) | {"config", "worker"}


def tracked() -> list[Path]:
    """Every file of the project: those in git, or all of a checkout that has none."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


def locked(name: str) -> dict[str, tuple[Version, bool]]:
    """Package → (version, has a hash)."""
    entries = re.split(r"\n(?=\S)", text_of(ROOT / name))
    pins = (
        (entry, re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", entry)) for entry in entries if not entry.startswith("#")
    )
    return {canonicalize_name(pin[1]): (Version(pin[2]), "--hash=sha256:" in entry) for entry, pin in pins if pin}


def asked(lines: list[str]) -> list[Requirement]:
    return [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]


class TestLocks:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_every_line_pins_a_package_with_a_hash(self, lock: str) -> None:
        entries = [line for line in text_of(ROOT / lock).splitlines() if line and not line.startswith((" ", "#"))]
        pins = locked(lock)
        assert len(pins) == len(entries) > 40
        assert [name for name, (_, hashed) in pins.items() if not hashed] == []

    @pytest.mark.parametrize("lock", LOCKS)
    def test_no_address_of_any_index_is_written(self, lock: str) -> None:
        assert re.findall(r"://|--(?:extra-)?index-url|--find-links|-i ", text_of(ROOT / lock)) == []

    def test_the_lock_satisfies_what_is_asked_for(self) -> None:
        pins = locked("requirements.lock")
        wanted = asked([*PROJECT["project"]["dependencies"], *text_of(ROOT / "requirements.in").splitlines()])
        unmet = [str(want) for want in wanted if not want.specifier.contains(pins[canonicalize_name(want.name)][0])]
        assert (unmet, len(wanted) > 20) == ([], True)

    def test_the_workers_lock_is_the_same_versions_without_the_demo_and_the_checks(self) -> None:
        everything, worker = locked("requirements.lock"), locked("requirements-worker.lock")
        assert worker.items() <= everything.items()
        wanted = {canonicalize_name(want.name) for want in asked(PROJECT["project"]["dependencies"])}
        checks = {canonicalize_name(want.name) for want in asked(text_of(ROOT / "requirements.in").splitlines())}
        assert wanted <= worker.keys()
        assert not checks & worker.keys()

    def test_each_dependency_is_argued_for(self) -> None:
        said = text_of(ROOT / "docs/decisions/dependencies.md")
        wanted = asked([*PROJECT["project"]["dependencies"], *text_of(ROOT / "requirements.in").splitlines()])
        assert [want.name for want in wanted if f"| {want.name} |" not in said] == []


class TestGlossary:
    def test_every_state_of_a_case_is_explained(self) -> None:
        words = set(re.split(r"[|,]\s*", text_of(ROOT / "docs/glossary.md").replace("\n", "|")))
        states = {state.value.replace("_", " ") for state in CaseState}
        assert states - {word.strip() for word in words} == set()


class TestHygiene:
    def test_no_file_names_an_index_host_or_a_path_of_somebodys_machine(self) -> None:
        hits = [
            f"{path.relative_to(ROOT)}:{number}"
            for path in tracked()
            for number, line in enumerate(text_of(path).splitlines(), 1)
            if any(host in line.lower() for host in INDEX_HOSTS) or MACHINE_PATH.search(line)
        ]
        assert hits == []

    @pytest.mark.parametrize(
        ("line", "caught"),
        [
            ("cd /" + "work/main", True),
            ("/" + "root/.cache", True),
            ("deploy/" + "work/x", False),
            ("https://console/" + "farm", False),
        ],
    )
    def test_the_rule_for_paths_catches_what_it_should(self, line: str, caught: bool) -> None:
        assert bool(MACHINE_PATH.search(line)) is caught

    def test_a_module_stands_where_the_package_list_says(self) -> None:
        packages = {
            path.parent.relative_to(ROOT).as_posix().replace("/", ".")
            for path in tracked()
            if path.name == "__init__.py"
        }
        assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == set(PROJECT["tool"]["setuptools"]["packages"])
        shipped = {package for package in packages if package.split(".")[0] not in {"tests", "bench", "quality"}}
        assert shipped == set(PROJECT["tool"]["setuptools"]["packages"])


class TestTypes:
    def test_every_module_that_ships_is_checked(self) -> None:
        shipped, checked = PROJECT["tool"]["setuptools"], PROJECT["tool"]["mypy"]
        assert (checked["packages"], checked["modules"]) == (shipped["packages"], shipped["py-modules"])


def imported(path: Path) -> set[str]:
    tree = ast.parse(text_of(path))
    plain = (alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names)
    parts = (node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return set(chain(plain, parts))


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def product() -> list[Path]:
    return sorted(chain(ROOT.glob("*.py"), *((ROOT / root).rglob("*.py") for root in IMPORT_ROOTS)))


class TestImports:
    def test_the_contracts_hold(self) -> None:
        linter = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_every_check_is_held_apart_and_knows_only_the_values(self) -> None:
        contracts = PROJECT["tool"]["importlinter"]["contracts"]
        apart = next(contract["modules"] for contract in contracts if contract["type"] == "independence")
        assert sorted(apart) == sorted(f"detectors.{name}" for name in DETECTORS)
        knows = {name: tops(ROOT / "detectors" / f"{name}.py") & IMPORT_ROOTS for name in DETECTORS}
        assert {name: others for name, others in knows.items() if others - {"model"}} == {}

    @pytest.mark.parametrize("root", ["model", "trust"])
    def test_values_need_the_standard_library_pydantic_and_msgspec_only(self, root: str) -> None:
        allowed = set(sys.stdlib_module_names) | {"pydantic", "pydantic_core", "msgspec", "model", root}
        foreign = {
            f"{path.relative_to(ROOT)}: {name}" for path in (ROOT / root).rglob("*.py") for name in tops(path) - allowed
        }
        assert foreign == set()

    def test_settings_know_only_the_values(self) -> None:
        assert tops(ROOT / "config.py") & IMPORT_ROOTS <= {"model"}

    def test_the_worker_knows_neither_the_commands_nor_the_stand_ins(self) -> None:
        assert not tops(ROOT / "worker.py") & {"cli", "standins"}

    @pytest.mark.parametrize(
        ("what", "names", "allowed"),
        [
            ("stand-ins", {"standins"}, r"standins/.*|cli/demo\w*(/.*|\.py)"),
            ("vendor SDKs", VENDOR_SDKS, r"integrations/.*|cli/demo\w*(/.*|\.py)"),
        ],
    )
    def test_what_only_some_may_import(self, what: str, names: set[str], allowed: str) -> None:
        importers = {path.relative_to(ROOT).as_posix() for path in product() if tops(path) & names}
        assert importers, f"nobody imports the {what}: the rule checks nothing"
        assert [path for path in sorted(importers) if not re.fullmatch(allowed, path)] == []

    def test_only_settings_read_the_environment(self) -> None:
        readers = [
            str(path.relative_to(ROOT))
            for root in sorted(IMPORT_ROOTS - {"config", "cli", "standins", "worker"})
            for path in (ROOT / root).rglob("*.py")
            if re.search(r"\bos\.(?:environ|getenv)\b", text_of(path))
        ]
        assert readers == []


COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict] = COMPOSE["services"]
JOBS = {"temporal-schema", "temporal-namespace", "local-queue"}
# The environment that the product reads; the contract of its settings.
SETTINGS = re.compile(
    r"HOPSTOP_(CONFIG|QUEUE_URL|STORE|SLACK_CHANNEL|JIRA_PROJECT|SIEM_TOKEN)|TEMPORAL_(ADDRESS|NAMESPACE|API_KEY|TLS_\w+)|AWS_\w+"
    r"|SLACK_(BOT_TOKEN|APP_TOKEN|API_URL)|PAGERDUTY_(API_KEY|ROUTING_KEY|API_URL|EVENTS_URL)|JIRA_(URL|USER|TOKEN)"
)
SECRET = re.compile(r"PASSWORD|PWD|TOKEN|SECRET|_KEY|API_KEY|ACCESS_KEY")


def each_service() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", SERVICES)


class TestCompose:
    """No engine runs here, so the file is held as data."""

    def test_the_shape_is_server_database_schema_ui_namespace_worker(self) -> None:
        usual = {name for name, service in SERVICES.items() if "profiles" not in service}
        assert usual == {
            "postgresql",
            "temporal-schema",
            "temporal",
            "temporal-namespace",
            "temporal-ui",
            "worker",
        }
        assert {
            name for name, service in SERVICES.items() if service.get("profiles") == ["local"]
        } == SERVICES.keys() - usual

    @each_service()
    def test_an_image_is_pinned_or_built_here(self, name: str) -> None:
        service = SERVICES[name]
        if "build" in service:
            assert f" AS {service['build']['target']}\n" in text_of(ROOT / "Dockerfile")
            return
        assert re.fullmatch(r"[a-z/-]+:\d+\.\d+[\w.]*", service["image"])
        assert "auto-setup" not in service["image"]

    @each_service()
    def test_what_is_waited_for_can_be_ready(self, name: str) -> None:
        for other, wait in SERVICES[name].get("depends_on", {}).items():
            done = "service_completed_successfully" if other in JOBS else "service_healthy"
            assert wait["condition"] == done
            assert other in JOBS or "healthcheck" in SERVICES[other]
            assert "profiles" not in SERVICES[other] or "profiles" in SERVICES[name] or wait["required"] is False

    @each_service()
    def test_a_job_ends_and_a_service_comes_back(self, name: str) -> None:
        assert SERVICES[name]["restart"].startswith("on-failure" if name in JOBS else "unless-stopped")

    @each_service()
    def test_no_secret_is_written_down(self, name: str) -> None:
        values = SERVICES[name].get("environment", {})
        inline = {
            key
            for key, value in values.items()
            if SECRET.search(key) and value is not None and not value.startswith("${")
        }
        assert inline == set()

    def test_the_worker_is_given_only_settings_that_exist(self) -> None:
        assert [key for key in SERVICES["worker"]["environment"] if not SETTINGS.fullmatch(key)] == []

    @each_service()
    def test_a_port_is_open_on_this_machine_only(self, name: str) -> None:
        assert [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []

    @each_service()
    def test_every_mounted_script_is_there(self, name: str) -> None:
        scripts = [word for word in SERVICES[name].get("entrypoint", []) if word.startswith("/deploy/")]
        assert [
            script for script in scripts if not (ROOT / script.replace("/deploy", "deploy/temporal")).is_file()
        ] == []

    def test_what_the_image_copies_is_there_and_nothing_of_the_demo(self) -> None:
        copied = re.findall(r"^COPY (.+) \S+$", text_of(ROOT / "Dockerfile"), re.MULTILINE)
        names = set(" ".join(copied).split())
        assert names >= IMPORT_ROOTS - {"standins", "config", "worker"} | {"config.py", "worker.py"}
        assert [name for name in names if not (ROOT / name).exists()] == []
        assert not {"standins", "tests"} & names

    def test_what_the_image_copies_is_sent_to_its_build(self) -> None:
        copied = re.findall(r"^COPY (.+) \S+$", text_of(ROOT / "Dockerfile"), re.MULTILINE)
        assert [
            name for name in " ".join(copied).split() if f"!{name}" not in text_of(ROOT / ".dockerignore").splitlines()
        ] == []


class TestMake:
    TARGETS = ("install", "demo", "test", "lint", "types", "imports", "format", "check", "lock", "clean")

    def test_plain_make_lists_every_documented_target(self) -> None:
        done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert [target for target in self.TARGETS if f"  make {target} " not in done.stdout] == []

    def test_the_wrong_python_is_refused_in_one_line_that_names_the_fix(self, tmp_path: Path) -> None:
        old = tmp_path / "python3"
        old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        old.chmod(0o755)
        done = subprocess.run(
            ["make", "install", f"PYTHON={old}", f"VENV={tmp_path}/venv"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
        assert done.stdout == ""
        assert len(said) == 1
        assert "Python 3.11, 3.12 or 3.13" in said[0]
        assert "Python 3.9.2" in said[0]
        assert "PYTHON=" in said[0]

    def test_the_demo_leaves_stdout_to_the_command(self) -> None:
        done = subprocess.run(
            ["make", "--dry-run", "demo", "ARGS=--auto --json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == ".venv/bin/hopstop demo --auto --json"

    def test_every_recipe_is_silent(self) -> None:
        lines = text_of(ROOT / "Makefile").splitlines()
        assert [line for line in lines if line.startswith("\t") and not line.startswith(("\t@", "\t\t"))] == []
