"""`--live`: the IAM of every account of the organisation, asked of AWS and kept, so that what broke off goes on."""

import gzip
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from isal import isal_zlib

from cli.output import talk
from integrations.aws_organization import AwsOrganization, Member
from model.errors import HopstopError, Unavailable
from model.text import plural
from trust.snapshot import Trouble

T = TypeVar("T")

WORKERS = 8
ATTEMPTS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 20.0
_SILENT_S = 2.0


class Live:
    """Reads every account into `folder`, a file each; what is older than `due_s` (seconds) is asked again."""

    def __init__(
        self,
        organization: AwsOrganization,
        folder: Path,
        due_s: Callable[[str], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._organization = organization
        self._folder = folder
        self._due_s = due_s
        self._sleep = sleep
        self._shown = time.monotonic()
        self._asked: list[Member] = []

    def read(self) -> list[Trouble]:
        """Ask what is not there yet; what could not be read, by account. Raises HopstopError where nothing can be."""
        members = self._asked = list(self._members())
        self._folder.mkdir(parents=True, exist_ok=True)
        asked = [member for member in members if not self._is_there(member)]
        talk(f"{plural(len(members), 'account')}, {len(members) - len(asked)} of them read before; reading the others")
        troubles = []
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="account") as threads:
            waiting = {threads.submit(self._keep, member): member for member in asked}
            try:
                for done, future in enumerate(as_completed(waiting), 1):
                    member, trouble = waiting[future], future.result()
                    troubles += [trouble] if trouble else []
                    self._tell(done, len(asked), member, trouble)
            except KeyboardInterrupt:
                threads.shutdown(cancel_futures=True)
                talk(f"broken off; what was read is in {self._folder}: the same command goes on from there")
                raise
        return sorted(troubles)

    @property
    def names(self) -> dict[str, str]:
        """The accounts that were asked about, with their names."""
        return {member.place.account: member.name for member in self._asked}

    def files(self) -> list[Path]:
        """What is kept of the accounts that were asked about, also from before."""
        found = [self.file(member.place.account) for member in self._asked]
        return [path for path in found if path.exists()]

    def file(self, account: str) -> Path:
        """Where an account's pages are kept."""
        return self._folder / f"{account}.json.gz"

    def _members(self) -> Iterator[Member]:
        token = ""
        while True:
            found, token = self._patiently(partial(self._organization.members, token))
            yield from found
            if not token:
                return

    def _is_there(self, member: Member) -> bool:
        """Whether it is kept whole; what is dated in the future is old."""
        path = self.file(member.place.account)
        try:
            age = time.time() - path.stat().st_mtime
            with gzip.open(path) as kept:
                return 0 <= age < self._due_s(member.place.account) and bool(kept.read())
        except (OSError, EOFError, zlib.error):
            return False

    def _keep(self, member: Member) -> Trouble | None:
        """Read one account whole and only then keep it; why it could not be read."""
        try:
            pages = list(self._pages(member))
        except HopstopError as error:
            return Trouble(f"account {member.place.account}", str(error))
        body = isal_zlib.compress("\n".join(json.dumps(page, default=_said) for page in pages).encode(), 1, wbits=31)
        path = self.file(member.place.account)
        part = path.with_suffix(".part")
        try:
            part.write_bytes(body)
            os.replace(part, path)  # noqa: PTH105 - atomic on every platform
        except OSError as error:
            return Trouble(f"account {member.place.account}", f"{path} cannot be written: {error.strerror}")
        return None

    def _pages(self, member: Member) -> Iterator[dict[str, Any]]:
        marker = ""
        while True:
            page, marker = self._patiently(partial(self._organization.page, member.place, marker))
            yield page
            if not marker:
                return

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask until AWS answers: throttled and silent calls again, ever later; after the last attempt Unavailable."""
        wait = FIRST_WAIT_S
        for _ in range(ATTEMPTS - 1):
            try:
                return ask()
            except Unavailable as error:
                self._sleep(error.retry_after_s or wait)
                wait = min(2 * wait, LONGEST_WAIT_S)
        return ask()

    def _tell(self, done: int, all_of_them: int, member: Member, trouble: Trouble | None) -> None:
        if trouble:
            talk(f"account {member.place.account} ({member.name or 'no name'}): {trouble.why}")
        elif time.monotonic() - self._shown > _SILENT_S or done == all_of_them:
            talk(f"read {done} of {plural(all_of_them, 'account')}, last {member.place.account}")
        else:
            return
        self._shown = time.monotonic()


def _said(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
