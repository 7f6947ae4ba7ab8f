"""Workflow code, found and compiled once a process.

The sandbox imports the workflows and playbooks anew for every case, so that no case sees what another left in a module.
Finding and compiling them each time costs 50 ms and 400 kB a case; compiled code never changes, so every case may share
it. And a deployment that replaces files below a running worker cannot give one of its cases half of the old code.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

SANDBOXED = ("playbooks", "workflows")


class _Loader(SourceFileLoader):
    _code: CodeType | None = None

    def get_code(self, fullname: str) -> CodeType | None:
        self._code = self._code or super().get_code(fullname)
        return self._code


class _Finder(MetaPathFinder):
    def __init__(self) -> None:
        self._loaders: dict[str, _Loader] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in SANDBOXED:
            return None
        loader = self._loaders.get(fullname) or self._found(fullname, path, target)
        return spec_from_file_location(fullname, loader.path, loader=loader) if loader else None

    def _found(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> _Loader | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        return self._loaders.setdefault(name, _Loader(name, spec.loader.path))


def keep_code() -> None:
    """From now on, keep what is compiled of the workflows and playbooks."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
