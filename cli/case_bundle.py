"""Evidence: a folder of files whose checksums are chained, so that none can be changed, added or left out unseen."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from model.errors import Malformed, Refused
from model.frozen import Frozen
from model.text import clean

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class Sealed(Frozen):
    """One file: its SHA-256, and the link that seals everything up to it (over the link before, name and checksum)."""

    name: str
    sha256: str
    chain: str


class Manifest(Frozen):
    """What the bundle holds. `seal` is the last link: whoever has it elsewhere can tell every later change."""

    case: str
    run: str
    exported: str
    files: tuple[Sealed, ...]
    seal: str


def write(folder: Path, case: str, run: str, exported: str, files: Mapping[str, str]) -> Manifest:
    """Write the files and their manifest into a folder that is empty or not there yet. Raises Refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused(f"{clean(str(folder), 200)} is not empty; name a folder that is not there yet")
        for name, text in files.items():
            (folder / name).write_bytes(text.encode("utf-8", "backslashreplace"))
        manifest = _manifest(folder, case, run, exported, tuple(files))
        (folder / MANIFEST).write_text(json.dumps(manifest.model_dump(), indent=2) + "\n", "utf-8")
    except OSError as error:
        raise Refused(f"{clean(str(folder), 200)} cannot be written ({error.strerror}); name another") from None
    return manifest


def _manifest(folder: Path, case: str, run: str, exported: str, names: tuple[str, ...]) -> Manifest:
    files = tuple(_sealed(folder, names, _start(case, run, exported)))
    seal = files[-1].chain if files else _start(case, run, exported)
    return Manifest(case=case, run=run, exported=exported, files=files, seal=seal)


def _start(case: str, run: str, exported: str) -> str:
    return hashlib.sha256(json.dumps([case, run, exported]).encode()).hexdigest()


def _sealed(folder: Path, names: tuple[str, ...], link: str) -> Iterator[Sealed]:
    for name in names:
        digest = _digest(folder / name)
        link = hashlib.sha256(f"{link}\n{name}\n{digest}".encode()).hexdigest()
        yield Sealed(name=name, sha256=digest, chain=link)


def _digest(file: Path) -> str:
    made = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            made.update(block)
    return made.hexdigest()


def flaws(folder: Path) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest, and a line for whatever is not as it was sealed. Raises Malformed where there is no bundle."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise Malformed(f"{clean(str(folder), 200)} holds no {MANIFEST} ({error.strerror}); name a bundle") from None
    except ValidationError:
        raise Malformed(f"{MANIFEST} is not one of hopstop's; the bundle is not whole") from None
    return manifest, tuple(_flaws(folder, manifest))


def _flaws(folder: Path, manifest: Manifest) -> Iterator[str]:
    link = _start(manifest.case, manifest.run, manifest.exported)
    for known in manifest.files:
        if Path(known.name).name != known.name:
            yield f"{clean(known.name, 100)} is no name of a file in the bundle"
            return
        link = hashlib.sha256(f"{link}\n{known.name}\n{known.sha256}".encode()).hexdigest()
        if link != known.chain:
            yield f"{clean(known.name, 100)}: the chain of checksums is broken here"
        file = folder / known.name
        if not file.is_file():
            yield f"{clean(known.name, 100)} is missing"
        elif _digest(file) != known.sha256:
            yield f"{clean(known.name, 100)} was changed"
    if link != manifest.seal:
        yield "the seal is not that of these files"
    named = {MANIFEST, *(known.name for known in manifest.files)}
    for stranger in sorted(file.name for file in folder.iterdir() if file.name not in named):
        yield f"{clean(stranger, 100)} was added"
