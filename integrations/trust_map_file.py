"""A trust map on disk, read again when it changes."""

from pathlib import Path

from model.errors import Malformed
from model.organization import Relationship, read_trust
from model.text import clean


class TrustMapFile:
    """Implements activities.ports.TrustDocuments over one file."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._seen: tuple[int, int, int] | None = None

    def changed(self) -> tuple[Relationship, ...] | None:
        """What it documents, where the file is another than when this was asked last."""
        try:
            told = self._path.stat()
            seen = (told.st_mtime_ns, told.st_size, told.st_ino)
            if seen == self._seen:
                return None
            text = self._path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            self._seen = None
            raise Malformed(
                f"trust map: {clean(str(self._path), 160)} cannot be read; what it said before holds"
            ) from None
        self._seen = seen
        try:
            return read_trust(text)
        except Malformed as error:
            raise Malformed(f"{error}; until then what {clean(self._path.name, 60)} said before holds") from None
