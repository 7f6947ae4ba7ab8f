"""Findings as lines of a file, for whatever agent ships it: activities.ports.Siem."""

import json
import os
from pathlib import Path
from threading import Lock
from typing import Any

from model.errors import Refused, Unavailable
from model.text import code

# How much of the file's end is looked at for an event whose acknowledgement was lost.
TAIL = 262_144
# Words for what no retry mends; all else (a full disk, a share that is away) may pass.
_FINAL = (PermissionError, IsADirectoryError, NotADirectoryError, FileNotFoundError)


class SiemFile:
    """One JSON object a line, ASCII only: nothing in it can break a line. Several threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()

    def send(self, event: dict[str, Any]) -> None:
        """Append the event, unless it is among the file's last ones. Raises Refused or Unavailable."""
        line = json.dumps(event, separators=(",", ":"))
        try:
            with self._lock:
                self._append(line, json.dumps(event["metadata"]["uid"]))
        except _FINAL as error:
            raise Refused(f"{code(str(self._path), 200)} cannot be written ({error.strerror}); set siem.file") from None
        except OSError as error:
            raise Unavailable(f"{code(str(self._path), 200)} cannot be written now ({error.strerror})") from None

    def _append(self, line: str, uid: str) -> None:
        with self._path.open("a+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - TAIL))
            tail = file.read()
            if f'"uid":{uid},"correlation_uid"'.encode() in tail:
                return
            # A line that a crash cut short is ended, so that it spoils no other.
            begin = b"" if not tail or tail.endswith(b"\n") else b"\n"
            file.write(begin + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
