"""`make mutants`: break the guard's modules one small change at a time, and see that a test fails each time.

Each mutant runs in a fork that has the mutated module in place of the real one. Exit 1 where fewer than 95 % are
killed, or where one lives that tests/mutants/targets.py does not account for.
"""

import ast
import os
import signal
import sys
import time
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from tests.mutants.changes import mutants
from tests.mutants.targets import TARGETS, UNKILLED

PATIENCE_S = 60
ENOUGH = 0.95
QUIET = (
    *("-x", "-q", "-c", os.devnull, "--rootdir", ".", "--import-mode=importlib", "-p", "no:cacheprovider"),
    *("-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto"),
)


class _Mutant(MetaPathFinder, Loader):
    """Whoever imports the module gets the mutant."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name = name
        self._tree = tree

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, origin=_path(fullname)) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = _path(self._name)
        exec(compile(self._tree, module.__file__, "exec"), module.__dict__)


def main(names: list[str]) -> int:
    """Every mutant of every module (or of the named ones); the exit code."""
    killed, alive = 0, []
    for name, tests in TARGETS.items():
        if names and name not in names:
            continue
        began = time.monotonic()
        survivors = list(_survivors(name, tests))
        count = sum(1 for _ in mutants(_source(name)))
        killed += count - len(survivors)
        alive += survivors
        sys.stdout.write(f"{name}: {count - len(survivors)} of {count} killed in {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
    for line in alive:
        why = UNKILLED.get(line, "not accounted for: write a test, or why it may live")
        sys.stdout.write(f"alive: {line}\n       {why}\n")
    share = killed / (killed + len(alive))
    sys.stdout.write(f"{killed} of {killed + len(alive)} killed: {share:.1%}\n")
    return 0 if share >= ENOUGH and not {*alive} - {*UNKILLED} else 1


def _survivors(name: str, tests: tuple[str, ...]) -> Iterator[str]:
    if not _passes(name, ast.parse(_source(name)), tests):
        raise SystemExit(f"{name}: its tests fail without any change; mend them first")
    for said, tree in mutants(_source(name)):
        if _passes(name, tree, tests):
            sys.stderr.write(f"alive: {name}:{said}\n")
            yield f"{name}:{said}"


def _path(name: str) -> str:
    return f"{name.replace('.', '/')}.py"


def _source(name: str) -> str:
    return Path(_path(name)).read_text("utf-8")


def _passes(name: str, tree: ast.Module, tests: tuple[str, ...]) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(_tested(name, tree, tests))
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _tested(name: str, tree: ast.Module, tests: tuple[str, ...]) -> int:
    """In the fork: put the mutant in place, and run the tests quietly."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.meta_path.insert(0, _Mutant(name, tree))
    try:
        import pytest

        return int(pytest.main([*QUIET, *tests]))
    except BaseException:  # noqa: BLE001 - a mutant that cannot even be loaded is dead
        return 1


if __name__ == "__main__":
    # No plugin but the one that is named: each costs more than the test itself.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    import boto3  # noqa: F401 - loaded once, for every fork
    import pytest_asyncio  # noqa: F401
    import temporalio.workflow  # noqa: F401

    sys.exit(main(sys.argv[1:]))
